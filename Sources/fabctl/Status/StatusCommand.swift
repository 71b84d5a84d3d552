import ArgumentParser
import Glibc
import Model
import Net
import Node
import YAML

/// `fabctl status`
struct StatusCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Shows the health of this node, and what is wrong with what to do.",
        discussion: "The exit code is 1 when the node is not healthy, in every format.")

    @Flag(help: "Print OK, or the first problem.") var brief = false
    @Flag(help: "Print every map and every attached program.") var verbose = false
    @Flag(help: "Wait until the node is healthy.") var wait = false
    @Option(help: ArgumentHelp("How long to wait.", valueName: "duration")) var timeout = TimeLimit(seconds: 30)
    @OptionGroup var output: OutputOptions
    @OptionGroup var options: NodeOptions

    func run() throws {
        var isHealthy = false
        try reporting { () throws(NodeError) in
            let deadline = monotonicNow() &+ timeout.nanoseconds
            var status = try attempt(deadline)
            while wait, !status.isHealthy, monotonicNow() < deadline {
                usleep(100_000)
                status = try attempt(deadline)
            }
            let found = status
            output.write(found.structured) { brief ? found.briefText : found.text(verbose: verbose) }
            isHealthy = found.isHealthy
        }
        // What was printed says why.
        if !isHealthy { throw ExitCode(NodeError.Kind.negative.rawValue) }
    }

    /// A node that is not installed yet may become so while we wait.
    private func attempt(_ deadline: UInt64) throws(NodeError) -> NodeStatus {
        while true {
            do throws(NodeError) {
                return try options.node.status()
            } catch {
                guard wait, error.kind == .unavailable, monotonicNow() < deadline else { throw error }
                usleep(100_000)
            }
        }
    }
}

extension NodeStatus {
    var structured: StructuredValue {
        let routes: StructuredValue = ["desired": .init(routes.desired), "ebpf": .init(routes.ebpf), "kernel": .init(routes.kernel)]
        let endpoints: StructuredValue = ["total": .init(endpoints), "ready": .init(endpointsReady)]
        let history: StructuredValue = [
            "capacity": .init(history.capacity), "held": .init(history.held), "written": .init(history.written),
            "suppressed": .init(history.suppressed),
            "lost": .init(history.lost), "window_ns": .init(history.window), "observers": .init(history.observers),
        ]
        let kernel: StructuredValue = ["release": .string(kernel), "attach_mode": .string(attachMode), "btf": .bool(hasBTF)]
        let config: StructuredValue = [
            "pod_cidrs": .array(config.podCIDRs.map { .string($0.description) }),
            "native_routing_cidrs": .array(config.nativeRoutingCIDRs.map { .string($0.description) }),
            "uplinks": .array(config.uplinks.map { .string($0.device) }), "addresses": .array(config.addresses.map { .string($0.description) }),
        ]
        return [
            "healthy": .bool(isHealthy), "node": .string(self.config.name), "cluster": .string(self.config.clusterName), "config": config,
            "policy_revision": .init(revision),
            "programs": .array(
                attached.map {
                    ["program": .string($0.program), "device": .string($0.device), "direction": .string($0.direction), "mode": .string($0.mode)]
                }),
            "routes": routes, "endpoints": endpoints, "nodes": .init(nodes), "flows": .init(flows),
            "packets": ["forwarded": .init(forwarded), "dropped": .init(dropped)],
            "maps": .array(maps.map(Self.structured)), "history": history, "kernel": kernel,
            "problems": .array(problems.map { fabctl.structured($0) }),
        ]
    }

    static func structured(_ map: MapView) -> StructuredValue {
        [
            "name": .string(map.name), "type": .string(map.kind), "id": .init(map.id), "entries": .init(map.entries),
            "max_entries": .init(map.maxEntries), "evicted": .init(map.evicted),
            "key_size": .init(map.keySize), "value_size": .init(map.valueSize), "memory": .init(map.memory),
        ]
    }

    var briefText: String {
        guard let first = problems.first(where: { $0.severity == .error }) else { return "OK\n" }
        return "error: \(first.subject): \(first.message)\n"
    }

    func text(verbose: Bool) -> String {
        func line(_ name: String, _ value: String) -> String { (name + ":").padded(to: 18) + value + "\n" }
        let errors = problems.count { $0.severity == .error }
        var out = line("Node", config.name + (isHealthy ? "   OK" : "   \(errors) problem" + (errors == 1 ? "" : "s")))
        out += line("Pod CIDR", config.podCIDRs.map(\.description).joined(separator: ", "))
        out += line(
            "Routing",
            "native, "
                + (config.nativeRoutingCIDRs.isEmpty
                    ? "no native routing CIDR" : config.nativeRoutingCIDRs.map(\.description).joined(separator: ", ")))
        out += line("Uplinks", config.uplinks.map { "\($0.device) (mtu \($0.mtu))" }.joined(separator: ", "))
        let perProgram = Dictionary(grouping: attached, by: \.program).map { "\($0.key) \($0.value.count)" }.sorted().joined(separator: ", ")
        out += line("Programs", attached.isEmpty ? "none attached" : "\(perProgram) (\(attachMode))")
        out += line("Endpoints", "\(endpointsReady)/\(endpoints) ready")
        out += line("Nodes", "\(nodes)")
        out += line(
            "Routes",
            "\(routes.desired) desired, \(routes.ebpf) in eBPF, " + (routes.kernel.map { "\($0) in the kernel" } ?? "kernel not asked"))
        out += line("Policy revision", "\(revision)")
        out += line("Packets", "\(forwarded) forwarded, \(dropped) dropped")
        let full = maps.compactMap { map in map.entries.map { (map, $0) } }.filter { $0.0.maxEntries > 1 }
        out += line(
            "Flows",
            full.filter { ["flows", "halfopen", "denied_flows"].contains($0.0.name) }.map {
                "\($0.0.name) \($0.1)/\($0.0.maxEntries)" + (($0.0.evicted ?? 0) > 0 ? " (\($0.0.evicted ?? 0) evicted)" : "")
            }.joined(separator: ", "))
        out += line("Maps", "\(maps.count), \(Self.size(memory))" + Self.fullest(full))
        var window = history.window.map { "the last \(Self.duration($0))" } ?? "empty"
        window += ", \(history.held)/\(history.capacity) events"
        if history.suppressed > 0 { window += ", \(history.suppressed) drop events suppressed by the rate limit" }
        out += line("Flow history", window)
        out += line("Observers", "\(history.observers), \(history.lost) events lost")
        out += line("Kernel", "\(kernel), \(attachMode), BTF " + (hasBTF ? "yes" : "no"))
        if verbose {
            var programs = TextTable(["PROGRAM", "DEVICE", "DIRECTION", "MODE"])
            for item in attached { programs.add([item.program, item.device, item.direction, item.mode]) }
            var table = TextTable(["MAP", "TYPE", "ENTRIES", "MAX", "EVICTED", "MEMORY"])
            for map in maps {
                table.add([
                    map.name, map.kind, map.entries.map(String.init) ?? "", "\(map.maxEntries)", map.evicted.map(String.init) ?? "",
                    map.memory.map(Self.size) ?? "",
                ])
            }
            out += "\n" + programs.text + "\n" + table.text
        }
        if !problems.isEmpty {
            out += "\nProblems:\n"
            for problem in problems { out += "  \(problem.severity.rawValue): \(problem.subject): \(problem.message)\n    -> \(problem.remedy)\n" }
        }
        return out
    }

    private static func fullest(_ maps: [(MapView, Int)]) -> String {
        guard let top = maps.max(by: { Double($0.1) / Double($0.0.maxEntries) < Double($1.1) / Double($1.0.maxEntries) }) else { return "" }
        return ", fullest \(top.0.name) at \(top.1 * 100 / top.0.maxEntries) %"
    }

    static func size(_ bytes: Int) -> String {
        bytes >= (1 << 20)
            ? "\((bytes * 10 / (1 << 20)) / 10).\((bytes * 10 / (1 << 20)) % 10) MiB" : bytes >= 1024 ? "\(bytes / 1024) KiB" : "\(bytes) B"
    }
}

extension String {
    func padded(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}
