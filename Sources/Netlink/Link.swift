import CLinux
public import Net

/// A network device (RTM_NEWLINK, man 7 rtnetlink, linux/if_link.h).
public struct Link: Sendable, Hashable {
    public var index: Int
    public var name: String
    /// `veth`, `bridge` and so on (IFLA_INFO_KIND), nil for hardware and loopback.
    public var kind: String?
    /// Nil when the device has none of six bytes.
    public var macAddress: MACAddress?
    /// In bytes, without the Ethernet header.
    public var mtu: Int
    public var flags: LinkFlags
    public var operationalState: OperationalState
    /// The bridge, bond or VRF that the device is part of.
    public var master: Int?
    /// The index of the veth's other end, or of the device below, in the namespace that `peerNamespaceID` names (IFLA_LINK).
    public var peerIndex: Int?
    /// The number that this namespace has for the peer's (IFLA_LINK_NETNSID), nil when it is the same namespace; -1: it has none.
    public var peerNamespaceID: Int?
    public var txQueues: Int

    public var isUp: Bool { flags.contains(.up) }
    public var isLoopback: Bool { flags.contains(.loopback) }
    /// Whether frames can leave: up, and the other side of the cable is as well.
    public var hasCarrier: Bool { flags.contains(.lowerUp) }
}

/// IFF_* of linux/if.h.
public struct LinkFlags: OptionSet, Sendable, Hashable {
    public let rawValue: UInt32
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// Set up by the administrator.
    public static let up = LinkFlags(rawValue: 1)
    public static let broadcast = LinkFlags(rawValue: 1 << 1)
    public static let loopback = LinkFlags(rawValue: 1 << 3)
    public static let pointToPoint = LinkFlags(rawValue: 1 << 4)
    /// Operational (RFC 2863).
    public static let running = LinkFlags(rawValue: 1 << 6)
    /// No neighbour discovery.
    public static let noARP = LinkFlags(rawValue: 1 << 7)
    public static let promiscuous = LinkFlags(rawValue: 1 << 8)
    /// The driver sees a carrier.
    public static let lowerUp = LinkFlags(rawValue: 1 << 16)
}

/// RFC 2863 section 3.1.14, as IFLA_OPERSTATE has it.
public enum OperationalState: UInt8, Sendable, Hashable, CustomStringConvertible {
    case unknown = 0
    case notPresent = 1
    case down = 2
    case lowerLayerDown = 3
    case testing = 4
    case dormant = 5
    case up = 6

    /// As iproute2 writes it: `UP`, `LOWERLAYERDOWN`.
    public var description: String {
        switch self {
        case .unknown: "UNKNOWN"
        case .notPresent: "NOTPRESENT"
        case .down: "DOWN"
        case .lowerLayerDown: "LOWERLAYERDOWN"
        case .testing: "TESTING"
        case .dormant: "DORMANT"
        case .up: "UP"
        }
    }
}

/// What a device has counted since it was made (`struct rtnl_link_stats64`, linux/if_link.h).
public struct LinkStatistics: Sendable, Hashable {
    public var rxPackets: UInt64
    public var txPackets: UInt64
    public var rxBytes: UInt64
    public var txBytes: UInt64
    public var rxErrors: UInt64
    public var txErrors: UInt64
    /// Received, and dropped for want of room.
    public var rxDropped: UInt64
    /// Dropped on the way out, as by a veth whose other end is down.
    public var txDropped: UInt64
}

/// One end of a veth pair to create. Both begin down: the kernel cannot set a peer up before it is joined (ENOTCONN).
public struct VethEnd: Sendable, Hashable {
    /// Up to 15 bytes.
    public var name: String
    /// Random when nil.
    public var macAddress: MACAddress?
    /// In bytes; 1500 when nil.
    public var mtu: Int?
    /// The namespace where this end shall be: a descriptor of it, or nil for the socket's.
    public var namespace: Int32?
    /// Transmit and receive queues each; the kernel's choice when nil.
    public var queues: Int?

    public init(name: String, macAddress: MACAddress? = nil, mtu: Int? = nil, namespace: Int32? = nil, queues: Int? = nil) {
        self.name = name
        self.macAddress = macAddress
        self.mtu = mtu
        self.namespace = namespace
        self.queues = queues
    }
}

/// What to change of a device; nil leaves it alone. `addressGeneration` takes effect before `up`.
public struct LinkChange: Sendable, Hashable {
    public var up: Bool?
    public var name: String?
    public var macAddress: MACAddress?
    /// In bytes.
    public var mtu: Int?
    /// Moves the device: a descriptor of the namespace. Then nothing else may be changed but `name`.
    public var namespace: Int32?
    public var addressGeneration: AddressGeneration?
    /// The bridge to join; 0 leaves it.
    public var master: Int?

    public init(
        up: Bool? = nil, name: String? = nil, macAddress: MACAddress? = nil, mtu: Int? = nil, namespace: Int32? = nil,
        addressGeneration: AddressGeneration? = nil, master: Int? = nil
    ) {
        self.up = up
        self.name = name
        self.macAddress = macAddress
        self.mtu = mtu
        self.namespace = namespace
        self.addressGeneration = addressGeneration
        self.master = master
    }

    /// How a device gets its IPv6 link-local address (IN6_ADDR_GEN_MODE_*, linux/if_link.h).
    public enum AddressGeneration: UInt8, Sendable, Hashable {
        /// From its MAC address (RFC 4291 appendix A).
        case eui64 = 0
        /// None by itself.
        case none = 1
        /// Stable and opaque (RFC 7217).
        case stablePrivacy = 2
        case random = 3
    }
}

extension LinkChange: CustomStringConvertible {
    /// In the words of `ip link set`.
    public var description: String {
        var words: [String] = []
        if let namespace { words.append("netns of descriptor \(namespace)") }
        if let name { words.append("name \(name)") }
        if let macAddress { words.append("address \(macAddress)") }
        if let mtu { words.append("mtu \(mtu)") }
        if let master { words.append("master \(master)") }
        if let addressGeneration { words.append("addrgenmode \(addressGeneration)") }
        if let up { words.append(up ? "up" : "down") }
        return words.joined(separator: " ")
    }
}
