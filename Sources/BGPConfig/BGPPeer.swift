public import BGP
public import Net

/// One peer of this node with all that its session needs: what manifests and flags come to.
public struct BGPPeer: Hashable, Sendable {
    public enum Target: Hashable, Sendable {
        case address(ScopedAddress)
        /// The gateway of the default route with the lowest metric.
        case defaultGateway(BGPFamily)
        /// The router on this link, known by its router advertisements.
        case unnumbered(String)
    }

    /// In seconds.
    public struct Timers: Codable, Hashable, Sendable {
        public var connectRetry: Int
        public var hold: Int
        public var keepAlive: Int

        public init(connectRetry: Int, hold: Int, keepAlive: Int) {
            self.connectRetry = connectRetry
            self.hold = hold
            self.keepAlive = keepAlive
        }

        /// Cilium's, but for the connect retry: a leaf that restarts is not left alone for two minutes.
        public static let cilium = Timers(connectRetry: 5, hold: 90, keepAlive: 30)
        public static let flags = Timers(connectRetry: 2, hold: 9, keepAlive: 3)
    }

    public struct GracefulRestart: Codable, Hashable, Sendable {
        /// Seconds, 1...4095.
        public var restartTime: Int
        /// N: also through NOTIFICATIONs (RFC 8538).
        public var notification: Bool

        public init(restartTime: Int, notification: Bool) {
            self.restartTime = restartTime
            self.notification = notification
        }
    }

    public var name: String
    public var instance: String
    public var target: Target
    public var localAS: UInt32
    /// 0: any.
    public var peerAS: UInt32
    public var port: UInt16 = 179
    /// Where connections are waited for; nil: 179, as long as nobody else has it.
    public var localPort: UInt16?
    public var localAddress: ScopedAddress?
    public var sourceInterface: String?
    /// Nil: derived from the node.
    public var routerID: IPAddress?
    public var timers = Timers.cilium
    public var password: BGPPassword?
    public var gracefulRestart: GracefulRestart?
    /// TTL of packets to an external peer.
    public var multihop: UInt8 = 1
    /// Hops that the peer is away at most.
    public var ttlSecurity: UInt8?
    public var isPassive = false
    public var families: [BGPFamily] = [.ipv6, .ipv4]
    public var maximumPrefixes: Int?
    public var wishes: [BGPWish] = []

    public var isInternal: Bool { peerAS == localAS }
    /// Names it among all peers of the node.
    public var key: String { "\(instance)/\(name)" }

    /// TTL or hop limit of packets to the peer: 255 where it checks that, or where it may be anywhere (RFC 5082, RFC 4271).
    public var hopLimit: UInt8 { ttlSecurity != nil ? 255 : isInternal ? max(64, multihop) : multihop }
    /// Packets with less are ignored; nil for no check.
    public var minimumHopLimit: UInt8? { ttlSecurity.map { 255 - ($0 - 1) } }
}

/// Something that is to be announced to a peer, before it is known which prefixes that is.
public struct BGPWish: Hashable, Sendable {
    public enum Source: Hashable, Sendable {
        case podCIDRs
        /// All global addresses of an interface, each as a prefix of its own.
        case interface(String)
        case prefix(Prefix)
    }

    public var source: Source
    public var family: BGPFamily
    public var attributes: RouteAttributes
    /// Who asks for it, to be shown.
    public var origin: String
}

extension BGPPeer {
    /// The prefixes that the peer is to have. Where several wishes name one prefix, it has the communities of all, and the highest
    /// local preference.
    public func export(podCIDRs: [Prefix], addresses: (String) -> [IPAddress]) -> ExportTable {
        // The usual node has one wish, and a large one has many prefixes: nothing is merged without need.
        var seen: [Prefix: RouteAttributes] = [:]
        let hasOverlaps = wishes.count { $0.source != .podCIDRs } > 0 || wishes.count > BGPFamily.allCases.count
        var plain: [(Prefix, RouteAttributes)] = []
        for wish in wishes where families.contains(wish.family) {
            let prefixes: [Prefix] =
                switch wish.source {
                case .podCIDRs: podCIDRs
                case .interface(let name): addresses(name).map { Prefix($0) }
                case .prefix(let prefix): [prefix]
                }
            for prefix in prefixes where prefix.family == wish.family.addresses {
                if hasOverlaps {
                    seen[prefix] = seen[prefix].map { $0.merged(with: wish.attributes) } ?? wish.attributes
                } else {
                    plain.append((prefix, wish.attributes))
                }
            }
        }
        return hasOverlaps ? ExportTable(seen.map { ($0.key, $0.value) }) : ExportTable(plain)
    }
}

extension RouteAttributes {
    func merged(with other: RouteAttributes) -> RouteAttributes {
        RouteAttributes(
            communities: communities + other.communities, largeCommunities: largeCommunities + other.largeCommunities,
            localPreference: [localPreference, other.localPreference].compactMap(\.self).max())
    }
}
