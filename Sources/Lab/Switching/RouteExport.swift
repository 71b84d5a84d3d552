import Model
public import Net

/// Static routes of a switch, as its routing software is told of them. Sorted by prefix, next hops in the order of ports: the same routes
/// give the same text, and applied again it changes nothing.
public enum RouteExport {
    public enum Format: String, Sendable, CaseIterable {
        /// For `vtysh -f`, or a part of frr.conf (staticd).
        case frr
        /// A part of bird.conf, BIRD 2.
        case bird
        /// For a shell.
        case iproute2
    }

    public static func text(_ routes: [LabRoute], of name: String, _ format: Format) throws(LabError) -> String {
        let about = "Static routes of \(name), written by fabctl route export."
        switch format {
        case .frr: return "! \(about)\n" + routes.map(frr).joined()
        case .bird: return "# \(about)\n# The kernel protocol needs \"merge paths on\" for several next hops.\n" + bird(routes)
        case .iproute2:
            if let route = routes.first(where: { $0.hops.contains { $0.device.isEmpty } }) {
                throw LabError(
                    .invalid,
                    "iproute2: \(route.prefix) goes by way of \(route.hops.compactMap(\.via?.description).joined(separator: ", ")), and no device is known",
                    hint: "the kernel resolves no next hop by other routes: use frr or bird, or give the topology with -f")
            }
            return "# \(about)\n" + routes.map(iproute2).joined()
        }
    }

    private static func frr(_ route: LabRoute) -> String {
        let words = route.prefix.family == .ipv6 ? "ipv6 route" : "ip route"
        return route.hops.map { hop in
            ([words, route.prefix.description] + [hop.via?.description, hop.device.isEmpty ? nil : hop.device].compactMap(\.self)).joined(
                separator: " ")
                + "\n"
        }.joined()
    }

    private static func bird(_ routes: [LabRoute]) -> String {
        [IPAddress.Family.ipv6, .ipv4].map { family in
            let own = routes.filter { $0.prefix.family == family }
            guard !own.isEmpty else { return "" }
            let lines = own.map { route in
                let hops = route.hops.map { hop in
                    let address = hop.via?.description ?? ""
                    return hop.device.isEmpty ? "recursive \(address)" : "via \(address)%'\(hop.device)'"
                }
                return "  route \(route.prefix) \(hops.joined(separator: "\n    "));\n"
            }
            let name = family == .ipv6 ? "ipv6" : "ipv4"
            return "protocol static fabctl_\(name) {\n  \(name);\n\(lines.joined())}\n"
        }.joined()
    }

    private static func iproute2(_ route: LabRoute) -> String {
        let family = route.prefix.family == .ipv6 ? "-6" : "-4"
        let hops = route.hops.map { hop in "via \(hop.via?.description ?? "") dev \(hop.device)" }
        let way = hops.count == 1 ? hops[0] : hops.map { "nexthop \($0)" }.joined(separator: " ")
        return "ip \(family) route replace \(route.prefix) proto static \(way)\n"
    }
}

extension LabPlan {
    /// What BGP should bring to a switch.
    /// - Parameter speakers: whether the nodes speak it, too; otherwise switches know one another alone.
    func expectedRoutes(of member: LabMember, speakers: Bool) -> [LabRoute] {
        if speakers { return exportedRoutes(of: member) }
        // Spines have one number, and do not hear of each other.
        let others = Set(members(.leaf).filter { $0.name != member.name }.flatMap(\.addresses).map { Prefix($0) })
        return switchRoutes(member).filter { others.contains($0.prefix) }
    }

    /// The routes that a switch needs to reach every node's Pod CIDRs.
    /// - Parameter all: also to every address of switches, nodes and external hosts.
    public func exportedRoutes(of member: LabMember, all: Bool = false) -> [LabRoute] {
        let pods = Set(members(.node).flatMap(\.podCIDRs))
        return switchRoutes(member).filter { all || pods.contains($0.prefix) }.sorted { $0.prefix < $1.prefix }
    }
}

extension RouteExport {
    /// The routes that any switch needs when all that is known is what a node knows: by way of the nodes' own addresses, which the fabric's
    /// routing has to know.
    public static func routes(of nodes: [(podCIDRs: [Prefix], addresses: [IPAddress])]) -> [LabRoute] {
        nodes.flatMap { node in
            node.podCIDRs.compactMap { prefix in
                let usable = node.addresses.filter { !$0.isLinkLocal && !$0.isLoopback }
                // An IPv4 prefix may go by way of an IPv6 address (RFC 8950).
                guard let via = usable.first(where: { $0.family == prefix.family }) ?? (prefix.family == .ipv4 ? usable.first : nil) else {
                    return nil
                }
                return LabRoute(prefix: prefix, hops: [NextHop(via: via, device: "")], source: nil)
            }
        }.sorted { $0.prefix < $1.prefix }
    }
}
