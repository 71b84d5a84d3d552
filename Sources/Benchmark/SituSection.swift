import BPF
import Datapath
import NodeTestSupport

/// Nanoseconds a run of the attached programs under real traffic, as the kernel counts them (kernel.bpf_stats_enabled): caches are what the
/// rest of the kernel leaves. The two readings of the clock that the count itself takes are in every figure: `situ.empty` is a program that
/// does nothing, counted alike.
struct SituSection {
    let programs: Programs

    private static let traffic: [(name: String, arguments: [String])] = [
        ("udp_rr", ["rr", "--protocol", "udp", "--client-cpu", "0", "--server-cpu", "0"]),
        ("tcp_rr", ["rr", "--protocol", "tcp", "--client-cpu", "0", "--server-cpu", "0"]),
        ("udp_small", ["flood", "--size", "64", "--client-cpu", "0", "--server-cpu", "1"]),
        ("tcp_stream", ["stream", "--client-cpu", "0", "--server-cpu", "1"]),
        ("tcp_connect", ["connect", "--client-cpu", "0", "--server-cpu", "1"]),
    ]

    func rows() throws -> [Report.Row] {
        try BenchmarkLab.with([.fabctl], programs) { labs in
            guard let lab = labs.first else { return [] }
            return try RunStatistics.during { try rows(lab) }
        }
    }

    private func rows(_ lab: BenchmarkLab) throws -> [Report.Row] {
        let empty = try Self.empty()
        var rows = [Report.Row(name: "situ.empty", unit: "ns", value: empty)]
        for (way, server) in [("pod_to_pod", "pod2"), ("pod_to_fabric", "outside")] {
            for (name, arguments) in Self.traffic {
                let before = try Self.runs(lab)
                _ = try programs.load(arguments + ["--seconds", "1"] + lab.ends("pod1", server))
                let after = try Self.runs(lab)
                for program in ProgramName.allCases {
                    guard let old = before[program], let new = after[program], new.runs > old.runs + 1000 else { continue }
                    let value = Double(new.time - old.time) / Double(new.runs - old.runs)
                    rows.append(
                        Report.Row(
                            name: "situ.\(way).\(name).\(program.rawValue)", unit: "ns", value: value, against: "situ.empty",
                            ratio: value / empty))
                }
            }
        }
        return rows
    }

    private static func runs(_ lab: BenchmarkLab) throws -> [ProgramName: (time: UInt64, runs: UInt64)] {
        var found: [ProgramName: (time: UInt64, runs: UInt64)] = [:]
        for program in ProgramName.allCases {
            let info = try BPFProgram.open(pinned: "\(lab.root("node1"))/progs/\(program.rawValue)").info()
            found[program] = (info.runTime, info.runs)
        }
        return found
    }

    private static func empty() throws -> Double {
        let program = try BPFProgram.load(classifier: "empty", instructions: BenchmarkNode.nothing)
        let packet = [UInt8](repeating: 0, count: BenchmarkPacket.size)
        _ = try program.testRun(packet: packet, repeat: 1_000_000)
        let before = try program.info()
        _ = try program.testRun(packet: packet, repeat: 1_000_000)
        let after = try program.info()
        return Double(after.runTime - before.runTime) / Double(max(1, after.runs - before.runs))
    }
}
