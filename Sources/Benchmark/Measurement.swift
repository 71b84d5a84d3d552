import BPF
import CFabricABI

/// Figures of one case, in nanoseconds a packet.
struct Figure {
    let median: Double
    let minimum: Double
}

/// Runs all cases in turn, round after round, so that what disturbs the machine for a while disturbs every case alike.
///
/// A call to the kernel gives the mean time of its runs, in whole nanoseconds, of the loop that calls the program included: that is what the
/// empty program's figure is. The figure of a round is the mean of the middle half of its calls, which interrupts and the first calls with
/// cold caches do not reach; the figure of a case is the median of its rounds.
struct Measurement {
    let rounds: Int
    /// Calls of a case in a round.
    let calls: Int
    /// How many flows have been opened: each gets ports of its own.
    private var opened = 0

    init(rounds: Int, calls: Int) { (self.rounds, self.calls) = (rounds, calls) }

    /// - Throws: BenchmarkError when a packet did not take the path of its case.
    mutating func run(_ cases: [BenchmarkCase], on node: borrowing BenchmarkNode) throws -> [String: Figure] {
        var samples: [String: [Double]] = [:]
        for round in -1..<rounds {
            for measured in cases {
                let value = try self.round(of: measured, on: node)
                // The first round only warms up.
                if round >= 0 { samples[measured.name, default: []].append(value) }
            }
        }
        return samples.mapValues { Figure(median: Self.median($0), minimum: $0.min() ?? 0) }
    }

    private mutating func round(of measured: BenchmarkCase, on node: borrowing BenchmarkNode) throws -> Double {
        let before = try Witness(node)
        var durations: [UInt32] = []
        for _ in 0..<calls {
            if case .spoofed(reported: true) = measured.path { try node.forgetDropsWritten() }
            let packet = nextPacket(of: measured)
            let result = try node.run(measured.program, packet, on: measured.device, repeat: measured.repeats)
            try Self.check(result, packet, measured)
            durations.append(result.duration)
        }
        try Self.check(Witness(node), since: before, measured, packets: UInt64(calls * measured.repeats), calls: calls)
        durations.sort()
        let middle = durations[(calls / 4)..<(calls - calls / 4)]
        return Double(middle.reduce(0) { $0 + UInt64($1) }) / Double(middle.count)
    }

    private mutating func nextPacket(of measured: BenchmarkCase) -> BenchmarkPacket {
        guard case .newFlow = measured.path else { return measured.packet }
        opened += 1
        let packet = measured.packet
        let source = BenchmarkPacket.End(address: packet.source.address, port: UInt16(1024 + opened % 60000))
        let destination = BenchmarkPacket.End(address: packet.destination.address, port: UInt16(1024 + opened / 60000))
        return BenchmarkPacket(source, destination, flags: packet.flags, hopLimit: packet.hopLimit)
    }

    static func median(_ values: [Double]) -> Double {
        let sorted = values.sorted(), middle = sorted.count / 2
        guard !sorted.isEmpty else { return 0 }
        return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
    }
}

// MARK: - Was it the path that is being measured?

/// What the programs have counted so far.
private struct Witness {
    let established: UInt64
    let forwarded: UInt64
    let spoofed: UInt64
    let events: UInt64

    init(_ node: borrowing BenchmarkNode) throws {
        established = try node.establishedPackets()
        forwarded = try node.counted(FABRIC_DROP_NONE)
        spoofed = try node.counted(FABRIC_DROP_INVALID_SOURCE_IP)
        events = try node.eventsWritten()
    }
}

extension Measurement {
    /// The packet as the last run left it says how many runs were on the path: each takes one from the hop limit.
    private static func check(_ result: TestRunResult, _ packet: BenchmarkPacket, _ measured: BenchmarkCase) throws {
        let (code, hops) =
            switch measured.path {
            case .nothing: (TrafficControl.ok, 0)
            case .established, .newFlow: (TrafficControl.redirect, measured.repeats)
            case .spoofed: (TrafficControl.shot, 0)
            }
        guard result.code == code else { throw BenchmarkError("\(measured.name): the program returned \(result.code), not \(code)") }
        let left = result.packet[packet.hopLimitOffset]
        guard Int(packet.hopLimit) - Int(left) == hops else {
            throw BenchmarkError("\(measured.name): the hop limit went from \(packet.hopLimit) to \(left) in \(measured.repeats) runs")
        }
    }

    private static func check(_ after: Witness, since before: Witness, _ measured: BenchmarkCase, packets: UInt64, calls: Int) throws {
        func expect(_ what: String, _ field: (Witness) -> UInt64, _ wanted: ClosedRange<UInt64>) throws {
            let found = field(after) - field(before)
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
            try expect("events", \.events, 0...1)
        case .newFlow:
            try expect("forwarded packets", \.forwarded, all)
            try expect("packets of established flows", \.established, none)
            try expect("events", \.events, all)
        case .spoofed(let reported):
            try expect("drops", \.spoofed, all)
            try expect("forwarded packets", \.forwarded, none)
            if reported { try expect("events", \.events, all) } else { try expect("events", \.events, 0...packets / 2) }
        }
    }
}
