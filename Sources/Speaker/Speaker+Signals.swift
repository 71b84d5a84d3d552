import Logging
import BGP
import CLinux
import Glibc
import NIOCore
import NIOPosix
import Store

/// What the system tells: signals, changes of links, addresses and documents.
extension Speaker {
    private static let signals = [SIGINT, SIGTERM, SIGHUP, SIGUSR1]

    /// Signals are read from a descriptor; threads that come later inherit that they are blocked.
    static func blockSignals() throws(SpeakerError) {
        var set = sigset_t()
        sigemptyset(&set)
        for number in signals { sigaddset(&set, number) }
        guard pthread_sigmask(SIG_BLOCK, &set, nil) == 0 else { throw SpeakerError(.system, "block signals: \(errno)") }
        // A peer that goes away is an error of a write, not the end.
        signal(SIGPIPE, SIG_IGN)
    }

    func watchSystem() {
        var set = sigset_t()
        sigemptyset(&set)
        for number in Self.signals { sigaddset(&set, number) }
        watch(signalfd(-1, &set, Int32(SFD_CLOEXEC) | Int32(SFD_NONBLOCK)), "signals") { speaker, bytes in
            // signalfd_siginfo: 128 bytes each, the number first.
            for start in stride(from: 0, to: bytes.count - 3, by: 128) {
                speaker.received(signal: Int32(bytes[start]))
            }
        }
        watch(clinux_link_monitor(), "links") { speaker, _ in speaker.interfacesChanged() }
        do {
            queue = try Root.openQueue()
            options.root.watch(queue, runtime: runtime)
            watch(queue, "documents") { speaker, _ in speaker.documentsChanged() }
        } catch {
            log.error("cannot follow the documents", metadata: ["error": "\(error)"])
        }
    }

    /// For peers that are where the default route leads. A node has thousands of other routes, so their changes are looked at together.
    func watchRoutes() {
        guard !watchesRoutes else { return }
        watchesRoutes = true
        watch(clinux_route_monitor(), "routes") { speaker, _ in
            guard speaker.routeChanges == nil else { return }
            speaker.routeChanges = speaker.loop.scheduleTask(in: .milliseconds(100)) {
                speaker.assumeIsolated { speaker in
                    speaker.routeChanges = nil
                    if !speaker.isStopping { speaker.locatePeers() }
                }
            }
        }
    }

    private func watch(_ descriptor: Int32, _ what: String, _ body: @escaping @Sendable (isolated Speaker, [UInt8]) -> Void) {
        guard descriptor >= 0 else {
            log.error("cannot watch", metadata: ["what": "\(what)", "error": "\(String(cString: strerror(-descriptor)))"])
            return
        }
        NIOPipeBootstrap(group: loop)
            // inotify and signalfd give whole events or EINVAL, and by itself the buffer shrinks to what was read last.
            .channelOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: 4096))
            .channelInitializer { [self] channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(DescriptorHandler(speaker: self, body: body))
                }
            }
            .takingOwnershipOfDescriptor(input: descriptor)
            .whenComplete { [self] result in
                assumeIsolated { speaker in
                    switch result {
                    case .success(let channel):
                        speaker.watches.append(channel)
                        channel.closeFuture.whenComplete { _ in speaker.assumeIsolated { $0.watchEnded(what) } }
                    case .failure(let error): speaker.log.error("cannot watch", metadata: ["what": "\(what)", "error": "\(words(for: error))"])
                    }
                }
            }
    }

    /// One that sees nothing any more is no speaker: whoever runs it starts another, and the peers keep the routes until then.
    private func watchEnded(_ what: String) {
        guard !isStopping else { return }
        failure = SpeakerError(.system, "the kernel tells of \(what) no more", hint: "run the speaker again")
        stop(.restart, "\(what) cannot be followed any more")
    }

    private func received(signal: Int32) {
        switch signal {
        case SIGHUP:
            log.notice("reading the configuration anew")
            reload()
        case SIGUSR1: stop(.restart, "restart: the peers keep the routes where graceful restart was negotiated")
        default: stop(.shutdown("\(nodeName) stops BGP"), "stopped for good: the routes are withdrawn")
        }
    }
}

/// Hands what a descriptor gives to the speaker.
private final class DescriptorHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let speaker: Speaker
    private let body: @Sendable (isolated Speaker, [UInt8]) -> Void

    init(speaker: Speaker, body: @escaping @Sendable (isolated Speaker, [UInt8]) -> Void) {
        self.speaker = speaker
        self.body = body
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let bytes = Array(unwrapInboundIn(data).readableBytesView)
        let body = body
        speaker.assumeIsolated { body($0, bytes) }
    }
}
