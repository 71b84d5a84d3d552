public import Net

/// One policy in the form that all kinds have in common: whom it is about, and what rules it adds. A manifest gives one, or one for
/// each of its `specs` (Cilium).
///
/// How policies combine, per pod and direction:
/// 1. `Tier.admin` by ascending `priority`, then by order of `rules`: the first rule that matches decides; `Action.pass` goes on below.
/// 2. `Tier.networkPolicy` together: a matching `Action.deny` decides, then a matching `Action.allow`; else, if any policy that
///    selects the pod `isolates` the direction, it is denied.
/// 3. `Tier.baseline` as the first.
/// 4. Allowed.
public struct NetworkPolicy: Hashable, Sendable {
    public var kind: PolicyKind
    /// Nil for the kinds that are the cluster's.
    public var namespace: String?
    public var name: String
    /// The place in `specs`; nil for the one `spec`.
    public var specIndex: Int?
    public var tier: Tier
    /// Of the admin and baseline tiers, the lowest first; 0 in the tier of NetworkPolicy.
    public var priority: Int32
    /// The pods that it is about, its own namespace included. Pods in the host's network are never selected.
    public var subject: Selector
    /// Directions in which its subjects are denied what no rule allows. Only in the tier of NetworkPolicy.
    public var isolates: Set<PolicyDirection>
    /// Order matters in the admin and baseline tiers.
    public var rules: [PolicyRule]

    public init(
        kind: PolicyKind, namespace: String? = nil, name: String, specIndex: Int? = nil, tier: Tier, priority: Int32 = 0, subject: Selector,
        isolates: Set<PolicyDirection> = [], rules: [PolicyRule] = []
    ) {
        self.kind = kind
        self.namespace = namespace
        self.name = name
        self.specIndex = specIndex
        self.tier = tier
        self.priority = priority
        self.subject = subject
        self.isolates = isolates
        self.rules = rules
    }

    public var key: PolicyKey { PolicyKey(kind: kind, namespace: namespace, name: name) }
}

/// What tells one policy's manifest from another's.
public struct PolicyKey: Hashable, Comparable, Sendable, CustomStringConvertible {
    public var kind: PolicyKind
    /// Nil for the kinds that are the cluster's.
    public var namespace: String?
    public var name: String

    public init(kind: PolicyKind, namespace: String?, name: String) {
        self.kind = kind
        self.namespace = namespace
        self.name = name
    }

    /// `NAMESPACE/NAME`, or `NAME` for the cluster's.
    public var description: String { namespace.map { "\($0)/\(name)" } ?? name }

    public static func < (a: PolicyKey, b: PolicyKey) -> Bool {
        (a.namespace ?? "", a.name, a.kind.rawValue) < (b.namespace ?? "", b.name, b.kind.rawValue)
    }
}

/// Kinds of policies, as manifests write them.
public enum PolicyKind: String, CaseIterable, Hashable, Sendable, Codable {
    case networkPolicy = "NetworkPolicy"
    case ciliumNetworkPolicy = "CiliumNetworkPolicy"
    case ciliumClusterwideNetworkPolicy = "CiliumClusterwideNetworkPolicy"
    case adminNetworkPolicy = "AdminNetworkPolicy"
    case baselineAdminNetworkPolicy = "BaselineAdminNetworkPolicy"
    case clusterNetworkPolicy = "ClusterNetworkPolicy"

    public var isNamespaced: Bool { self == .networkPolicy || self == .ciliumNetworkPolicy }
    /// Under Cilium's rules a pod reaches its own node only if a rule lets it; under the others always.
    public var isCilium: Bool { self == .ciliumNetworkPolicy || self == .ciliumClusterwideNetworkPolicy }
}

/// Order of evaluation.
public enum Tier: UInt8, CaseIterable, Hashable, Comparable, Sendable {
    case admin, networkPolicy, baseline

    public static func < (a: Tier, b: Tier) -> Bool { a.rawValue < b.rawValue }
}

/// Seen from the subject.
public enum PolicyDirection: UInt8, CaseIterable, Hashable, Sendable {
    case ingress, egress

    public var name: String { self == .ingress ? "ingress" : "egress" }
}

/// What a rule does with what it matches.
public enum PolicyAction: UInt8, CaseIterable, Hashable, Sendable {
    /// `Accept` of the newer API too.
    case allow
    case deny
    /// On to the next tier; from the baseline tier, allowed. Not in the tier of NetworkPolicy.
    case pass
}

/// A rule: traffic with any of the peers on any of the ports.
public struct PolicyRule: Hashable, Sendable {
    public var direction: PolicyDirection
    public var action: PolicyAction
    /// Its place below `spec`, as in `ingress[0]`, `egressDeny[2]` or `specs[1].ingress[0]`.
    public var path: String
    /// The operator's name for it (admin and baseline tiers).
    public var name: String?
    /// Nil is everybody, pods, nodes and outsiders; an empty list is nobody.
    public var peers: [Peer]?
    /// Nil is all traffic whatever its protocol; an empty list is none.
    public var ports: [PortMatch]?

    public init(
        _ direction: PolicyDirection, _ action: PolicyAction = .allow, path: String, name: String? = nil, peers: [Peer]? = nil,
        ports: [PortMatch]? = nil
    ) {
        self.direction = direction
        self.action = action
        self.path = path
        self.name = name
        self.peers = peers
        self.ports = ports
    }
}

/// The other end.
public enum Peer: Hashable, Sendable {
    /// Pods that are not in the host's network.
    case pods(Selector)
    case cidr(CIDRBlock)
    case entity(Entity)
    /// Nodes by their labels, with the pods in their network.
    case nodes(Selector)
}

/// Addresses within a prefix and outside of its exceptions.
public struct CIDRBlock: Hashable, Sendable {
    public var prefix: Prefix
    /// Within `prefix`, in the order of the manifest.
    public var except: [Prefix]
    /// Whether addresses of pods and nodes count (Kubernetes), or only what the cluster has no name for (Cilium).
    public var matchesCluster: Bool

    public init(_ prefix: Prefix, except: [Prefix] = [], matchesCluster: Bool) {
        self.prefix = prefix
        self.except = except
        self.matchesCluster = matchesCluster
    }

    public func contains(_ address: IPAddress) -> Bool { prefix.contains(address) && !except.contains { $0.contains(address) } }
}

/// Cilium's words for ends that are no pods by label (`pkg/policy/api/entity.go`).
public enum Entity: String, CaseIterable, Hashable, Sendable {
    /// Everything.
    case all
    /// What is outside the cluster.
    case world
    case worldIPv4 = "world-ipv4"
    case worldIPv6 = "world-ipv6"
    /// All pods and nodes of the cluster.
    case cluster
    /// The subject's own node, with the pods in its network.
    case host
    /// Other nodes, with the pods in their network.
    case remoteNode = "remote-node"
    case kubeAPIServer = "kube-apiserver"
    // Identities that no end has here: these select nobody.
    case initializing = "init"
    case ingress
    case unmanaged
    case health
    case none
}

/// Transport protocols, by their number (IANA).
public enum TransportProtocol: UInt8, CaseIterable, Hashable, Sendable {
    case tcp = 6
    case udp = 17
    case sctp = 132

    /// As manifests write it.
    public var name: String {
        switch self {
        case .tcp: "TCP"
        case .udp: "UDP"
        case .sctp: "SCTP"
        }
    }

    public init?(name: String) {
        guard let match = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = match
    }
}

/// What a packet is for: always the port of the responder.
public enum PortMatch: Hashable, Sendable {
    /// Ports of a protocol, or of all three when nil. The whole range is all packets of the protocol.
    case ports(TransportProtocol?, ClosedRange<UInt16>)
    /// The container port of that name (and protocol, when not nil) on the responder: the subject of ingress, each peer of egress.
    /// Matches nothing on an end that has no such port.
    case named(TransportProtocol?, String)
    /// ICMP for IPv4, ICMPv6 for IPv6.
    case icmp(IPAddress.Family, type: UInt8)

    public static let everyPort: ClosedRange<UInt16> = 0...65535
}
