import Glibc
import NodeTestSupport

/// What commands take: wall time, resident memory, and the kernel memory of what they make.
struct ControlSection {
    let programs: Programs
    let rounds: Int

    private static let endpoints = 250
    private static let nodes = 10_000

    func rows() throws -> [Report.Row] {
        try BenchmarkLab.with([.plain], programs) { labs in
            guard let lab = labs.first else { return [] }
            // pod1 and pod2 are plain forwarding's: fabctl gets a node without pods.
            try lab.shell("node1", "ip link del pod1; ip link del pod2; ip route del fd00:cafe:0:2::/64 via fd00:fab:1::2")
            return try installRows(lab) + endpointRows(lab) + routeRows(lab) + listRows(lab)
        }
    }

    private let install = [
        "install", "--node-name", "node1", "--pod-cidr", "fd00:cafe:0:1::/64", "--uplink", "eth0", "--uplink", "eth1",
    ]

    private func run(_ lab: BenchmarkLab, _ arguments: [String]) throws -> Taken {
        try programs.taken([programs.fabctl] + arguments, in: lab.path("node1"), environment: lab.environment("node1"))
    }

    /// Kernel memory of all maps.
    private func maps(_ lab: BenchmarkLab, _ name: String) throws -> Report.Row {
        // Ends with 1 when something is wrong with the node, which is not of interest here.
        let status = try JSON(try lab.shell("node1", "\(programs.fabctl) status --verbose -o json || true"))
        let bytes = status["maps"]?.elements.compactMap { $0["memory"]?.int }.reduce(0, +) ?? 0
        return Report.Row(name: name, unit: "MB", value: Double(bytes) / 1e6)
    }

    private static func row(_ name: String, _ taken: [Taken]) -> Report.Row {
        let figure = Figure(taken.map { $0.wall * 1e3 })
        return Report.Row(name: name, unit: "ms", value: figure.median, minimum: figure.minimum)
    }

    private static func memory(_ name: String, _ taken: [Taken]) -> Report.Row {
        Report.Row(name: name + ".memory", unit: "MB", value: Figure(taken.map { $0.memory / 1e6 }).median)
    }

    private func installRows(_ lab: BenchmarkLab) throws -> [Report.Row] {
        var first: [Taken] = [], again: [Taken] = [], gone: [Taken] = []
        for _ in 0..<rounds {
            first.append(try run(lab, install))
            again.append(try run(lab, ["install"]))
            gone.append(try run(lab, ["uninstall"]))
        }
        _ = try run(lab, install)
        return [
            Self.row("control.install", first), Self.memory("control.install", first), Self.row("control.install_again", again),
            Self.row("control.uninstall", gone), try maps(lab, "control.maps_memory"),
        ]
    }

    /// Pods are namespaces that wait, as a container runtime leaves them.
    private func endpointRows(_ lab: BenchmarkLab) throws -> [Report.Row] {
        let names = (0..<Self.endpoints).map { "\(lab.id)-e\($0)" }
        defer { _ = try? lab.shell("node1", names.map { "ip netns del \($0) 2>/dev/null || true" }.joined(separator: "\n")) }
        try lab.shell("node1", names.map { "ip netns add \($0)" }.joined(separator: "\n"))
        var added: [Taken] = [], deleted: [Taken] = []
        for (number, name) in names.enumerated() {
            added.append(try run(lab, ["endpoint", "add", "default/e\(number)", "--netns", "/run/netns/\(name)", "--label", "app=e"]))
        }
        let maps = try maps(lab, "control.maps_memory.endpoints_250")
        for number in names.indices { deleted.append(try run(lab, ["endpoint", "delete", "default/e\(number)"])) }
        return [
            Self.row("control.endpoint_add", added), Self.memory("control.endpoint_add", added),
            Report.Row(name: "control.endpoint_add.all_250", unit: "s", value: added.reduce(0) { $0 + $1.wall }),
            Self.row("control.endpoint_delete", deleted), maps,
        ]
    }

    /// A route each, in the programs' maps and in the kernel; beside `ip -batch`, which does the kernel's alone.
    private func routeRows(_ lab: BenchmarkLab) throws -> [Report.Row] {
        let prefixes = (0..<Self.nodes).map { "fdcc:0:\(String($0 >> 8, radix: 16)):\(String($0 & 0xff, radix: 16))::/64" }
        let cluster = "/tmp/\(lab.id)-cluster", batch = "/tmp/\(lab.id)-batch"
        defer {
            unlink(cluster)
            unlink(batch)
        }
        let items = prefixes.enumerated().map { "  - {name: n\($0), podCIDRs: [\"\($1)\"], via: [\"fd00:fab:1::2\"]}\n" }
        try Self.write("nodes:\n" + items.joined(), to: cluster)
        try Self.write(prefixes.map { "route replace \($0) via fd00:fab:1::2 dev eth0 proto 251\n" }.joined(), to: batch)
        var fabctl: [Taken] = [], again: [Taken] = [], ip: [Taken] = []
        for _ in 0..<max(1, rounds / 2) {
            fabctl.append(try run(lab, ["node", "add", "-f", cluster]))
            again.append(try run(lab, ["node", "add", "-f", cluster]))
            _ = try run(lab, ["uninstall"])
            ip.append(try programs.taken(["ip", "-batch", batch], in: lab.path("node1")))
            try lab.shell("node1", "ip -6 route flush proto 251")
            _ = try run(lab, install)
        }
        _ = try run(lab, ["node", "add", "-f", cluster])
        let base = Figure(ip.map { $0.wall * 1e3 })
        var row = Self.row("control.routes_10000", fabctl)
        (row.against, row.ratio) = ("control.routes_10000.ip_batch", Figure(zip(fabctl, ip).map { $0.wall / $1.wall }).median)
        return [
            row, Self.memory("control.routes_10000", fabctl), Self.row("control.routes_10000.again", again),
            Report.Row(name: "control.routes_10000.ip_batch", unit: "ms", value: base.median, minimum: base.minimum),
            try maps(lab, "control.maps_memory.routes_10000"),
        ]
    }

    /// On a node of ordinary size, with a history to read.
    private func listRows(_ lab: BenchmarkLab) throws -> [Report.Row] {
        _ = try run(lab, ["uninstall"])
        _ = try run(lab, install)
        for pod in ["pod1", "pod2"] { _ = try run(lab, ["endpoint", "add", "default/\(pod)", "--netns", lab.path(pod)]) }
        _ = try programs.load(["connect", "--seconds", "0.3"] + lab.ends("pod1", "pod2"))
        let commands: [(String, [String])] = [
            ("version", ["--version"]), ("status", ["status"]), ("endpoint_list", ["endpoint", "list"]), ("bpf_ip_list", ["bpf", "ip", "list"]),
            ("bpf_route_list", ["bpf", "route", "list"]), ("observe_last_20", ["observe", "--last", "20"]),
            ("observe_last_20_json", ["observe", "--last", "20", "-o", "json"]),
        ]
        var taken: [String: [Taken]] = [:]
        for _ in 0..<20 {
            for (name, arguments) in commands { taken[name, default: []].append(try run(lab, arguments)) }
        }
        return commands.flatMap { name, _ in
            [Self.row("control.cli.\(name)", taken[name] ?? []), Self.memory("control.cli.\(name)", taken[name] ?? [])]
        }
    }

    private static func write(_ text: String, to path: String) throws {
        guard let file = fopen(path, "w") else { throw BenchmarkError("write \(path)") }
        defer { fclose(file) }
        guard fputs(text, file) >= 0 else { throw BenchmarkError("write \(path)") }
    }
}
