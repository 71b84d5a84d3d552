import Glibc
import NodeTestSupport

/// What network policy costs: a packet, with much or little compiled; and the time from a command's start until what it says is in force.
struct PolicySection {
    let programs: Programs
    let rounds: Int

    // MARK: - Packets

    private static let sizes = [1, 100, 10_000, 100_000]

    private final class Crowd {
        let node: BenchmarkNode
        let cases: [BenchmarkCase]

        init(_ node: consuming BenchmarkNode, _ size: Int) throws {
            let client = try BenchmarkNode.end(BenchmarkNode.podA[0], 40000), server = try BenchmarkNode.end(BenchmarkNode.podB[0], 80)
            try node.connect(client, BenchmarkNode.podHook(1), server, BenchmarkNode.podHook(2))
            cases = [
                BenchmarkCase(
                    "policy.established.\(size)", .established, .fromPod, on: "p1", [BenchmarkPacket(client, server)],
                    against: "policy.established.1"),
                BenchmarkCase(
                    "policy.new_flow.\(size)", .newFlow, .fromPod, on: "p1",
                    [BenchmarkPacket(client, server, flags: BenchmarkPacket.syn)], repeats: 1, against: "policy.new_flow.1"),
            ]
            self.node = node
        }
    }

    /// With 1, 100, 10,000 and 100,000 compiled entries for the pod that answers, in turn.
    func packetRows() throws -> [Report.Row] {
        let crowds = try Self.sizes.map { try Crowd(BenchmarkNode.make(.init(policies: $0)), $0) }
        var measurement = Measurement(rounds: rounds)
        for round in -1..<rounds {
            for crowd in crowds { try measurement.round(round, of: crowd.cases, on: crowd.node) }
        }
        let figures = measurement.figures
        return crowds.flatMap(\.cases).compactMap { measured in
            guard let figure = figures[measured.name], let base = figures[measured.against], base.median > 0 else { return nil }
            return Report.Row(
                name: measured.name, unit: "ns", value: figure.median, minimum: figure.minimum, against: measured.against,
                ratio: figure.median / base.median)
        }
    }

    // MARK: - Commands

    private static let pods = 100
    private static let remotePods = 5000
    private static let policies = 1000
    private static let blocks = 10_000

    /// On a node with 100 pods, that knows 5,000 pods elsewhere.
    func commandRows() throws -> [Report.Row] {
        try BenchmarkLab.with([.plain], programs) { labs in
            guard let lab = labs.first else { return [] }
            try lab.shell("node1", "ip link del pod1; ip link del pod2; ip route del fd00:cafe:0:2::/64 via fd00:fab:1::2")
            let names = (0..<Self.pods).map { "\(lab.id)-p\($0)" }
            defer { _ = try? lab.shell("node1", names.map { "ip netns del \($0) 2>/dev/null || true" }.joined(separator: "\n")) }
            try lab.shell("node1", names.map { "ip netns add \($0)" }.joined(separator: "\n"))
            _ = try run(lab, ["install", "--node-name", "node1", "--pod-cidr", "fd00:cafe:0:1::/64", "--uplink", "eth0", "--uplink", "eth1"])
            for (number, name) in names.enumerated() {
                _ = try run(lab, ["endpoint", "add", "default/p\(number)", "--netns", "/run/netns/\(name)", "--label", "app=p\(number)"])
            }
            return try commandRows(lab)
        }
    }

    private func commandRows(_ lab: BenchmarkLab) throws -> [Report.Row] {
        var files: [String] = []
        defer { for file in files { unlink(file) } }
        func file(_ name: String, _ items: [String]) throws -> String {
            let path = "/tmp/\(lab.id)-\(name).json"
            files.append(path)
            try Self.write("{\"apiVersion\":\"v1\",\"kind\":\"List\",\"items\":[\n" + items.joined(separator: ",\n") + "]}\n", to: path)
            return path
        }
        let one = try file("one", [Self.policy("one", 0, peers: [Self.selector(1)])])
        let remote = try file("pods", (0..<Self.remotePods).map(Self.pod))
        let many = try file("many", (0..<Self.policies).map { Self.policy("many\($0)", $0, peers: [Self.selector($0), Self.selector($0 + 7)]) })
        let blocks = try file(
            "blocks",
            [
                Self.policy(
                    "blocks", 0,
                    peers: (0..<Self.blocks).map { "{\"ipBlock\":{\"cidr\":\"2001:db8:\(String($0, radix: 16))::/48\"}}" })
            ])
        var taken: [String: [Taken]] = [:]
        func measure(_ name: String, _ arguments: [String]) throws { taken[name, default: []].append(try run(lab, arguments)) }
        for _ in 0..<rounds {
            try measure("start_up", ["version"])
            try measure("apply_1", ["policy", "apply", "-f", one])
            try measure("delete_1", ["policy", "delete", "-f", one])
        }
        _ = try run(lab, ["policy", "apply", "-f", remote])
        for _ in 0..<max(1, rounds / 2) {
            try measure("apply_1000", ["policy", "apply", "-f", many])
            for _ in 0..<3 {
                try measure("apply_1_on_1000", ["policy", "apply", "-f", one])
                _ = try run(lab, ["policy", "delete", "-f", one])
            }
            _ = try run(lab, ["policy", "delete", "-f", many])
            try measure("apply_10000_blocks", ["policy", "apply", "-f", blocks])
            _ = try run(lab, ["policy", "delete", "-f", blocks])
        }
        _ = try run(lab, ["policy", "apply", "-f", many])
        let status = try JSON(try lab.shell("node1", "\(programs.fabctl) status --verbose -o json || true"))
        let memory = status["maps"]?.elements.first { $0["name"]?.string == "policies" }?["memory"]?.int ?? 0
        return ["start_up", "apply_1", "delete_1", "apply_1000", "apply_1_on_1000", "apply_10000_blocks"].flatMap { name -> [Report.Row] in
            let list = taken[name] ?? []
            let figure = Figure(list.map { $0.wall * 1e3 })
            return [
                Report.Row(name: "policy.\(name)", unit: "ms", value: figure.median, minimum: figure.minimum),
                Report.Row(name: "policy.\(name).memory", unit: "MB", value: Figure(list.map { $0.memory / 1e6 }).median),
            ]
        } + [Report.Row(name: "policy.map_memory.1000", unit: "MB", value: Double(memory) / 1e6)]
    }

    private func run(_ lab: BenchmarkLab, _ arguments: [String]) throws -> Taken {
        try programs.taken([programs.fabctl] + arguments, in: lab.path("node1"), environment: lab.environment("node1"))
    }

    private static func selector(_ number: Int) -> String {
        "{\"namespaceSelector\":{},\"podSelector\":{\"matchLabels\":{\"app\":\"r\(number % 500)\"}}}"
    }

    private static func policy(_ name: String, _ number: Int, peers: [String]) -> String {
        "{\"apiVersion\":\"networking.k8s.io/v1\",\"kind\":\"NetworkPolicy\",\"metadata\":{\"name\":\"\(name)\",\"namespace\":\"default\"},"
            + "\"spec\":{\"podSelector\":{\"matchLabels\":{\"app\":\"p\(number % pods)\"}},\"policyTypes\":[\"Ingress\"],"
            + "\"ingress\":[{\"from\":[\(peers.joined(separator: ","))],\"ports\":[{\"port\":\(80 + number % 20)}]}]}}"
    }

    private static func pod(_ number: Int) -> String {
        "{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"name\":\"r\(number)\",\"namespace\":\"ns\(number % 50)\","
            + "\"labels\":{\"app\":\"r\(number % 500)\",\"instance\":\"i\(number)\"}},"
            + "\"status\":{\"podIPs\":[{\"ip\":\"fd00:cafe:0:2::\(String(number + 16, radix: 16))\"}]}}"
    }

    private static func write(_ text: String, to path: String) throws {
        guard let file = fopen(path, "w") else { throw BenchmarkError("write \(path)") }
        defer { fclose(file) }
        guard fputs(text, file) >= 0 else { throw BenchmarkError("write \(path)") }
    }
}
