import CLinux
import Glibc
import Net
public import Netlink
import Synchronization

/// Servers that answer in many namespaces at once: TCP and SCTP by accepting, UDP by an echo.
public final class EchoServers: Sendable {
    public enum Transport: Sendable, Hashable, CaseIterable {
        case tcp, udp, sctp

        var type: Int32 { self == .udp ? Int32(SOCK_DGRAM.rawValue) : Int32(SOCK_STREAM.rawValue) }
        var proto: Int32 { self == .sctp ? 132 : 0 }
    }

    private struct State {
        var listeners: [(descriptor: Int32, transport: Transport)] = []
        var connections: [Int32] = []
        var isDone = false
    }
    private let state = Mutex(State())

    public init() {}

    /// Opens a server on all addresses of a namespace, IPv4 and IPv6.
    public func open(_ transport: Transport, port: UInt16, in namespace: borrowing NetworkNamespace) throws {
        let descriptor = try namespace.run { () throws -> Int32 in
            let descriptor = socket(AF_INET6, transport.type | Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue), transport.proto)
            guard descriptor >= 0 else { throw Failure("socket: \(errno)") }
            var off: Int32 = 0
            var on: Int32 = 1
            setsockopt(descriptor, Int32(IPPROTO_IPV6), Int32(IPV6_V6ONLY), &off, socklen_t(MemoryLayout<Int32>.size))
            setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
            let bound = Traffic.withSocketAddress(.unspecified, port) { bind(descriptor, $0, $1) }
            guard bound == 0, transport == .udp || listen(descriptor, 64) == 0 else {
                let code = errno
                close(descriptor)
                throw Failure("listen on \(transport) \(port): \(code)")
            }
            return descriptor
        }
        state.withLock { $0.listeners.append((descriptor, transport)) }
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
            for connection in state.connections { close(connection) }
            state.listeners = []
            state.connections = []
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
                if listener.transport == .udp {
                    var address = sockaddr_storage()
                    var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
                    withUnsafeMutablePointer(to: &address) {
                        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                            let count = recvfrom(listener.descriptor, &buffer, buffer.count, 0, address, &length)
                            if count >= 0 { _ = sendto(listener.descriptor, buffer, count, 0, address, length) }
                        }
                    }
                } else {
                    let accepted = accept(listener.descriptor, nil, nil)
                    if accepted >= 0 { close(accepted) }
                }
            }
        }
    }

    /// One attempt: whether the server was reached and its answer came back.
    public struct Attempt: Sendable {
        fileprivate let descriptor: Int32
        fileprivate let transport: Transport
        fileprivate let failed: Bool
    }

    /// Begins to reach a server from a namespace.
    public static func begin(
        _ transport: Transport, from source: String? = nil, to address: String, port: UInt16, in namespace: borrowing NetworkNamespace
    ) throws -> Attempt {
        guard let destination = IPAddress(address) else { throw Failure("\(address) is no address") }
        return try namespace.run { () throws -> Attempt in
            let descriptor = socket(
                destination.isIPv4 ? AF_INET : AF_INET6, transport.type | Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue),
                transport.proto)
            guard descriptor >= 0 else { throw Failure("socket: \(errno)") }
            if let source, let own = IPAddress(source) { _ = Traffic.withSocketAddress(own, 0) { bind(descriptor, $0, $1) } }
            let code = Traffic.withSocketAddress(destination, port) { connect(descriptor, $0, $1) }
            var failed = code != 0 && errno != EINPROGRESS
            if transport == .udp, !failed { failed = send(descriptor, "x", 1, 0) != 1 }
            return Attempt(descriptor: descriptor, transport: transport, failed: failed)
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
                pollfd(fd: attempts[$0].descriptor, events: attempts[$0].transport == .udp ? Int16(POLLIN) : Int16(POLLOUT), revents: 0)
            }
            guard poll(&polled, nfds_t(polled.count), 20) > 0 else { continue }
            for (entry, index) in zip(polled, open) where entry.revents != 0 {
                var error: Int32 = 0
                var length = socklen_t(MemoryLayout<Int32>.size)
                getsockopt(entry.fd, SOL_SOCKET, SO_ERROR, &error, &length)
                results[index] = error == 0 && entry.revents & (Int16(POLLIN) | Int16(POLLOUT)) != 0
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
