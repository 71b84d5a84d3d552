/// A conjunction of requirements. Every selector of every kind becomes this form, namespaces and derived labels included: the
/// `namespaceSelector` and `podSelector` of a peer are requirements on namespace labels and on pod labels of one list, and Cilium's
/// `k8s:io.kubernetes.pod.namespace` is one on the namespace's name. Equal selectors of different policies are therefore equal.
public struct Selector: Hashable, Sendable {
    /// Sorted, each there once. Empty selects everything.
    public let requirements: [Requirement]

    public init(_ requirements: [Requirement]) {
        guard requirements.count > 1 else {
            self.requirements = requirements
            return
        }
        var sorted = requirements.sorted()
        var kept = 0
        for index in sorted.indices.dropFirst() where sorted[index] != sorted[kept] {
            kept += 1
            sorted[kept] = sorted[index]
        }
        sorted.removeSubrange((kept + 1)...)
        self.requirements = sorted
    }

    public static let everything = Selector([])

    /// - Parameter value: the value of a label of the end in question, nil when it has none.
    public func matches(_ value: (LabelKey) -> String?) -> Bool {
        requirements.allSatisfy { $0.matches(value($0.key)) }
    }

    public func matches(_ subject: some Selectable) -> Bool {
        requirements.allSatisfy { $0.matches(subject.value(of: $0.key)) }
    }
}

/// Something with labels.
public protocol Selectable {
    func value(of key: LabelKey) -> String?
}

/// One condition on one label.
public struct Requirement: Hashable, Comparable, Sendable {
    /// As in `matchExpressions`; an entry of `matchLabels` is `in` with one value.
    public enum Operator: UInt8, CaseIterable, Hashable, Sendable {
        case `in`, notIn, exists, doesNotExist

        public var name: String {
            switch self {
            case .in: "In"
            case .notIn: "NotIn"
            case .exists: "Exists"
            case .doesNotExist: "DoesNotExist"
            }
        }

        public init?(name: String) {
            guard let match = Self.allCases.first(where: { $0.name == name }) else { return nil }
            self = match
        }
    }

    public let key: LabelKey
    public let `operator`: Operator
    /// Sorted, each there once; empty for `exists` and `doesNotExist`.
    public let values: [String]

    public init(_ key: LabelKey, _ operator: Operator, _ values: [String] = []) {
        self.key = key
        self.operator = `operator`
        self.values = values.count > 1 ? Set(values).sorted() : values
    }

    /// Labels of Kubernetes: what is missing is in no list, and out of every one.
    public func matches(_ value: String?) -> Bool {
        switch self.operator {
        case .in: value.map(values.contains) ?? false
        case .notIn: !(value.map(values.contains) ?? false)
        case .exists: value != nil
        case .doesNotExist: value == nil
        }
    }

    public static func < (a: Requirement, b: Requirement) -> Bool {
        if a.key != b.key { return a.key < b.key }
        if a.operator != b.operator { return a.operator.rawValue < b.operator.rawValue }
        return a.values.lexicographicallyPrecedes(b.values)
    }
}

/// A label, by whose it is.
public struct LabelKey: Hashable, Comparable, Sendable {
    public enum Source: UInt8, CaseIterable, Hashable, Sendable {
        /// A label of the pod itself.
        case pod
        /// A label of the pod's namespace. `kubernetes.io/metadata.name` is there whether listed or not.
        case namespace
        /// The name of the pod's namespace (`io.kubernetes.pod.namespace`); `name` is empty.
        case namespaceName
        /// The pod's service account (`io.cilium.k8s.policy.serviceaccount`), `default` if it names none; `name` is empty.
        case serviceAccount
        /// The cluster's name (`io.cilium.k8s.policy.cluster`); `name` is empty.
        case cluster
        /// A label of a node.
        case node
        /// A label of a source that no pod has labels of (`reserved:host`, `container:app`): always missing. `name` holds the source too.
        case foreign
    }

    public let source: Source
    public let name: String

    public init(_ source: Source, _ name: String = "") {
        self.source = source
        self.name = name
    }

    /// The label that the API server gives each namespace.
    public static let namespaceNameLabel = "kubernetes.io/metadata.name"

    public static func < (a: LabelKey, b: LabelKey) -> Bool {
        a.source != b.source ? a.source.rawValue < b.source.rawValue : a.name < b.name
    }
}

extension Requirement: CustomStringConvertible {
    /// As `kubectl get -l` has it: `app=web`, `tier in (a,b)`, `!debug`.
    public var description: String {
        switch self.operator {
        case .in where values.count == 1: "\(key)=\(values[0])"
        case .in: "\(key) in (\(values.joined(separator: ",")))"
        case .notIn where values.count == 1: "\(key)!=\(values[0])"
        case .notIn: "\(key) notin (\(values.joined(separator: ",")))"
        case .exists: "\(key)"
        case .doesNotExist: "!\(key)"
        }
    }
}

extension LabelKey: CustomStringConvertible {
    public var description: String {
        switch source {
        case .pod, .foreign: name
        case .namespace: "namespace:\(name)"
        case .namespaceName: "namespace"
        case .serviceAccount: "serviceaccount"
        case .cluster: "cluster"
        case .node: "node:\(name)"
        }
    }
}

extension Selector: CustomStringConvertible {
    /// Requirements with commas between; `<all>` for none.
    public var description: String {
        requirements.isEmpty ? "<all>" : requirements.map(\.description).joined(separator: ",")
    }
}
