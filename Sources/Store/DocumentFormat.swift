internal import CLinux
internal import Glibc

/// A document, read.
public struct Document: Equatable, Sendable {
    public let bytes: [UInt8]
    /// When it was written: nanoseconds since 1970.
    public let written: UInt64
    /// The format it was written in, `DocumentFormat.version` or an older one.
    public let version: UInt32
}

/// How a document lies in its map: a header of 64 bytes, then the bytes, then zeros up to whole elements of 4096 bytes. The header, in
/// host order: magic (u32 at 0), format version (u32 at 4), length of the bytes (u64 at 8), checksum (u64 at 16) of header and
/// bytes with the checksum taken as 0, time of writing (u64 at 24, nanoseconds since 1970), zeros.
public enum DocumentFormat {
    /// Grows when what is written changes so that older commands would misread it. What was written in an older one is read, for whoever
    /// knows what it meant, and written anew with the next commit.
    public static let version: UInt32 = 4

    static let elementSize = 4096
    static let headerSize = 64
    static let magic: UInt32 = 0x6661_6264

    /// The elements of a document's map. They are written one by one: a mapping that can be written to would forbid to freeze the map
    /// as long as a child of this process has it too.
    static func elements(of bytes: [UInt8], version: UInt32) -> [[UInt8]] {
        var whole = [UInt8](repeating: 0, count: (headerSize + bytes.count + elementSize - 1) / elementSize * elementSize)
        whole.withUnsafeMutableBytes { write(bytes, version: version, to: $0) }
        return stride(from: 0, to: whole.count, by: elementSize).map { Array(whole[$0..<($0 + elementSize)]) }
    }

    private static func write(_ bytes: [UInt8], version: UInt32, to memory: UnsafeMutableRawBufferPointer) {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        memory.storeBytes(of: magic, toByteOffset: 0, as: UInt32.self)
        memory.storeBytes(of: version, toByteOffset: 4, as: UInt32.self)
        memory.storeBytes(of: UInt64(bytes.count), toByteOffset: 8, as: UInt64.self)
        memory.storeBytes(of: UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec), toByteOffset: 24, as: UInt64.self)
        UnsafeMutableRawBufferPointer(rebasing: memory[headerSize...]).copyBytes(from: bytes)
        let sum = checksum(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(memory)[..<(headerSize + bytes.count)]), version)
        memory.storeBytes(of: sum, toByteOffset: 16, as: UInt64.self)
    }

    static func read(_ name: String, from memory: UnsafeRawBufferPointer) throws(StoreError) -> Document {
        guard memory.count >= headerSize, memory.load(fromByteOffset: 0, as: UInt32.self) == magic else {
            throw .damaged(document: name, reason: "it does not begin as a document does")
        }
        let found = memory.load(fromByteOffset: 4, as: UInt32.self)
        guard (1...version).contains(found) else { throw .unknownVersion(document: name, found: found, supported: version) }
        guard let length = Int(exactly: memory.load(fromByteOffset: 8, as: UInt64.self)), length <= memory.count - headerSize else {
            throw .damaged(document: name, reason: "it is longer than its map")
        }
        let whole = UnsafeRawBufferPointer(rebasing: memory[..<(headerSize + length)])
        guard checksum(whole, found) == memory.load(fromByteOffset: 16, as: UInt64.self) else {
            throw .damaged(document: name, reason: "its checksum is wrong")
        }
        return Document(bytes: [UInt8](whole[headerSize...]), written: memory.load(fromByteOffset: 24, as: UInt64.self), version: found)
    }

    /// Of header and bytes without the checksum itself: FNV-1a, 64 bits (RFC 9923), up to version 3; from then on eight bytes at a time, each
    /// word folded so that its high bits count below.
    private static func checksum(_ memory: UnsafeRawBufferPointer, _ version: UInt32) -> UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        let prime: UInt64 = 0x100_0000_01b3
        for range in [0..<16, 24..<memory.count] {
            let part = UnsafeRawBufferPointer(rebasing: memory[range])
            var place = 0
            while version > 3, place + 8 <= part.count {
                hash = (hash ^ part.loadUnaligned(fromByteOffset: place, as: UInt64.self)) &* prime
                hash ^= hash >> 29
                place += 8
            }
            while place < part.count {
                hash = (hash ^ UInt64(part[place])) &* prime
                place += 1
            }
        }
        return hash
    }
}

/// Pins may hold no dot, and names are shown to people and typed by them.
func checkName(_ name: String) throws(StoreError) {
    let allowed = name.utf8.allSatisfy { byte in
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
            || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-")
    }
    guard allowed, (1...64).contains(name.utf8.count) else { throw .invalidName(name) }
}
