/// Puts the live events of all CPUs into one stream: in order of time, none twice, none missing without a word.
///
/// Programs write on every CPU, and an observer reads one CPU's buffer after the other: events wait here until nothing earlier can
/// still arrive. Each CPU numbers its events, so that what the buffer had no room for shows as a gap; the history may still have it.
///
/// To join history and live without a seam: open the observer's buffers first, then read the history, then make the merger from what
/// that returned. Whatever was written by then is in the history or, while it was being written, in `unfinished`; all later events
/// come live. A follower that wants no history reads it with `last: 0`.
public struct LiveMerger: Sendable {
    /// How events that did not come are asked for: a CPU, and their numbers. `HistoryReader.events(cpu:sequences:)` answers it.
    public typealias Recovery = (_ cpu: Int, _ sequences: ClosedRange<UInt64>) -> [FlowEvent]

    /// How long an event waits for earlier ones, in ns.
    public let window: UInt64
    private let clock: FlowClock
    /// In no order; sorted when they leave.
    private var waiting: [FlowEvent] = []
    private var cpus: [Int: CPUProgress]
    private var unfinished: Set<EventID>
    /// How far the history was at an earlier time: by `window` later all of that must have come.
    private var checkpoint: (time: UInt64, heads: [UInt64])?

    /// - Parameter history: what was read when the observer was open already.
    public init(window: UInt64 = 100_000_000, clock: FlowClock, after history: HistoryResult) {
        self.window = window
        self.clock = clock
        unfinished = history.unfinished
        cpus = Dictionary(uniqueKeysWithValues: history.heads.enumerated().map { ($0.offset, CPUProgress(next: $0.element + 1)) })
    }

    /// Takes an event as it arrives. One that the history covered, or that came before, is dropped.
    public mutating func insert(_ event: FlowEvent) {
        guard event.id.sequence > 0 else { return }
        if cpus[event.id.cpu, default: CPUProgress(next: 1)].take(event.id.sequence, time: event.monotonic) || unfinished.remove(event.id) != nil {
            waiting.append(event)
        }
    }

    /// Gives out what is old enough.
    /// - Parameters:
    ///   - now: ns of CLOCK_MONOTONIC, taken before the buffers were last read.
    ///   - heads: by CPU, how far the history is (`HistoryReader.heads`): shows what is missing even when nothing comes after it.
    ///   - recover: what it does not return of events that did not come is reported as lost.
    public mutating func drain(now: UInt64, heads: [UInt64] = [], recover: Recovery = { _, _ in [] }) -> [FlowRecord] {
        drain(olderThan: now > window ? now - window : 0, now: now, heads: heads, recover: recover)
    }

    /// Gives out all that is left: nothing more will be inserted.
    public mutating func finish(now: UInt64, recover: Recovery = { _, _ in [] }) -> [FlowRecord] {
        drain(olderThan: .max, now: now, heads: [], recover: recover)
    }

    private mutating func drain(olderThan limit: UInt64, now: UInt64, heads: [UInt64], recover: Recovery) -> [FlowRecord] {
        var losses: [LostEvents] = []
        for cpu in cpus.keys.sorted() {
            while let gap = cpus[cpu]?.closeGap(olderThan: limit) { settle(cpu, gap, now, recover, &losses) }
        }
        let isDue = checkpoint.map { now >= $0.time &+ 2 * window } ?? false
        if isDue || limit == .max { settleCheckpoint(now, recover, &losses) }
        if checkpoint == nil || isDue { checkpoint = (now, heads) }

        let split = waiting.partition { $0.monotonic < limit }
        let leaving = waiting[split...].sorted { ($0.monotonic, $0.id.cpu, $0.id.sequence) < ($1.monotonic, $1.id.cpu, $1.id.sequence) }
        waiting.removeSubrange(split...)
        return losses.map(FlowRecord.lost) + leaving.map(FlowRecord.event)
    }

    /// What was written, or being written, before the checkpoint, and has still not come.
    private mutating func settleCheckpoint(_ now: UInt64, _ recover: Recovery, _ losses: inout [LostEvents]) {
        for id in unfinished.sorted(by: { ($0.cpu, $0.sequence) < ($1.cpu, $1.sequence) }) {
            settle(id.cpu, CPUProgress.Gap(sequences: id.sequence...id.sequence), now, recover, &losses)
        }
        unfinished.removeAll()
        for (cpu, head) in (checkpoint?.heads ?? []).enumerated() {
            while let gap = cpus[cpu, default: CPUProgress(next: 1)].closeGap(upTo: head) { settle(cpu, gap, now, recover, &losses) }
        }
    }

    private mutating func settle(_ cpu: Int, _ gap: CPUProgress.Gap, _ now: UInt64, _ recover: Recovery, _ losses: inout [LostEvents]) {
        var found: Set<UInt64> = []
        for event in recover(cpu, gap.sequences) where event.id.cpu == cpu && gap.sequences.contains(event.id.sequence) {
            if found.insert(event.id.sequence).inserted { waiting.append(event) }
        }
        let count = UInt64(gap.sequences.count - found.count)
        guard count > 0 else { return }
        losses.append(
            LostEvents(
                source: .perfBuffer, count: count, cpu: cpu, time: clock.calendar(of: now), first: gap.before.map(clock.calendar(of:)),
                last: gap.after.map(clock.calendar(of:))))
    }
}

/// Which events of one CPU have come.
struct CPUProgress: Sendable {
    /// Events that have not come, and the times of those around them, ns of CLOCK_MONOTONIC.
    struct Gap: Sendable {
        var sequences: ClosedRange<UInt64>
        var before: UInt64?
        var after: UInt64?
    }

    /// The lowest number that has not come.
    private var next: UInt64
    /// Numbers above `next` that have come, with their times.
    private var ahead: [UInt64: UInt64] = [:]
    private var lastTime: UInt64?

    init(next: UInt64) { self.next = next }

    /// - Returns: whether this one is new.
    mutating func take(_ sequence: UInt64, time: UInt64) -> Bool {
        guard sequence >= next, ahead[sequence] == nil else { return false }
        ahead[sequence] = time
        absorb()
        return true
    }

    /// The first gap, if the event after it is older than `limit`: until then what is missing may only be late. It counts as come.
    mutating func closeGap(olderThan limit: UInt64) -> Gap? {
        guard let after = ahead.keys.min(), let time = ahead[after], time < limit else { return nil }
        return close(before: after, time: time)
    }

    /// The first gap among numbers up to `head`. It counts as come.
    mutating func closeGap(upTo head: UInt64) -> Gap? {
        guard next <= head else { return nil }
        guard let after = ahead.keys.min(), after <= head else { return close(before: head + 1, time: nil) }
        return close(before: after, time: ahead[after])
    }

    private mutating func close(before after: UInt64, time: UInt64?) -> Gap {
        let gap = Gap(sequences: next...(after - 1), before: lastTime, after: time)
        next = after
        absorb()
        return gap
    }

    /// Moves `next` past all that has come.
    private mutating func absorb() {
        while let time = ahead.removeValue(forKey: next) {
            lastTime = time
            next += 1
        }
    }
}
