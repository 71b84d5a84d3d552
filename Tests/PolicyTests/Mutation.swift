/// Changes texts the way editors, merges, templates and mischief do. The same seed gives the same changes.
struct Mutation {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    /// SplitMix64.
    private mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }

    mutating func below(_ count: Int) -> Int { count < 1 ? 0 : Int(next() % UInt64(count)) }
    private mutating func pick<Element>(_ elements: [Element]) -> Element { elements[below(elements.count)] }

    /// What stands for a scalar, or worse.
    private static let words = [
        "null", "~", "true", "0", "-1", "65536", "80.5", "1e400", "9999999999999999999999", "\"\"", "[]", "{}", "[[]]", "{a: b}", "*x", "&x y",
        "!!int z",
        "::/0", "10.0.0.0/33", "fd00::/129", "::ffff:1.2.3.4/96", "In", "Exists", "Gt", "TCP", "ICMP", "\"80\"", "a/b/c", "-", "?", ": ", "'", "\"",
        "|", ">",
        "\u{0}", "\u{1f600}", "\t", "\r", "---", "...", "<<: *x", "%YAML 1.1", "# x", "all", "world", "reserved:host", "kind: List", "items: []",
    ]

    /// Of lines, words and bytes, from one change to a dozen.
    mutating func mutate(_ text: [UInt8], other: [UInt8]) -> [UInt8] {
        var text = text
        for _ in 0...below(below(3) == 0 ? 12 : 2) {
            switch below(6) {
            case 0: changeBytes(&text)
            case 1, 2: changeWord(&text)
            case 3, 4: changeLines(&text, other: other)
            default: splice(&text, other)
            }
        }
        return text
    }

    private mutating func changeBytes(_ text: inout [UInt8]) {
        guard !text.isEmpty else { return }
        let index = below(text.count)
        switch below(4) {
        case 0: text[index] = UInt8(truncatingIfNeeded: next())
        case 1: text.remove(at: index)
        case 2: text.insert(pick(Array("{}[],:-#&*!|>'\"%@`\n ".utf8)), at: index)
        default: text[index] ^= 1 << UInt8(below(8))
        }
    }

    /// Puts a word in place of what stands between two separators.
    private mutating func changeWord(_ text: inout [UInt8]) {
        guard !text.isEmpty else { return }
        let separators = Set(" \n:,[]{}".utf8)
        var start = below(text.count)
        while start > 0, !separators.contains(text[start - 1]) { start -= 1 }
        var end = start
        while end < text.count, !separators.contains(text[end]) { end += 1 }
        text.replaceSubrange(start..<end, with: Array(pick(Self.words).utf8))
    }

    private mutating func changeLines(_ text: inout [UInt8], other: [UInt8]) {
        var lines = text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map(Array.init)
        let index = below(lines.count)
        switch below(6) {
        case 0: lines.remove(at: index)
        case 1: lines.insert(lines[index], at: below(lines.count))
        case 2: lines[index] = Array(repeating: UInt8(ascii: " "), count: below(5)) + lines[index]
        case 3: lines[index] = Array(lines[index].drop { $0 == UInt8(ascii: " ") })
        case 4: lines.swapAt(index, below(lines.count))
        default:
            let foreign = other.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            if !foreign.isEmpty { lines.insert(Array(foreign[below(foreign.count)]), at: index) }
        }
        text = Array(lines.joined(separator: [UInt8(ascii: "\n")]))
    }

    /// Cuts out a piece, or puts in one of another text.
    private mutating func splice(_ text: inout [UInt8], _ other: [UInt8]) {
        guard !text.isEmpty, !other.isEmpty else { return }
        let start = below(text.count)
        let end = min(text.count, start + below(60))
        let from = below(other.count)
        text.replaceSubrange(start..<end, with: below(2) == 0 ? [] : other[from..<min(other.count, from + below(120))])
    }
}
