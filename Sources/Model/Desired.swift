public import Net

/// Everything the operator asked of this node: the documents under `<root>/state`, decoded.
/// The maps and kernel routes are a pure function of it.
public struct Desired: Hashable, Sendable {
    public var config: NodeConfig
    /// Sorted by pod.
    public var endpoints: [Endpoint] = []
    public var departed: [DepartedEndpoint] = []
    /// Sorted by name.
    public var nodes: [RemoteNode] = []
    public var switches: [Switch] = []
    /// Sorted by prefix.
    public var ips: [IPEntry] = []
    public var staticRoutes: [StaticRoute] = []
    public var identities = IdentityTable()
    public var registry = Registry()
    /// Sorted by key.
    public var policies: [StoredPolicy] = []
    public var cluster = ClusterFacts()
    public var policyRegistry = PolicyRegistry()

    public init(config: NodeConfig) {
        self.config = config
    }
}

/// Numbers given out so far, so that none is given twice. Document `registry`.
public struct Registry: Codable, Hashable, Sendable {
    public var nextEndpointID: UInt32 = 1
    public var nextNextHopID: UInt32 = 1
    /// Revision of everything compiled: grows with each change.
    public var revision: UInt32 = 1
    /// Next hops by id, those no longer used included while the history can mention them.
    public var nextHops: [RegisteredNextHop] = []
    /// Sets of next hops by their index in the map `groups`.
    public var groups: [RegisteredGroup] = []

    public init() {}
}

/// A set of next hops that routes share.
public struct RegisteredGroup: Codable, Hashable, Sendable {
    public var index: UInt32
    public var nextHops: [NextHop]

    public init(index: UInt32, nextHops: [NextHop]) {
        self.index = index
        self.nextHops = nextHops
    }
}

public struct RegisteredNextHop: Codable, Hashable, Sendable {
    public var id: UInt32
    public var via: IPAddress?
    public var device: String
    /// ns, CLOCK_MONOTONIC, when its last route went; nil while in use.
    public var unusedSince: UInt64?

    public init(id: UInt32, via: IPAddress?, device: String, unusedSince: UInt64? = nil) {
        self.id = id
        self.via = via
        self.device = device
        self.unusedSince = unusedSince
    }
}
