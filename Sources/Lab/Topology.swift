public import Model
public import Net

/// What a lab is made of: the topology file, decoded. `LabPlan` gives everything in it names and addresses.
public struct Topology: Codable, Hashable, Sendable {
    /// The lab's name when none is given on the command line.
    public var name: String?
    public var spines: [String]
    public var leaves: [String]
    public var nodes: [Node]
    public var pods: [Pod]
    /// Hosts outside the cluster.
    public var externals: [External]
    /// Of every link that `links` says nothing else of, in bytes.
    public var mtu: Int?
    public var links: [LinkSetting]
    /// IPv4 beside IPv6, everywhere.
    public var ipv4: Bool
    /// Cilium's Helm values for `install`, as YAML; nil: what fits the addresses.
    public var values: String?

    public struct Node: Codable, Hashable, Sendable {
        public var name: String
        /// One, or several for a node with as many uplinks.
        public var leaves: [String]
        /// At most one of each family; empty: by number.
        public var podCIDRs: [Prefix]

        public init(name: String, leaves: [String], podCIDRs: [Prefix] = []) {
            self.name = name
            self.leaves = leaves
            self.podCIDRs = podCIDRs
        }
    }

    public struct Pod: Codable, Hashable, Sendable {
        public var pod: PodName
        public var node: String
        /// Empty: by number.
        public var addresses: [IPAddress]
        public var labels: [String: String]

        public init(pod: PodName, node: String, addresses: [IPAddress] = [], labels: [String: String] = [:]) {
            self.pod = pod
            self.node = node
            self.addresses = addresses
            self.labels = labels
        }
    }

    public struct External: Codable, Hashable, Sendable {
        public var name: String
        public var leaf: String
        /// Empty: by number.
        public var addresses: [IPAddress]

        public init(name: String, leaf: String, addresses: [IPAddress] = []) {
            self.name = name
            self.leaf = leaf
            self.addresses = addresses
        }
    }

    /// What is special about one link.
    public struct LinkSetting: Codable, Hashable, Sendable {
        /// The names of its two ends, in any order.
        public var between: [String]
        /// In bytes.
        public var mtu: Int

        public init(between: [String], mtu: Int) {
            self.between = between
            self.mtu = mtu
        }
    }

    public init(
        name: String? = nil, spines: [String], leaves: [String], nodes: [Node], pods: [Pod] = [], externals: [External] = [], mtu: Int? = nil,
        links: [LinkSetting] = [], ipv4: Bool = false, values: String? = nil
    ) {
        self.name = name
        self.spines = spines
        self.leaves = leaves
        self.nodes = nodes
        self.pods = pods
        self.externals = externals
        self.mtu = mtu
        self.links = links
        self.ipv4 = ipv4
        self.values = values
    }

    /// Two spines, two leaves with a node each, three pods, and a host outside behind the second leaf.
    public static let standard = Topology(
        spines: ["spine1", "spine2"], leaves: ["leaf1", "leaf2"],
        nodes: [Node(name: "node1", leaves: ["leaf1"]), Node(name: "node2", leaves: ["leaf2"])],
        pods: [("web", "node1"), ("client", "node1"), ("db", "node2")].map { name, node in
            Pod(pod: PodName(namespace: "default", name: name), node: node, labels: ["app": name])
        },
        externals: [External(name: "external", leaf: "leaf2")])
}
