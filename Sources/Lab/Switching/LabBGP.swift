public import Net

/// BGP in a lab: who speaks it, by which number.
public struct LabBGP: Codable, Hashable, Sendable {
    /// On switches: frr or bird.
    public var daemon: Topology.Switching
    /// By the name of a switch or node.
    public var asns: [String: UInt32]

    /// Node N has 65000 + N, leaf N 65100 + N, all spines 65200 (RFC 7938: a spine does not send on to others what came from one); from the
    /// hundredth of a kind on, numbers of 4 bytes. What the topology says comes first.
    static func asns(_ topology: Topology) -> [String: UInt32] {
        func number(_ index: Int, _ base: UInt32, _ wide: UInt32) -> UInt32 { index < 99 ? base + UInt32(index) + 1 : wide + UInt32(index) + 1 }
        var asns: [String: UInt32] = [:]
        for spine in topology.spines { asns[spine] = 65200 }
        for (index, leaf) in topology.leaves.enumerated() { asns[leaf] = number(index, 65100, 4_200_010_000) }
        for (index, node) in topology.nodes.enumerated() { asns[node.name] = number(index, 65000, 4_200_000_000) }
        return asns.merging(topology.asns) { $1 }
    }

    /// A session of a member, as its own side sees it.
    public struct Session: Hashable, Sendable {
        public var device: String
        public var peer: String
        public var peerASN: UInt32
        /// The peer's link-local address on the link, and its global one where the link is numbered.
        public var linkLocal: IPAddress
        public var ipv6: IPAddress?
    }
}

extension LabPlan {
    /// The sessions of a switch or node, in the order of its ports; none without BGP.
    public func sessions(of member: LabMember) -> [LabBGP.Session] {
        ports(of: member.name).compactMap { own, peer in
            guard let asn = bgp?.asns[peer.member] else { return nil }
            return LabBGP.Session(device: own.device, peer: peer.member, peerASN: asn, linkLocal: peer.linkLocal, ipv6: peer.ipv6)
        }
    }

    /// The BGP identifier (RFC 6286): the IPv4 address on lo, or the one that it would have.
    func routerID(of member: LabMember) -> IPAddress {
        if let own = member.addresses.first(where: { $0.isIPv4 }) { return own }
        let index = members(member.kind).firstIndex(of: member) ?? 0
        let kind: LabAddressing.Kind
        switch member.kind {
        case .spine: kind = .spine
        case .leaf: kind = .leaf
        case .node, .pod: kind = .node
        case .external: kind = .external
        }
        return LabAddressing.loopback(kind, index: index, ipv4: true).last ?? IPAddress(ipv4: 1)
    }

    /// What a switch says of itself: its own addresses, and those of the hosts outside that are connected to it.
    func announced(by member: LabMember) -> [Prefix] {
        let hosts = ports(of: member.name).compactMap { self.member($0.peer.member) }.filter { $0.kind == .external }
        return (member.addresses + hosts.flatMap(\.addresses)).map { Prefix($0) }.sorted()
    }

    var hasIPv4: Bool { links.contains { $0.upper.ipv4 != nil } }
}
