import Net

/// BIRD of a switch (BIRD 2).
enum BIRDConfiguration {
    static func text(_ plan: LabPlan, _ member: LabMember, directory: String) -> String {
        let families = plan.hasIPv4 ? ["ipv6", "ipv4"] : ["ipv6"]
        var text = """
            log "\(directory)/bird.log" all;
            router id \(plan.routerID(of: member));
            # Timers wake BIRD 2.0 for the last part of what it has to say: without them that waits for 3 s.
            protocol device { scan time 1; }

            """
        for family in families {
            text += """
                protocol kernel kernel_\(family) {
                  \(family) { import none; export where source = RTS_BGP; };
                  merge paths on limit 64;
                }
                protocol static announced_\(family) {
                  \(family);

                """
            // What stands for the kernel's own routes, and does not go there.
            for prefix in plan.announced(by: member) where (prefix.family == .ipv6) == (family == "ipv6") {
                text += "  route \(prefix) unreachable;\n"
            }
            text += "}\n"
        }
        let own = plan.bgp?.asns[member.name] ?? 0
        for session in plan.sessions(of: member) {
            let link = "interface \"\(session.device)\""
            text += """
                protocol bgp \(identifier(session.peer)) {
                  local as \(own);
                  neighbor \(session.ipv6 ?? session.linkLocal) as \(session.peerASN);
                  \(session.ipv6 == nil ? link : "direct");
                  hold time 9; keepalive time 3;
                  connect delay time 1; connect retry time 1; error wait time 1, 5;

                """
            for family in families {
                let next = family == "ipv4" ? "extended next hop on; " : ""
                text += "  \(family) { \(next)import all; export where source ~ [ RTS_STATIC, RTS_BGP ]; };\n"
            }
            text += "}\n"
        }
        // Who looks for its leaf on an unnumbered link finds it by these.
        let listeners = plan.sessions(of: member).filter { $0.ipv6 == nil && plan.member($0.peer)?.kind == .node }
        if !listeners.isEmpty {
            text += "protocol radv {\n"
            for session in listeners { text += "  interface \"\(session.device)\" { min ra interval 3; max ra interval 4; };\n" }
            text += "}\n"
        }
        return text
    }

    /// A name as BIRD's grammar has it: no hyphen.
    private static func identifier(_ name: String) -> String { "to_" + String(name.map { $0 == "-" ? "_" : $0 }) }
}
