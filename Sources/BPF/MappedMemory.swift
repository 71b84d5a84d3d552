internal import CLinux
internal import Glibc

/// Memory shared with the kernel, unmapped with its owner. What `bytes` gives holds no longer than the owner.
public struct MappedMemory: ~Copyable, @unchecked Sendable {
    let start: UnsafeMutableRawPointer
    /// Bytes, a multiple of the page size.
    public let count: Int
    public let isWritable: Bool

    /// - Parameters:
    ///   - count: bytes, rounded up to whole pages.
    ///   - what: named in the error.
    init(descriptor: Int32, count: Int, writable: Bool, _ what: String) throws(BPFError) {
        let page = Int(getpagesize())
        let length = (count + page - 1) / page * page
        guard let start = mmap(nil, length, writable ? PROT_READ | PROT_WRITE : PROT_READ, MAP_SHARED, descriptor, 0), start != MAP_FAILED
        else { throw BPFError(operation: "map \(what) into memory", code: errno) }
        self.start = start
        self.count = length
        isWritable = writable
    }

    deinit { munmap(start, count) }

    /// The memory. Others may write to it at any time: read words that change with an atomic load.
    public var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: start, count: count) }

    /// The memory, to be written to; nil when it was mapped to be read.
    public var mutableBytes: UnsafeMutableRawBufferPointer? { isWritable ? UnsafeMutableRawBufferPointer(start: start, count: count) : nil }
}

extension BPFMap {
    /// Maps the values of an array made with `Flags.mmapable`: element i begins at i times the value size rounded up to 8 bytes.
    /// - Throws: EPERM when the map is frozen and `writable`; EACCES when it was opened read-only, in which case the kernel maps it
    ///   not even to be read.
    public func mapMemory(writable: Bool = false) throws(BPFError) -> MappedMemory {
        guard kind == .array, flags.contains(.mmapable) else {
            throw BPFError(operation: "map map \(name) into memory (made without BPF_F_MMAPABLE)", code: EINVAL)
        }
        guard fcntl(descriptor.number, F_GETFL) & O_ACCMODE == O_RDWR else {
            throw BPFError(operation: "map map \(name), opened read-only, into memory", code: EACCES)
        }
        return try MappedMemory(
            descriptor: descriptor.number, count: maxEntries * ((valueSize + 7) & ~7), writable: writable, "the values of map \(name)")
    }
}
