import Net
import YAML

/// One element of `ingress`, `ingressDeny`, `egress` or `egressDeny`.
struct CiliumRule {
    private let direction: PolicyDirection
    private let action: PolicyAction
    private let namespace: String?
    /// `from` or `to`.
    private let side: String

    init(_ direction: PolicyDirection, _ action: PolicyAction, _ namespace: String?) {
        self.direction = direction
        self.action = action
        self.namespace = namespace
        side = direction == .ingress ? "from" : "to"
    }

    private static let mostPorts = 40

    /// Fields that say who the other end is, enforced here; then those that are not, and why.
    private var peerKeys: [String] { [side + "Endpoints", side + "CIDR", side + "CIDRSet", side + "Entities"] }
    private var refused: [(key: String, what: String)] {
        var refused = [
            (side + "Requires", "\(side)Requires is"), (side + "Nodes", "rules about nodes by label are"), (side + "Groups", "provider groups are"),
        ]
        if direction == .egress { refused.append(("toServices", "rules about services are")) }
        if direction == .egress, action == .allow { refused.append(("toFQDNs", "domain names (toFQDNs) are")) }
        return refused
    }

    func read(_ element: Field, path: String) -> PolicyRule? {
        let known = peerKeys + ["toPorts", "icmps"] + (action == .allow ? ["authentication"] : []) + refused.map(\.key)
        guard let fields = element.object(known) else { return nil }
        for (key, what) in refused { fields[key]?.refuse(what) }
        if action == .allow, let authentication = fields["authentication"]?.object(["mode"]) {
            let mode = authentication["mode"]?.choice(["disabled", "required", "test-always-fail"])
            if authentication["mode"] == nil { authentication.fail(.required, key: "mode", "must be disabled, required or test-always-fail") }
            if mode == "required" || mode == "test-always-fail" { authentication.refuse("mutual authentication is") }
        }
        refuseCombinations(fields)
        var rule = PolicyRule(direction, action, path: path)
        rule.ports = ports(fields)
        rule.peers = peers(fields, hasPorts: rule.ports != nil)
        return rule
    }

    private func refuseCombinations(_ fields: Field) {
        func isGiven(_ key: String) -> Bool { !(fields[key]?.node.sequence ?? []).isEmpty }
        let kinds = (peerKeys + refused.map(\.key)).filter { $0 != side + "Requires" && isGiven($0) }
        if kinds.count > 1 { fields.fail(.invalid, "must not combine \(kinds.joined(separator: " and ")): make them rules of their own") }
        if isGiven("icmps"), isGiven("toPorts") { fields.fail(.invalid, "must not have icmps beside toPorts: make them rules of their own") }
    }

    // MARK: Peers

    private func peers(_ fields: Field, hasPorts: Bool) -> [Peer]? {
        let given = peerKeys.compactMap { fields[$0] }
        // Without any, ports are open to everybody, and a rule without ports too is about nobody.
        guard !given.isEmpty else { return hasPorts ? nil : [] }
        var peers: [Peer] = []
        for selector in fields[side + "Endpoints"]?.elements() ?? [] { peers += endpoints(selector) }
        for cidr in fields[side + "CIDR"]?.elements() ?? [] {
            if let prefix = cidr.cidr() { peers.append(.cidr(CIDRBlock(prefix, matchesCluster: false))) }
        }
        for element in fields[side + "CIDRSet"]?.elements() ?? [] { peers += cidrSet(element) }
        for element in fields[side + "Entities"]?.elements() ?? [] {
            if let name = element.choice(Entity.allCases.map(\.rawValue)), let entity = Entity(rawValue: name) { peers.append(.entity(entity)) }
        }
        // An empty list selects nobody, also beside others.
        return given.contains { $0.node.sequence?.isEmpty == true } ? [] : peers
    }

    private func endpoints(_ field: Field) -> [Peer] {
        var requirements = field.selector(CiliumLabels.rules)
        let selector = Selector(requirements)
        // Reserved labels are not of a namespace.
        if requirements.contains(where: { $0.key.source == .foreign && $0.key.name.hasPrefix(CiliumLabels.reserved + ":") }) {
            return [.pods(selector)] + CiliumLabels.entities(selector).map { .entity($0) }
        }
        // Where no namespace is asked for, the policy's own is meant; pods are all of some namespace.
        let isPlaced = requirements.contains { $0.key.source == .namespaceName || $0.key.source == .namespace }
        if !isPlaced, let namespace { requirements.append(Requirement(LabelKey(.namespaceName), .in, [namespace])) }
        return [.pods(Selector(requirements))]
    }

    private func cidrSet(_ element: Field) -> [Peer] {
        guard let fields = element.object(["cidr", "cidrGroupRef", "cidrGroupSelector", "except"]) else { return [] }
        let groups = ["cidrGroupRef", "cidrGroupSelector"].compactMap { fields[$0] }
        for group in groups { group.refuse("groups of CIDRs (CiliumCIDRGroup) are") }
        guard let field = fields["cidr"] else {
            if groups.isEmpty { fields.fail(.required, key: "cidr", "must be there") }
            return []
        }
        if !groups.isEmpty { fields.fail(.invalid, "must have exactly one of cidr, cidrGroupRef, cidrGroupSelector") }
        let prefix = field.cidr()
        let except = fields["except"]?.exceptions(to: prefix, isStrict: false) ?? []
        return prefix.map { [.cidr(CIDRBlock($0, except: except, matchesCluster: false))] } ?? []
    }

    // MARK: Ports

    /// - Returns: nil when neither ports nor ICMP types are asked for.
    private func ports(_ fields: Field) -> [PortMatch]? {
        var ports: [PortMatch] = []
        let transports = fields["toPorts"]?.elements() ?? []
        for element in transports { ports += toPorts(element) }
        let icmps = fields["icmps"]?.elements() ?? []
        for element in icmps { ports += icmp(element) }
        return transports.isEmpty && icmps.isEmpty ? nil : ports
    }

    private static let layer7: [(key: String, what: String)] = [
        ("rules", "layer 7 rules are"), ("listener", "Envoy listeners are"), ("originatingTLS", "TLS contexts are"),
        ("terminatingTLS", "TLS contexts are"), ("serverNames", "TLS server names are"),
    ]

    private func toPorts(_ element: Field) -> [PortMatch] {
        guard let fields = element.object(["ports"] + (action == .allow ? Self.layer7.map(\.key) : [])) else { return [] }
        for (key, what) in Self.layer7 where action == .allow {
            guard let field = fields[key], field.node.mapping?.isEmpty != true, field.node.sequence?.isEmpty != true else { continue }
            field.refuse(what)
        }
        guard let field = fields["ports"], let elements = field.elements() else { return [] }
        field.check(count: elements.count, in: 0...Self.mostPorts)
        return elements.compactMap(port)
    }

    private static let protocols = ["TCP", "UDP", "SCTP", "ICMP", "ICMPv6", "ANY", "VRRP", "IGMP"]

    private func port(_ element: Field) -> PortMatch? {
        guard let fields = element.object(["port", "endPort", "protocol"]) else { return nil }
        let word = fields["protocol"].map { $0.choice(Self.protocols) } ?? "ANY"
        // Protocols without ports.
        if let word, word == "VRRP" || word == "IGMP" {
            fields["protocol"]?.refuse("\(word) is")
            return nil
        }
        guard let field = fields["port"] else {
            fields.fail(.required, key: "port", "must be a port's number in quotes, or its name")
            return nil
        }
        let end = fields["endPort"].flatMap { $0.int(in: 0...65535) } ?? 0
        guard let text = field.string(), let word else { return nil }
        guard let first = Self.number(text) else {
            guard Names.isServiceName(text) else {
                field.fail(.invalid, "\(Field.shown(text)) must be a number from 0 to 65535, or a port's name of at most 15 characters")
                return nil
            }
            if end > 0 { fields["endPort"]?.fail(.invalid, "must not be there beside a named port: a range begins with a number") }
            return Self.isICMP(word) ? nil : .named(TransportProtocol(name: word), text.lowercased())
        }
        if Self.isICMP(word) {
            guard first <= 255 else {
                field.fail(.invalid, "\(first) is no ICMP type: must be from 0 to 255")
                return nil
            }
            return .icmp(word == "ICMP" ? .ipv4 : .ipv6, type: UInt8(first))
        }
        if end > 0, end < first { fields["endPort"]?.fail(.invalid, "\(end) must not be less than port, \(first)") }
        // 0 is every port.
        if first == 0, end == 0 { return .ports(TransportProtocol(name: word), PortMatch.everyPort) }
        return .ports(TransportProtocol(name: word), UInt16(first)...UInt16(max(first, end)))
    }

    private static func isICMP(_ word: String) -> Bool { word == "ICMP" || word == "ICMPv6" }

    /// A decimal number up to 65535. One with leading zeros is none: Go would read it to base 8.
    private static func number(_ text: String) -> Int? {
        guard (1...5).contains(text.utf8.count), text.utf8.allSatisfy({ (48...57).contains($0) }), text == "0" || !text.hasPrefix("0"),
            let value = Int(text), value <= 65535
        else { return nil }
        return value
    }

    private func icmp(_ element: Field) -> [PortMatch] {
        guard let field = element.object(["fields"])?["fields"], let elements = field.elements() else { return [] }
        field.check(count: elements.count, in: 0...Self.mostPorts)
        return elements.compactMap { element in
            guard let fields = element.object(["family", "type"]) else { return nil }
            let word = fields["family"].map { $0.choice(["IPv4", "IPv6"]) } ?? "IPv4"
            let family: IPAddress.Family = word == "IPv6" ? .ipv6 : .ipv4
            guard let type = fields["type"] else {
                fields.fail(.required, key: "type", "must be an ICMP type: a number from 0 to 255, or a name")
                return nil
            }
            return icmpType(type, family).map { .icmp(family, type: $0) }
        }
    }

    private func icmpType(_ field: Field, _ family: IPAddress.Family) -> UInt8? {
        guard let name = field.node.string else {
            guard field.node.int != nil else {
                field.mismatch("a whole number or a name")
                return nil
            }
            return field.int(in: 0...255).map { UInt8($0) }
        }
        guard let type = ICMPTypes.number(name, family) ?? Self.number(name).flatMap({ UInt8(exactly: $0) }) else {
            field.fail(
                .invalid, "\(Field.shown(name)) is no type of \(family == .ipv4 ? "ICMP" : "ICMPv6"): a number from 0 to 255, or a name")
            return nil
        }
        return type
    }
}
