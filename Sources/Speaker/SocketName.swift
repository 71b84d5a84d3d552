import CLinux
import Glibc
public import Net
import NIOCore

/// An address as sockets have it: with the interface's index where the address is link-local.
public struct SocketName: Hashable, Sendable, CustomStringConvertible {
    public var address: IPAddress
    /// Of the interface; 0 where the address alone says all.
    public var scope: Int
    public var port: UInt16

    public init(_ address: IPAddress, scope: Int = 0, port: UInt16 = 0) {
        self.address = address
        self.scope = address.isLinkLocal && !address.isIPv4 ? scope : 0
        self.port = port
    }

    /// A group on one link.
    init(multicast address: IPAddress, scope: Int) {
        self.address = address
        self.scope = scope
        port = 0
    }

    /// As for text: `[fe80::1%2]:179`, the scope a number.
    public var description: String {
        let host = scope == 0 ? address.description : "\(address)%\(scope)"
        return (address.isIPv4 ? host : "[\(host)]") + (port == 0 ? "" : ":\(port)")
    }

    /// A sockaddr_in or sockaddr_in6: family in host order, port in network order, then (IPv6) the flow label, the address and (IPv6)
    /// the scope in host order. Written by hand: two C modules know these structures, and members of only one are to be had.
    var bytes: [UInt8] {
        let family = withUnsafeBytes(of: sa_family_t(address.isIPv4 ? AF_INET : AF_INET6)) { Array($0) }
        let start = family + [UInt8(port >> 8), UInt8(port & 255)]
        if address.isIPv4 { return start + address.wireBytes + [UInt8](repeating: 0, count: 8) }
        return start + [0, 0, 0, 0] + address.bytes + withUnsafeBytes(of: UInt32(scope)) { Array($0) }
    }

    var nio: SocketAddress {
        let bytes = bytes
        return withUnsafeTemporaryAllocation(byteCount: 32, alignment: 8) { memory in
            memory.copyBytes(from: bytes)
            return address.isIPv4 ? SocketAddress(memory.load(as: sockaddr_in.self)) : SocketAddress(memory.load(as: sockaddr_in6.self))
        }
    }

    /// - Returns: nil for what is no address of the Internet.
    init?(_ nio: SocketAddress?) {
        let bytes: [UInt8]
        switch nio {
        case .v4(let value): bytes = withUnsafeBytes(of: value.address) { Array($0) }
        case .v6(let value): bytes = withUnsafeBytes(of: value.address) { Array($0) }
        case .unixDomainSocket, nil: return nil
        }
        let port = UInt16(bytes[2]) << 8 | UInt16(bytes[3])
        if bytes.count == 16 {
            guard let address = IPAddress(bytes: bytes[4..<8]) else { return nil }
            self.init(address, port: port)
        } else {
            guard bytes.count == 28, let address = IPAddress(bytes: bytes[8..<24]) else { return nil }
            let scope = bytes[24..<28].withUnsafeBytes { $0.loadUnaligned(as: UInt32.self) }
            self.init(address, scope: Int(scope), port: port)
        }
    }
}
