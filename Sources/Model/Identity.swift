/// A security identity: a number of this node's own for a set of labels.
public struct Identity: Codable, Hashable, Sendable {
    public var number: UInt32
    /// As Hubble writes them (`k8s:app=web`), sorted.
    public var labels: [String]
    /// ns, CLOCK_MONOTONIC, when its last user went; nil while in use. Numbers are kept while the history can mention them.
    public var unusedSince: UInt64?

    public init(number: UInt32, labels: [String], unusedSince: UInt64? = nil) {
        self.number = number
        self.labels = labels
        self.unusedSince = unusedSince
    }
}

/// Identities with a fixed number and meaning (Cilium's).
public enum ReservedIdentity: UInt32, CaseIterable, Sendable {
    case unknown = 0
    case host = 1
    case world = 2
    case unmanaged = 3
    case health = 4
    case initializing = 5
    case remoteNode = 6
    case kubeAPIServer = 7
    case worldIPv4 = 9
    case worldIPv6 = 10

    /// Cilium's name, as in the label `reserved:NAME`.
    public var name: String {
        switch self {
        case .unknown: "unknown"
        case .host: "host"
        case .world: "world"
        case .unmanaged: "unmanaged"
        case .health: "health"
        case .initializing: "init"
        case .remoteNode: "remote-node"
        case .kubeAPIServer: "kube-apiserver"
        case .worldIPv4: "world-ipv4"
        case .worldIPv6: "world-ipv6"
        }
    }
}

/// The numbers given to label sets. Document `identities`.
public struct IdentityTable: Codable, Hashable, Sendable {
    public static let firstLabels: UInt32 = 256
    public static let firstCIDR: UInt32 = 1 << 24

    /// Sorted by number.
    public var identities: [Identity]
    public var nextLabels: UInt32
    public var nextCIDR: UInt32

    public init() {
        identities = []
        nextLabels = Self.firstLabels
        nextCIDR = Self.firstCIDR
    }

    /// The number of a label set, given now if it has none.
    /// - Parameter labels: with source, in any order (`k8s:app=web`, `cidr:2001:db8::/32`).
    public mutating func number(labels: [String]) -> UInt32 {
        let sorted = labels.sorted()
        if let index = identities.firstIndex(where: { $0.labels == sorted }) {
            identities[index].unusedSince = nil
            return identities[index].number
        }
        return add(labels: sorted)
    }

    /// A number for a label set that has none.
    /// - Parameter sorted: with source, sorted.
    public mutating func add(labels sorted: [String]) -> UInt32 {
        let isCIDR = sorted.allSatisfy { $0.hasPrefix("cidr:") || $0.hasPrefix("reserved:") }
        let number = isCIDR ? nextCIDR : nextLabels
        if isCIDR { nextCIDR += 1 } else { nextLabels += 1 }
        identities.insert(Identity(number: number, labels: sorted), at: identities.lastIndex { $0.number < number }.map { $0 + 1 } ?? 0)
        return number
    }

    public func labels(of number: UInt32) -> [String]? {
        if let reserved = ReservedIdentity(rawValue: number) { return ["reserved:\(reserved.name)"] }
        return identities.first { $0.number == number }?.labels
    }

    /// A pod's labels as Hubble writes them, with those that are derived from where it is: a label that claims another place does not count.
    public static func podLabels(_ labels: [String: String], namespace: String) -> [String] {
        let place = "io.kubernetes.pod.namespace"
        return (labels.filter { $0.key != place }.map { "k8s:\($0.key)=\($0.value)" } + ["k8s:\(place)=\(namespace)"]).sorted()
    }
}
