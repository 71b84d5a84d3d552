import Compiler
public import Model
public import Net
public import Policy

/// The cluster of a test, seen from each of its nodes.
public struct TestCluster: Sendable {
    /// An end of a probe, found.
    public struct End: Hashable, Sendable {
        /// The node that it is on; nil outside of the cluster.
        public let node: String?
        /// Nil for nodes, pods in their network, and outsiders.
        public let pod: PodName?
        public let address: IPAddress
    }

    /// In the order of the case.
    public let nodes: [TestNode]
    private let places: [String: Int]
    private let pods: [PodName: (pod: ClusterPod, node: String)]
    private let addresses: [IPAddress: (pod: PodName?, node: String)]
    private let nodeAddresses: [String: [IPAddress]]

    public init(_ cluster: ClusterObjects, policies: [StoredPolicy]) throws(TestError) {
        var names = cluster.nodes.map(\.name)
        for name in cluster.pods.compactMap(\.node) where !names.contains(name) { names.append(name) }
        if names.isEmpty { names = ["node"] }
        let placed = cluster.pods.map { (pod: $0, node: $0.node ?? names[0]) }
        var nodes: [TestNode] = []
        for name in names { nodes.append(try TestNode(name, cluster, pods: placed, policies: policies)) }
        self.nodes = nodes
        places = Dictionary(names.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
        var pods: [PodName: (pod: ClusterPod, node: String)] = [:]
        var addresses: [IPAddress: (pod: PodName?, node: String)] = [:]
        for item in placed {
            let name = PodName(namespace: item.pod.namespace, name: item.pod.name)
            pods[name] = item
            for address in item.pod.addresses where !item.pod.hostNetwork { addresses[address] = (name, item.node) }
        }
        nodeAddresses = Dictionary(cluster.nodes.map { ($0.name, $0.addresses) }, uniquingKeysWith: { first, _ in first })
        for node in cluster.nodes {
            for address in node.addresses { addresses[address] = (nil, node.name) }
        }
        self.pods = pods
        self.addresses = addresses
    }

    /// - Throws: when there is no such end, or it has no address of the family.
    public func end(_ end: PolicyProbe.End, _ family: IPAddress.Family) throws(TestError) -> End {
        switch end {
        case .address(let address):
            guard let known = addresses[address] else { return End(node: nil, pod: nil, address: address) }
            return End(node: known.node, pod: known.pod, address: address)
        case .node(let name):
            guard places[name] != nil else { throw TestError("there is no node \(name)") }
            return End(node: name, pod: nil, address: try address(of: nodeAddresses[name] ?? [], family, "node \(name)"))
        case .pod(let namespace, let name):
            let podName = PodName(namespace: namespace, name: name)
            guard let known = pods[podName] else { throw TestError("there is no pod \(podName)") }
            // A pod in its node's network is its node.
            if known.pod.hostNetwork { return try self.end(.node(known.node), family) }
            return End(node: known.node, pod: podName, address: try address(of: known.pod.addresses, family, "pod \(podName)"))
        }
    }

    private func address(of addresses: [IPAddress], _ family: IPAddress.Family, _ what: String) throws(TestError) -> IPAddress {
        guard let found = addresses.first(where: { $0.family == family }) else {
            throw TestError("\(what) has no \(family == .ipv4 ? "IPv4" : "IPv6") address")
        }
        return found
    }

    /// The pod with an address, and its node.
    func owner(of address: IPAddress) -> (pod: PodName, node: String)? {
        guard let known = addresses[address], let pod = known.pod else { return nil }
        return (pod, known.node)
    }

    public func place(ofNode name: String) -> Int? { places[name] }
}

extension [StoredPolicy] {
    /// Policies as `policy apply` would keep them on an empty node, numbers from 1.
    public init(_ manifests: [PolicyManifest]) {
        self.init(specs: manifests.map { ($0.key, $0.policies) })
    }

    public init(specs: [(PolicyKey, [NetworkPolicy])]) {
        var next: UInt32 = 1
        self = specs.sorted { $0.0 < $1.0 }.map { key, specs in
            let policy = StoredPolicy(key: key, number: next, specs: specs)
            next += policy.numbers
            return policy
        }
    }
}
