public import YAML

/// What manifests say, of one file or of many.
public struct ManifestSet: Sendable {
    /// In the order of the text.
    public var policies: [PolicyManifest]
    /// Namespaces, pods and nodes.
    public var cluster: ClusterObjects
    /// Objects of kinds that say nothing about policy, and were passed over.
    public var skipped: [SkippedObject]
    /// All that is wrong. With any, nothing of the set should be used.
    public var problems: [PolicyProblem]

    public init() {
        policies = []
        cluster = ClusterObjects()
        skipped = []
        problems = []
    }

    /// Whether there was no object at all.
    public var isEmpty: Bool { policies.isEmpty && cluster.isEmpty && skipped.isEmpty && problems.isEmpty }

    /// Every policy, in the order of the text: what to compile.
    public var networkPolicies: [NetworkPolicy] { policies.flatMap(\.policies) }

    /// Where in `policies` each key is first.
    private var places: [PolicyKey: Int] = [:]

    /// Takes in what another file says. A policy that is there twice, in one file or in two, is a problem: which one is meant is not known.
    public mutating func add(_ other: ManifestSet) {
        for manifest in other.policies { add(manifest) }
        cluster.nodes += other.cluster.nodes
        cluster.namespaces += other.cluster.namespaces
        cluster.pods += other.cluster.pods
        skipped += other.skipped
        problems += other.problems
    }

    mutating func add(_ manifest: PolicyManifest) {
        if let place = places[manifest.key] {
            let first = policies[place]
            problems.append(
                PolicyProblem(
                    file: manifest.file, position: manifest.position, document: manifest.document, path: "metadata.name", type: .duplicate,
                    message: "\(manifest.key.kind.rawValue) \(manifest.key) is already at \(first.file):\(first.position)"))
        } else {
            places[manifest.key] = policies.count
        }
        policies.append(manifest)
    }

    /// - Throws: all problems, if there are any.
    public func checked() throws(PolicyProblems) -> ManifestSet {
        if let problems = PolicyProblems(problems) { throw problems }
        return self
    }
}

/// One policy object of a file.
public struct PolicyManifest: Sendable {
    public var key: PolicyKey
    public var apiVersion: String
    /// One; for Cilium one for `spec` and one for each of `specs`.
    public var policies: [NetworkPolicy]
    /// As the operator named it.
    public var file: String
    /// Where it begins.
    public var position: YAMLPosition
    /// The document of the file, from 0.
    public var document: Int
    /// The object as it was written.
    public var root: YAMLNode

    /// The object, for `-o yaml` and for keeping, with the namespace that was meant where it names none.
    public var manifest: StructuredValue {
        var value = root.structuredValue
        if let namespace = key.namespace, var metadata = value["metadata"], metadata["namespace"] == nil || metadata["namespace"] == .null {
            metadata["namespace"] = .string(namespace)
            value["metadata"] = metadata
        }
        return value
    }
}

/// An object that says nothing about policy.
public struct SkippedObject: Hashable, Sendable {
    public var file: String
    public var position: YAMLPosition
    public var apiVersion: String
    public var kind: String
}
