public import Net

/// What `install` was told about this node, and what it found. Document `config`.
public struct NodeConfig: Codable, Hashable, Sendable {
    /// The node's Kubernetes name.
    public var name: String
    public var clusterName: String
    /// Prefixes that this node's pods have their addresses from, IPv6 first. At most one is in use for each family.
    public var podCIDRs: [Prefix]
    /// The cluster's pod prefixes: what lies inside is routed as it is (Cilium's `ipv6NativeRoutingCIDR`).
    public var nativeRoutingCIDRs: [Prefix]
    public var ipv6Enabled: Bool
    public var ipv4Enabled: Bool
    /// Fabric ports, in name order.
    public var uplinks: [Uplink]
    /// The node's own addresses when it was installed or repaired.
    public var addresses: [IPAddress]
    /// Routes that the kernel had by itself and that pods' traffic follows: default and connected routes over uplinks.
    public var baseRoutes: [BaseRoute]
    public var mapSizes: MapSizes
    /// How often an active flow is reported, in nanoseconds.
    public var eventInterval: UInt64
    /// How often the packet path looks whether a next hop or pod that it sends to can be reached, in nanoseconds; 0: never.
    public var healthInterval: UInt64 = 0
    /// Random, made at the first install.
    public var bootID: UInt64
    /// How long a flow may be idle.
    public var timeouts = FlowTimeouts()
    /// Layout of the maps (FABRIC_ABI_VERSION) that this node was installed with.
    public var layout: UInt32 = 0
    /// Of the programs that are loaded: tells whether a binary has other ones.
    public var imageChecksum: UInt64 = 0
    /// Sysctls that install changed, with their values from before: `uninstall` puts them back.
    public var savedSysctls: [String: String]
    /// The network namespace that the node lives in, as `DEVICE:INODE` of its file.
    public var netns: String = ""
    /// MTU of pods' devices, in bytes.
    public var podMTU: Int
    /// The MTU that was asked for; nil: that of the uplinks.
    public var requestedMTU: Int?

    public init(
        name: String, clusterName: String = "default", podCIDRs: [Prefix], nativeRoutingCIDRs: [Prefix], ipv6Enabled: Bool = true,
        ipv4Enabled: Bool = false,
        uplinks: [Uplink] = [], addresses: [IPAddress] = [], baseRoutes: [BaseRoute] = [], mapSizes: MapSizes = MapSizes(),
        eventInterval: UInt64 = 5_000_000_000, bootID: UInt64, savedSysctls: [String: String] = [:], podMTU: Int = 1500
    ) {
        self.name = name
        self.clusterName = clusterName
        self.podCIDRs = podCIDRs
        self.nativeRoutingCIDRs = nativeRoutingCIDRs
        self.ipv6Enabled = ipv6Enabled
        self.ipv4Enabled = ipv4Enabled
        self.uplinks = uplinks
        self.addresses = addresses
        self.baseRoutes = baseRoutes
        self.mapSizes = mapSizes
        self.eventInterval = eventInterval
        self.bootID = bootID
        self.savedSysctls = savedSysctls
        self.podMTU = podMTU
    }
}

/// How long a flow may be idle in each of its states, in nanoseconds; Cilium's defaults (bpf-ct-timeout-*).
public struct FlowTimeouts: Codable, Hashable, Sendable {
    public var any: UInt64 = 60_000_000_000
    public var tcpSYN: UInt64 = 60_000_000_000
    public var tcp: UInt64 = 8_000_000_000_000
    public var tcpFIN: UInt64 = 10_000_000_000

    public init() {}
}

/// A fabric port.
public struct Uplink: Codable, Hashable, Sendable {
    public var device: String
    public var ifindex: Int
    /// In bytes, as it was when the datapath was installed.
    public var mtu: Int

    public init(device: String, ifindex: Int, mtu: Int) {
        self.device = device
        self.ifindex = ifindex
        self.mtu = mtu
    }
}

/// Entries of the maps whose size can be set. Fixed when the maps are made.
public struct MapSizes: Codable, Hashable, Sendable {
    public var flows: Int
    public var halfOpen: Int
    public var denied: Int
    public var policy: Int
    public var addresses: Int
    public var routes: Int
    public var fragments: Int
    /// Events of the flow history over all CPUs.
    public var history: Int

    public init(
        flows: Int = 65536, halfOpen: Int = 8192, denied: Int = 4096, policy: Int = 16384, addresses: Int = 16384, routes: Int = 16384,
        fragments: Int = 2048,
        history: Int = 32768
    ) {
        self.flows = flows
        self.halfOpen = halfOpen
        self.denied = denied
        self.policy = policy
        self.addresses = addresses
        self.routes = routes
        self.fragments = fragments
        self.history = history
    }
}

/// A neighbour on the fabric that packets are handed to.
public struct NextHop: Codable, Hashable, Sendable {
    /// The neighbour's address; nil when the destination itself is on the link.
    public var via: IPAddress?
    public var device: String
    /// Share of the flows, relative to the others of its route.
    public var weight: Int

    public init(via: IPAddress?, device: String, weight: Int = 1) {
        self.via = via
        self.device = device
        self.weight = weight
    }
}

/// A route of the kernel's own that pods' traffic follows too.
public struct BaseRoute: Codable, Hashable, Sendable {
    public var prefix: Prefix
    public var nextHops: [NextHop]

    public init(prefix: Prefix, nextHops: [NextHop]) {
        self.prefix = prefix
        self.nextHops = nextHops
    }
}
