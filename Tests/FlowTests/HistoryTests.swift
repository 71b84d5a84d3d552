import CFabricABI
import CLinux
import Glibc
import Testing

@testable import Flow

@Suite struct HistoryTests {
    @Test func anEmptyHistoryHasNothing() throws {
        let ring = Ring(cpus: 4, slots: 8)
        defer { withExtendedLifetime(ring) {} }
        let result = try ring.reader().read(HistoryQuery(last: 20, since: 0))
        #expect(result.events.isEmpty && result.lapped.isEmpty && result.oldest == nil && result.completeSince == nil && !result.reachesBeyond)
        #expect(result.heads == [0, 0, 0, 0])
    }

    @Test func memoryOfTheWrongShapeIsRefused() throws {
        let ring = Ring(cpus: 2, slots: 8)
        defer { withExtendedLifetime(ring) {} }
        let history = UnsafeRawBufferPointer(ring.history)
        let positions = UnsafeRawBufferPointer(ring.positions)
        #expect(throws: HistoryError.self) { try HistoryReader(history: history, positions: positions, cpus: 3, slots: 8, clock: clock) }
        #expect(throws: HistoryError.self) { try HistoryReader(history: history, positions: positions, cpus: 2, slots: 16, clock: clock) }
        #expect(throws: HistoryError.self) { try HistoryReader(history: history, positions: positions, cpus: 2, slots: 7, clock: clock) }
        #expect(throws: HistoryError.self) { try HistoryReader(history: history, positions: positions, cpus: 0, slots: 8, clock: clock) }
        let shifted = UnsafeRawBufferPointer(rebasing: history[4...])
        #expect(throws: HistoryError.self) { try HistoryReader(history: shifted, positions: positions, cpus: 1, slots: 8, clock: clock) }
    }

    /// Against a plain list of all that was written, over many shapes, fills and queries.
    @Test(arguments: 0..<60)
    func readsWhatAListWouldGive(seed: Int) throws {
        var random = SeededGenerator(seed: UInt64(seed))
        let cpus = Int.random(in: 1...4, using: &random)
        let slots = 1 << Int.random(in: 0...5, using: &random)
        let ring = Ring(cpus: cpus, slots: slots)
        defer { withExtendedLifetime(ring) {} }
        var model: [[FlowEvent]] = Array(repeating: [], count: cpus)
        var time: UInt64 = 1_000_000_000
        for _ in 0..<Int.random(in: 0...(3 * cpus * slots), using: &random) {
            let cpu = Int.random(in: 0..<cpus, using: &random)
            time += UInt64.random(in: 1...3_000_000_000, using: &random)
            var raw = Ring.patterned(UInt64(model[cpu].count + 1), time: time)
            raw.sequence = ring.write(cpu: cpu, raw)
            raw.cpu = UInt16(cpu)
            model[cpu].append(FlowEvent(raw, clock: clock))
        }
        let kept = model.flatMap { $0.suffix(slots) }.sorted { $0.time < $1.time }
        let overwritten = model.contains { $0.count > slots }
        let complete = model.filter { $0.count > slots }.compactMap { $0.suffix(slots).first?.time }.max()
        let reader = try ring.reader()
        for _ in 0..<20 {
            let moments = kept.map(\.time) + [clock.calendar(of: 0), clock.calendar(of: time + 1)]
            var query = HistoryQuery()
            if Bool.random(using: &random) { query.last = Int.random(in: 0...(kept.count + 2), using: &random) }
            if Bool.random(using: &random) { query.since = moments.randomElement(using: &random) }
            if Bool.random(using: &random) { query.until = moments.randomElement(using: &random) }
            let divisor = UInt64.random(in: 1...3, using: &random)
            let filter = { (event: FlowEvent) in event.id.sequence % divisor == 0 }
            var expected = kept.filter { $0.time >= query.since ?? .min && $0.time <= query.until ?? .max && filter($0) }
            if let last = query.last { expected = expected.suffix(last) }

            let result = reader.read(query, matching: filter)
            #expect(result.events.map(\.id) == expected.map(\.id), "\(query)")
            #expect(result.events.allSatisfy(Ring.isWhole))
            #expect(result.lapped.isEmpty && result.unfinished.isEmpty)
            #expect(result.heads == model.map { UInt64($0.count) })
            #expect(result.oldest == kept.first?.time)
            #expect(result.completeSince == complete)
            if !overwritten { #expect(!result.reachesBeyond) }
            if let complete, query.last == nil { #expect(result.reachesBeyond == ((query.since ?? .min) < complete)) }
        }
    }

    @Test func moreThanIsHeldIsSaid() throws {
        let ring = Ring(cpus: 1, slots: 4)
        defer { withExtendedLifetime(ring) {} }
        for sequence in 1...6 { ring.write(cpu: 0, Ring.patterned(UInt64(sequence), time: UInt64(sequence) * 1_000_000_000)) }
        let reader = try ring.reader()
        #expect(reader.read(HistoryQuery(last: 5)).reachesBeyond)
        #expect(!reader.read(HistoryQuery(last: 4)).reachesBeyond)
        #expect(
            reader.read(HistoryQuery(last: 5)).notice()
                == "the flow history is complete since 2025-11-23T03:00:03Z; older events have been overwritten")
        #expect(reader.read(HistoryQuery(last: 4)).notice() == nil)
        #expect(reader.read(HistoryQuery(since: clock.calendar(of: 2_500_000_000))).reachesBeyond)
        #expect(!reader.read(HistoryQuery(since: clock.calendar(of: 3_000_000_000))).reachesBeyond)
        #expect(reader.read().completeSince == clock.calendar(of: 3_000_000_000))
    }

    @Test func anEventBeingWrittenIsPassedOver() throws {
        let ring = Ring(cpus: 1, slots: 4)
        defer { withExtendedLifetime(ring) {} }
        for sequence in 1...5 { ring.write(cpu: 0, Ring.patterned(UInt64(sequence), time: UInt64(sequence))) }
        let interrupted = ring.reserve(cpu: 0)
        ring.begin(cpu: 0, sequence: interrupted, Ring.patterned(interrupted, time: 6))
        ring.write(cpu: 0, Ring.patterned(7, time: 7))
        let reader = try ring.reader()
        let result = reader.read(HistoryQuery(last: 1))
        #expect(result.events.map(\.id.sequence) == [7])
        #expect(result.unfinished == [EventID(cpu: 0, sequence: 6)], "a follower must know of it, though the query stopped before")
        #expect(reader.read().events.map(\.id.sequence) == [4, 5, 7])
        ring.finish(cpu: 0, sequence: interrupted)
        let after = reader.read()
        #expect(after.events.map(\.id.sequence) == [4, 5, 6, 7] && after.unfinished.isEmpty)
    }

    @Test func anEventReservedButNotBegunIsPassedOver() throws {
        let ring = Ring(cpus: 1, slots: 4)
        defer { withExtendedLifetime(ring) {} }
        for sequence in 1...4 { ring.write(cpu: 0, Ring.patterned(UInt64(sequence), time: UInt64(sequence))) }
        _ = ring.reserve(cpu: 0)
        let result = try ring.reader().read()
        #expect(result.events.map(\.id.sequence) == [2, 3, 4])
        #expect(result.unfinished == [EventID(cpu: 0, sequence: 5)])
    }

    @Test func eventsAreFoundByNumber() throws {
        let ring = Ring(cpus: 2, slots: 4)
        defer { withExtendedLifetime(ring) {} }
        for sequence in 1...6 { ring.write(cpu: 1, Ring.patterned(UInt64(sequence), time: UInt64(sequence))) }
        let reader = try ring.reader()
        #expect(reader.events(cpu: 1, sequences: 1...4).map(\.id.sequence) == [3, 4])
        #expect(reader.events(cpu: 1, sequences: 6...9).map(\.id.sequence) == [6])
        #expect(reader.events(cpu: 0, sequences: 1...4).isEmpty)
        #expect(reader.events(cpu: 5, sequences: 1...4).isEmpty)
    }

    @Test func countersAreSummedUp() throws {
        let ring = Ring(cpus: 2, slots: 4)
        defer { withExtendedLifetime(ring) {} }
        ring.write(cpu: 0, Ring.patterned(1, time: 1))
        ring.write(cpu: 1, Ring.patterned(1, time: 1))
        for cpu in 0..<2 {
            ring.positions.storeBytes(of: UInt64(cpu + 5), toByteOffset: cpu * 64 + 8, as: UInt64.self)
            ring.positions.storeBytes(of: UInt64(cpu + 7), toByteOffset: cpu * 64 + 16, as: UInt64.self)
        }
        #expect(try ring.reader().counters() == HistoryCounters(written: 2, suppressed: 11, lost: 15))
    }

    /// A writer on a thread of its own laps the reader again and again, and stops at random places in the middle of events.
    @Test(arguments: [1, 2, 3])
    func aWriterAtFullSpeedNeverShowsAMixture(seed: UInt64) throws {
        let ring = Ring(cpus: 1, slots: 16)
        defer { withExtendedLifetime(ring) {} }
        let total: UInt64 = 60_000
        let thread = try PThread {
            var random = SeededGenerator(seed: seed)
            for sequence in 1...total {
                let reserved = ring.reserve(cpu: 0)
                // One event in 64 is interrupted at one of its words, for a reader to run into.
                let word = random.next() % 64 == 0 ? Int(random.next() % 15 + 1) * 8 : 0
                ring.begin(cpu: 0, sequence: reserved, Ring.patterned(sequence, time: sequence)) { if $0 == word { sched_yield() } }
                ring.finish(cpu: 0, sequence: reserved)
            }
        }
        let reader = try ring.reader()
        var read = 0
        var lapped: UInt64 = 0
        while reader.head(cpu: 0) < total {
            let result = reader.read()
            let sequences = result.events.map(\.id.sequence)
            #expect(result.events.allSatisfy(Ring.isWhole))
            #expect(zip(sequences, sequences.dropFirst()).allSatisfy { $0 < $1 }, "in order, and none twice")
            let covered = UInt64(sequences.count) + (result.lapped[0] ?? 0) + UInt64(result.unfinished.count)
            #expect(covered == min(result.heads[0], 16), "every event of the window is given, lapped or unfinished")
            read += sequences.count
            lapped += result.lapped[0] ?? 0
        }
        thread.join()
        #expect(reader.read().events.map(\.id.sequence) == Array(total - 15...total))
        #expect(read > 0 && lapped > 0, "the reader must have met the writer for this to have tested anything")
    }
}

/// A thread of its own, joined before it goes.
struct PThread: ~Copyable {
    private var thread = pthread_t()

    init(_ body: @escaping @Sendable () -> Void) throws {
        let box = Unmanaged.passRetained(Box(body))
        let code = pthread_create(
            &thread, nil,
            { argument in
                guard let argument else { return nil }
                Unmanaged<Box>.fromOpaque(argument).takeRetainedValue().body()
                return nil
            }, box.toOpaque())
        try #require(code == 0)
    }

    consuming func join() { pthread_join(thread, nil) }

    private final class Box: Sendable {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }
}
