import Model
import Net

/// Static routes of the fabric: leaves reach what is behind other leaves by every spine, spines go down to the leaf, hosts go up.
extension LabPlan {
    func routes(of member: LabMember) -> [LabRoute] {
        switch member.kind {
        // What BGP knows, nobody writes; hosts outside know no BGP.
        case .spine, .leaf: bgp == nil ? switchRoutes(member) : switchRoutes(member).filter { attached(member, $0) == .external }
        case .node, .external: defaultRoutes(member)
        case .pod: []
        }
    }

    private func defaultRoutes(_ member: LabMember) -> [LabRoute] {
        families(of: member).map { family in
            LabRoute(
                prefix: family == .ipv6 ? .ipv6Default : .ipv4Default, hops: hops(of: member.name, to: nil, family),
                source: member.addresses.first { $0.family == family })
        }
    }

    /// The kind of the member whose address a route leads to, if it is connected to this one.
    private func attached(_ member: LabMember, _ route: LabRoute) -> LabMember.Kind? {
        ports(of: member.name).compactMap { self.member($0.peer.member) }.first { $0.addresses.contains { Prefix($0) == route.prefix } }?.kind
    }

    /// Every route that a switch should have, however it comes by it.
    public func switchRoutes(_ member: LabMember) -> [LabRoute] {
        members.filter { $0.name != member.name && $0.kind != .pod }.flatMap { target in
            let neighbours = neighbours(of: member, towards: target)
            return (target.addresses.map { Prefix($0) } + target.podCIDRs).sorted().compactMap { prefix in
                let hops = hops(of: member.name, to: neighbours, prefix.family)
                return hops.isEmpty ? nil : LabRoute(prefix: prefix, hops: hops, source: nil)
            }
        }
    }

    /// Which neighbours of a switch are on the way.
    private func neighbours(of member: LabMember, towards target: LabMember) -> Set<String> {
        let attached = Set(ports(of: member.name).map(\.peer.member))
        if attached.contains(target.name) { return [target.name] }
        // A leaf goes up. A spine goes down: to the target's own leaves, or to any, for another spine.
        if member.kind == .leaf { return Set(members(.spine).map(\.name)) }
        return target.kind == .spine ? Set(members(.leaf).map(\.name)) : Set(ports(of: target.name).map(\.peer.member))
    }

    /// - Parameter neighbours: nil: all.
    private func hops(of member: String, to neighbours: Set<String>?, _ family: IPAddress.Family) -> [NextHop] {
        ports(of: member).filter { neighbours?.contains($0.peer.member) ?? true }.compactMap { own, peer in
            let via = family == .ipv6 ? peer.gateway : peer.ipv4
            return via.map { NextHop(via: $0, device: own.device) }
        }
    }

    private func families(of member: LabMember) -> [IPAddress.Family] {
        ports(of: member.name).contains { $0.own.ipv4 != nil } ? [.ipv6, .ipv4] : [.ipv6]
    }
}
