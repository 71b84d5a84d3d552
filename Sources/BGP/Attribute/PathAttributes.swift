public import Net

/// The attributes of a route, as received (RFC 4271 section 5).
public struct PathAttributes: Hashable, Sendable {
    public enum Origin: UInt8, Hashable, Sendable {
        case igp = 0
        case egp = 1
        case incomplete = 2
    }

    public var origin: Origin = .igp
    public var asPath = ASPath()
    /// IPv4, or global IPv6, or link-local IPv6 where the sender gave no global one.
    public var nextHop: IPAddress = .unspecified
    /// The link-local address beside a global one (RFC 2545 section 3).
    public var linkLocalNextHop: IPAddress?
    public var multiExitDiscriminator: UInt32?
    public var localPreference: UInt32?
    public var isAtomicAggregate = false
    public var aggregator: Aggregator?
    public var communities: [Community] = []
    public var extendedCommunities: [UInt64] = []
    public var largeCommunities: [LargeCommunity] = []
    public var originatorID: RouterID?
    public var clusterList: [RouterID] = []
    /// Transitive attributes unknown here, bytes as they came.
    public var unknown: [UnknownAttribute] = []

    public init() {}

    public struct Aggregator: Hashable, Sendable {
        public let asNumber: UInt32
        public let identifier: RouterID
    }

    public struct UnknownAttribute: Hashable, Sendable {
        /// Flags as received, with Partial set (RFC 4271 section 5).
        public let flags: UInt8
        public let type: UInt8
        public let value: [UInt8]
    }
}
