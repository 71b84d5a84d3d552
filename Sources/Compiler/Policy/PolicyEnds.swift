import CFabricABI
import Model
import Net
import Policy

/// Ends of one kind are alike to every rule but those that name addresses. A class, because it is looked at far more often than made.
final class EndKind: Sendable {
    enum Role: Hashable {
        /// With labels: a pod here or elsewhere.
        case pod
        /// This node, and the pods in its network.
        case host
        /// Another node, and the pods in its network.
        case node
        /// Outside the cluster.
        case world(IPAddress.Family)
        /// In the cluster's prefixes, and nobody told us what.
        case unmanaged
    }

    let role: Role
    let identity: UInt32
    /// Of pods.
    let pod: SelectablePod
    /// Of pods: named ports.
    let ports: [ContainerPort]
    /// Of nodes.
    let labels: [String: String]
    /// Of nodes: the API server runs there.
    let isAPIServer: Bool

    init(
        role: Role, identity: UInt32, pod: SelectablePod = EndKind.nobody, ports: [ContainerPort] = [], labels: [String: String] = [:],
        isAPIServer: Bool = false
    ) {
        self.role = role
        self.identity = identity
        self.pod = pod
        self.ports = ports
        self.labels = labels
        self.isAPIServer = isAPIServer
    }

    static let nobody = SelectablePod(namespace: "", labels: [:], namespaceLabels: [:])
}

extension EndKind: Selectable {
    func value(of key: LabelKey) -> String? {
        switch role {
        case .pod: pod.value(of: key)
        case .host, .node: key.source == .node ? labels[key.name] : nil
        case .world, .unmanaged: nil
        }
    }
}

/// Everybody that a node knows, by kind.
struct PolicyEnds: Sendable {
    private(set) var kinds: [EndKind] = []
    /// Exact addresses, with the places of their kinds.
    private(set) var addresses: [(address: IPAddress, kind: Int)] = []
    /// Prefixes whose addresses have no entry of their own.
    private(set) var ranges: [(prefix: Prefix, kind: Int)] = []
    /// The kinds of this node's endpoints, in their order.
    private(set) var endpoints: [Int] = []
    /// The kinds of `ips`, in their order.
    private(set) var ips: [Int] = []
    /// The kind of what is known by no address and no prefix.
    let world: [IPAddress.Family: Int]
    /// The node's own.
    let host: Int

    private struct PodKey: Hashable {
        let identity: UInt32
        let namespace: String
        let serviceAccount: String
        let ports: [ContainerPort]
    }

    init(_ desired: Desired) {
        let cluster = desired.cluster
        // Of those that are otherwise than pods are that nobody told us of.
        var facts: [PodName: Int] = [:]
        for place in cluster.pods.indices where cluster.pods[place].serviceAccount != "default" || !cluster.pods[place].ports.isEmpty {
            facts[PodName(namespace: cluster.pods[place].namespace, name: cluster.pods[place].name)] = place
        }
        let namespaces = Dictionary(cluster.namespaces.map { ($0.name, $0.labels) }, uniquingKeysWith: { $1 })
        let servers = Set(cluster.pods.filter(Self.isAPIServer).compactMap(\.node))
        let nodeLabels = Dictionary(cluster.nodes.map { ($0.name, $0.labels) }, uniquingKeysWith: { $1 })

        let own = desired.config
        kinds = [
            EndKind(role: .world(.ipv6), identity: FABRIC_IDENTITY_WORLD_IPV6.rawValue),
            EndKind(role: .world(.ipv4), identity: FABRIC_IDENTITY_WORLD_IPV4.rawValue),
            EndKind(
                role: .host, identity: FABRIC_IDENTITY_HOST.rawValue, labels: nodeLabels[own.name] ?? [:], isAPIServer: servers.contains(own.name)),
        ]
        world = [.ipv6: 0, .ipv4: 1]
        host = 2

        var podKinds: [PodKey: Int] = [:]
        // Of most pods the identity says all, the namespace too.
        var plainKinds: [UInt32: Int] = [:]
        func podKind(_ identity: UInt32, _ name: PodName?, _ labels: [String: String], _ kinds: inout [EndKind]) -> Int {
            let known = facts.isEmpty ? nil : name.flatMap { facts[$0] }.map { cluster.pods[$0] }
            let namespace = name?.namespace ?? labels["io.kubernetes.pod.namespace"] ?? ""
            if known == nil {
                if let found = plainKinds[identity], kinds[found].pod.namespace == namespace { return found }
                plainKinds[identity] = kinds.count
                let pod = SelectablePod(
                    namespace: namespace, labels: labels, namespaceLabels: namespaces[namespace] ?? [:], cluster: own.clusterName)
                kinds.append(EndKind(role: .pod, identity: identity, pod: pod))
                return kinds.count - 1
            }
            let key = PodKey(
                identity: identity, namespace: namespace, serviceAccount: known?.serviceAccount ?? "default", ports: known?.ports ?? [])
            if let found = podKinds[key] { return found }
            let pod = SelectablePod(
                namespace: namespace, labels: labels, namespaceLabels: namespaces[namespace] ?? [:], serviceAccount: key.serviceAccount,
                cluster: own.clusterName)
            kinds.append(EndKind(role: .pod, identity: identity, pod: pod, ports: key.ports))
            podKinds[key] = kinds.count - 1
            return kinds.count - 1
        }

        // What is inside the cluster's prefixes and has no identity of its own is a pod that nobody told us of.
        if !own.nativeRoutingCIDRs.isEmpty { kinds.append(EndKind(role: .unmanaged, identity: FABRIC_IDENTITY_UNMANAGED.rawValue)) }
        for prefix in own.nativeRoutingCIDRs { ranges.append((prefix, kinds.count - 1)) }
        for entry in desired.ips {
            let kind: Int
            if entry.pod == nil, entry.labels.isEmpty {
                kinds.append(EndKind(role: .world(entry.prefix.family), identity: entry.identity))
                kind = kinds.count - 1
            } else {
                kind = podKind(entry.identity, entry.pod, entry.labels, &kinds)
            }
            ips.append(kind)
            if entry.prefix.isHost { addresses.append((entry.prefix.address, kind)) } else { ranges.append((entry.prefix, kind)) }
        }
        addNodes(desired, labels: nodeLabels, servers: servers)
        for endpoint in desired.endpoints {
            let kind = podKind(endpoint.identity, endpoint.pod, endpoint.labels, &kinds)
            endpoints.append(kind)
            for address in endpoint.addresses { addresses.append((address, kind)) }
        }
        for address in own.addresses + [Gateway.ipv6, Gateway.ipv4] { addresses.append((address, host)) }
    }

    /// Other nodes, by what is known of them from both documents.
    private mutating func addNodes(_ desired: Desired, labels: [String: [String: String]], servers: Set<String>) {
        struct NodeKey: Hashable {
            let labels: [String: String]
            let isAPIServer: Bool
        }
        var nodeKinds: [NodeKey: Int] = [:]
        let given = desired.nodes.map { ($0.name, $0.addresses) } + desired.cluster.nodes.map { ($0.name, $0.addresses) }
        for (name, found) in given where name != desired.config.name {
            let key = NodeKey(labels: labels[name] ?? [:], isAPIServer: servers.contains(name))
            let kind: Int
            if let present = nodeKinds[key] {
                kind = present
            } else {
                kinds.append(
                    EndKind(
                        role: .node, identity: FABRIC_IDENTITY_REMOTE_NODE.rawValue, labels: key.labels, isAPIServer: key.isAPIServer))
                kind = kinds.count - 1
                nodeKinds[key] = kind
            }
            for address in found { addresses.append((address, kind)) }
        }
    }

    /// The static pod that kubeadm and its like make: what tells where the API server is, without asking it.
    private static func isAPIServer(_ pod: ClusterPod) -> Bool {
        pod.hostNetwork && pod.namespace == "kube-system" && pod.labels["component"] == "kube-apiserver"
    }
}
