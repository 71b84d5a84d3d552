import BPF
import BGP
import BGPConfig
import CLinux
import FoundationEssentials
import Glibc
public import Logging
import Model
import Net
import Netlink
import NIOCore
import NIOPosix
import Store

/// A node's BGP speaker: sessions driven over sockets, on one event loop. It forwards nothing, and nothing that is forwarded needs it.
public actor Speaker {
    nonisolated let loop: any EventLoop
    let group: MultiThreadedEventLoopGroup
    let options: SpeakerOptions
    let log: Logger
    let runtime: RuntimeDirectory
    let service = ServiceManager()
    let started = Timestamp.now
    /// Completed when all is done.
    let finished: EventLoopPromise<Void>

    // What is asked.
    var nodeName = ""
    var plan = BGPPlan()
    var podCIDRs: [Prefix] = []
    let sources: ConfigurationSources
    /// Why the configuration that is stored is not the one in force.
    var configurationError: String?
    /// By the peer's key.
    var passwordProblems: [String: String] = [:]

    // What is there.
    var interfaces = NodeInterfaces()
    var identifier = RouterID(1)
    var isRestart = false
    var drivers: [UInt64: PeerDriver] = [:]
    var listeners: [Listener.Key: Listener] = [:]
    var discovery: RouterDiscovery?
    var discoveryChannel: (any Channel)?
    var isOpeningDiscovery = false
    /// Why there is no channel, where that is not for lack of trying.
    var discoveryFailure: String?
    var discoveryTimer: Scheduled<Void>?
    var watches: [any Channel] = []
    var watchesRoutes = false
    var routeChanges: Scheduled<Void>?
    var queue: Int32 = -1
    var tasks: [RepeatedTask] = []
    var nextNumber: UInt64 = 1
    /// Connections that are being closed.
    var closing: [ObjectIdentifier: any Channel] = [:]
    var isStopping = false
    /// Why it ends, where that is not in good order.
    var failure: SpeakerError?
    var authenticationFailures = AuthenticationCounters()

    // What is told.
    var publishing: Scheduled<Void>?
    var lastPublished = NIODeadline.uptimeNanoseconds(0)
    var routesPublishing: Scheduled<Void>?
    /// When routes that do not come to rest are written all the same.
    var routesUnrest: NIODeadline?

    public nonisolated var unownedExecutor: UnownedSerialExecutor { loop.executor.asUnownedSerialExecutor() }

    private init(group: MultiThreadedEventLoopGroup, options: SpeakerOptions, sources: ConfigurationSources, log: Logger) {
        self.group = group
        self.loop = group.next()
        self.options = options
        self.log = log
        self.sources = sources
        runtime = options.runtime
        finished = loop.makePromise()
    }

    /// Runs until a signal ends it: SIGTERM and SIGINT leave for good, SIGUSR1 leaves for a restart. SIGHUP reads the configuration anew.
    ///
    /// To be called once, from a thread that is no event loop's, before the process has other threads.
    /// - Throws: when it cannot be started.
    public static func run(_ options: SpeakerOptions, log: Logger) throws(SpeakerError) {
        try blockSignals()
        // What has read the command line is not needed any more, and the kernel has mapped fifteen neighbours with each page of it.
        clinux_release_text()
        let runtime = options.runtime
        // Nothing is made where nothing can be done.
        let sources = try ConfigurationSources(options)
        try prepare(runtime)
        let lock = try claim(runtime)
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let speaker = Speaker(group: group, options: options, sources: sources, log: log)
        speaker.loop.execute {
            speaker.assumeIsolated { speaker in
                do throws(SpeakerError) {
                    try speaker.start()
                } catch {
                    speaker.isStopping = true
                    speaker.finished.fail(error)
                }
            }
        }
        let result = Result { try speaker.finished.futureResult.wait() }
        try? group.syncShutdownGracefully()
        withExtendedLifetime(lock) {}
        do {
            try result.get()
        } catch let error as SpeakerError {
            throw error
        } catch {
            throw SpeakerError(.system, words(for: error))
        }
    }

    private static func prepare(_ runtime: RuntimeDirectory) throws(SpeakerError) {
        do throws(StoreError) {
            try runtime.create()
        } catch {
            throw SpeakerError(error)
        }
    }

    private static func claim(_ runtime: RuntimeDirectory) throws(SpeakerError) -> RuntimeDirectory.Lock {
        do throws(StoreError) {
            if let lock = try runtime.lock() { return lock }
        } catch {
            throw SpeakerError(error)
        }
        throw SpeakerError(
            .busy, "another fabctl bgp run is at work on \(runtime.root.path)", hint: "a node has one speaker; --bpffs names another node")
    }

    var now: Nanoseconds { NIODeadline.now().uptimeNanoseconds }

    // MARK: - Start

    private func start() throws(SpeakerError) {
        // Before anything is read: what changes afterwards is seen.
        watchSystem()
        do throws(NetlinkError) {
            var socket = try NetlinkSocket()
            interfaces = try NodeInterfaces(&socket)
        } catch {
            throw SpeakerError(.system, error.description)
        }
        let found = try readConfiguration()
        nodeName = found.nodeName
        readMarker()
        writeMarker()
        log.notice(
            "started",
            metadata: [
                "node": "\(nodeName)", "router-id": "\(identifier)", "pid": "\(getpid())", "restart": "\(isRestart)", "version": "\(options.version)",
            ])
        apply(found)
        // Nor what read the configuration.
        clinux_release_text()
        publishSoon()
        if let interval = service.watchdogInterval {
            repeatTask(.nanoseconds(interval)) { $0.service.alive() }
        }
        // Ages and counters move without events, and sockets that could not be opened are tried again.
        repeatTask(.seconds(5)) { speaker in
            speaker.refreshListeners()
            speaker.reopenDiscovery()
            speaker.publishSoon()
        }
        service.ready(summary)
    }

    /// Calls `body` on the event loop again and again.
    func repeatTask(_ interval: TimeAmount, _ body: @escaping @Sendable (isolated Speaker) -> Void) {
        tasks.append(loop.scheduleRepeatedTask(initialDelay: interval, delay: interval) { [self] _ in assumeIsolated(body) })
    }

    /// What is going on, in a line.
    var summary: String {
        let active = drivers.values.filter { !$0.isLeaving }
        return "\(active.count { $0.session.state == .established }) of \(active.count) peers established"
    }

    // MARK: - End

    /// Says goodbye to all peers and ends when that is done, within a second or so.
    func stop(_ reason: StopReason, _ words: String) {
        guard !isStopping else { return }
        isStopping = true
        log.notice("stopping", metadata: ["reason": "\(words)"])
        service.stopping(words)
        for driver in drivers.values {
            handle(driver, .stop(reason))
            // Whatever the session has not closed.
            for channel in driver.channels.values { channel.close(promise: nil) }
            driver.timer?.cancel()
        }
        for listener in listeners.values { listener.channel?.close(promise: nil) }
        listeners = [:]
        if case .restart = reason {} else { removeMarker() }
        publishing?.cancel()
        routesPublishing?.cancel()
        // An uninstall is to find nothing new.
        if failure == nil {
            publish()
            publishRoutes()
        }
        finishWhenClosed()
        loop.scheduleTask(in: .milliseconds(1500)) { [self] in assumeIsolated { $0.finish() } }
    }

    func finishWhenClosed() {
        if isStopping, closing.isEmpty { finish() }
    }

    private func finish() {
        for task in tasks { task.cancel() }
        tasks = []
        for channel in watches { channel.close(promise: nil) }
        watches = []
        routeChanges?.cancel()
        discoveryTimer?.cancel()
        discoveryChannel?.close(promise: nil)
        discoveryChannel = nil
        log.notice("stopped")
        if let failure { finished.fail(failure) } else { finished.succeed(()) }
    }
}

extension SpeakerError {
    init(_ error: StoreError) {
        switch error {
        case .notInstalled: self.init(.unavailable, error.description, hint: "fabctl install puts a node there")
        case .notBPFFS:
            self.init(
                .unavailable, error.description,
                hint: "mount one (mount -t bpf bpf /sys/fs/bpf), or enter namespaces with nsenter --net=..., not ip netns exec")
        case .busy: self.init(.busy, error.description, hint: "try again")
        case .unknownVersion, .damaged: self.init(.stored, error.description)
        case .invalidName: self.init(.invalid, error.description)
        case .kernel(let error): self.init(error.code == EPERM || error.code == EACCES ? .permission : .system, error.description)
        }
    }
}
