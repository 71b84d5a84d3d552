internal import CLinux
internal import Glibc

/// One CPU's ring of a perf event: a page of positions, then pages of records (`struct perf_event_mmap_page`, linux/perf_event.h).
struct PerfRing: ~Copyable {
    let cpu: Int
    let event: OwnedDescriptor
    private let memory: MappedMemory
    private let start: UnsafeMutableRawPointer
    private let page: Int
    private let size: UInt64

    /// Of data_head and data_tail in the first page, which is ABI.
    private enum Offset {
        static let head = 1024, tail = 1032
    }

    /// - Parameters:
    ///   - pages: of records, a power of two.
    ///   - watermark: bytes that wait before the event becomes readable.
    init(cpu: Int, pages: Int, watermark: Int) throws(BPFError) {
        let page = Int(getpagesize())
        let event = OwnedDescriptor(try check(clinux_perf_open_bpf_output(Int32(cpu), UInt32(watermark)), "open the perf event of CPU \(cpu)"))
        let memory = try MappedMemory(descriptor: event.number, count: (1 + pages) * page, writable: true, "the perf ring of CPU \(cpu)")
        self.cpu = cpu
        self.page = page
        size = UInt64(pages * page)
        start = memory.start
        self.memory = memory
        self.event = event
    }

    /// Hands out all records that are there now, then gives their room back.
    /// - Parameter scratch: for records that wrap around the ring's end.
    /// - Returns: how many, lost ones not counted.
    func drain(scratch: UnsafeMutableRawBufferPointer, _ body: (PerfRecord) -> Void) -> Int {
        let headAt = start + Offset.head
        let tailAt = start + Offset.tail
        let head = clinux_load64(headAt)
        var tail = tailAt.load(as: UInt64.self)
        var count = 0
        while tail < head {
            // Records are multiples of 8 bytes, as the ring is: a header never wraps.
            let offset = Int(tail % size)
            let header = (start + page + offset).load(as: perf_event_header.self)
            let length = Int(header.size)
            guard length >= MemoryLayout<perf_event_header>.size else { break }
            var record = UnsafeRawBufferPointer(start: start + page + offset, count: length)
            let atEnd = Int(size) - offset
            if length > atEnd {
                scratch.copyMemory(from: UnsafeRawBufferPointer(rebasing: record[..<atEnd]))
                UnsafeMutableRawBufferPointer(rebasing: scratch[atEnd...])
                    .copyMemory(from: UnsafeRawBufferPointer(start: start + page, count: length - atEnd))
                record = UnsafeRawBufferPointer(rebasing: scratch[..<length])
            }
            if deliver(record, header.type, body) { count += 1 }
            tail += UInt64(length)
        }
        clinux_store64(tailAt, tail)
        return count
    }

    private func deliver(_ record: UnsafeRawBufferPointer, _ type: UInt32, _ body: (PerfRecord) -> Void) -> Bool {
        switch type {
        case PERF_RECORD_SAMPLE.rawValue where record.count >= 12:
            // Header, size (u32), then that many bytes.
            let size = Int(record.load(fromByteOffset: 8, as: UInt32.self))
            guard 12 + size <= record.count else { return false }
            body(.sample(UnsafeRawBufferPointer(rebasing: record[12..<(12 + size)]), cpu: cpu))
            return true
        case PERF_RECORD_LOST.rawValue where record.count >= 24:
            // Header, number of the event (u64), how many were lost (u64).
            body(.lost(record.load(fromByteOffset: 16, as: UInt64.self), cpu: cpu))
            return false
        default:
            return false
        }
    }
}
