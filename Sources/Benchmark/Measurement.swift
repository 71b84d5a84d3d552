import BPF
import CFabricABI

/// Figures of one case, in nanoseconds a packet.
struct Figure {
    let median: Double
    let minimum: Double

    init(_ samples: [Double]) {
        let sorted = samples.sorted(), middle = sorted.count / 2
        minimum = sorted.first ?? 0
        median = sorted.isEmpty ? 0 : sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
    }
}

/// Runs all cases in turn, round after round, so that what disturbs the machine for a while disturbs every case alike.
///
/// A call to the kernel gives the mean time of its runs, in whole nanoseconds, of the loop that calls the program included: that is what the
/// empty program's figure is. The figure of a round is the mean of the middle half of its calls, which interrupts and the first calls with
/// cold caches do not reach; the figure of a case is the median of its rounds.
struct Measurement {
    let rounds: Int
    /// How many flows have been opened: each gets ports of its own.
    private var opened = 0
    /// Calls made of each case: where the next round goes on in its packets.
    private var made: [String: Int] = [:]
    private var samples: [String: [Double]] = [:]

    init(rounds: Int) { self.rounds = rounds }

    /// - Throws: BenchmarkError when a packet did not take the path of its case.
    mutating func run(_ cases: [BenchmarkCase], on node: borrowing BenchmarkNode) throws -> [String: Figure] {
        for round in -1..<rounds { try self.round(round, of: cases, on: node) }
        return figures
    }

    /// One round of each case. The first, -1, only warms up.
    mutating func round(_ round: Int, of cases: [BenchmarkCase], on node: borrowing BenchmarkNode) throws {
        for measured in cases {
            let value = try self.round(of: measured, on: node, thorough: round < 0)
            if round >= 0 { samples[measured.name, default: []].append(value) }
        }
    }

    var figures: [String: Figure] { samples.mapValues { Figure($0) } }

    private mutating func round(of measured: BenchmarkCase, on node: borrowing BenchmarkNode, thorough: Bool) throws -> Double {
        if let packet = measured.before { _ = try node.run(measured.program, packet, on: measured.device, repeat: 1) }
        let before = try Witness(node, thorough)
        var durations: [UInt32] = []
        for _ in 0..<measured.calls {
            switch measured.path {
            case .spoofed(reported: true), .newFlow, .denied(first: true): try node.forgetEventsWritten()
            default: break
            }
            let packet = nextPacket(of: measured)
            let result = try node.run(measured.program, packet, on: measured.device, repeat: measured.repeats)
            try Self.check(result, packet, measured)
            durations.append(result.duration)
        }
        try Self.check(Witness(node, thorough), since: before, measured)
        durations.sort()
        let middle = durations[(durations.count / 4)..<(durations.count - durations.count / 4)]
        return Double(middle.reduce(0) { $0 + UInt64($1) }) / Double(middle.count)
    }

    private mutating func nextPacket(of measured: BenchmarkCase) -> BenchmarkPacket {
        let number = made[measured.name, default: 0]
        made[measured.name] = number + 1
        let packet = measured.packets[number % measured.packets.count]
        switch measured.path {
        case .newFlow, .denied(first: true): break
        default: return packet
        }
        opened += 1
        let source = BenchmarkPacket.End(address: packet.source.address, port: UInt16(1024 + opened % 60000))
        let destination = BenchmarkPacket.End(address: packet.destination.address, port: UInt16(1024 + opened / 60000))
        return BenchmarkPacket(source, destination, flags: packet.flags, hopLimit: packet.hopLimit)
    }
}

// MARK: - Was it the path that is being measured?

/// What the programs have counted so far.
private struct Witness {
    let established: UInt64?
    let forwarded: UInt64
    let spoofed: UInt64
    let denied: UInt64
    let events: UInt64

    /// - Parameter thorough: read all flows, too, which takes its time.
    init(_ node: borrowing BenchmarkNode, _ thorough: Bool) throws {
        established = thorough ? try node.establishedPackets() : nil
        forwarded = try node.counted(FABRIC_DROP_NONE)
        spoofed = try node.counted(FABRIC_DROP_INVALID_SOURCE_IP)
        denied = try node.counted(FABRIC_DROP_POLICY_DENIED)
        events = try node.eventsWritten()
    }
}

extension Measurement {
    /// The packet as the last run left it says how many runs were on the path: each takes one from the hop limit.
    private static func check(_ result: TestRunResult, _ packet: BenchmarkPacket, _ measured: BenchmarkCase) throws {
        let (code, hops) =
            switch measured.path {
            case .nothing: (TrafficControl.ok, 0)
            case .established, .newFlow, .icmpError: (TrafficControl.redirect, measured.repeats)
            case .spoofed, .denied: (TrafficControl.shot, 0)
            }
        guard result.code == code else { throw BenchmarkError("\(measured.name): the program returned \(result.code), not \(code)") }
        let left = result.packet[packet.hopLimitOffset]
        guard Int(packet.hopLimit) - Int(left) == hops else {
            throw BenchmarkError("\(measured.name): the hop limit went from \(packet.hopLimit) to \(left) in \(measured.repeats) runs")
        }
    }

    private static func check(_ after: Witness, since before: Witness, _ measured: BenchmarkCase) throws {
        let packets = UInt64(measured.calls * measured.repeats)
        func expect(_ what: String, _ field: (Witness) -> UInt64?, _ wanted: ClosedRange<UInt64>) throws {
            guard let new = field(after), let old = field(before) else { return }
            let found = new - old
            guard wanted.contains(found) else {
                throw BenchmarkError("\(measured.name): \(found) \(what) counted in \(packets) runs, not \(wanted.lowerBound)")
            }
        }
        let none: ClosedRange<UInt64> = 0...0, all = packets...packets
        switch measured.path {
        case .nothing:
            try expect("forwarded packets", \.forwarded, none)
            try expect("events", \.events, none)
        case .established:
            try expect("packets of established flows", \.established, all)
            try expect("forwarded packets", \.forwarded, all)
            // A flow that is active is reported now and then.
            try expect("events", \.events, 0...UInt64(measured.packets.count))
        case .newFlow:
            try expect("forwarded packets", \.forwarded, all)
            try expect("packets of established flows", \.established, none)
            try expect("events", \.events, all)
        case .icmpError:
            try expect("forwarded packets", \.forwarded, all)
            try expect("packets of established flows", \.established, none)
            try expect("events", \.events, all)
        case .denied(let first):
            try expect("drops", \.denied, all)
            try expect("forwarded packets", \.forwarded, none)
            try expect("events", \.events, first ? all : 0...2)
        case .spoofed(let reported):
            try expect("drops", \.spoofed, all)
            try expect("forwarded packets", \.forwarded, none)
            if reported { try expect("events", \.events, all) } else { try expect("events", \.events, 0...packets / 2) }
        }
    }
}
