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
    /// What runs on the switches.
    public var switches: Switching
    /// Whether links have global addresses where `links` says nothing else; link-local ones alone otherwise.
    public var numbered: Bool
    /// AS numbers by the name of a switch or node; others are by number.
    public var asns: [String: UInt32]
    /// What `lab verify` finds allowed and denied.
    public var expectations: [Expectation]
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
        /// In bytes; nil: that of all.
        public var mtu: Int?
        /// Whether it has global addresses; nil: as all.
        public var numbered: Bool?

        public init(between: [String], mtu: Int? = nil, numbered: Bool? = nil) {
            self.between = between
            self.mtu = mtu
            self.numbered = numbered
        }
    }

    /// What decides where a switch sends packets.
    public enum Switching: String, Codable, Hashable, Sendable, CaseIterable {
        /// Static routes of the kernel.
        case `static`
        /// BGP by FRR (zebra, bgpd), or by BIRD 2.
        case frr, bird
    }

    /// What should become of connections from a pod.
    public struct Expectation: Codable, Hashable, Sendable {
        public enum Transport: String, Codable, Hashable, Sendable, CaseIterable {
            case icmp, tcp, udp
        }

        public var from: PodName
        /// A pod as NAMESPACE/POD, another member by name, or an address.
        public var to: String
        public var transport: Transport
        /// Of TCP and UDP.
        public var port: UInt16?
        public var allowed: Bool

        public init(from: PodName, to: String, transport: Transport = .icmp, port: UInt16? = nil, allowed: Bool) {
            self.from = from
            self.to = to
            self.transport = transport
            self.port = port
            self.allowed = allowed
        }
    }

    public init(
        name: String? = nil, spines: [String], leaves: [String], nodes: [Node], pods: [Pod] = [], externals: [External] = [], mtu: Int? = nil,
        links: [LinkSetting] = [], ipv4: Bool = false, switches: Switching = .static, numbered: Bool = false, asns: [String: UInt32] = [:],
        expectations: [Expectation] = [], values: String? = nil
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
        self.switches = switches
        self.numbered = numbered
        self.asns = asns
        self.expectations = expectations
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
