public import Model
public import Net

/// A lab in full: its namespaces, links, addresses and routes. A pure function of the topology and the lab's name.
public struct LabPlan: Codable, Hashable, Sendable {
    public var name: String
    /// Spines, leaves, nodes, external hosts, then pods, each in the topology's order.
    public var members: [LabMember]
    public var links: [LabLink]
    /// Cilium's Helm values for `install`, as YAML.
    public var values: String
    /// BGP on switches and nodes; nil: static routes.
    public var bgp: LabBGP?
    /// What `verify` finds allowed and denied; nil: nothing is said.
    public var expectations: [Topology.Expectation]?

    /// A member by its name: `leaf1`, `default/web`, or `web` for a pod of the namespace default.
    public func member(_ name: String) -> LabMember? { members.first { $0.name == name } ?? members.first { $0.name == "default/\(name)" } }

    public func members(_ kind: LabMember.Kind) -> [LabMember] { members.filter { $0.kind == kind } }
}

/// A machine of the lab: a network namespace.
public struct LabMember: Codable, Hashable, Sendable {
    public enum Kind: String, Codable, Sendable, CaseIterable {
        case spine, leaf, node, external, pod

        public var isSwitch: Bool { self == .spine || self == .leaf }
    }

    public var kind: Kind
    /// `node1`; of a pod `NAMESPACE/POD`.
    public var name: String
    /// The name of its network namespace: `fab-node1`, `fab-default-web`.
    public var namespace: String
    /// On lo, IPv6 first; of a pod those that it will have.
    public var addresses: [IPAddress]
    /// Static routes.
    public var routes: [LabRoute]
    /// Of a node.
    public var podCIDRs: [Prefix]
    /// Of a pod: the node it is on.
    public var node: String?
    /// Of a pod.
    public var labels: [String: String]

    /// Of a pod.
    public var pod: PodName? { kind == .pod ? PodName(name) : nil }
}

/// A static route of a member.
public struct LabRoute: Codable, Hashable, Sendable {
    public var prefix: Prefix
    public var hops: [NextHop]
    /// What the member's own packets are sent from.
    public var source: IPAddress?
}

/// A cable: a veth pair between two members.
public struct LabLink: Codable, Hashable, Sendable {
    /// The end nearer to the spines.
    public var upper: LabPort
    public var lower: LabPort
    /// In bytes.
    public var mtu: Int

    /// `leaf1-spine1`, `node1-leaf1`: the lower end's name first.
    public var name: String { "\(lower.member)-\(upper.member)" }
    public var ends: [LabPort] { [upper, lower] }
}

/// One end of a link.
public struct LabPort: Codable, Hashable, Sendable {
    public var member: String
    /// `to-PEER` on a switch, `eth0` and so on elsewhere.
    public var device: String
    /// The same on every port of a member.
    public var linkLocal: IPAddress
    /// Of a numbered link.
    public var ipv6: IPAddress?
    public var ipv4: IPAddress?

    /// What neighbours send to.
    public var gateway: IPAddress { ipv6 ?? linkLocal }
}

extension LabPlan {
    /// - Parameters:
    ///   - name: the lab's.
    ///   - topology: valid.
    public init(name: String, topology: Topology) {
        self.name = name
        values = topology.values ?? Self.defaultValues(ipv4: topology.ipv4)
        members = []
        links = []
        var linkLocals: [String: IPAddress] = [:]
        func add(_ kind: LabMember.Kind, _ member: String, _ addresses: [IPAddress], podCIDRs: [Prefix] = []) {
            members.append(
                LabMember(
                    kind: kind, name: member, namespace: "\(name)-\(member)", addresses: addresses, routes: [], podCIDRs: podCIDRs, node: nil,
                    labels: [:]))
        }
        let ipv4 = topology.ipv4
        for (index, spine) in topology.spines.enumerated() {
            add(.spine, spine, LabAddressing.loopback(.spine, index: index, ipv4: ipv4))
            linkLocals[spine] = LabAddressing.linkLocal(.spine, index: index)
        }
        for (index, leaf) in topology.leaves.enumerated() {
            add(.leaf, leaf, LabAddressing.loopback(.leaf, index: index, ipv4: ipv4))
            linkLocals[leaf] = LabAddressing.linkLocal(.leaf, index: index)
        }
        for (index, node) in topology.nodes.enumerated() {
            add(
                .node, node.name, LabAddressing.loopback(.node, index: index, ipv4: ipv4),
                podCIDRs: LabAddressing.podCIDRs(of: node, index: index, ipv4: ipv4))
            linkLocals[node.name] = LabAddressing.linkLocal(.node, index: index)
        }
        for (index, external) in topology.externals.enumerated() {
            add(.external, external.name, LabAddressing.addresses(of: external, index: index, ipv4: ipv4))
            linkLocals[external.name] = LabAddressing.linkLocal(.external, index: index)
        }
        addLinks(topology, linkLocals)
        bgp = topology.switches == .static ? nil : LabBGP(daemon: topology.switches, asns: LabBGP.asns(topology))
        expectations = topology.expectations.isEmpty ? nil : topology.expectations
        for index in members.indices { members[index].routes = routes(of: members[index]) }
        for (pod, addresses) in zip(topology.pods, LabAddressing.podAddresses(topology)) {
            members.append(
                LabMember(
                    kind: .pod, name: pod.pod.description, namespace: "\(name)-\(pod.pod.namespace)-\(pod.pod.name)", addresses: addresses,
                    routes: [],
                    podCIDRs: [], node: pod.node, labels: pod.labels))
        }
    }

    private mutating func addLinks(_ topology: Topology, _ linkLocals: [String: IPAddress]) {
        var uplinks: [String: Int] = [:]
        let switches = Set(topology.spines + topology.leaves)
        for (index, wire) in topology.wires.enumerated() {
            let ipv4 = topology.ipv4 ? LabAddressing.ipv4(link: index) : nil
            let special = topology.links.first { Set($0.between) == Set([wire.upper, wire.lower]) }
            let ipv6 = special?.numbered ?? topology.numbered ? LabAddressing.ipv6(link: index) : nil
            let device: String
            if switches.contains(wire.lower) {
                device = "to-\(wire.upper)"
            } else {
                device = "eth\(uplinks[wire.lower, default: 0])"
                uplinks[wire.lower, default: 0] += 1
            }
            links.append(
                LabLink(
                    upper: LabPort(
                        member: wire.upper, device: "to-\(wire.lower)", linkLocal: linkLocals[wire.upper] ?? .unspecified, ipv6: ipv6?.upper,
                        ipv4: ipv4?.upper),
                    lower: LabPort(
                        member: wire.lower, device: device, linkLocal: linkLocals[wire.lower] ?? .unspecified, ipv6: ipv6?.lower, ipv4: ipv4?.lower),
                    mtu: special?.mtu ?? topology.mtu ?? 1500))
        }
    }

    /// What a Cilium user would give for such a fabric.
    static func defaultValues(ipv4: Bool) -> String {
        let prefixes = LabAddressing.clusterCIDRs
        var text = "tunnel: \"disabled\"\nipv6:\n  enabled: true\n"
        for prefix in prefixes where prefix.family == .ipv6 { text += "  nativeRoutingCIDR: \"\(prefix)\"\n" }
        guard ipv4 else { return text }
        text += "ipv4:\n  enabled: true\n"
        for prefix in prefixes where prefix.family == .ipv4 { text += "ipv4NativeRoutingCIDR: \"\(prefix)\"\n" }
        return text
    }

    // MARK: - Finding links

    /// The two ends of the link that a member has to a neighbour: (own, neighbour's).
    public func ports(of member: String) -> [(own: LabPort, peer: LabPort)] {
        links.compactMap { link in
            if link.upper.member == member { return (link.upper, link.lower) }
            return link.lower.member == member ? (link.lower, link.upper) : nil
        }
    }

    /// Who each member has a cable to; a pod and its node, too.
    public var neighbours: [String: Set<String>] {
        var out: [String: Set<String>] = [:]
        let pods = members.compactMap { pod in pod.node.map { (pod.name, $0) } }
        for (a, b) in links.map({ ($0.upper.member, $0.lower.member) }) + pods {
            out[a, default: []].insert(b)
            out[b, default: []].insert(a)
        }
        return out
    }

    /// Names by address, of everything in the lab.
    public var names: [IPAddress: String] {
        Dictionary(members.flatMap { member in allAddresses(of: member).map { ($0, member.name) } }) { first, _ in first }
    }

    /// Where to capture: `leaf1-spine1` (either order) or `MEMBER:DEVICE`.
    /// - Returns: the member and the device, or nil when there is no such link.
    public func port(_ text: String) -> (member: LabMember, device: String)? {
        for link in links {
            let found = text == link.name || text == "\(link.upper.member)-\(link.lower.member)"
            if found, let member = member(link.lower.member) { return (member, link.lower.device) }
        }
        guard let colon = text.lastIndex(of: ":"), let member = member(String(text[..<colon])) else { return nil }
        let device = String(text[text.index(after: colon)...])
        return device.isEmpty ? nil : (member, device)
    }
}
