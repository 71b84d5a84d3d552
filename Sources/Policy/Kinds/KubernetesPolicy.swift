import YAML

/// `networking.k8s.io/v1` NetworkPolicy. (`pkg/apis/networking/validation` and the defaults of `pkg/apis/networking/v1`)
struct KubernetesPolicy {
    private static let pods = SelectorRules.labels(of: .pod)
    private static let namespaces = SelectorRules.labels(of: .namespace)
    static let rootFields = ["apiVersion", "kind", "metadata", "spec", "status"]

    static func read(_ root: Field, defaultNamespace: String) -> [NetworkPolicy] {
        guard let object = root.object(rootFields) else { return [] }
        let metadata = Metadata(of: object, namespace: defaultNamespace, checkingName: Names.dnsSubdomain)
        let namespace = metadata.namespace ?? defaultNamespace
        let own = Requirement(LabelKey(.namespaceName), .in, [namespace])
        var policy = NetworkPolicy(
            kind: .networkPolicy, namespace: namespace, name: metadata.name, tier: .networkPolicy, subject: Selector([own]), isolates: [.ingress])
        // As in Go, a spec that is missing is an empty one.
        guard let spec = object["spec"]?.object(["podSelector", "ingress", "egress", "policyTypes"]) else { return [policy] }
        policy.subject = Selector([own] + (spec["podSelector"]?.selector(pods) ?? []))
        let ingress = rules(spec["ingress"], .ingress, own)
        let egress = rules(spec["egress"], .egress, own)
        policy.isolates = policyTypes(spec["policyTypes"]) ?? (egress.isEmpty ? [.ingress] : [.ingress, .egress])
        // Rules of a direction that the policy does not have say nothing.
        policy.rules = (ingress + egress).filter { policy.isolates.contains($0.direction) }
        return [policy]
    }

    /// - Returns: nil when nothing is said, which leaves it to the rules.
    private static func policyTypes(_ field: Field?) -> Set<PolicyDirection>? {
        guard let field, let types = field.elements(), !types.isEmpty else { return nil }
        guard types.count <= 2 else {
            field.fail(.invalid, "must have at most two elements, Ingress and Egress")
            return nil
        }
        var directions: Set<PolicyDirection> = []
        for type in types {
            switch type.choice(["Ingress", "Egress"]) {
            case "Ingress": directions.insert(.ingress)
            case "Egress": directions.insert(.egress)
            default: break
            }
        }
        return directions
    }

    private static func rules(_ field: Field?, _ direction: PolicyDirection, _ own: Requirement) -> [PolicyRule] {
        let peersKey = direction == .ingress ? "from" : "to"
        return (field?.elements() ?? []).enumerated().map { index, element in
            var rule = PolicyRule(direction, path: "\(direction.name)[\(index)]")
            guard let fields = element.emptyIfNull()?.object([peersKey, "ports"]) else { return rule }
            // An empty list is a missing one.
            if let peers = fields[peersKey]?.elements(), !peers.isEmpty { rule.peers = peers.compactMap { peer($0, own) } }
            if let ports = fields["ports"]?.elements(), !ports.isEmpty { rule.ports = ports.compactMap(port) }
            return rule
        }
    }

    private static func peer(_ element: Field, _ own: Requirement) -> Peer? {
        let known = ["podSelector", "namespaceSelector", "ipBlock"]
        guard let fields = element.emptyIfNull()?.object(known) else { return nil }
        let podSelector = fields["podSelector"]
        let namespaceSelector = fields["namespaceSelector"]
        let podRequirements = podSelector?.selector(pods)
        let namespaceRequirements = namespaceSelector?.selector(namespaces)
        guard let block = fields["ipBlock"] else {
            guard podSelector != nil || namespaceSelector != nil else {
                // An unknown field is reported, and may have been meant to be one of these.
                if !fields.hasUnknown(beside: known) { element.fail(.required, "must have podSelector, namespaceSelector or ipBlock") }
                return nil
            }
            return .pods(Selector((namespaceRequirements ?? [own]) + (podRequirements ?? [])))
        }
        let peer = ipBlock(block)
        if podSelector != nil || namespaceSelector != nil {
            element.fail(.forbidden, "must not have ipBlock beside podSelector or namespaceSelector: make them two elements")
        }
        return peer
    }

    private static func ipBlock(_ field: Field) -> Peer? {
        guard let fields = field.object(["cidr", "except"]) else { return nil }
        guard let text = fields["cidr"], text.node.string != "" else {
            fields.fail(.required, key: "cidr", at: fields["cidr"]?.node.position, "a CIDR must be there")
            return nil
        }
        let prefix = text.cidr()
        let except = fields["except"]?.exceptions(to: prefix, isStrict: true) ?? []
        return prefix.map { .cidr(CIDRBlock($0, except: except, matchesCluster: true)) }
    }

    private static func port(_ element: Field) -> PortMatch? {
        guard let fields = element.emptyIfNull()?.object(["protocol", "port", "endPort"]) else { return nil }
        var transport: TransportProtocol? = .tcp
        if let field = fields["protocol"] { transport = field.transportProtocol() }
        let endPort = fields["endPort"]?.int32()
        guard let field = fields["port"] else {
            fields["endPort"]?.fail(.invalid, "must not be there without port")
            return transport.map { .ports($0, PortMatch.everyPort) }
        }
        if let name = field.node.string {
            fields["endPort"]?.fail(.invalid, "must not be there beside a named port: a range begins with a number")
            for wrong in Names.portName(name) {
                let hint = Int(name) == nil ? "" : ": a number goes without quotes"
                field.fail(.invalid, "port name \(Field.shown(name)): \(wrong)\(hint)")
            }
            return transport.map { .named($0, name) }
        }
        guard field.node.int != nil else {
            field.mismatch("a whole number or a name")
            return nil
        }
        let first = field.int(in: 1...65535)
        var last = first
        if let end = fields["endPort"], let endPort {
            if let number = field.node.int, Int(endPort) < number { end.fail(.invalid, "\(endPort) must not be less than port, \(number)") }
            last = end.int(in: 1...65535)
        }
        guard let transport, let first, let last, first <= last else { return nil }
        return .ports(transport, UInt16(first)...UInt16(last))
    }
}

extension Field {
    /// As Go reads an element of a list: null is an empty object. Only for objects.
    fileprivate func emptyIfNull() -> Field? {
        node.isNull ? replacingNode(YAMLNode(.mapping(YAMLMapping()), at: node.position)) : self
    }

    func transportProtocol() -> TransportProtocol? {
        choice(TransportProtocol.allCases.map(\.name)).flatMap { TransportProtocol(name: $0) }
    }
}
