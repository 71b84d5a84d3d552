internal import Net

/// Next hop of announcements: one address, or a global and a link-local one (RFC 2545 section 3, RFC 8950 section 3).
struct NextHop: Hashable, Sendable {
    let address: IPAddress
    let linkLocal: IPAddress?

    init(_ address: IPAddress, linkLocal: IPAddress? = nil) {
        self.address = address
        self.linkLocal = linkLocal
    }

    /// Reads all forms on the wire: 4 bytes; 16 bytes, global or link-local; 32 bytes of both, where the global one may be missing
    /// (`::`) or be the link-local one again.
    /// - Returns: nil when the length is none of these.
    init?(_ value: ByteReader, allowsIPv4: Bool, allowsIPv6: Bool) {
        var value = value
        switch value.remaining {
        case 4 where allowsIPv4:
            guard let address = value.address(.ipv4) else { return nil }
            self.init(address)
        case 16 where allowsIPv6:
            guard let address = value.address(.ipv6) else { return nil }
            self.init(address)
        case 32 where allowsIPv6:
            guard let address = value.address(.ipv6), let second = value.address(.ipv6) else { return nil }
            if !second.isLinkLocal {
                self.init(address)
            } else if address.isUnspecified || address == second {
                self.init(second)
            } else {
                self.init(address, linkLocal: second)
            }
        default: return nil
        }
    }

    var bytes: [UInt8] { address.wireBytes + (linkLocal?.wireBytes ?? []) }

    /// Why nothing can be sent this way (RFC 4271 section 6.3), if so.
    func problem(own: [IPAddress]) -> (reason: String, handling: UpdateFault.Handling)? {
        if address.isMulticast { return ("next hop \(address) is a group", .treatAsWithdraw) }
        if address.isUnspecified { return ("next hop is unspecified", .unusable) }
        if address.isLoopback { return ("next hop \(address) is a loopback address", .unusable) }
        if own.contains(address) || linkLocal.map(own.contains) == true { return ("next hop \(address) is this node", .unusable) }
        if let number = address.ipv4, number >> 28 == 0xf || number >> 24 == 0 { return ("next hop \(address) is no unicast address", .unusable) }
        return nil
    }
}
