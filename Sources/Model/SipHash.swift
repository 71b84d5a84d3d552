/// SipHash-2-4 with 128 bits of output (Aumasson and Bernstein, 2012): fast, and without its key nobody finds two inputs of one output. The
/// same in every process, which Swift's Hasher is not.
public struct SipHash: Sendable {
    private var v0: UInt64, v1: UInt64, v2: UInt64, v3: UInt64
    private var tail: UInt64 = 0
    private var length = 0

    public init(key: Fingerprint) {
        v0 = key.high ^ 0x736f_6d65_7073_6575
        v1 = key.low ^ 0x646f_7261_6e64_6f6d ^ 0xee
        v2 = key.high ^ 0x6c79_6765_6e65_7261
        v3 = key.low ^ 0x7465_6462_7974_6573
    }

    private mutating func round() {
        v0 &+= v1
        v1 = (v1 << 13 | v1 >> 51) ^ v0
        v0 = v0 << 32 | v0 >> 32
        v2 &+= v3
        v3 = (v3 << 16 | v3 >> 48) ^ v2
        v0 &+= v3
        v3 = (v3 << 21 | v3 >> 43) ^ v0
        v2 &+= v1
        v1 = (v1 << 17 | v1 >> 47) ^ v2
        v2 = v2 << 32 | v2 >> 32
    }

    private mutating func compress(_ word: UInt64) {
        v3 ^= word
        round()
        round()
        v0 ^= word
    }

    /// Little-endian, as the eight bytes that it is.
    public mutating func combine(_ word: UInt64) {
        let shift = UInt64(8 * (length & 7))
        length += 8
        if shift == 0 {
            compress(word)
        } else {
            compress(tail | word << shift)
            tail = word >> (64 - shift)
        }
    }

    public mutating func combine(_ byte: UInt8) {
        tail |= UInt64(byte) << UInt64(8 * (length & 7))
        length += 1
        if length & 7 == 0 {
            compress(tail)
            tail = 0
        }
    }

    public mutating func combine(_ number: Int) { combine(UInt64(bitPattern: Int64(number))) }
    public mutating func combine(_ number: UInt32) { combine(UInt64(number)) }

    public mutating func combine(_ print: Fingerprint) {
        combine(print.high)
        combine(print.low)
    }

    /// With its length, so that texts do not run into each other.
    public mutating func combine(_ text: String) {
        combine(text.utf8.count)
        for byte in text.utf8 { combine(byte) }
    }

    public consuming func finish() -> Fingerprint {
        compress(tail | UInt64(UInt8(truncatingIfNeeded: length)) << 56)
        v2 ^= 0xee
        for _ in 0..<4 { round() }
        let first = v0 ^ v1 ^ v2 ^ v3
        v1 ^= 0xdd
        for _ in 0..<4 { round() }
        return Fingerprint(high: first, low: v0 ^ v1 ^ v2 ^ v3)
    }
}
