public import Net

/// A route of the kernel (RTM_NEWROUTE, linux/rtnetlink.h).
public struct Route: Sendable, Hashable {
    public var prefix: Prefix
    /// 254 is `main`, 255 `local`.
    public var table: UInt32
    /// Who made it (RTPROT_*): 2 the kernel, 3 boot, 4 static; fabctl has a number of its own. To delete: 0 is any.
    public var proto: UInt8
    public var kind: RouteKind
    /// Lower is better. 0 is the kernel's default, which reads as 1024 for IPv6. To delete: 0 is any.
    public var metric: UInt32
    /// Empty for a route that goes nowhere; several share the traffic by weight.
    public var nextHops: [RouteNextHop]
    /// The largest packet for this destination (RTAX_MTU), in bytes.
    public var mtu: Int?
    /// The source of packets that this machine sends there itself (RTA_PREFSRC).
    public var preferredSource: IPAddress?
    /// For IPv4; IPv6 has none. Nil: what fits the kind and the next hops.
    public var scope: RouteScope?

    public init(
        _ prefix: Prefix, nextHops: [RouteNextHop] = [], kind: RouteKind = .unicast, table: UInt32 = Route.mainTable, proto: UInt8 = 4,
        metric: UInt32 = 0, mtu: Int? = nil, preferredSource: IPAddress? = nil, scope: RouteScope? = nil
    ) {
        self.prefix = prefix
        self.table = table
        self.proto = proto
        self.kind = kind
        self.metric = metric
        self.nextHops = nextHops
        self.mtu = mtu
        self.preferredSource = preferredSource
        self.scope = scope
    }

    /// RT_TABLE_MAIN.
    public static let mainTable: UInt32 = 254
    /// RT_TABLE_LOCAL.
    public static let localTable: UInt32 = 255

    /// As `ip route` writes it: `blackhole fd00::/48 table 7`, without `route` in front.
    /// - Parameter name: the name of a device by its index.
    func description(_ name: (Int) -> String) -> String {
        var words = (kind == .unicast ? "route " : "\(kind) route ") + prefix.description
        for hop in nextHops {
            if nextHops.count > 1 { words += " nexthop" }
            if let via = hop.via { words += " via \(via)" }
            if hop.ifindex != 0 { words += " dev \(name(hop.ifindex))" }
        }
        if table != Self.mainTable { words += " table \(table)" }
        if metric != 0 { words += " metric \(metric)" }
        return words
    }
}

/// One way that a route goes.
public struct RouteNextHop: Sendable, Hashable {
    /// The gateway; nil when destinations are on the link itself. An IPv4 route may have an IPv6 gateway (RFC 8950 style, RTA_VIA).
    public var via: IPAddress?
    /// The device; 0 lets the kernel find it by the gateway.
    public var ifindex: Int
    /// Share of the traffic: 1...256 (IPv6 routes before kernel 4.17: 1).
    public var weight: Int
    /// The gateway is on the link though no address says so.
    public var onLink: Bool
    /// The kernel does not use it: the device is down (RTNH_F_DEAD). Only read.
    public var isDead: Bool
    /// The device has no carrier (RTNH_F_LINKDOWN). Only read.
    public var isLinkDown: Bool

    public init(via: IPAddress? = nil, ifindex: Int, weight: Int = 1, onLink: Bool = false) {
        self.via = via
        self.ifindex = ifindex
        self.weight = weight
        self.onLink = onLink
        isDead = false
        isLinkDown = false
    }
}

/// What a route does with a packet (RTN_*, linux/rtnetlink.h).
public enum RouteKind: UInt8, Sendable, Hashable, CustomStringConvertible {
    case unicast = 1
    case local = 2
    case broadcast = 3
    case anycast = 4
    case multicast = 5
    /// Dropped without a word.
    case blackhole = 6
    /// Dropped, the sender is told: host unreachable.
    case unreachable = 7
    /// Dropped, the sender is told: administratively prohibited.
    case prohibit = 8
    /// The search goes on in the next table.
    case `throw` = 9

    /// Whether packets end here.
    public var goesNowhere: Bool { rawValue >= RouteKind.blackhole.rawValue }

    /// As `ip route` writes it.
    public var description: String {
        switch self {
        case .unicast: "unicast"
        case .local: "local"
        case .broadcast: "broadcast"
        case .anycast: "anycast"
        case .multicast: "multicast"
        case .blackhole: "blackhole"
        case .unreachable: "unreachable"
        case .prohibit: "prohibit"
        case .throw: "throw"
        }
    }
}
