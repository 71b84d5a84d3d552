/// The table of all keys of Cilium 1.14 to 1.19 (Helm chart `install/kubernetes/cilium/values.yaml` and agent options), with some older
/// ones: what is done, what is refused (and at which values it is not), what means nothing here.
/// The rows are in `KeyTable+Done.swift`, `KeyTable+Refused.swift` and `KeyTable+Ignored.swift`.
enum KeyTable {
    static let rules: [KeyRule] = done + refused + ignored

    /// Rules by their path in a Helm values file.
    static let helm: [String: KeyRule] = Dictionary(rules.compactMap { rule in rule.helm.map { ($0, rule) } }) { first, _ in first }

    /// Paths that are above some rule's in a Helm values file: `ipv6` for `ipv6.enabled`.
    static let helmGroups: Set<String> = {
        var groups: Set<String> = []
        for path in helm.keys {
            var rest = path[...]
            while let dot = rest.lastIndex(of: ".") {
                rest = rest[..<dot]
                groups.insert(String(rest))
            }
        }
        return groups
    }()

    /// Rules by their key in a ConfigMap, patterns left out.
    static let configMap: [String: KeyRule] = {
        let pairs = rules.flatMap { rule in rule.configMap.filter { !$0.hasSuffix("*") }.map { ($0, rule) } }
        return Dictionary(pairs) { first, _ in first }
    }()

    /// What keys without a rule of their own may begin with, longest first.
    static let configMapPrefixes: [(prefix: String, rule: KeyRule)] = {
        let pairs = rules.flatMap { rule in rule.configMap.filter { $0.hasSuffix("*") }.map { (prefix: String($0.dropLast()), rule: rule) } }
        return pairs.sorted { $0.prefix.count > $1.prefix.count }
    }()

    static func rule(configMapKey key: String) -> KeyRule? {
        configMap[key] ?? configMapPrefixes.first { key.hasPrefix($0.prefix) }?.rule
    }
}
