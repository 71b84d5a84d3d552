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

    /// With 1, 100, 10,000 and 100,000 compiled entries for the pod that answers, in turn. Maps are made anew for each round: where the kernel
    /// places them may change what a new flow costs.
    func packetRows() throws -> [Report.Row] {
        var measurement = Measurement(rounds: rounds)
        var cases: [BenchmarkCase] = []
        for round in 0..<rounds {
            for size in Self.sizes {
                let crowd = try Crowd(BenchmarkNode.make(.init(policies: size)), size)
                if round == 0 {
                    cases += crowd.cases
                    try measurement.round(-1, of: crowd.cases, on: crowd.node)
                }
                try measurement.round(round, of: crowd.cases, on: crowd.node)
            }
        }
        let figures = measurement.figures
        return cases.compactMap { measured in
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

    /// On a node with 100 pods: time from a command's start until traffic is judged by it, and until it has ended.
    func commandRows() throws -> [Report.Row] {
        try BenchmarkLab.with([.plain], programs) { labs in
            guard let lab = labs.first else { return [] }
            try lab.shell("node1", "ip link del pod1; ip link del pod2; ip route del fd00:cafe:0:2::/64 via fd00:fab:1::2")
            let names = (0..<Self.pods).map { "\(lab.id)-p\($0)" }
            defer { _ = try? lab.shell("node1", names.map { "ip netns del \($0) 2>/dev/null || true" }.joined(separator: "\n")) }
            try lab.shell("node1", names.map { "ip netns add \($0)" }.joined(separator: "\n"))
            _ = try run(lab, ["install", "--node-name", "node1", "--pod-cidr", "fd00:cafe:0:1::/64", "--uplink", "eth0", "--uplink", "eth1"])
            defer { _ = try? run(lab, ["uninstall"]) }
            for number in 0..<3 { try addPod(lab, number) }
            var taken: [String: [Taken]] = [:]
            for _ in 0..<rounds { taken["start_up", default: []].append(try run(lab, ["version"])) }
            let files = try Files(lab.id)
            defer { files.remove() }
            for _ in 0..<rounds {
                taken["apply_1", default: []].append(try judged(lab, ["policy", "apply", "-f", files.friend], from: 2))
                taken["delete_1", default: []].append(try judged(lab, ["policy", "delete", "-f", files.friend], from: 2))
            }
            for number in 3..<Self.pods { try addPod(lab, number) }
            return try commandRows(lab, files, &taken)
        }
    }

    private func addPod(_ lab: BenchmarkLab, _ number: Int) throws {
        _ = try run(
            lab,
            [
                "endpoint", "add", "default/p\(number)", "--netns", "/run/netns/\(lab.id)-p\(number)", "--ip", Self.address(number), "--label",
                "app=p\(number)",
            ])
    }

    private func commandRows(_ lab: BenchmarkLab, _ files: Files, _ taken: inout [String: [Taken]]) throws -> [Report.Row] {
        func measure(_ name: String, _ arguments: [String], from pod: Int) throws {
            taken[name, default: []].append(try judged(lab, arguments, from: pod))
        }
        _ = try run(lab, ["policy", "apply", "-f", files.remote])
        for _ in 0..<max(1, rounds / 2) {
            try measure("apply_1000", ["policy", "apply", "-f", files.many], from: 1)
            for _ in 0..<3 {
                try measure("apply_1_on_1000", ["policy", "apply", "-f", files.friend], from: 1)
                try measure("delete_1_on_1000", ["policy", "delete", "-f", files.friend], from: 1)
            }
            try measure("delete_1000", ["policy", "delete", "-f", files.many], from: 1)
            try measure("apply_10000_blocks", ["policy", "apply", "-f", files.blocks], from: 1)
            try measure("delete_10000_blocks", ["policy", "delete", "-f", files.blocks], from: 1)
        }
        var rows = [row("policy.start_up", "ms", taken["start_up"] ?? []) { $0.wall * 1e3 }]
        for name in [
            "apply_1", "delete_1", "apply_1000", "delete_1000", "apply_1_on_1000", "delete_1_on_1000", "apply_10000_blocks", "delete_10000_blocks",
        ] {
            let list = taken[name] ?? []
            rows += [
                row("policy.\(name).judged", "ms", list) { $0.judged * 1e3 }, row("policy.\(name)", "ms", list) { $0.wall * 1e3 },
                row("policy.\(name).memory", "MB", list) { $0.memory / 1e6 },
            ]
        }
        for (name, file) in [("1000", files.many), ("10000_blocks", files.blocks)] {
            _ = try run(lab, ["policy", "apply", "-f", file])
            let status = try JSON(try lab.shell("node1", "\(programs.fabctl) status --verbose -o json || true"))
            for map in ["policies", "prefixes", "addresses"] {
                let memory = status["maps"]?.elements.first { $0["name"]?.string == map }?["memory"]?.int ?? 0
                rows.append(Report.Row(name: "policy.map_memory.\(name).\(map)", unit: "MB", value: Double(memory) / 1e6))
            }
            _ = try run(lab, ["policy", "delete", "-f", file])
        }
        return rows
    }

    private func row(_ name: String, _ unit: String, _ list: [Taken], _ value: (Taken) -> Double) -> Report.Row {
        let figure = Figure(list.map(value))
        return Report.Row(name: name, unit: unit, value: figure.median, minimum: figure.minimum)
    }

    private func run(_ lab: BenchmarkLab, _ arguments: [String]) throws -> Taken {
        try programs.taken([programs.fabctl] + arguments, in: lab.path("node1"), environment: lab.environment("node1"))
    }

    /// Of datagrams from another pod to the first one.
    private func judged(_ lab: BenchmarkLab, _ arguments: [String], from pod: Int) throws -> Taken {
        try programs.judged(
            [programs.fabctl] + arguments, client: "/run/netns/\(lab.id)-p\(pod)", server: "/run/netns/\(lab.id)-p0", to: Self.address(0),
            in: lab.path("node1"), environment: lab.environment("node1"))
    }

    private static func address(_ number: Int) -> String { "fd00:cafe:0:1::\(String(number + 16, radix: 16))" }

    /// Manifests. All of policies isolate the first pod, and the one of its friend lets the second one in.
    private struct Files {
        let friend: String
        let remote: String
        let many: String
        let blocks: String

        init(_ id: String) throws {
            func file(_ name: String, _ items: [String]) throws -> String {
                let path = "/tmp/\(id)-\(name).json"
                try write("{\"apiVersion\":\"v1\",\"kind\":\"List\",\"items\":[\n" + items.joined(separator: ",\n") + "]}\n", to: path)
                return path
            }
            friend = try file("friend", [policy("friend", 0, peers: ["{\"podSelector\":{\"matchLabels\":{\"app\":\"p1\"}}}"], port: 7000, "UDP")])
            remote = try file("pods", (0..<remotePods).map(pod))
            many = try file(
                "many", (0..<policies).map { policy("many\($0)", $0, peers: [selector($0), selector($0 + 7)], port: 80 + $0 % 20, "TCP") })
            let all = (0..<PolicySection.blocks).map { "{\"ipBlock\":{\"cidr\":\"2001:db8:\(String($0, radix: 16))::/48\"}}" }
            blocks = try file("blocks", [policy("blocks", 0, peers: all, port: 80, "TCP")])
        }

        func remove() { for file in [friend, remote, many, blocks] { unlink(file) } }
    }

    private static func selector(_ number: Int) -> String {
        "{\"namespaceSelector\":{},\"podSelector\":{\"matchLabels\":{\"app\":\"r\(number % 500)\"}}}"
    }

    private static func policy(_ name: String, _ number: Int, peers: [String], port: Int, _ transport: String) -> String {
        "{\"apiVersion\":\"networking.k8s.io/v1\",\"kind\":\"NetworkPolicy\",\"metadata\":{\"name\":\"\(name)\",\"namespace\":\"default\"},"
            + "\"spec\":{\"podSelector\":{\"matchLabels\":{\"app\":\"p\(number % pods)\"}},\"policyTypes\":[\"Ingress\"],"
            + "\"ingress\":[{\"from\":[\(peers.joined(separator: ","))],\"ports\":[{\"port\":\(port),\"protocol\":\"\(transport)\"}]}]}}"
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

    // MARK: - Beside nftables

    private static let ruleCounts = [100, 10_000]

    /// Round trips and new connections from pod to pod, as many rules here as there.
    func peerRows() throws -> [Report.Row] {
        let kinds: [BenchmarkLab.Kind] = [.policy, .plain, .nftSetAlike, .nftListAlike]
        return try Self.ruleCounts.flatMap { rules in
            try BenchmarkLab.with(kinds, programs, rules: rules) { labs in
                let tests: [(name: String, arguments: [String], field: String, unit: String, scale: Double)] = [
                    ("udp_rtt", ["rr", "--protocol", "udp", "--client-cpu", "0", "--server-cpu", "0"], "p50_ns", "us", 1e-3),
                    ("tcp_rtt", ["rr", "--protocol", "tcp", "--client-cpu", "0", "--server-cpu", "0"], "p50_ns", "us", 1e-3),
                    ("tcp_connect", ["connect", "--client-cpu", "0", "--server-cpu", "1"], "per_second", "connections/s", 1),
                ]
                var samples: [String: [Double]] = [:]
                for round in 0..<rounds {
                    for test in tests {
                        for lab in round % 2 == 0 ? labs : labs.reversed() {
                            let result = try programs.load(test.arguments + ["--seconds", "0.7"] + lab.ends("pod1", "pod2"))
                            guard case .number(let value)? = result[test.field] else { throw BenchmarkError("\(test.name): no \(test.field)") }
                            samples["\(test.name).\(lab.kind.rawValue)", default: []].append(value * test.scale)
                        }
                    }
                }
                return tests.flatMap { test in
                    kinds.map { kind in
                        let stem = "policy.peers_\(rules).\(test.name)."
                        let own = samples["\(test.name).\(kind.rawValue)"] ?? []
                        let base = samples["\(test.name).\(BenchmarkLab.Kind.policy.rawValue)"] ?? []
                        return Report.Row(
                            name: stem + kind.rawValue, unit: test.unit, own,
                            against: kind == .policy ? nil : (stem + BenchmarkLab.Kind.policy.rawValue, base))
                    }
                }
            }
        }
    }
}
