import Net
import YAML

/// `cilium.io/v2` CiliumNetworkPolicy and CiliumClusterwideNetworkPolicy, layers 3 and 4, by their definitions and the agent's own checks
/// (`pkg/policy/api/rule_validation.go`, `pkg/k8s/apis/cilium.io/utils`). What asks for more is refused by name.
struct CiliumPolicy {
    private let kind: PolicyKind
    /// Nil for a clusterwide policy.
    private var namespace: String?

    init(_ kind: PolicyKind) { self.kind = kind }

    mutating func read(_ root: Field, defaultNamespace: String) -> [NetworkPolicy] {
        guard let object = root.object(["apiVersion", "kind", "metadata", "spec", "specs", "status"]) else { return [] }
        let metadata = Metadata(of: object, namespace: kind.isNamespaced ? defaultNamespace : nil, checkingName: Names.dnsSubdomain)
        namespace = metadata.namespace
        if object["spec"] == nil, object["specs"] == nil { object.fail(.required, key: "spec", "spec or specs must be there") }
        var policies: [NetworkPolicy] = []
        if let spec = object["spec"], let policy = policy(spec, metadata.name, index: nil) { policies.append(policy) }
        for (index, spec) in (object["specs"]?.elements() ?? []).enumerated() {
            if let policy = policy(spec, metadata.name, index: index) { policies.append(policy) }
        }
        return policies
    }

    private static let sections: [(key: String, direction: PolicyDirection, action: PolicyAction)] = [
        ("ingress", .ingress, .allow), ("ingressDeny", .ingress, .deny), ("egress", .egress, .allow), ("egressDeny", .egress, .deny),
    ]

    private func policy(_ field: Field, _ name: String, index: Int?) -> NetworkPolicy? {
        let known = ["endpointSelector", "nodeSelector", "ingress", "ingressDeny", "egress", "egressDeny", "enableDefaultDeny"]
        guard let spec = field.object(known + ["description", "labels", "log"]) else { return nil }
        var policy = NetworkPolicy(
            kind: kind, namespace: namespace, name: name, specIndex: index, tier: .networkPolicy, subject: Selector(subject(spec)))
        for (key, direction, action) in Self.sections {
            guard let rules = spec[key]?.elements() else { continue }
            if !rules.isEmpty { policy.isolates.insert(direction) }
            for (place, rule) in rules.enumerated() {
                let path = (index.map { "specs[\($0)]." } ?? "") + "\(key)[\(place)]"
                if let rule = CiliumRule(direction, action, namespace).read(rule, path: path) { policy.rules.append(rule) }
            }
        }
        if let defaults = spec["enableDefaultDeny"]?.object(["ingress", "egress"]) {
            for direction in PolicyDirection.allCases {
                guard let isolates = defaults[direction.name]?.bool() else { continue }
                if isolates { policy.isolates.insert(direction) } else { policy.isolates.remove(direction) }
            }
        }
        _ = spec["description"]?.string()
        _ = spec["labels"]?.elements()
        _ = spec["log"]?.object(["value"])
        return policy
    }

    private func subject(_ spec: Field) -> [Requirement] {
        if let node = spec["nodeSelector"] {
            node.refuse("host policies (nodeSelector) are")
            if spec["endpointSelector"] != nil { spec.fail(.invalid, "must not have both endpointSelector and nodeSelector") }
        }
        guard let field = spec["endpointSelector"] else {
            if spec["nodeSelector"] == nil { spec.fail(.required, key: "endpointSelector", "must be there; {} selects every pod of the namespace") }
            return []
        }
        var requirements = field.selector(CiliumLabels.rules)
        guard let namespace else { return requirements }
        // A policy is about its own namespace whatever its selector says: the agent puts its own in place of another one.
        if field["matchLabels"]?.node.mapping?.entry("k8s:" + CiliumLabels.namespace) != nil {
            requirements.removeAll { $0.key.source == .namespaceName && $0.operator == .in && $0.values != [namespace] }
        }
        return requirements + [Requirement(LabelKey(.namespaceName), .in, [namespace])]
    }
}
