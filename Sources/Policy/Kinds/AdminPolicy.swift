import Net
import YAML

/// The cluster-wide policies of `policy.networking.k8s.io`: AdminNetworkPolicy and BaselineAdminNetworkPolicy (v1alpha1) and
/// ClusterNetworkPolicy (v1alpha2, v1beta1), by the schemas and rules of their definitions (kubernetes-sigs/network-policy-api).
struct AdminPolicy {
    private let kind: PolicyKind
    private let actions: [String]
    /// Rules of a direction, peers of a rule, ports of a rule.
    private let mostElements: Int
    /// Elements of `networks`.
    private static let mostNetworks = 25
    private static let namespaces = SelectorRules.labels(of: .namespace)

    init(_ kind: PolicyKind) {
        self.kind = kind
        switch kind {
        case .baselineAdminNetworkPolicy: actions = ["Allow", "Deny"]
        case .clusterNetworkPolicy: actions = ["Accept", "Deny", "Pass"]
        default: actions = ["Allow", "Deny", "Pass"]
        }
        mostElements = kind == .clusterNetworkPolicy ? 25 : 100
    }

    private var isCluster: Bool { kind == .clusterNetworkPolicy }
    private var portsKey: String { isCluster ? "protocols" : "ports" }

    func read(_ root: Field) -> [NetworkPolicy] {
        guard let object = root.object(KubernetesPolicy.rootFields) else { return [] }
        let metadata = Metadata(of: object, namespace: nil, checkingName: Names.dnsSubdomain)
        if kind == .baselineAdminNetworkPolicy, let name = object["metadata"]?["name"], let text = name.node.string, !text.isEmpty, text != "default"
        {
            name.fail(.invalid, "\(Field.shown(text)): a cluster has one BaselineAdminNetworkPolicy, with the name default")
        }
        var known = ["subject", "ingress", "egress"]
        if kind != .baselineAdminNetworkPolicy { known.insert("priority", at: 0) }
        if isCluster { known.insert("tier", at: 0) }
        guard let field = object["spec"] else {
            object.fail(.required, key: "spec", "must be there")
            return []
        }
        guard let spec = field.object(known) else { return [] }
        var policy = NetworkPolicy(kind: kind, name: metadata.name, tier: tier(spec), priority: priority(spec), subject: .everything)
        if let subject = spec["subject"] {
            policy.subject = self.subject(subject)
        } else {
            spec.fail(.required, key: "subject", "must be there")
        }
        policy.rules = rules(spec["ingress"], .ingress) + rules(spec["egress"], .egress)
        return [policy]
    }

    private func tier(_ spec: Field) -> Tier {
        guard isCluster else { return kind == .baselineAdminNetworkPolicy ? .baseline : .admin }
        guard let field = spec["tier"] else {
            spec.fail(.required, key: "tier", Field.list(["Admin", "Baseline"]))
            return .admin
        }
        return field.choice(["Admin", "Baseline"]) == "Baseline" ? .baseline : .admin
    }

    private func priority(_ spec: Field) -> Int32 {
        guard kind != .baselineAdminNetworkPolicy else { return 0 }
        guard let field = spec["priority"] else {
            spec.fail(.required, key: "priority", "must be a number from 0 to 1000")
            return 0
        }
        return Int32(field.int(in: 0...1000) ?? 0)
    }

    // MARK: Selectors

    private func subject(_ field: Field) -> Selector {
        guard let fields = field.object(["namespaces", "pods"]), fields.hasOneField(of: ["namespaces", "pods"]) else { return .everything }
        return namespacesOrPods(fields) ?? .everything
    }

    private func namespacesOrPods(_ fields: Field) -> Selector? {
        if let namespaces = fields["namespaces"] { return Selector(namespaces.selector(Self.namespaces)) }
        guard let pods = fields["pods"]?.object(["namespaceSelector", "podSelector"]) else { return nil }
        let required = isCluster ? ["podSelector"] : ["namespaceSelector", "podSelector"]
        for key in required where pods[key] == nil { pods.fail(.required, key: key, "must be there; {} selects all") }
        return Selector((pods["namespaceSelector"]?.selector(Self.namespaces) ?? []) + (pods["podSelector"]?.selector(.labels(of: .pod)) ?? []))
    }

    // MARK: Rules

    private func rules(_ field: Field?, _ direction: PolicyDirection) -> [PolicyRule] {
        guard let field, let elements = field.elements() else { return [] }
        field.check(count: elements.count, in: 0...mostElements)
        let peersKey = direction == .ingress ? "from" : "to"
        return elements.enumerated().compactMap { index, element in
            guard let fields = element.object(["name", "action", peersKey, portsKey]) else { return nil }
            var rule = PolicyRule(direction, action(fields), path: "\(direction.name)[\(index)]")
            rule.name = name(fields["name"])
            if let peers = fields[peersKey] {
                rule.peers = self.peers(peers, direction)
            } else {
                fields.fail(.required, key: peersKey, "must have at least one peer")
            }
            if let ports = fields[portsKey] { rule.ports = self.ports(ports) }
            if direction == .egress { refuseNamedPortsOfAddresses(fields) }
            return rule
        }
    }

    private func action(_ rule: Field) -> PolicyAction {
        guard let field = rule["action"] else {
            rule.fail(.required, key: "action", Field.list(actions))
            return .deny
        }
        switch field.choice(actions) {
        case "Allow", "Accept": return .allow
        case "Pass": return .pass
        default: return .deny
        }
    }

    private func name(_ field: Field?) -> String? {
        guard let field, let text = field.string() else { return nil }
        if text.unicodeScalars.count > 100 { field.fail(.invalid, "must have at most 100 characters") }
        return text.isEmpty ? nil : text
    }

    private func peers(_ field: Field, _ direction: PolicyDirection) -> [Peer] {
        guard let elements = field.elements() else { return [] }
        field.check(count: elements.count, in: 1...mostElements)
        var known = ["namespaces", "pods"]
        if direction == .egress { known += kind == .baselineAdminNetworkPolicy ? ["nodes", "networks"] : ["nodes", "networks", "domainNames"] }
        var peers: [Peer] = []
        for element in elements {
            guard let fields = element.object(known), fields.hasOneField(of: known) else { continue }
            if let nodes = fields["nodes"] {
                peers.append(.nodes(Selector(nodes.selector(.labels(of: .node)))))
            } else if let networks = fields["networks"] {
                peers += self.networks(networks)
            } else if let names = fields["domainNames"] {
                names.refuse("domain names are")
            } else if let selector = namespacesOrPods(fields) {
                peers.append(.pods(selector))
            }
        }
        return peers
    }

    private func networks(_ field: Field) -> [Peer] {
        guard let elements = field.elements() else { return [] }
        field.check(count: elements.count, in: 1...Self.mostNetworks)
        var seen: Set<String> = []
        return elements.compactMap { element in
            if let text = element.node.string, !seen.insert(text).inserted {
                element.fail(.duplicate, "\(Field.shown(text)) is there already")
            }
            return element.cidr().map { .cidr(CIDRBlock($0, matchesCluster: true)) }
        }
    }

    // MARK: Ports

    private func ports(_ field: Field) -> [PortMatch] {
        guard let elements = field.elements() else { return [] }
        field.check(count: elements.count, in: 1...mostElements)
        let known = isCluster ? ["tcp", "udp", "sctp", "destinationNamedPort"] : ["portNumber", "portRange", "namedPort"]
        return elements.compactMap { element in
            guard let fields = element.object(known), fields.hasOneField(of: known) else { return nil }
            if let named = fields[isCluster ? "destinationNamedPort" : "namedPort"] { return named.string().map { .named(nil, $0) } }
            if let number = fields["portNumber"]?.object(["protocol", "port"]) { return portNumber(number) }
            if let range = fields["portRange"]?.object(["protocol", "start", "end"]) {
                let transport = range["protocol"].map { $0.transportProtocol() } ?? .tcp
                guard let ports = self.range(range, isStrict: false), let transport else { return nil }
                return .ports(transport, ports)
            }
            for transport in TransportProtocol.allCases {
                guard let field = fields[transport.name.lowercased()] else { continue }
                return destinationPort(field).map { .ports(transport, $0) }
            }
            return nil
        }
    }

    private func portNumber(_ field: Field) -> PortMatch? {
        let transport = field["protocol"].map { $0.transportProtocol() } ?? .tcp
        guard let port = field["port"] else {
            field.fail(.required, key: "port", "must be a number from 1 to 65535")
            return nil
        }
        guard let number = port.int(in: 1...65535), let transport else { return nil }
        return .ports(transport, UInt16(number)...UInt16(number))
    }

    private func destinationPort(_ field: Field) -> ClosedRange<UInt16>? {
        guard let fields = field.object(["destinationPort"]), fields.hasOneField(of: ["destinationPort"]),
            let port = fields["destinationPort"]?.object(["number", "range"]), port.hasOneField(of: ["number", "range"])
        else { return nil }
        if let number = port["number"] { return number.int(in: 1...65535).map { UInt16($0)...UInt16($0) } }
        return port["range"]?.object(["start", "end"]).flatMap { range($0, isStrict: true) }
    }

    /// - Parameter isStrict: whether the end must be greater than the start, as v1alpha2 wants it.
    private func range(_ field: Field, isStrict: Bool) -> ClosedRange<UInt16>? {
        var ends: [Int] = []
        for key in ["start", "end"] {
            if let end = field[key] {
                if let number = end.int(in: 1...65535) { ends.append(number) }
            } else {
                field.fail(.required, key: key, "must be a number from 1 to 65535")
            }
        }
        guard ends.count == 2 else { return nil }
        guard ends[0] < ends[1] || (ends[0] == ends[1] && !isStrict) else {
            field.fail(.invalid, "start, \(ends[0]), must be less than end, \(ends[1])")
            return nil
        }
        return UInt16(ends[0])...UInt16(ends[1])
    }

    /// Nodes and networks have no container ports that a name could mean.
    private func refuseNamedPortsOfAddresses(_ rule: Field) {
        let peers = rule["to"]?.node.sequence ?? []
        let ports = rule[portsKey]?.node.sequence ?? []
        let named = isCluster ? "destinationNamedPort" : "namedPort"
        func has(_ node: YAMLNode, _ key: String) -> Bool { node.mapping?[key].map { !$0.isNull } ?? false }
        guard peers.contains(where: { has($0, "networks") || has($0, "nodes") || has($0, "domainNames") }),
            ports.contains(where: { has($0, named) })
        else { return }
        rule.fail(.invalid, "networks, nodes and domainNames must not be in a rule with \(named): addresses have no named ports")
    }
}

extension Field {
    /// Whether exactly one of these fields is there. Reports it when not, unless an unknown field may have been meant to be one.
    fileprivate func hasOneField(of choices: [String]) -> Bool {
        let count = choices.count { self[$0] != nil }
        if count > 1 || (count == 0 && !hasUnknown(beside: choices)) {
            fail(.invalid, (choices.count == 1 ? "must have the field " : "must have exactly one of ") + choices.joined(separator: ", "))
        }
        return count == 1
    }
}
