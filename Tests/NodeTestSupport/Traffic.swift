import CLinux
import Glibc
import Net
public import Netlink

/// Packets sent from a namespace by the test itself.
public enum Traffic {
    /// Sends a UDP packet from each source port, and waits for no answer.
    /// - Returns: how many the kernel took.
    public static func udp(
        in namespace: borrowing NetworkNamespace, to address: String, port: UInt16, sourcePorts: some Sequence<UInt16>
    ) throws -> Int {
        guard let destination = IPAddress(address) else { throw Failure("\(address) is no address") }
        return try namespace.run {
            var sent = 0
            for source in sourcePorts {
                let descriptor = socket(destination.isIPv4 ? AF_INET : AF_INET6, Int32(SOCK_DGRAM.rawValue), 0)
                guard descriptor >= 0 else { throw Failure("socket: \(errno)") }
                defer { close(descriptor) }
                let bound = withSocketAddress(destination.isIPv4 ? IPAddress(ipv4: 0) : .unspecified, source) { Glibc.bind(descriptor, $0, $1) }
                guard bound == 0 else { continue }
                if withSocketAddress(destination, port, { sendto(descriptor, "x", 1, 0, $0, $1) }) == 1 { sent += 1 }
            }
            return sent
        }
    }

    /// Sends one ICMPv6 message with hop limit 255.
    /// - Parameter message: from the type on; the kernel fills in the checksum.
    public static func icmpv6(in namespace: borrowing NetworkNamespace, to address: String, device: String, message: [UInt8]) throws {
        guard let destination = IPAddress(address) else { throw Failure("\(address) is no address") }
        try namespace.run {
            let descriptor = socket(AF_INET6, Int32(SOCK_RAW.rawValue), Int32(IPPROTO_ICMPV6))
            guard descriptor >= 0 else { throw Failure("socket: \(errno)") }
            defer { close(descriptor) }
            var hops: Int32 = 255
            for option in [IPV6_UNICAST_HOPS, IPV6_MULTICAST_HOPS] {
                setsockopt(descriptor, Int32(IPPROTO_IPV6), Int32(option), &hops, socklen_t(MemoryLayout<Int32>.size))
            }
            guard setsockopt(descriptor, SOL_SOCKET, SO_BINDTODEVICE, device, socklen_t(device.utf8.count)) == 0 else {
                throw Failure("bind: \(errno)")
            }
            let count = withSocketAddress(destination, 0, scope: if_nametoindex(device)) { sendto(descriptor, message, message.count, 0, $0, $1) }
            guard count == message.count else { throw Failure("send: \(errno)") }
        }
    }

    /// Binds an IPv6 socket to a port of all addresses.
    public static func bind(_ descriptor: Int32, port: UInt16) -> Bool {
        withSocketAddress(.unspecified, port) { Glibc.bind(descriptor, $0, $1) } == 0
    }

    public static func connect(_ descriptor: Int32, to address: String, port: UInt16) -> Bool {
        guard let destination = IPAddress(address) else { return false }
        return withSocketAddress(destination, port) { Glibc.connect(descriptor, $0, $1) } == 0
    }

    /// Takes a TCP port of all addresses of a namespace.
    /// - Returns: a descriptor for the caller to close.
    public static func listen(port: UInt16, in namespace: borrowing NetworkNamespace) throws -> Int32 {
        let descriptor = try namespace.run { socket(AF_INET6, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0) }
        guard withSocketAddress(.unspecified, port, { Glibc.bind(descriptor, $0, $1) }) == 0, Glibc.listen(descriptor, 1) == 0 else {
            let code = errno
            close(descriptor)
            throw Failure("listen on port \(port): \(code)")
        }
        return descriptor
    }

    static func withSocketAddress<R>(
        _ address: IPAddress, _ port: UInt16, scope: UInt32 = 0, _ body: (UnsafePointer<sockaddr>, socklen_t) -> R
    ) -> R {
        if address.isIPv4 {
            var value = sockaddr_in()
            value.sin_family = sa_family_t(AF_INET)
            value.sin_port = port.bigEndian
            withUnsafeMutableBytes(of: &value.sin_addr) { $0.copyBytes(from: address.bytes.suffix(4)) }
            return withUnsafePointer(to: &value) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
            }
        }
        var value = sockaddr_in6()
        value.sin6_family = sa_family_t(AF_INET6)
        value.sin6_port = port.bigEndian
        value.sin6_scope_id = scope
        withUnsafeMutableBytes(of: &value.sin6_addr) { $0.copyBytes(from: address.bytes) }
        return withUnsafePointer(to: &value) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<sockaddr_in6>.size)) }
        }
    }
}
