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

    /// A sockaddr_in or sockaddr_in6.
    var bytes: [UInt8] {
        switch nio {
        case .v4(let value): withUnsafeBytes(of: value.address) { Array($0) }
        case .v6(let value): withUnsafeBytes(of: value.address) { Array($0) }
        case .unixDomainSocket: []
        }
    }

    var nio: SocketAddress {
        if let ipv4 = address.ipv4 {
            var value = sockaddr_in()
            value.sin_family = sa_family_t(AF_INET)
            value.sin_port = port.bigEndian
            value.sin_addr.s_addr = ipv4.bigEndian
            return SocketAddress(value)
        }
        var value = sockaddr_in6()
        value.sin6_family = sa_family_t(AF_INET6)
        value.sin6_port = port.bigEndian
        value.sin6_scope_id = UInt32(scope)
        let bytes = address.bytes
        withUnsafeMutableBytes(of: &value.sin6_addr) { $0.copyBytes(from: bytes) }
        return SocketAddress(value)
    }

    /// - Returns: nil for what is no address of the Internet.
    init?(_ nio: SocketAddress?) {
        switch nio {
        case .v4(let value):
            self.init(IPAddress(ipv4: UInt32(bigEndian: value.address.sin_addr.s_addr)), port: UInt16(bigEndian: value.address.sin_port))
        case .v6(let value):
            guard let address = withUnsafeBytes(of: value.address.sin6_addr, { IPAddress(bytes: Array($0)) }) else { return nil }
            self.init(address, scope: Int(value.address.sin6_scope_id), port: UInt16(bigEndian: value.address.sin6_port))
        case .unixDomainSocket, nil: return nil
        }
    }
}
