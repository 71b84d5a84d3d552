import Net

/// Router solicitations and advertisements (RFC 4861 sections 4.1 and 4.2), from the ICMPv6 type on; the kernel makes the checksum.
enum RouterMessage: Equatable {
    case solicitation
    /// - Parameter lifetime: seconds that the sender wants to be a default router; 0: not at all.
    case advertisement(lifetime: UInt16)

    static let allNodes = IPAddress(high: 0xff02_0000_0000_0000, low: 1)
    static let allRouters = IPAddress(high: 0xff02_0000_0000_0000, low: 2)

    /// - Parameter source: the sender's link-layer address: without it, FRR does not know a router.
    func bytes(source: MACAddress?) -> [UInt8] {
        var bytes: [UInt8] =
            switch self {
            case .solicitation: [133, 0, 0, 0, 0, 0, 0, 0]
            // Hop limit, flags and times unspecified: no host is to change anything for us.
            case .advertisement(let lifetime): [134, 0, 0, 0, 0, 0, UInt8(lifetime >> 8), UInt8(lifetime & 255)] + [UInt8](repeating: 0, count: 8)
            }
        if let source { bytes += [1, 1] + source.bytes }
        return bytes
    }

    /// - Returns: nil for what is neither, or breaks the rules of RFC 4861 section 6.1. The hop limit is the socket's to check.
    init?(_ bytes: some Collection<UInt8>) {
        let bytes = Array(bytes)
        guard bytes.count >= 8, bytes[1] == 0 else { return nil }
        let options: ArraySlice<UInt8>
        switch bytes[0] {
        case 133:
            self = .solicitation
            options = bytes[8...]
        case 134 where bytes.count >= 16:
            self = .advertisement(lifetime: UInt16(bytes[6]) << 8 | UInt16(bytes[7]))
            options = bytes[16...]
        default: return nil
        }
        var rest = options
        while let first = rest.indices.first {
            guard rest.count >= 2, rest[first + 1] > 0, rest.count >= Int(rest[first + 1]) * 8 else { return nil }
            rest = rest.dropFirst(Int(rest[first + 1]) * 8)
        }
    }
}
