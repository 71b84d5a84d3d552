internal import CLinux
internal import Glibc

/// What comes out of a CPU's ring. A CPU's records come in their order; those of different CPUs in none.
public enum PerfRecord {
    /// What a program wrote, then up to 7 bytes of padding: the kernel rounds up. Holds only during the call that gives it, and
    /// may begin at any multiple of 4.
    case sample(UnsafeRawBufferPointer, cpu: Int)
    /// So many events were not written since the last record, because the ring was full.
    case lost(UInt64, cpu: Int)
}

/// One of several readers of what programs write with `bpf_perf_event_output` at index `slot * possible CPUs + CPU`. The kernel takes its
/// entries out of the map when it goes, also when it is killed.
public struct PerfReader: ~Copyable {
    /// The descriptor that put the entries into the map: they go with it.
    private let map: BPFMap
    private let slot: Int
    /// Ordered by CPU. Rings are not copyable, which arrays demand of their elements.
    private let rings: UnsafeMutableBufferPointer<PerfRing>
    private let scratch: UnsafeMutableRawBufferPointer
    private var descriptors: [pollfd]
    /// Events that found no room, as far as the rings have told.
    public private(set) var lost: UInt64 = 0

    /// Opens a ring on each CPU that is online and puts it into the map.
    /// - Parameters:
    ///   - map: a perf event array, opened for this reader alone.
    ///   - pages: of 4096 bytes and for each CPU; a power of two.
    ///   - watermark: bytes that wait in a ring before this reader is woken. Waking costs the program far more than writing.
    public init(map: consuming BPFMap, slot: Int = 0, pages: Int = 64, watermark: Int = 16 << 10) throws(BPFError) {
        guard map.kind == .perfEventArray, (slot + 1) * possibleCPUs <= map.maxEntries, slot >= 0 else {
            throw BPFError(operation: "take slot \(slot) of \(possibleCPUs) CPUs in map \(map.name) of \(map.maxEntries) entries", code: EINVAL)
        }
        guard pages > 0, pages & (pages - 1) == 0, (1..<(pages * Int(getpagesize()))).contains(watermark) else {
            throw BPFError(operation: "make perf rings of \(pages) pages with a watermark of \(watermark) bytes", code: EINVAL)
        }
        let room = UnsafeMutableBufferPointer<PerfRing>.allocate(capacity: possibleCPUs)
        let opened = Self.open(room, map, slot, pages, watermark)
        let rings = UnsafeMutableBufferPointer(start: room.baseAddress, count: opened.count)
        if let failure = opened.failure {
            rings.deinitialize()
            rings.deallocate()
            throw failure
        }
        self.slot = slot
        self.rings = rings
        self.map = map
        scratch = .allocate(byteCount: 1 << 16, alignment: 8)
        descriptors = (0..<rings.count).map { pollfd(fd: rings[$0].event.number, events: Int16(POLLIN), revents: 0) }
    }

    deinit {
        for ring in 0..<rings.count { _ = try? map.delete(UInt32(slot * possibleCPUs + rings[ring].cpu)) }
        rings.deinitialize()
        rings.deallocate()
        scratch.deallocate()
    }

    private static func open(
        _ rings: UnsafeMutableBufferPointer<PerfRing>, _ map: borrowing BPFMap, _ slot: Int, _ pages: Int, _ watermark: Int
    ) -> (count: Int, failure: BPFError?) {
        var count = 0
        for cpu in 0..<possibleCPUs {
            do throws(BPFError) {
                let ring = try PerfRing(cpu: cpu, pages: pages, watermark: watermark)
                try map.update(UInt32(slot * possibleCPUs + cpu), ring.event.number)
                rings.initializeElement(at: count, to: ring)
                count += 1
            } catch {
                // A CPU that may be but is not.
                if error.code == ENODEV { continue }
                return (count, error)
            }
        }
        return (count, nil)
    }

    /// Waits for records and hands them out. Looks into the rings on its own from time to time: what has not reached the watermark does
    /// not wait longer than that.
    /// - Parameters:
    ///   - timeout: returns after this long at the latest, or as soon as there was something.
    ///   - interval: how long records may wait.
    /// - Returns: how many samples there were.
    @discardableResult
    public mutating func poll(timeout: Duration, interval: Duration = .milliseconds(30), _ body: (PerfRecord) -> Void) throws(BPFError) -> Int {
        let deadline = ContinuousClock.now + timeout
        while true {
            let count = drain(body)
            let left = deadline - ContinuousClock.now
            if count > 0 || left <= .zero { return count }
            let wait = min(left, interval)
            let milliseconds = wait.components.seconds * 1000 + (wait.components.attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000
            let code = withErrno(Glibc.poll(&descriptors, nfds_t(descriptors.count), Int32(clamping: milliseconds)))
            // A signal ends the wait: the caller may want to know.
            if code == -EINTR { return drain(body) }
            try check(code, "wait for events of map \(map.name)")
        }
    }

    /// How many rings have reached their watermark.
    var readableRings: Int {
        var descriptors = self.descriptors
        return Int(Glibc.poll(&descriptors, nfds_t(descriptors.count), 0))
    }

    /// Hands out what is there now.
    @discardableResult
    public mutating func drain(_ body: (PerfRecord) -> Void) -> Int {
        var count = 0
        var dropped: UInt64 = 0
        for ring in 0..<rings.count {
            count += rings[ring].drain(scratch: scratch) { record in
                if case .lost(let events, _) = record { dropped += events }
                body(record)
            }
        }
        lost += dropped
        return count
    }
}
