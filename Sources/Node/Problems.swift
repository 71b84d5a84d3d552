import BPF
import CFabricABI
import Compiler
import Datapath
import Model
import Net
import Netlink
import Store

/// Something that is not as it should be.
public struct Problem: Hashable, Sendable {
    public enum Severity: String, Sendable, Hashable {
        /// Traffic may suffer.
        case error
        /// Worth knowing; the node is healthy.
        case warning
    }

    public let severity: Severity
    /// What it is about: `map addresses`, `route fd00::/64`, `device eth0`.
    public let subject: String
    public let message: String
    /// What to do.
    public let remedy: String

    public init(_ subject: String, _ message: String, remedy: String = "fabctl repair", severity: Severity = .error) {
        self.severity = severity
        self.subject = subject
        self.message = message
        self.remedy = remedy
    }
}

extension Node {
    /// Compares documents, compiled maps, programs and the kernel.
    public func problems() throws(NodeError) -> [Problem] {
        let documents = try documents()
        let desired = try self.desired(documents)
        return try problems(desired, pending: try pendingChange(in: documents), facts: isOwnNamespace(desired) ? try facts() : nil)
    }

    /// - Parameter facts: nil when this command runs in another network namespace than the node.
    func problems(_ desired: Desired, pending: Pending?, facts: NodeFacts?) throws(NodeError) -> [Problem] {
        var out: [Problem] = []
        if let pending { out.append(pending.problem) }
        if Root(path).hasLeftovers {
            out.append(Problem("state", "a command was killed before its change was committed; what it left does no harm", severity: .warning))
        }
        let missing = MapName.allCases.filter { !BPFFS.contains("\(maps)/\($0.rawValue)") }
        for map in missing { out.append(Problem("map \(map.rawValue)", "its pin is gone")) }
        if !BPFFS.contains(links) { out.append(Problem("links", "their directory is gone")) }
        for program in ProgramName.allCases where !BPFFS.contains("\(programs)/\(program.rawValue)") {
            out.append(Problem("program \(program.rawValue)", "its pin is gone"))
        }
        guard let facts else {
            out.append(
                Problem(
                    "namespace", "this command runs in another network namespace than the node: devices and kernel routes are not checked",
                    remedy: "nsenter --net=... into the node's", severity: .warning))
            return out
        }
        let policies = PolicyPlan(desired)
        let tables = compile(desired, links: facts.links, cpus: possibleCPUs, plan: policies)
        out += settingProblems(desired.config)
        out += deviceProblems(desired, facts)
        out += try endpointProblems(desired, facts)
        if !missing.contains(.health) { out += try healthProblems(desired) }
        if missing.isEmpty {
            let drift = try mapping { () throws(BPFError) in
                try MapSync(try DatapathMaps.open(directory: maps)).drift(tables, policies.compiled(desired.policyRegistry))
            }
            for map in drift {
                out.append(Problem("map \(map.map)", "\(map.missing) entries missing, \(map.wrong) wrong, \(map.extra) too many"))
            }
        }
        if BPFFS.contains(links), ProgramName.allCases.allSatisfy({ BPFFS.contains("\(programs)/\($0.rawValue)") }) {
            let wrong = try mapping { () throws(BPFError) in try attachments.problems(plan(desired, links: facts.links)) }
            for problem in wrong {
                let device = facts.devices.first { $0.ifindex == problem.hook.ifindex }?.name ?? "ifindex \(problem.hook.ifindex)"
                let what =
                    switch problem.kind {
                    case .missing: "no program is attached"
                    case .stale: "another program than the pinned one is attached"
                    case .extra: "a program is attached that nothing asks for"
                    }
                out.append(Problem("device \(device) \(problem.hook.direction)", what))
            }
        }
        let wanted = KernelRoutes.wanted(tables, links: facts.links)
        let routes = KernelRoutes.difference(wanted, facts.routes.filter { $0.proto == KernelRoutes.proto })
        for route in routes.missing { out.append(Problem("route \(route.prefix)", "the kernel does not have it")) }
        for route in routes.wrong { out.append(Problem("route \(route.prefix)", "the kernel has another one")) }
        for route in routes.extra {
            out.append(Problem("route \(route.prefix)", "the kernel has it (proto \(FABRIC_RTPROT)) and nothing asks for it"))
        }
        for (route, other) in KernelRoutes.overshadowed(wanted, by: facts.routes) {
            out.append(
                Problem(
                    "route \(route.prefix)", "the kernel has another one (proto \(other.proto), metric \(other.metric)) that comes before it",
                    remedy: "ip route del \(route.prefix) proto \(other.proto) metric \(other.metric), or stop who made it"))
        }
        if desired.config.imageChecksum != Loader.imageChecksum {
            out.append(
                Problem(
                    "programs", "this binary has other programs than those installed", remedy: "fabctl install upgrades them in place",
                    severity: .warning))
        }
        if Set(facts.addresses) != Set(desired.config.addresses) {
            out.append(Problem("node", "its addresses changed", severity: .warning))
        }
        let uplinks = Set(desired.config.uplinks.map(\.device))
        if facts.baseRoutes(uplinks: uplinks) != desired.config.baseRoutes {
            out.append(Problem("routes", "the node's own default or connected routes changed", severity: .warning))
        }
        return out
    }

    private func deviceProblems(_ desired: Desired, _ facts: NodeFacts) -> [Problem] {
        var out: [Problem] = []
        for uplink in desired.config.uplinks {
            guard let device = facts.devices.first(where: { $0.name == uplink.device }) else {
                out.append(Problem("device \(uplink.device)", "the uplink is gone", remedy: "bring it back, or fabctl install --uplink DEV"))
                continue
            }
            if !device.isUp {
                out.append(Problem("device \(uplink.device)", "the uplink is down", remedy: "ip link set \(uplink.device) up"))
            } else if !device.hasCarrier {
                out.append(Problem("device \(uplink.device)", "the uplink has no carrier", remedy: "check the cable and the leaf"))
            }
            if device.mtu != uplink.mtu { out.append(Problem("device \(uplink.device)", "MTU \(device.mtu), was \(uplink.mtu)", severity: .warning)) }
        }
        for endpoint in desired.endpoints {
            guard let device = facts.devices.first(where: { $0.name == endpoint.device }) else {
                out.append(
                    Problem(
                        "endpoint \(endpoint.pod)", "its device \(endpoint.device) is gone",
                        remedy: "fabctl endpoint delete \(endpoint.pod), and add it again"))
                continue
            }
            if !device.isUp {
                out.append(Problem("endpoint \(endpoint.pod)", "its device \(endpoint.device) is down"))
            } else if !device.hasCarrier {
                out.append(
                    Problem(
                        "endpoint \(endpoint.pod)", "the pod's side of \(endpoint.device) is down", remedy: "set it up inside the pod",
                        severity: .warning))
            }
        }
        return out
    }
}
