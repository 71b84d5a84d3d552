import NodeTestSupport

/// End to end, beside plain kernel forwarding in the same kind of lab: labs stand side by side, and each sample of one is taken next to a
/// sample of the others, in an order that turns round every other time.
struct PathSection {
    let programs: Programs
    let rounds: Int

    private struct Way {
        let name: String
        let client: String
        let server: String
        let kinds: [BenchmarkLab.Kind]
    }

    private static let ways = [
        Way(name: "pod_to_pod", client: "pod1", server: "pod2", kinds: [.fabctl, .plain, .nftSet, .nftList]),
        Way(name: "pod_to_fabric", client: "pod1", server: "outside", kinds: [.fabctl, .plain]),
        Way(name: "node_to_node", client: "pod1", server: "pod3", kinds: [.fabctl, .plain, .vxlan]),
    ]

    /// What is asked of fabctl-load, and which of its figures counts.
    private struct Test {
        let name: String
        let arguments: [String]
        let figures: [(name: String, field: String, unit: String, scale: Double)]
    }

    private static let seconds = "0.7"
    private static let tests = [
        Test(
            name: "udp_rtt", arguments: ["rr", "--protocol", "udp", "--client-cpu", "0", "--server-cpu", "0"],
            figures: [("udp_rtt", "p50_ns", "us", 1e-3)]),
        Test(
            name: "tcp_rtt", arguments: ["rr", "--protocol", "tcp", "--client-cpu", "0", "--server-cpu", "0"],
            figures: [("tcp_rtt", "p50_ns", "us", 1e-3)]),
        Test(
            name: "udp_small", arguments: ["flood", "--size", "64", "--client-cpu", "0", "--server-cpu", "1"],
            figures: [("udp_small", "received_per_second", "packets/s", 1)]),
        Test(
            name: "tcp_connect", arguments: ["connect", "--client-cpu", "0", "--server-cpu", "1"],
            figures: [("tcp_connect", "per_second", "connections/s", 1)]),
        Test(
            name: "tcp_stream", arguments: ["stream", "--client-cpu", "0", "--server-cpu", "1"],
            figures: [("tcp_stream", "gbit_per_second", "Gbit/s", 1), ("tcp_stream_cpu", "cpu_seconds_per_gbit", "CPU s/Gbit", 1)]),
    ]

    func rows() throws -> [Report.Row] {
        try BenchmarkLab.with([.fabctl, .plain, .vxlan, .nftSet, .nftList], programs) { labs in
            var samples: [String: [Double]] = [:]
            for round in 0..<rounds {
                for way in Self.ways {
                    let those = labs.filter { way.kinds.contains($0.kind) }
                    for test in Self.tests {
                        for lab in round % 2 == 0 ? those : those.reversed() {
                            let result = try programs.load(test.arguments + ["--seconds", Self.seconds] + lab.ends(way.client, way.server))
                            for figure in test.figures {
                                guard case .number(let value)? = result[figure.field] else {
                                    throw BenchmarkError("\(test.name): no \(figure.field)")
                                }
                                samples["path.\(way.name).\(figure.name).\(lab.kind.rawValue)", default: []].append(value * figure.scale)
                            }
                        }
                    }
                }
            }
            return Self.rows(samples)
        }
    }

    private static func rows(_ samples: [String: [Double]]) -> [Report.Row] {
        ways.flatMap { way in
            tests.flatMap(\.figures).flatMap { figure in
                way.kinds.compactMap { kind -> Report.Row? in
                    let stem = "path.\(way.name).\(figure.name)."
                    guard let found = samples[stem + kind.rawValue], let plain = samples[stem + BenchmarkLab.Kind.plain.rawValue] else { return nil }
                    return Report.Row(name: stem + kind.rawValue, unit: figure.unit, found, against: kind == .plain ? nil : (stem + "plain", plain))
                }
            }
        }
    }
}

extension Report.Row {
    /// Of samples taken in turn with those of what they are held against: the ratio is the median of the rounds' ratios.
    init(name: String, unit: String, _ samples: [Double], against: (name: String, samples: [Double])? = nil) {
        self.init(name: name, unit: unit, value: Figure(samples).median)
        guard let against else { return }
        self.against = against.name
        ratio = Figure(zip(samples, against.samples).filter { $1 > 0 }.map { $0 / $1 }).median
    }
}
