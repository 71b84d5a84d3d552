public import Net

/// What manifests say of the cluster: namespaces, pods and nodes.
public struct ClusterObjects: Hashable, Sendable {
    /// The value of Cilium's cluster label.
    public var name: String
    public var nodes: [ClusterNode]
    public var namespaces: [ClusterNamespace]
    public var pods: [ClusterPod]

    /// Cilium's name for a cluster that was given none.
    public static let defaultName = "default"

    public init(
        name: String = ClusterObjects.defaultName, nodes: [ClusterNode] = [], namespaces: [ClusterNamespace] = [], pods: [ClusterPod] = []
    ) {
        self.name = name
        self.nodes = nodes
        self.namespaces = namespaces
        self.pods = pods
    }

    public var isEmpty: Bool { nodes.isEmpty && namespaces.isEmpty && pods.isEmpty }
}

public struct ClusterNode: Hashable, Sendable {
    public var name: String
    public var labels: [String: String]
    public var addresses: [IPAddress]
    public var podCIDRs: [Prefix]

    public init(name: String, labels: [String: String] = [:], addresses: [IPAddress] = [], podCIDRs: [Prefix] = []) {
        self.name = name
        self.labels = labels
        self.addresses = addresses
        self.podCIDRs = podCIDRs
    }
}

extension ClusterNode: Selectable {
    public func value(of key: LabelKey) -> String? { key.source == .node ? labels[key.name] : nil }
}

public struct ClusterNamespace: Hashable, Sendable {
    public var name: String
    /// With `kubernetes.io/metadata.name`.
    public var labels: [String: String]

    /// Adds the label that the API server adds.
    public init(name: String, labels: [String: String] = [:]) {
        self.name = name
        self.labels = labels
        self.labels[LabelKey.namespaceNameLabel] = name
    }
}

public struct ClusterPod: Hashable, Sendable {
    public var namespace: String
    public var name: String
    public var labels: [String: String]
    /// Nil when it is not known.
    public var node: String?
    public var addresses: [IPAddress]
    /// In its node's network namespace: it is its node to every policy.
    public var hostNetwork: Bool
    public var serviceAccount: String
    public var ports: [ContainerPort]

    public init(
        namespace: String, name: String, labels: [String: String] = [:], node: String? = nil, addresses: [IPAddress] = [],
        hostNetwork: Bool = false, serviceAccount: String = "default", ports: [ContainerPort] = []
    ) {
        self.namespace = namespace
        self.name = name
        self.labels = labels
        self.node = node
        self.addresses = addresses
        self.hostNetwork = hostNetwork
        self.serviceAccount = serviceAccount
        self.ports = ports
    }
}

/// A named port of a pod's containers.
public struct ContainerPort: Hashable, Sendable {
    public var name: String
    public var `protocol`: TransportProtocol
    public var port: UInt16

    public init(name: String, protocol: TransportProtocol = .tcp, port: UInt16) {
        self.name = name
        self.protocol = `protocol`
        self.port = port
    }
}

/// A pod with what selectors ask beside its own labels.
public struct SelectablePod: Selectable, Hashable, Sendable {
    public var namespace: String
    public var labels: [String: String]
    public var namespaceLabels: [String: String]
    public var serviceAccount: String
    public var cluster: String

    public init(
        namespace: String, labels: [String: String], namespaceLabels: [String: String], serviceAccount: String = "default",
        cluster: String = ClusterObjects.defaultName
    ) {
        self.namespace = namespace
        self.labels = labels
        self.namespaceLabels = namespaceLabels
        self.serviceAccount = serviceAccount
        self.cluster = cluster
    }

    public func value(of key: LabelKey) -> String? {
        switch key.source {
        case .pod: labels[key.name]
        case .namespace: key.name == LabelKey.namespaceNameLabel ? namespace : namespaceLabels[key.name]
        case .namespaceName: namespace
        case .serviceAccount: serviceAccount
        case .cluster: cluster
        case .node, .foreign: nil
        }
    }
}
