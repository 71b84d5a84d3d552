/// An eBPF object that the build compiled and embedded in the binary.
public struct BPFImage: Sendable {
    /// The program's name: its source is `bpf/NAME.bpf.c`.
    public let name: String
    /// The first eight bytes of the object's SHA-256: tells one build of the programs from another.
    public let checksum: UInt64
    private let base64: StaticString

    init(name: String, checksum: UInt64, base64: StaticString) {
        self.name = name
        self.checksum = checksum
        self.base64 = base64
    }

    /// The ELF object.
    public var bytes: [UInt8] {
        base64.withUTF8Buffer { text in
            var out: [UInt8] = []
            out.reserveCapacity(text.count / 4 * 3)
            var bits: UInt32 = 0
            var count = 0
            for character in text {
                let value: UInt32
                switch character {
                case 65...90: value = UInt32(character) - 65
                case 97...122: value = UInt32(character) - 71
                case 48...57: value = UInt32(character) + 4
                case 43: value = 62
                case 47: value = 63
                default: continue
                }
                bits = bits << 6 | value
                count += 1
                if count == 4 {
                    out.append(UInt8(truncatingIfNeeded: bits >> 16))
                    out.append(UInt8(truncatingIfNeeded: bits >> 8))
                    out.append(UInt8(truncatingIfNeeded: bits))
                    bits = 0
                    count = 0
                }
            }
            if count == 3 {
                out.append(UInt8(truncatingIfNeeded: bits >> 10))
                out.append(UInt8(truncatingIfNeeded: bits >> 2))
            } else if count == 2 {
                out.append(UInt8(truncatingIfNeeded: bits >> 4))
            }
            return out
        }
    }
}
