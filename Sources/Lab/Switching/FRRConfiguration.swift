import Net

/// FRR of a switch: what zebra and bgpd read (FRR 8).
enum FRRConfiguration {
    static func zebra(_ member: LabMember, directory: String) -> String {
        """
        hostname \(member.name)
        log file \(directory)/zebra.log informational
        ip forwarding
        ipv6 forwarding

        """
    }

    static func bgpd(_ plan: LabPlan, _ member: LabMember, directory: String) -> String {
        let sessions = plan.sessions(of: member)
        /// As bgpd names it: an address, or the device of an unnumbered link.
        func name(_ session: LabBGP.Session) -> String { session.ipv6?.description ?? session.device }
        var lines = [
            "hostname \(member.name)", "log file \(directory)/bgpd.log informational", "router bgp \(plan.bgp?.asns[member.name] ?? 0)",
            " bgp router-id \(plan.routerID(of: member))", " no bgp default ipv4-unicast",
            // Otherwise nothing is sent to, or taken from, another AS without a policy.
            " no bgp ebgp-requires-policy", " no bgp network import-check",
            // Equal-cost paths lead through different leaves, each with its own number.
            " bgp bestpath as-path multipath-relax", " bgp log-neighbor-changes", " timers bgp 3 9",
        ]
        for session in sessions {
            let peer = name(session)
            // Where the link has an IPv4 address of a /31, FRR would peer by that otherwise.
            lines.append(" neighbor \(peer) \(session.ipv6 == nil ? "interface v6only " : "")remote-as \(session.peerASN)")
            lines.append(" neighbor \(peer) description \(session.peer)")
            lines.append(" neighbor \(peer) timers connect 1")
            lines.append(" neighbor \(peer) advertisement-interval 0")
            if plan.hasIPv4, session.ipv6 != nil { lines.append(" neighbor \(peer) capability extended-nexthop") }
        }
        for family in [IPAddress.Family.ipv6, .ipv4] where family == .ipv6 || plan.hasIPv4 {
            lines.append(" address-family \(family == .ipv6 ? "ipv6" : "ipv4") unicast")
            lines += plan.announced(by: member).filter { $0.family == family }.map { "  network \($0)" }
            lines.append("  maximum-paths 64")
            lines += sessions.map { "  neighbor \(name($0)) activate" }
            lines.append(" exit-address-family")
        }
        return lines.joined(separator: "\n") + "\n"
    }
}
