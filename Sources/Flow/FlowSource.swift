public import BPF
import CFabricABI
import CLinux
import Glibc
public import Store

/// Where a node's events come from: the pinned history, and an observer's perf ring buffers. No process is behind either.
public struct FlowSource: ~Copyable {
    public let history: HistoryReader
    public let clock: FlowClock
    // Own the memory that `history` reads.
    private let ring: MappedMemory
    private let positions: MappedMemory

    /// - Parameters:
    ///   - maps: `<root>/maps`.
    ///   - clock: measured once for a command.
    public static func open(maps: String, clock: FlowClock) throws(BPFError) -> FlowSource {
        let map = try BPFMap.open(pinned: "\(maps)/history")
        let cpus = try BPFMap.open(pinned: "\(maps)/history_position")
        let ring = try map.mapMemory()
        let positions = try cpus.mapMemory()
        let reader: HistoryReader
        do throws(HistoryError) {
            reader = try HistoryReader(
                history: ring.bytes, positions: positions.bytes, cpus: cpus.maxEntries, slots: map.maxEntries / max(1, cpus.maxEntries), clock: clock)
        } catch {
            throw BPFError(operation: error.description, code: EINVAL)
        }
        return FlowSource(history: reader, clock: clock, ring: ring, positions: positions)
    }
}

/// A live observer: a slot of the node's sixteen, and a perf ring buffer on every CPU. When its process dies, slot, buffers and their
/// entries in the map go with it.
public struct LiveObserver: ~Copyable {
    private var reader: PerfReader
    private let slot: ObserverSlot
    private let slots: MappedMemory
    private let clock: FlowClock

    /// - Parameters:
    ///   - slot: taken from the node's root.
    ///   - maps: `<root>/maps`.
    public static func open(slot: consuming ObserverSlot, maps: String, clock: FlowClock) throws(BPFError) -> LiveObserver {
        let reader = try PerfReader(map: try BPFMap.open(pinned: "\(maps)/observers"), slot: slot.index, pages: 256)
        let slots = try BPFMap.open(pinned: "\(maps)/observer_slots").mapMemory(writable: true)
        let observer = LiveObserver(reader: reader, slot: slot, slots: slots, clock: clock)
        // Only now do programs write to the slot: its buffers are in place.
        observer.openSlot()
        return observer
    }

    private func openSlot() {
        if let word = slots.mutableBytes?.baseAddress { clinux_or64(word, 1 << UInt64(slot.index)) }
    }

    /// Hands out events as they come.
    /// - Parameter timeout: returns after this long at the latest.
    public mutating func poll(timeout: Duration, _ body: (FlowEvent) -> Void) throws(BPFError) {
        // A program that finds no buffer of its CPU takes the observer for gone, and the slot from it on all CPUs.
        openSlot()
        let clock = clock
        try reader.poll(timeout: timeout) { record in
            if case .sample(let bytes, _) = record, let event = FlowEvent(bytes: bytes, clock: clock) { body(event) }
        }
    }

    deinit {
        if let word = slots.mutableBytes?.baseAddress { clinux_and64(word, ~(1 << UInt64(slot.index))) }
    }
}
