import CLinux
import Glibc
import Net
public import Netlink
import Synchronization

/// Servers that answer in many namespaces at once: TCP by accepting, UDP by an echo, SCTP by a packet back on a raw socket (many kernels have no
/// SCTP of their own). ICMP echo is answered by the kernel.
public final class EchoServers: Sendable {
    public enum Transport: Sendable, Hashable, CaseIterable {
        case tcp, udp, sctp, icmp

        var isRaw: Bool { self == .sctp || self == .icmp }
        fileprivate var type: Int32 {
            switch self {
            case .tcp: Int32(SOCK_STREAM.rawValue)
            case .udp: Int32(SOCK_DGRAM.rawValue)
            case .sctp, .icmp: Int32(SOCK_RAW.rawValue)
            }
        }
        fileprivate func proto(_ isIPv4: Bool) -> Int32 { self == .sctp ? 132 : self == .icmp ? (isIPv4 ? 1 : 58) : 0 }
    }

    private struct Listener {
        let descriptor: Int32
        let transport: Transport
        let port: UInt16
        let isIPv4: Bool
    }

    private struct State {
        var listeners: [Listener] = []
        var isDone = false
    }
    private let state = Mutex(State())

    public init() {}

    /// Opens a server on all addresses of a namespace, IPv4 and IPv6.
    public func open(_ transport: Transport, port: UInt16, in namespace: borrowing NetworkNamespace) throws {
        if transport.isRaw {
            for isIPv4 in [false, true] {
                let descriptor = try namespace.run { () throws -> Int32 in
                    let descriptor = socket(
                        isIPv4 ? AF_INET : AF_INET6, transport.type | Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue),
                        transport.proto(isIPv4))
                    guard descriptor >= 0 else { throw Failure("socket: \(errno)") }
                    return descriptor
                }
                state.withLock { $0.listeners.append(Listener(descriptor: descriptor, transport: transport, port: port, isIPv4: isIPv4)) }
            }
            return
        }
        let descriptor = try namespace.run { () throws -> Int32 in
            let descriptor = socket(AF_INET6, transport.type | Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
            guard descriptor >= 0 else { throw Failure("socket: \(errno)") }
            var off: Int32 = 0
            var on: Int32 = 1
            setsockopt(descriptor, Int32(IPPROTO_IPV6), Int32(IPV6_V6ONLY), &off, socklen_t(MemoryLayout<Int32>.size))
            setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
            let bound = Traffic.withSocketAddress(.unspecified, port) { Glibc.bind(descriptor, $0, $1) }
            guard bound == 0, transport == .udp || listen(descriptor, 64) == 0 else {
                let code = errno
                close(descriptor)
                throw Failure("listen on \(transport) \(port): \(code)")
            }
            return descriptor
        }
        state.withLock { $0.listeners.append(Listener(descriptor: descriptor, transport: transport, port: port, isIPv4: false)) }
    }

    /// Answers until `stop`, on a thread of its own.
    public func run() throws {
        let thread = Thread { [self] in loop() }
        try thread.start()
    }

    public func stop() {
        state.withLock { $0.isDone = true }
        usleep(30_000)
        state.withLock { state in
            for listener in state.listeners { close(listener.descriptor) }
            state.listeners = []
        }
    }

    private func loop() {
        var buffer = [UInt8](repeating: 0, count: 2048)
        while true {
            let (listeners, isDone) = state.withLock { ($0.listeners, $0.isDone) }
            if isDone { return }
            var polled = listeners.map { pollfd(fd: $0.descriptor, events: Int16(POLLIN), revents: 0) }
            guard poll(&polled, nfds_t(polled.count), 10) > 0 else { continue }
            for (entry, listener) in zip(polled, listeners) where entry.revents & Int16(POLLIN) != 0 {
                if listener.transport != .tcp {
                    var address = sockaddr_storage()
                    var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
                    withUnsafeMutablePointer(to: &address) {
                        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                            let count = recvfrom(listener.descriptor, &buffer, buffer.count, 0, address, &length)
                            guard count >= 0 else { return }
                            var answer = Array(buffer[..<count])
                            if listener.transport == .sctp {
                                guard let ports = Self.payload(answer, listener.isIPv4), ports[2] == UInt8(listener.port >> 8),
                                    ports[3] == UInt8(truncatingIfNeeded: listener.port)
                                else { return }
                                answer = [ports[2], ports[3], ports[0], ports[1]] + ports[4...]
                            }
                            _ = sendto(listener.descriptor, answer, answer.count, 0, address, length)
                        }
                    }
                } else {
                    let accepted = accept(listener.descriptor, nil, nil)
                    if accepted >= 0 { close(accepted) }
                }
            }
        }
    }

    /// What is behind the IP header, which IPv4's raw sockets give too.
    private static func payload(_ bytes: [UInt8], _ isIPv4: Bool) -> [UInt8]? {
        guard let first = bytes.first else { return nil }
        let rest = isIPv4 ? Array(bytes.dropFirst(Int(first & 0xf) * 4)) : bytes
        return rest.count >= 8 ? rest : nil
    }

    private static let tokens = Atomic<UInt16>(20000)

    /// One attempt: whether the server was reached and its answer came back.
    public struct Attempt: Sendable {
        fileprivate let descriptor: Int32
        fileprivate let transport: Transport
        fileprivate let failed: Bool
        fileprivate let isIPv4: Bool
        /// Of raw sockets, which see the answers to all: the source port or the identifier.
        fileprivate let token: UInt16

        /// Reads until it has its own answer.
        fileprivate func isAnswered() -> Bool {
            guard transport.isRaw else { return true }
            var buffer = [UInt8](repeating: 0, count: 2048)
            while true {
                let count = recv(descriptor, &buffer, buffer.count, 0)
                guard count > 0 else { return false }
                guard let found = EchoServers.payload(Array(buffer[..<count]), isIPv4) else { continue }
                let place = transport == .sctp ? 2 : 4
                let isAnswer = transport == .sctp || found[0] == (isIPv4 ? 0 : 129)
                if isAnswer, found[place] == UInt8(token >> 8), found[place + 1] == UInt8(truncatingIfNeeded: token) { return true }
            }
        }
    }

    /// Begins to reach a server from a namespace.
    public static func begin(
        _ transport: Transport, from source: String? = nil, to address: String, port: UInt16, in namespace: borrowing NetworkNamespace
    ) throws -> Attempt {
        guard let destination = IPAddress(address) else { throw Failure("\(address) is no address") }
        return try namespace.run { () throws -> Attempt in
            let descriptor = socket(
                destination.isIPv4 ? AF_INET : AF_INET6, transport.type | Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue),
                transport.proto(destination.isIPv4))
            guard descriptor >= 0 else { throw Failure("socket: \(errno)") }
            if let source, let own = IPAddress(source) { _ = Traffic.withSocketAddress(own, 0) { Glibc.bind(descriptor, $0, $1) } }
            let code = Traffic.withSocketAddress(destination, port) { Glibc.connect(descriptor, $0, $1) }
            let token = tokens.wrappingAdd(1, ordering: .relaxed).newValue
            var failed = code != 0 && errno != EINPROGRESS
            let tokenBytes = [UInt8(token >> 8), UInt8(truncatingIfNeeded: token)]
            var message: [UInt8] = []
            switch transport {
            case .tcp: break
            case .udp: message = [0x78]
            // An INIT without parameters; the checksum is of no interest to anybody here.
            case .sctp:
                message = tokenBytes + [UInt8(port >> 8), UInt8(truncatingIfNeeded: port)] + [0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 20]
                message += [UInt8](repeating: 1, count: 16)
            case .icmp:
                message = [destination.isIPv4 ? 8 : 128, 0, 0, 0] + tokenBytes + [0, 1]
                if destination.isIPv4 {
                    let sum = ~(UInt32(0x0800) + UInt32(token) + 1).foldedSum
                    (message[2], message[3]) = (UInt8(truncatingIfNeeded: sum >> 8), UInt8(truncatingIfNeeded: sum))
                }
            }
            if !message.isEmpty, !failed { failed = send(descriptor, message, message.count, 0) != message.count }
            return Attempt(descriptor: descriptor, transport: transport, failed: failed, isIPv4: destination.isIPv4, token: token)
        }
    }

    /// Waits for attempts, all at once.
    /// - Parameter milliseconds: after which one that has not succeeded has not reached its server.
    public static func finish(_ attempts: [Attempt], milliseconds: Int) -> [Bool] {
        var results: [Bool?] = attempts.map { $0.failed ? false : nil }
        let end = ContinuousClock.now + .milliseconds(milliseconds)
        while results.contains(nil), ContinuousClock.now < end {
            let open = attempts.indices.filter { results[$0] == nil }
            var polled = open.map {
                pollfd(fd: attempts[$0].descriptor, events: attempts[$0].transport == .tcp ? Int16(POLLOUT) : Int16(POLLIN), revents: 0)
            }
            guard poll(&polled, nfds_t(polled.count), 20) > 0 else { continue }
            for (entry, index) in zip(polled, open) where entry.revents != 0 {
                var error: Int32 = 0
                var length = socklen_t(MemoryLayout<Int32>.size)
                getsockopt(entry.fd, SOL_SOCKET, SO_ERROR, &error, &length)
                let isReady = error == 0 && entry.revents & (Int16(POLLIN) | Int16(POLLOUT)) != 0
                if isReady, !attempts[index].isAnswered() { continue }
                results[index] = isReady
            }
        }
        for attempt in attempts { close(attempt.descriptor) }
        return results.map { $0 ?? false }
    }

    /// Whether a server is reached.
    public static func reaches(
        _ transport: Transport, from source: String? = nil, to address: String, port: UInt16, in namespace: borrowing NetworkNamespace,
        milliseconds: Int = 2000
    ) throws -> Bool {
        finish([try begin(transport, from: source, to: address, port: port, in: namespace)], milliseconds: milliseconds)[0]
    }
}

extension UInt32 {
    /// Of the Internet checksum (RFC 1071).
    fileprivate var foldedSum: UInt32 { (self & 0xffff) + (self >> 16) }
}

/// A thread for a closure.
private final class Thread: Sendable {
    private let body: @Sendable () -> Void

    init(_ body: @escaping @Sendable () -> Void) { self.body = body }

    func start() throws {
        var thread = pthread_t()
        let context = Unmanaged.passRetained(self)
        let code = pthread_create(
            &thread, nil,
            { context in
                if let context { Unmanaged<Thread>.fromOpaque(context).takeRetainedValue().body() }
                return nil
            }, context.toOpaque())
        guard code == 0 else {
            context.release()
            throw Failure("start a thread: \(code)")
        }
        pthread_detach(thread)
    }
}
