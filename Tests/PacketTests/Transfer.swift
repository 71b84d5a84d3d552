import Glibc
import Net
import Netlink
import NodeTestSupport

/// Data between two namespaces, both ends in the hands of the test.
enum Transfer {
    /// Sends bytes over one TCP connection, and checks what comes.
    /// - Returns: how many came as they were sent, within 60 s.
    static func tcp(
        from client: borrowing NetworkNamespace, to server: borrowing NetworkNamespace, _ address: String, port: UInt16, bytes: Int
    ) throws -> Int {
        let place = try Place(address, port)
        let listener = try server.run { try place.socket(SOCK_STREAM) { bind($0, $1, $2) } }
        defer { close(listener) }
        guard listen(listener, 1) == 0 else { throw Failure("listen: \(errno)") }
        let out = try client.run { try place.socket(SOCK_STREAM) { connect($0, $1, $2) } }
        defer { close(out) }
        let accepted = accept(listener, nil, nil)
        guard accepted >= 0 else { throw Failure("accept: \(errno)") }
        defer { close(accepted) }
        // Of a period that no segment size divides.
        let pattern = (0..<(251 * 1024)).map { UInt8(truncatingIfNeeded: $0 % 251) }
        var buffer = [UInt8](repeating: 0, count: 1 << 18)
        var sent = 0, received = 0
        let deadline = ContinuousClock.now + .seconds(60)
        while received < bytes, ContinuousClock.now < deadline {
            var moved = false
            if sent < bytes {
                let start = sent % 251
                let count = pattern.withUnsafeBytes {
                    send(out, $0.baseAddress.map { $0 + start }, min($0.count - start, bytes - sent), Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL))
                }
                if count > 0 { (sent, moved) = (sent + count, true) }
            }
            let count = recv(accepted, &buffer, 1 << 17, Int32(MSG_DONTWAIT))
            if count > 0 {
                let start = received % 251
                let same = pattern.withUnsafeBytes { pattern in
                    buffer.withUnsafeBytes { buffer -> Bool in
                        guard let wanted = pattern.baseAddress, let got = buffer.baseAddress else { return false }
                        return memcmp(wanted + start, got, count) == 0
                    }
                }
                guard same else { return received }
                (received, moved) = (received + count, true)
            }
            if !moved { usleep(200) }
        }
        return received
    }

    /// Sends one datagram again and again until it has come, at most 20 times.
    static func udp(
        from client: borrowing NetworkNamespace, to server: borrowing NetworkNamespace, _ address: String, port: UInt16, bytes: Int
    ) throws -> Bool {
        let place = try Place(address, port)
        let receiver = try server.run { try place.socket(SOCK_DGRAM) { bind($0, $1, $2) } }
        defer { close(receiver) }
        let sender = try client.run { try place.socket(SOCK_DGRAM) { connect($0, $1, $2) } }
        defer { close(sender) }
        let data = (0..<bytes).map { UInt8(truncatingIfNeeded: $0 % 251) }
        var buffer = [UInt8](repeating: 0, count: 65536)
        for _ in 0..<20 {
            // EMSGSIZE tells of a path that has just become known to be narrower.
            _ = send(sender, data, data.count, 0)
            for _ in 0..<50 {
                let count = recv(receiver, &buffer, buffer.count, Int32(MSG_DONTWAIT))
                if count > 0 { return Array(buffer[..<count]) == data }
                usleep(2000)
            }
        }
        return false
    }

    private struct Place {
        let address: IPAddress
        let port: UInt16

        init(_ text: String, _ port: UInt16) throws {
            guard let address = IPAddress(text) else { throw Failure("\(text) is no address") }
            (self.address, self.port) = (address, port)
        }

        /// A socket that was bound or connected to the place.
        func socket(_ kind: __socket_type, _ body: (Int32, UnsafePointer<sockaddr>, socklen_t) -> Int32) throws -> Int32 {
            let descriptor = Glibc.socket(address.isIPv4 ? AF_INET : AF_INET6, Int32(kind.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
            guard descriptor >= 0 else { throw Failure("socket: \(errno)") }
            var patience = timeval(tv_sec: 5, tv_usec: 0)
            setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
            guard withSocketAddress({ body(descriptor, $0, $1) }) == 0 else {
                close(descriptor)
                throw Failure("bind or connect to \(address): \(errno)")
            }
            return descriptor
        }

        private func withSocketAddress<R>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> R) -> R {
            if address.isIPv4 {
                var value = sockaddr_in()
                value.sin_family = sa_family_t(AF_INET)
                value.sin_port = port.bigEndian
                withUnsafeMutableBytes(of: &value.sin_addr) { $0.copyBytes(from: address.wireBytes) }
                return withUnsafePointer(to: &value) {
                    $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
                }
            }
            var value = sockaddr_in6()
            value.sin6_family = sa_family_t(AF_INET6)
            value.sin6_port = port.bigEndian
            withUnsafeMutableBytes(of: &value.sin6_addr) { $0.copyBytes(from: address.bytes) }
            return withUnsafePointer(to: &value) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<sockaddr_in6>.size)) }
            }
        }
    }
}
