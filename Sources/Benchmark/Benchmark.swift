import BPF
import CLinux
import Netlink

@preconcurrency import Glibc

/// Measures what fabctl costs, section by section: `fabctl-bench [--section NAME]... [--json FILE] [--rounds N] [--cpu N] [--fabctl PATH]
/// [--load PATH]`. A table goes to standard output. Ends with 1 when an established packet costs more than it may. For development only.
@main
struct Benchmark {
    /// In the order of running.
    enum Section: String, CaseIterable {
        /// Nanoseconds a packet in the programs, by BPF_PROG_TEST_RUN.
        case packet
        /// The same with much else in the maps.
        case scale
        /// Nanoseconds a run of the attached programs under real traffic.
        case situ
        /// End to end, beside plain forwarding, VXLAN and nftables.
        case path
        /// What events cost, with and without observers.
        case flowlog
        /// Commands: install, endpoints, routes, lists.
        case control
        /// Network policy: packets under it, and the commands.
        case policy
        /// The speaker beside others: announcing, and coming back.
        case bgp
    }

    private var json: String?
    private var rounds: Int?
    private var cpu = sysconf(Int32(_SC_NPROCESSORS_ONLN)) - 1
    private var sections: [Section] = []
    private var programs = Programs()

    static func main() {
        var benchmark = Benchmark()
        var arguments = CommandLine.arguments.dropFirst()
        while let option = arguments.popFirst() {
            let value = arguments.popFirst()
            switch (option, value, value.flatMap { Int($0) }) {
            case ("--json", let file?, _): benchmark.json = file
            case ("--rounds", _, let number?) where number > 0: benchmark.rounds = number
            case ("--cpu", _, let number?) where number >= 0: benchmark.cpu = number
            case ("--fabctl", let path?, _): benchmark.programs.fabctl = path
            case ("--load", let path?, _): benchmark.programs.load = path
            case ("--section", let name?, _):
                guard let section = Section(rawValue: name) else {
                    fail("benchmark: no section \(name): one of \(Section.allCases.map(\.rawValue).joined(separator: " "))", code: 64)
                }
                benchmark.sections.append(section)
            default: fail("usage: fabctl-bench [--section NAME]... [--json FILE] [--rounds N] [--cpu N] [--fabctl PATH] [--load PATH]", code: 64)
            }
        }
        guard geteuid() == 0 else { fail("benchmark: only root can load programs", code: 77) }
        do {
            let report = try benchmark.run()
            print(report.text, terminator: "")
            if let file = benchmark.json { try write(report.json, to: file) }
            for row in report.overLimit { fputs("benchmark: \(row.name) costs more than \(Report.establishedLimit) empty programs\n", stderr) }
            exit(report.overLimit.isEmpty ? 0 : 1)
        } catch {
            fail("benchmark: \(error)", code: 1)
        }
    }

    private func run() throws -> Report {
        var report = Report(machine: Self.machine)
        for section in sections.isEmpty ? Section.allCases : sections {
            fputs("benchmark: \(section.rawValue)\n", stderr)
            switch section {
            case .packet: report.rows += try alone { try PacketSection(rounds: rounds ?? 41).rows() }
            case .scale: report.rows += try alone { try PacketSection(rounds: rounds ?? 11).scaleRows() }
            case .situ: report.rows += try SituSection(programs: programs).rows()
            case .path: report.rows += try PathSection(programs: programs, rounds: rounds ?? 5).rows()
            case .flowlog: report.rows += try FlowLogSection(programs: programs, rounds: rounds ?? 5).rows()
            case .policy:
                let section = PolicySection(programs: programs, rounds: rounds ?? 5)
                report.rows += try alone { try section.packetRows() }
                report.rows += try section.commandRows()
                report.rows += try section.peerRows()
            case .bgp: report.rows += try BGPSection(programs: programs, rounds: rounds ?? 5).rows()
            case .control: report.rows += try ControlSection(programs: programs, rounds: rounds ?? 5).rows()
            }
        }
        return report
    }

    /// On a thread of its own, in a network namespace that goes with it, on one CPU.
    private func alone(_ body: () throws -> [Report.Row]) throws -> [Report.Row] {
        try NetworkNamespace.anonymous().run {
            let code = clinux_stay_on_cpu(Int32(cpu))
            guard code == 0 else { throw BenchmarkError("stay on CPU \(cpu): \(String(cString: strerror(-code)))") }
            return try body()
        }
    }

    /// Processor, how many of it, kernel.
    private static var machine: String {
        var model = "unknown processor"
        if let file = fopen("/proc/cpuinfo", "r") {
            defer { fclose(file) }
            var line: UnsafeMutablePointer<CChar>?
            var capacity = 0
            defer { free(line) }
            while getline(&line, &capacity, file) > 0, let text = line.map({ String(cString: $0) }) {
                guard text.hasPrefix("model name"), let colon = text.firstIndex(of: ":") else { continue }
                model = String(text[text.index(after: colon)...].drop { $0 == " " }.prefix { $0 != "\n" })
                break
            }
        }
        return "\(model), \(sysconf(Int32(_SC_NPROCESSORS_ONLN))) CPUs, Linux \(KernelFacts.release)"
    }

    /// Whole or not at all.
    private static func write(_ text: String, to path: String) throws {
        let new = path + ".new"
        guard let file = fopen(new, "w") else { throw BenchmarkError("write \(new): \(String(cString: strerror(errno)))") }
        let written = fputs(text, file)
        guard fclose(file) == 0, written >= 0, rename(new, path) == 0 else {
            throw BenchmarkError("write \(path): \(String(cString: strerror(errno)))")
        }
    }

    private static func fail(_ message: String, code: Int32) -> Never {
        fputs(message + "\n", stderr)
        exit(code)
    }
}
