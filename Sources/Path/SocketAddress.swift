import Glibc
import Net

/// An address and a port as the socket calls take them.
struct SocketAddress {
    let address: IPAddress
    let port: UInt16

    init(_ address: IPAddress, port: UInt16) {
        self.address = address
        self.port = port
    }

    /// - Returns: nil when it is of another family than IPv4 and IPv6.
    init?(_ storage: sockaddr_storage) {
        let bytes = withUnsafeBytes(of: storage) { Array($0) }
        port = UInt16(bytes[2]) << 8 | UInt16(bytes[3])
        // sockaddr_in has the address behind the port, sockaddr_in6 the flow label between the two.
        let found =
            switch Int32(storage.ss_family) {
            case AF_INET: IPAddress(bytes: bytes[4..<8])
            case AF_INET6: IPAddress(bytes: bytes[8..<24])
            default: nil as IPAddress?
            }
        guard let found else { return nil }
        address = found
    }

    /// What a socket is bound to.
    static func local(of descriptor: Int32) -> SocketAddress? {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let code = withUnsafeMutableBytes(of: &storage) { bytes in
            bytes.baseAddress.map { getsockname(descriptor, $0.assumingMemoryBound(to: sockaddr.self), &length) } ?? -1
        }
        return code == 0 ? SocketAddress(storage) : nil
    }

    func with<R>(_ body: (UnsafePointer<sockaddr>?, socklen_t) -> R) -> R {
        var storage = sockaddr_storage()
        storage.ss_family = sa_family_t(address.isIPv4 ? AF_INET : AF_INET6)
        return withUnsafeMutableBytes(of: &storage) { bytes in
            bytes[2] = UInt8(port >> 8)
            bytes[3] = UInt8(truncatingIfNeeded: port)
            let wire = address.wireBytes
            UnsafeMutableRawBufferPointer(rebasing: bytes[(address.isIPv4 ? 4 : 8)...]).copyBytes(from: wire)
            let length = address.isIPv4 ? MemoryLayout<sockaddr_in>.size : MemoryLayout<sockaddr_in6>.size
            return body(bytes.baseAddress.map { UnsafePointer($0.assumingMemoryBound(to: sockaddr.self)) }, socklen_t(length))
        }
    }
}
