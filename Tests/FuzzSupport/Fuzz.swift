import Glibc

/// Fuzzing by a fixed seed: `make test` runs a share of the cases, `FABCTL_FUZZ=N` runs N of each target (`make fuzz`), and the same ones every
/// time. A failure is had again with the same N.
public enum Fuzz {
    /// Cases of one target.
    /// - Parameter share: those of `make test`.
    public static func cases(share: Int) -> Int {
        guard let text = getenv("FABCTL_FUZZ").map({ String(cString: $0) }), let count = Int(text), count > 0 else { return share }
        return count
    }
}

/// A generator with a seed (splitmix64).
public struct Seeded: RandomNumberGenerator {
    private var state: UInt64

    /// Seeds beside each other have nothing in common: one that is multiplied by the step below only begins one number later.
    public init(_ seed: UInt64) { state = seed }

    public mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }

    /// Below `limit`, which is positive. Slightly uneven, and quick.
    public mutating func below(_ limit: Int) -> Int { Int(next() >> 33) % limit }
    public mutating func chance(_ one: Int) -> Bool { below(one) == 0 }
}

/// Damage to what was good.
public struct Mutator {
    /// Bytes that mean something where they are put.
    private let words: [[UInt8]]
    public var random: Seeded

    public init(seed: UInt64, words: [[UInt8]] = []) {
        random = Seeded(seed)
        self.words = words
    }

    private static let edges: [UInt8] = [0, 1, 2, 4, 7, 8, 0x0f, 0x10, 0x7f, 0x80, 0xfe, 0xff]

    /// One to four wounds: bits and bytes changed, pieces cut, repeated or put in. At most `limit` bytes come out.
    public mutating func damaged(_ original: [UInt8], limit: Int = 1 << 16) -> [UInt8] {
        var bytes = original
        for _ in 0...random.below(4) {
            let place = random.below(bytes.count + 1)
            switch random.below(words.isEmpty ? 7 : 9) {
            case 0 where place < bytes.count: bytes[place] ^= 1 << random.below(8)
            case 1 where place < bytes.count: bytes[place] = UInt8(truncatingIfNeeded: random.next())
            case 2 where place < bytes.count: bytes[place] = Self.edges[random.below(Self.edges.count)]
            case 3: bytes.removeSubrange(place..<min(bytes.count, place + 1 + random.below(8)))
            case 4: bytes.removeLast(bytes.count - place)
            case 5: bytes.insert(contentsOf: bytes.prefix(place).suffix(1 + random.below(40)), at: random.below(bytes.count + 1))
            case 6: bytes.insert(UInt8(truncatingIfNeeded: random.next()), at: place)
            case 7, 8: bytes.insert(contentsOf: words[random.below(words.count)], at: place)
            default: break
            }
        }
        return bytes.count > limit ? Array(bytes.prefix(limit)) : bytes
    }
}
