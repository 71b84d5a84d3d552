import BPFImages
import Glibc
import Testing

@testable import BPF

@Suite("perf readers", .enabled(if: isRoot, "needs root: opens perf events"))
struct PerfReaderTests {
    /// The selftest program, and its map of observers pinned so that each reader opens it for itself.
    private func withProgram(_ body: (borrowing BPFProgram, () throws -> BPFMap) throws -> Void) throws {
        try withDirectory { path in
            let object = try BPFObject(name: "selftest", bytes: BPFImage.selftest.bytes)
            try object.setMaxEntries(2 * possibleCPUs, ofMap: "selftest_observers")
            try object.withInitialValue(ofMap: ".rodata") { $0.storeBytes(of: UInt32(possibleCPUs), toByteOffset: 4, as: UInt32.self) }
            try object.load()
            do { try object.map(named: "selftest_observers").pin(at: "\(path)/observers") }
            try body(try object.program(named: "selftest")) { try BPFMap.open(pinned: "\(path)/observers") }
        }
    }

    /// Sequence numbers by CPU, as the records carry them.
    private struct Seen {
        var sequences: [Int: [UInt64]] = [:]
        var lost: UInt64 = 0
        var badLength = 0
        var count: Int { sequences.values.reduce(0) { $0 + $1.count } }
        /// Nothing twice, nothing missing between two.
        var isGapless: Bool { sequences.values.allSatisfy { list in zip(list, list.dropFirst()).allSatisfy { $1 == $0 + 1 } } }

        mutating func take(_ record: PerfRecord) {
            switch record {
            case .sample(let bytes, let cpu):
                if bytes.count < 128 || bytes.count >= 136 || bytes.loadUnaligned(fromByteOffset: 8, as: UInt32.self) != 64 { badLength += 1 }
                sequences[cpu, default: []].append(bytes.loadUnaligned(as: UInt64.self))
            case .lost(let events, _): lost += events
            }
        }
    }

    @Test func everyReaderSeesEveryEvent() throws {
        try withProgram { program, open in
            var first = try PerfReader(map: try open(), slot: 0)
            var (one, other) = (Seen(), Seen())
            do {
                var second = try PerfReader(map: try open(), slot: 1)
                _ = try program.testRun(packet: frame, repeat: 100)
                try second.poll(timeout: .seconds(1)) { other.take($0) }
                #expect(other.count == 100)
            }
            // The other one is gone: this one loses nothing.
            _ = try program.testRun(packet: frame, repeat: 50)
            try first.poll(timeout: .seconds(1)) { one.take($0) }
            #expect(one.count == 150)
            #expect(one.isGapless && other.isGapless)
            #expect(one.badLength == 0 && other.badLength == 0)
            #expect(first.lost == 0)
        }
    }

    @Test func recordsWrapAroundTheRing() throws {
        try withProgram { program, open in
            var reader = try PerfReader(map: try open(), pages: 1, watermark: 1024)
            var seen = Seen()
            for _ in 0..<200 {
                _ = try program.testRun(packet: frame, repeat: 7)
                reader.drain { seen.take($0) }
            }
            #expect(seen.count == 1400)
            #expect(seen.isGapless)
            #expect(seen.badLength == 0)
        }
    }

    @Test func lostEventsAreCounted() throws {
        try withProgram { program, open in
            var reader = try PerfReader(map: try open(), pages: 1, watermark: 1024)
            var seen = Seen()
            _ = try program.testRun(packet: frame, repeat: 500)
            reader.drain { seen.take($0) }
            #expect((10..<500).contains(seen.count))
            // The ring tells with the next record that finds room, of the same CPU.
            var written = 500
            let deadline = ContinuousClock.now + .seconds(5)
            while seen.count + Int(seen.lost) < written || written == 500, ContinuousClock.now < deadline {
                _ = try program.testRun(packet: frame)
                written += 1
                reader.drain { seen.take($0) }
                usleep(500)
            }
            #expect(seen.count + Int(seen.lost) == written)
            #expect(reader.lost == seen.lost)
            #expect(reader.lost > 100)
        }
    }

    @Test func readerIsWokenAtTheWatermarkOnly() throws {
        try withProgram { program, open in
            var reader = try PerfReader(map: try open())
            _ = try program.testRun(packet: frame, repeat: 20)
            #expect(reader.readableRings == 0)
            _ = try program.testRun(packet: frame, repeat: 400)
            #expect(reader.readableRings > 0)
            var seen = Seen()
            try reader.poll(timeout: .seconds(1)) { seen.take($0) }
            #expect(seen.count == 420)
        }
    }

    @Test func quietPollEndsInTime() throws {
        try withProgram { _, open in
            var reader = try PerfReader(map: try open())
            let start = ContinuousClock.now
            #expect(try reader.poll(timeout: .milliseconds(80)) { _ in } == 0)
            #expect(ContinuousClock.now - start >= .milliseconds(80))
        }
    }

    @Test func slotsBeyondTheMapAreRefused() throws {
        try withProgram { _, open in
            let error = #expect(throws: BPFError.self) { _ = try PerfReader(map: try open(), slot: 2) }
            #expect(error?.code == EINVAL)
            #expect(throws: BPFError.self) { _ = try PerfReader(map: try open(), pages: 3) }
        }
    }
}
