import CFabricABI
import Testing

@testable import Flow

@Suite struct LiveMergerTests {
    private func event(_ cpu: Int, _ sequence: UInt64, at time: UInt64) -> FlowEvent {
        var event = FlowEvent()
        event.id = EventID(cpu: cpu, sequence: sequence)
        event.monotonic = time
        event.time = clock.calendar(of: time)
        return event
    }

    private func history(heads: [UInt64], unfinished: Set<EventID> = []) -> HistoryResult {
        var result = HistoryResult()
        result.heads = heads
        result.unfinished = unfinished
        return result
    }

    private func sequences(_ records: [FlowRecord]) -> [EventID] {
        records.compactMap { if case .event(let event) = $0 { event.id } else { nil } }
    }

    private func losses(_ records: [FlowRecord]) -> [LostEvents] {
        records.compactMap { if case .lost(let lost) = $0 { lost } else { nil } }
    }

    @Test func cpusAreOrderedByTime() {
        var merger = LiveMerger(window: 100, clock: clock, after: history(heads: [0, 0]))
        merger.insert(event(1, 1, at: 1030))
        merger.insert(event(1, 2, at: 1050))
        merger.insert(event(0, 1, at: 1010))
        merger.insert(event(0, 2, at: 1040))
        let first = merger.drain(now: 1141)
        #expect(sequences(first) == [EventID(cpu: 0, sequence: 1), EventID(cpu: 1, sequence: 1), EventID(cpu: 0, sequence: 2)])
        #expect(sequences(merger.finish(now: 1142)) == [EventID(cpu: 1, sequence: 2)])
    }

    @Test func whatTheHistoryCoveredIsNotRepeated() {
        var merger = LiveMerger(window: 100, clock: clock, after: history(heads: [5], unfinished: [EventID(cpu: 0, sequence: 4)]))
        for sequence in 3...7 { merger.insert(event(0, UInt64(sequence), at: UInt64(sequence))) }
        merger.insert(event(0, 4, at: 4))
        #expect(sequences(merger.finish(now: 1000)).map(\.sequence) == [4, 6, 7])
    }

    @Test func aGapIsLostOnceItCannotBeLate() {
        var merger = LiveMerger(window: 100, clock: clock, after: history(heads: [0]))
        merger.insert(event(0, 1, at: 1000))
        merger.insert(event(0, 5, at: 1050))
        #expect(losses(merger.drain(now: 1149)).isEmpty)
        merger.insert(event(0, 3, at: 1045))
        let records = merger.drain(now: 1200)
        #expect(sequences(records).map(\.sequence) == [3, 5])
        #expect(losses(records).map(\.count) == [1, 1])
        #expect(losses(records).first?.source == .perfBuffer)
        #expect(losses(records).first?.first == clock.calendar(of: 1000))
        #expect(losses(records).first?.last == clock.calendar(of: 1045))
    }

    @Test func theHistoryFillsGaps() {
        var merger = LiveMerger(window: 100, clock: clock, after: history(heads: [0]))
        merger.insert(event(0, 1, at: 1000))
        merger.insert(event(0, 5, at: 1050))
        let records = merger.drain(now: 1200) { cpu, range in
            #expect(cpu == 0 && range == 2...4)
            return [event(0, 3, at: 1020), event(0, 4, at: 1030), event(0, 4, at: 1030)]
        }
        #expect(sequences(records).map(\.sequence) == [1, 3, 4, 5])
        #expect(losses(records).map(\.count) == [1])
    }

    @Test func aLossAtTheEndShowsByTheHistorysHead() {
        var merger = LiveMerger(window: 100, clock: clock, after: history(heads: [0, 0]))
        merger.insert(event(0, 1, at: 1000))
        #expect(losses(merger.drain(now: 1200, heads: [3, 1])).isEmpty)
        let records = merger.drain(now: 1400, heads: [3, 1]) { cpu, range in cpu == 0 ? [event(0, 2, at: 1001)] : [] }
        #expect(sequences(records) == [EventID(cpu: 0, sequence: 2)])
        #expect(losses(records).map(\.count) == [1, 1])
        #expect(losses(records).map(\.cpu) == [0, 1])
        #expect(losses(merger.drain(now: 1800, heads: [3, 1])).isEmpty, "lost once, said once")
    }

    @Test func anUnfinishedEventThatNeverComesIsAskedFor() {
        var merger = LiveMerger(
            window: 100, clock: clock, after: history(heads: [5], unfinished: [EventID(cpu: 0, sequence: 5), EventID(cpu: 0, sequence: 4)]))
        _ = merger.drain(now: 1000, heads: [5])
        let records = merger.drain(now: 1300, heads: [5]) { _, range in range.contains(4) ? [event(0, 4, at: 900)] : [] }
        #expect(sequences(records).map(\.sequence) == [4])
        #expect(losses(records).map(\.count) == [1])
    }

    /// A whole run: history up to some point, live from a little before it, buffers that overflow, late and repeated arrivals.
    @Test(arguments: 0..<80)
    func everyEventIsGivenOnceOrSaidToBeLost(seed: Int) throws {
        var random = SeededGenerator(seed: UInt64(seed))
        let cpus = Int.random(in: 1...4, using: &random)
        let slots = 1 << Int.random(in: 2...6, using: &random)
        let ring = Ring(cpus: cpus, slots: slots)
        defer { withExtendedLifetime(ring) {} }
        let reader = try ring.reader()
        var written: [FlowEvent] = []
        var buffers: [[FlowEvent]] = Array(repeating: [], count: cpus)
        var time: UInt64 = 1_000_000_000
        func write() {
            let cpu = Int.random(in: 0..<cpus, using: &random)
            time += UInt64.random(in: 1...20, using: &random)
            var raw = Ring.patterned(reader.head(cpu: cpu) + 1, time: time)
            raw.sequence = ring.write(cpu: cpu, raw)
            raw.cpu = UInt16(cpu)
            written.append(FlowEvent(raw, clock: clock))
            // The observer's buffer is full now and then.
            if random.next() % 5 != 0 { buffers[cpu].append(FlowEvent(raw, clock: clock)) }
        }

        for _ in 0..<Int.random(in: 0...100, using: &random) { write() }
        for cpu in 0..<cpus { buffers[cpu].removeAll() }
        // The observer is open from here; what comes before the history is read is in both.
        for _ in 0..<Int.random(in: 0...10, using: &random) { write() }
        let last = Int.random(in: 0...20, using: &random)
        let past = reader.read(HistoryQuery(last: last))
        #expect(Set(past.events.map(\.id)).isSubset(of: written.map(\.id)))
        let boundary = written.count
        var merger = LiveMerger(window: 1000, clock: clock, after: past)
        var records = past.events.map(FlowRecord.event)
        for _ in 0..<Int.random(in: 0...60, using: &random) {
            for _ in 0..<Int.random(in: 0...8, using: &random) { write() }
            let heads = reader.heads
            let now = time
            for cpu in (0..<cpus).shuffled(using: &random) where random.next() % 3 != 0 {
                for event in buffers[cpu] { merger.insert(event) }
                buffers[cpu].removeAll()
            }
            records += merger.drain(now: now, heads: heads) { reader.events(cpu: $0, sequences: $1) }
        }
        for cpu in 0..<cpus { for event in buffers[cpu] { merger.insert(event) } }
        time += 10_000
        records += merger.drain(now: time, heads: reader.heads) { reader.events(cpu: $0, sequences: $1) }
        time += 10_000
        records += merger.drain(now: time, heads: reader.heads) { reader.events(cpu: $0, sequences: $1) }

        let given = sequences(records)
        #expect(Set(given).count == given.count, "none twice")
        let live = Set(written[boundary...].map(\.id))
        let missing = live.subtracting(given)
        #expect(UInt64(missing.count) == losses(records).reduce(0) { $0 + $1.count }, "what is missing is said to be lost, and nothing else")
        #expect(Set(given).subtracting(past.events.map(\.id)).isSubset(of: live), "nothing from before the history's end comes again")
    }
}
