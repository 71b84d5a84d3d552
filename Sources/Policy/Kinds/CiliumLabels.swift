/// Labels as Cilium's selectors name them: with a source (`k8s:app`, `any:app`, `reserved:host`), and those that Cilium derives from where
/// a pod is. (`pkg/labels`, `pkg/k8s/apis/cilium.io/const.go`)
enum CiliumLabels {
    static let namespace = "io.kubernetes.pod.namespace"
    private static let namespaceLabels = "io.cilium.k8s.namespace.labels."
    private static let serviceAccount = "io.cilium.k8s.policy.serviceaccount"
    private static let cluster = "io.cilium.k8s.policy.cluster"
    static let reserved = "reserved"

    static let rules = SelectorRules(
        key: { text in
            let (source, name) = split(text)
            return (key(source, name), name)
        }, enumeratesOperators: true)

    /// The source of a key, `any` when it names none, and the rest.
    static func split(_ text: String) -> (source: String, name: String) {
        if text.hasPrefix("$") { return (reserved, String(text.dropFirst())) }
        if let colon = text.firstIndex(of: ":") {
            let source = String(text[..<colon])
            return (source.isEmpty ? "any" : source, String(text[text.index(after: colon)...]))
        }
        if text.hasPrefix("reserved.") { return (reserved, String(text.dropFirst("reserved.".count))) }
        return ("any", text)
    }

    private static func key(_ source: String, _ name: String) -> LabelKey {
        guard source == "any" || source == "k8s" else { return LabelKey(.foreign, "\(source):\(name)") }
        switch name {
        case namespace: return LabelKey(.namespaceName)
        case serviceAccount: return LabelKey(.serviceAccount)
        case cluster: return LabelKey(.cluster)
        default:
            guard name.hasPrefix(namespaceLabels) else { return LabelKey(.pod, name) }
            return LabelKey(.namespace, String(name.dropFirst(namespaceLabels.count)))
        }
    }

    /// The ends beside pods that a selector of reserved labels selects.
    static func entities(_ selector: Selector) -> [Entity] {
        if selector.requirements.contains(where: { $0.key.name == "reserved:all" && $0.operator == .in }) { return [.all] }
        let identities: [Entity] = [.host, .remoteNode, .kubeAPIServer, .world, .worldIPv4, .worldIPv6]
        return identities.filter { entity in
            selector.matches { $0.source == .foreign && $0.name == "\(reserved):\(entity.rawValue)" ? "" : nil }
        }
    }
}
