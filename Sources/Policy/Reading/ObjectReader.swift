import YAML

/// Reads the objects of one document, by apiVersion and kind.
struct ObjectReader {
    let report: Report
    let defaultNamespace: String
    var found = ManifestSet()

    private enum Handler {
        case policy(PolicyKind)
        case namespace, pod, node, list
    }

    /// What is read here. The versions of a kind are all of the same form.
    private static let handlers: [(kind: String, apiVersions: [String], handler: Handler)] = [
        ("NetworkPolicy", ["networking.k8s.io/v1"], .policy(.networkPolicy)),
        ("CiliumNetworkPolicy", ["cilium.io/v2"], .policy(.ciliumNetworkPolicy)),
        ("CiliumClusterwideNetworkPolicy", ["cilium.io/v2"], .policy(.ciliumClusterwideNetworkPolicy)),
        ("AdminNetworkPolicy", ["policy.networking.k8s.io/v1alpha1"], .policy(.adminNetworkPolicy)),
        ("BaselineAdminNetworkPolicy", ["policy.networking.k8s.io/v1alpha1"], .policy(.baselineAdminNetworkPolicy)),
        (
            "ClusterNetworkPolicy", ["policy.networking.k8s.io/v1alpha2", "policy.networking.k8s.io/v1beta1"], .policy(.clusterNetworkPolicy)
        ),
        ("Namespace", ["v1"], .namespace), ("Pod", ["v1"], .pod), ("Node", ["v1"], .node), ("List", ["v1"], .list),
    ]

    init(report: Report, defaultNamespace: String) {
        self.report = report
        self.defaultNamespace = defaultNamespace
    }

    /// - Parameter listKind: apiVersion and kind of the elements of a typed list, which need not say them themselves.
    mutating func read(_ node: YAMLNode, listKind: (apiVersion: String, kind: String)?) {
        let root = Field(root: node, report: report)
        let before = report.problems.count
        guard node.mapping != nil else {
            root.mismatch("an object with apiVersion and kind")
            return
        }
        let kind = Self.text(root, "kind", inherited: listKind?.kind, "\(Field.list(Self.handlers.map(\.kind)))")
        let apiVersion = Self.text(root, "apiVersion", inherited: listKind?.apiVersion, "as in networking.k8s.io/v1")
        guard let kind, let apiVersion else { return }
        if let entry = Self.handlers.first(where: { $0.kind == kind && $0.apiVersions.contains(apiVersion) }) {
            if case .list = entry.handler {} else { root.reportRepeatedKeys() }
            read(root, apiVersion, entry.handler, before)
        } else if let element = Self.element(ofList: kind, apiVersion) {
            items(root, listKind: (apiVersion, element))
        } else if ForeignKinds.contains(apiVersion, kind) {
            found.skipped.append(SkippedObject(file: report.file, position: node.position, apiVersion: apiVersion, kind: kind))
        } else {
            noMatch(root, kind, apiVersion)
        }
    }

    private static func text(_ root: Field, _ key: String, inherited: String?, _ allowed: String) -> String? {
        guard let field = root[key], field.node.string != "" else {
            if inherited == nil { root.fail(.required, key: key, "must be there: \(allowed)") }
            return inherited
        }
        return field.string()
    }

    private static func element(ofList kind: String, _ apiVersion: String) -> String? {
        guard kind.hasSuffix("List") else { return nil }
        let element = String(kind.dropLast("List".count))
        return handlers.contains { $0.kind == element && $0.apiVersions.contains(apiVersion) } ? element : nil
    }

    private func noMatch(_ root: Field, _ kind: String, _ apiVersion: String) {
        let known = Self.handlers.first { $0.kind == kind }
        let key = known == nil ? "kind" : "apiVersion"
        let allowed = known.map { "its apiVersion here is \($0.apiVersions.joined(separator: " or "))" } ?? Field.list(Self.handlers.map(\.kind))
        root.fail(
            .noMatch, key: key, at: root[key]?.node.position,
            "no kind \(Field.shown(kind)) in \(Field.shown(apiVersion)): \(allowed)")
    }

    private mutating func items(_ root: Field, listKind: (apiVersion: String, kind: String)?) {
        guard let list = root.object(["apiVersion", "kind", "metadata", "items"]) else { return }
        list.reportOwnRepeatedKeys()
        guard let elements = list["items"]?.elements() else { return }
        for element in elements { read(element.node, listKind: listKind) }
    }

    /// - Parameter before: problems before this object.
    private mutating func read(_ root: Field, _ apiVersion: String, _ handler: Handler, _ before: Int) {
        switch handler {
        case .policy(let kind): policy(root, apiVersion, kind, before)
        case .namespace: if let namespace = ClusterKinds.namespace(root) { found.cluster.namespaces.append(namespace) }
        case .pod: if let pod = ClusterKinds.pod(root, defaultNamespace: defaultNamespace) { found.cluster.pods.append(pod) }
        case .node: if let node = ClusterKinds.node(root) { found.cluster.nodes.append(node) }
        case .list: items(root, listKind: nil)
        }
    }

    private mutating func policy(_ root: Field, _ apiVersion: String, _ kind: PolicyKind, _ before: Int) {
        report.isCustomResource = kind != .networkPolicy
        var policies: [NetworkPolicy]
        switch kind {
        case .networkPolicy: policies = KubernetesPolicy.read(root, defaultNamespace: defaultNamespace)
        case .ciliumNetworkPolicy, .ciliumClusterwideNetworkPolicy:
            var reader = CiliumPolicy(kind)
            policies = reader.read(root, defaultNamespace: defaultNamespace)
        case .adminNetworkPolicy, .baselineAdminNetworkPolicy, .clusterNetworkPolicy: policies = AdminPolicy(kind).read(root)
        }
        report.isCustomResource = false
        // What is not right is not half right.
        guard report.problems.count == before, let first = policies.first else { return }
        found.policies.append(
            PolicyManifest(
                key: first.key, apiVersion: apiVersion, policies: policies, file: report.file, position: root.node.position,
                document: report.document, root: root.node))
    }
}
