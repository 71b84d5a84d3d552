internal import CFabricABI
internal import CLinux

/// The memory that a history is read from does not have the shape it should.
public struct HistoryError: Error, Hashable, Sendable, CustomStringConvertible {
    public let description: String
}

/// What of the history is wanted. Filters apply before events are counted.
public struct HistoryQuery: Hashable, Sendable {
    /// The newest so many; nil for all.
    public var last: Int?
    /// ns since the epoch; both ends included.
    public var since: Int64?
    public var until: Int64?

    public init(last: Int? = nil, since: Int64? = nil, until: Int64? = nil) {
        self.last = last
        self.since = since
        self.until = until
    }
}

/// What the history held of a query.
public struct HistoryResult: Sendable {
    /// In the order of time.
    public var events: [FlowEvent] = []
    /// Events overwritten while they were being read, by CPU.
    public var lapped: [Int: UInt64] = [:]
    /// Time of the oldest event that the whole history holds, whatever was asked, ns since the epoch.
    public var oldest: Int64?
    /// From when on the history holds every event, ns since the epoch; nil when nothing has been overwritten yet.
    public var completeSince: Int64?
    /// Whether more was asked for than the history still holds: since an earlier time, or more events.
    public var reachesBeyond = false
    /// By CPU, the newest sequence number when reading began: what a follower begins after.
    public var heads: [UInt64] = []
    /// Events up to `heads` that were being written and could not be read: a follower gets them live.
    public var unfinished: Set<EventID> = []

    /// One line about what the history no longer holds of the query; nil when it holds all of it.
    public func notice(format: FlowTimeFormat = .rfc3339) -> String? {
        guard reachesBeyond, let completeSince else { return nil }
        return "the flow history is complete since \(format.string(completeSince)); older events have been overwritten"
    }

    /// `lapped` as records, for printing.
    public func losses(at time: Int64) -> [LostEvents] {
        lapped.sorted { $0.key < $1.key }.map { LostEvents(source: .history, count: $0.value, cpu: $0.key, time: time) }
    }
}

/// Counters of the history that programs keep by CPU (`struct fabric_history_position`), summed up.
public struct HistoryCounters: Hashable, Sendable {
    /// Events written since the node was installed.
    public var written: UInt64 = 0
    /// Drop events not written because of the rate limit.
    public var suppressed: UInt64 = 0
    /// Events that some observer's buffer had no room for.
    public var lost: UInt64 = 0
}

/// Reads the flow history: the mapped memory of the maps `history` and `history_position`.
///
/// Nothing here is written to, and no writer waits: a slot that a program writes at this moment is noticed by its sequence number,
/// which is 0 while it is being written, and is read again or passed over. Any number of readers may read at once.
///
/// The memory is not owned: it must stay mapped for as long as the reader is used.
public struct HistoryReader {
    public let cpus: Int
    /// Slots of each CPU.
    public let slots: Int
    private let events: UnsafeRawPointer
    private let positions: UnsafeRawPointer
    private let clock: FlowClock

    /// - Parameters:
    ///   - history: value of the map `history`: `cpus * slots` events; the event with sequence number n of a CPU is in
    ///     slot `cpu * slots + (n - 1) % slots`.
    ///   - positions: value of the map `history_position`: one record for each CPU.
    ///   - cpus: possible CPUs, `fabric_config.cpus`.
    ///   - slots: `fabric_config.history_slots`, a power of two.
    /// - Throws: when the memory is smaller than that, or not aligned to eight bytes.
    public init(
        history: UnsafeRawBufferPointer, positions: UnsafeRawBufferPointer, cpus: Int, slots: Int, clock: FlowClock
    ) throws(HistoryError) {
        guard cpus > 0, cpus <= 1 << 16, slots > 0, slots <= 1 << 32, slots & (slots - 1) == 0 else {
            throw HistoryError(description: "read flow history: \(cpus) CPUs of \(slots) slots: not a history's shape")
        }
        let needed = cpus * slots * FlowEvent.size
        guard let eventBase = history.baseAddress, let positionBase = positions.baseAddress, history.count >= needed,
            positions.count >= cpus * MemoryLayout<fabric_history_position>.stride
        else {
            throw HistoryError(description: "read flow history: \(cpus) CPUs of \(slots) slots need \(needed) bytes, the map has \(history.count)")
        }
        guard Int(bitPattern: eventBase) % 8 == 0, Int(bitPattern: positionBase) % 8 == 0 else {
            throw HistoryError(description: "read flow history: the mapping is not aligned")
        }
        self.cpus = cpus
        self.slots = slots
        self.events = eventBase
        self.positions = positionBase
        self.clock = clock
    }

    /// Newest sequence number of a CPU, written or being written; 0 when there is none.
    public func head(cpu: Int) -> UInt64 {
        position(cpu, MemoryLayout<fabric_history_position>.offset(of: \.next) ?? 0)
    }

    /// By CPU, the newest sequence number.
    public var heads: [UInt64] { (0..<cpus).map { head(cpu: $0) } }

    public func counters() -> HistoryCounters {
        var sum = HistoryCounters()
        for cpu in 0..<cpus {
            sum.written &+= head(cpu: cpu)
            sum.suppressed &+= position(cpu, MemoryLayout<fabric_history_position>.offset(of: \.suppressed) ?? 0)
            sum.lost &+= position(cpu, MemoryLayout<fabric_history_position>.offset(of: \.lost) ?? 0)
        }
        return sum
    }

    private func position(_ cpu: Int, _ offset: Int) -> UInt64 {
        clinux_load64(positions + cpu * MemoryLayout<fabric_history_position>.stride + offset)
    }

    enum Slot {
        case event(FlowEvent)
        /// Overwritten by a later event, before or while it was read.
        case lapped
        /// Reserved by a program that has not finished it.
        case unfinished
    }

    /// Reads one event, if its slot still, or already, holds it.
    func slot(cpu: Int, sequence: UInt64) -> Slot {
        let address = events + (cpu * slots + Int((sequence - 1) & UInt64(slots - 1))) * FlowEvent.size
        // Writing takes a program some tens of ns; it is only seen to last longer when the machine takes the CPU away.
        for _ in 0..<200 {
            let before = clinux_load64(address)
            if before == sequence {
                if let event = copy(address, sequence: sequence, cpu: cpu) { return .event(event) }
                return .lapped
            }
            if before > sequence || head(cpu: cpu) >= sequence + UInt64(slots) { return .lapped }
        }
        return .unfinished
    }

    /// Copies an event by words: acquire loads keep their order with the load of the sequence number that follows.
    /// - Returns: nil when the slot was taken for another event meanwhile.
    private func copy(_ address: UnsafeRawPointer, sequence: UInt64, cpu: Int) -> FlowEvent? {
        var raw = fabric_event()
        withUnsafeMutableBytes(of: &raw) { target in
            for offset in stride(from: 8, to: FlowEvent.size, by: 8) {
                target.storeBytes(of: clinux_load64(address + offset), toByteOffset: offset, as: UInt64.self)
            }
        }
        guard clinux_load64(address) == sequence else { return nil }
        raw.sequence = sequence
        var event = FlowEvent(raw, clock: clock)
        event.id.cpu = cpu
        return event
    }

    /// The oldest sequence number that a CPU's ring can hold.
    private func tail(_ head: UInt64) -> UInt64 {
        head > UInt64(slots) ? head - UInt64(slots) + 1 : 1
    }
}

extension HistoryReader {
    /// Events of one CPU by number, those that are gone left out.
    public func events(cpu: Int, sequences: ClosedRange<UInt64>) -> [FlowEvent] {
        guard cpu >= 0, cpu < cpus else { return [] }
        let head = head(cpu: cpu)
        let first = max(sequences.lowerBound, tail(head))
        let last = min(sequences.upperBound, head)
        guard first <= last else { return [] }
        return (first...last).compactMap {
            if case .event(let event) = slot(cpu: cpu, sequence: $0) { return event }
            return nil
        }
    }

    /// Walks all CPUs at once from the newest event back, as far as the query needs.
    public func read(_ query: HistoryQuery = HistoryQuery(), matching filter: (FlowEvent) -> Bool = { _ in true }) -> HistoryResult {
        var result = HistoryResult()
        result.heads = heads
        (result.oldest, result.completeSince) = window(result.heads)
        result.unfinished = unfinished(result.heads)
        var newestOf: [FlowEvent] = []
        for cpu in 0..<cpus {
            if let event = next(cpu, below: result.heads[cpu] + 1, down: tail(result.heads[cpu]), &result) { newestOf.append(event) }
        }
        // Programs on one CPU may interrupt each other between taking the time and taking a number: a little disorder is normal.
        let slack: Int64 = 1_000_000
        while let newest = newestOf.indices.max(by: { newestOf[$0].time < newestOf[$1].time }) {
            let event = newestOf[newest]
            if let last = query.last, result.events.count >= last { break }
            if let since = query.since, event.time < since - slack { break }
            if event.time >= query.since ?? .min, event.time <= query.until ?? .max, filter(event) { result.events.append(event) }
            if let older = next(event.id.cpu, below: event.id.sequence, down: tail(result.heads[event.id.cpu]), &result) {
                newestOf[newest] = older
            } else {
                newestOf.remove(at: newest)
            }
        }
        result.events.sort { ($0.time, $0.id.cpu, $0.id.sequence) < ($1.time, $1.id.cpu, $1.id.sequence) }
        if !result.lapped.isEmpty { (result.oldest, result.completeSince) = window(heads) }
        result.reachesBeyond = isBeyond(query, result)
        return result
    }

    /// Programs that interrupt each other leave an unfinished event below finished ones, but never deep: a query that stops early must
    /// still know of it, for a follower to take it when it comes.
    private func unfinished(_ heads: [UInt64]) -> Set<EventID> {
        var ids: Set<EventID> = []
        for cpu in 0..<cpus where heads[cpu] > 0 {
            for sequence in max(tail(heads[cpu]), heads[cpu] > 64 ? heads[cpu] - 63 : 1)...heads[cpu] {
                if case .unfinished = slot(cpu: cpu, sequence: sequence) { ids.insert(EventID(cpu: cpu, sequence: sequence)) }
            }
        }
        return ids
    }

    /// The newest event of a CPU below a number, what cannot be read on the way accounted for.
    private func next(_ cpu: Int, below: UInt64, down tail: UInt64, _ result: inout HistoryResult) -> FlowEvent? {
        var sequence = below
        while sequence > tail {
            sequence -= 1
            switch slot(cpu: cpu, sequence: sequence) {
            case .event(let event):
                result.unfinished.remove(event.id)
                return event
            case .unfinished: result.unfinished.insert(EventID(cpu: cpu, sequence: sequence))
            case .lapped:
                // All that is older is gone with it: the ring is overwritten oldest first.
                result.lapped[cpu, default: 0] += sequence - tail + 1
                result.unfinished = result.unfinished.filter { $0.cpu != cpu || $0.sequence > sequence }
                return nil
            }
        }
        return nil
    }

    /// Time of the oldest event, and from when on no CPU has overwritten anything.
    private func window(_ heads: [UInt64]) -> (oldest: Int64?, completeSince: Int64?) {
        var oldest: Int64?
        var complete: Int64?
        for cpu in 0..<cpus where heads[cpu] > 0 {
            var sequence = tail(heads[cpu])
            var first: FlowEvent?
            while first == nil, sequence <= heads[cpu] {
                if case .event(let event) = slot(cpu: cpu, sequence: sequence) { first = event }
                sequence += 1
            }
            guard let first else { continue }
            oldest = min(oldest ?? .max, first.time)
            if first.id.sequence > 1 { complete = max(complete ?? .min, first.time) }
        }
        return (oldest, complete)
    }

    private func isBeyond(_ query: HistoryQuery, _ result: HistoryResult) -> Bool {
        guard let complete = result.completeSince else { return false }
        if let last = query.last, result.events.count >= last {
            return last > 0 && (result.events.first.map { $0.time < complete } ?? false)
        }
        return (query.since ?? .min) < complete
    }
}
