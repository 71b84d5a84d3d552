import BPF
import CFabricABI
import Datapath
import Glibc
import Netlink
import NodeTestSupport

/// What the flow log costs whoever sends: with 0, 1 and 4 live observers, in turn.
struct FlowLogSection {
    let programs: Programs
    let rounds: Int

    private static let observers = [0, 1, 4]
    private static let calls = 2000

    func rows() throws -> [Report.Row] {
        try BenchmarkLab.with([.fabctl], programs) { labs in
            guard let lab = labs.first else { return [] }
            var newFlow: [Int: [Double]] = [:], connections: [Int: [Double]] = [:], cpu: [Double] = []
            var opened = 0
            for round in 0..<rounds {
                for count in round % 2 == 0 ? Self.observers : Self.observers.reversed() {
                    let running = try (0..<count).map { _ in try lab.start("node1", "exec \(programs.fabctl) observe --follow -o json > /dev/null") }
                    try awaitObservers(count, lab)
                    newFlow[count, default: []].append(try openFlows(lab, &opened))
                    let before = try running.map { try Self.cpuSeconds($0.child.processID) }.reduce(0, +)
                    let written = try Self.written(lab)
                    let result = try programs.load(
                        ["connect", "--seconds", "1", "--client-cpu", "0", "--server-cpu", "1"] + lab.ends("pod1", "pod2"))
                    guard case .number(let rate)? = result["per_second"] else { throw BenchmarkError("connect: no rate") }
                    connections[count, default: []].append(rate)
                    if count == 1 {
                        usleep(300_000)
                        let used = try running.map { try Self.cpuSeconds($0.child.processID) }.reduce(0, +) - before
                        cpu.append(used * 1e6 / Double(max(1, try Self.written(lab) - written)))
                    }
                    for observer in running { _ = try observer.interrupt() }
                    try awaitObservers(0, lab)
                }
            }
            return Self.observers.flatMap { count -> [Report.Row] in
                let against = { (name: String, samples: [Int: [Double]]) in
                    count == 0 ? nil : (name: "\(name).observers_0", samples: samples[0] ?? [])
                }
                return [
                    Report.Row(
                        name: "flowlog.new_flow.observers_\(count)", unit: "ns", newFlow[count] ?? [], against: against("flowlog.new_flow", newFlow)),
                    Report.Row(
                        name: "flowlog.tcp_connect.observers_\(count)", unit: "connections/s", connections[count] ?? [],
                        against: against("flowlog.tcp_connect", connections)),
                ]
            } + [Report.Row(name: "flowlog.observer_cpu", unit: "us/event", cpu)]
        }
    }

    /// Mean nanoseconds of a packet that opens a flow, with its event; of the middle half.
    private func openFlows(_ lab: BenchmarkLab, _ opened: inout Int) throws -> Double {
        let program = try BPFProgram.open(pinned: "\(lab.root("node1"))/progs/\(ProgramName.from_pod.rawValue)")
        let listing = try JSON(try lab.shell("node1", "exec \(programs.fabctl) endpoint list -o json"))
        guard let device = listing.elements.first(where: { $0["name"]?.string == "pod1" })?["device"]?.string else {
            throw BenchmarkError("pod1 has no device")
        }
        let position = try BPFMap.open(pinned: "\(lab.root("node1"))/maps/\(MapName.history_position.rawValue)")
        let first = opened
        opened += Self.calls
        let (source, destination) = try (
            BenchmarkNode.end(BenchmarkLab.pods["pod1"]?.address ?? "", 0), BenchmarkNode.end(BenchmarkLab.pods["pod2"]?.address ?? "", 0)
        )
        // The device is known by its index in the node's namespace alone.
        return try lab.namespace("node1").run {
            var socket = try NetlinkSocket()
            guard let link = try socket.link(named: device), let mac = link.macAddress else { throw BenchmarkError("no device \(device)") }
            var durations: [UInt32] = []
            for number in first..<first + Self.calls {
                try BenchmarkNode.forgetEventsWritten(position)
                let packet = BenchmarkPacket(
                    .init(address: source.address, port: UInt16(1024 + number % 60000)),
                    .init(address: destination.address, port: UInt16(1024 + number / 60000)), flags: BenchmarkPacket.syn)
                let result = try program.testRun(packet: packet.frame(to: mac), context: PacketContext(ifindex: UInt32(link.index)))
                guard result.code == TrafficControl.redirect else { throw BenchmarkError("a new flow was not forwarded: \(result.code)") }
                durations.append(result.duration)
            }
            durations.sort()
            let middle = durations[(durations.count / 4)..<(durations.count * 3 / 4)]
            return Double(middle.reduce(0) { $0 + UInt64($1) }) / Double(middle.count)
        }
    }

    private func history(_ lab: BenchmarkLab) throws -> JSON? {
        // Ends with 1 when something is wrong with the node, which is not of interest here.
        try JSON(try lab.shell("node1", "\(programs.fabctl) status -o json || true"))["history"]
    }

    private func awaitObservers(_ count: Int, _ lab: BenchmarkLab) throws {
        guard try eventually(seconds: 10, { try history(lab)?["observers"]?.int == count }) else {
            throw BenchmarkError("\(count) observers did not come to be")
        }
    }

    /// Events written on all CPUs.
    private static func written(_ lab: BenchmarkLab) throws -> UInt64 {
        let map = try BPFMap.open(pinned: "\(lab.root("node1"))/maps/\(MapName.history_position.rawValue)")
        return try BenchmarkNode.positions(map).reduce(0) { $0 + $1.1.next }
    }

    /// CPU seconds of a process so far (proc(5), fields 14 and 15 of stat).
    private static func cpuSeconds(_ process: Int32) throws -> Double {
        guard let file = fopen("/proc/\(process)/stat", "r") else { throw BenchmarkError("process \(process) is gone") }
        defer { fclose(file) }
        var buffer = [CChar](repeating: 0, count: 4096)
        guard fgets(&buffer, Int32(buffer.count), file) != nil else { return 0 }
        let text = String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let fields = text[(text.lastIndex(of: ")") ?? text.startIndex)...].split(separator: " ")
        return fields.dropFirst(12).prefix(2).compactMap { Double($0) }.reduce(0, +) / Double(sysconf(Int32(_SC_CLK_TCK)))
    }
}
