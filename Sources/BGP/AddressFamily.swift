public import Net

/// An address family and what its routes are for: AFI and SAFI (RFC 4760 section 6).
public struct AddressFamily: Hashable, Sendable {
    public let afi: UInt16
    public let safi: UInt8

    public init(afi: UInt16, safi: UInt8) {
        self.afi = afi
        self.safi = safi
    }

    public static let ipv4Unicast = AddressFamily(afi: 1, safi: 1)
    public static let ipv6Unicast = AddressFamily(afi: 2, safi: 1)

    /// The unicast family of a prefix.
    public init(_ prefix: Prefix) {
        self = prefix.family == .ipv4 ? .ipv4Unicast : .ipv6Unicast
    }

    /// What fabctl speaks: IPv4 and IPv6 unicast. All else is named and ignored.
    public var isSupported: Bool { self == .ipv4Unicast || self == .ipv6Unicast }

    /// Families of addresses: `.ipv4` or `.ipv6` for a supported family, otherwise nil.
    public var addresses: IPAddress.Family? { isSupported ? (afi == 1 ? .ipv4 : .ipv6) : nil }
}

extension AddressFamily: Comparable {
    public static func < (a: AddressFamily, b: AddressFamily) -> Bool {
        a.afi != b.afi ? a.afi < b.afi : a.safi < b.safi
    }
}

extension AddressFamily: CustomStringConvertible {
    private static let afis: [UInt16: String] = [1: "ipv4", 2: "ipv6", 25: "l2vpn", 16388: "link-state"]
    private static let safis: [UInt8: String] = [
        1: "unicast", 2: "multicast", 4: "labelled-unicast", 70: "evpn", 128: "vpn", 132: "route-target", 133: "flowspec",
    ]

    /// As in `ipv6/unicast`; numbers where IANA's names are none of ours.
    public var description: String {
        "\(Self.afis[afi] ?? "afi\(afi)")/\(Self.safis[safi] ?? "safi\(safi)")"
    }
}
