/// "Did you mean": the known word that a mistyped one is nearest to.
public enum Suggestion {
    /// - Returns: the nearest of `words` that could plausibly have been meant. Case, `-`, `_` and spaces do not count.
    public static func nearest(to text: String, in words: some Sequence<String>) -> String? {
        let wanted = normalized(text)
        let bound = max(1, wanted.count / 3)
        var best: (distance: Int, word: String)?
        for word in words {
            let candidate = normalized(word)
            var distance = Self.distance(wanted, candidate)
            // What begins like a long word is short of it, not far from it.
            if wanted.count >= 3, candidate.starts(with: wanted) { distance = 1 }
            if distance <= bound, distance < best?.distance ?? .max { best = (distance, word) }
        }
        return best?.word
    }

    /// Lower-case letters and digits; anything else between them is one `_`.
    static func normalized(_ text: String) -> [UInt8] {
        var result: [UInt8] = []
        for byte in text.lowercased().utf8 {
            if (97...122).contains(byte) || (48...57).contains(byte) {
                result.append(byte)
            } else if let last = result.last, last != UInt8(ascii: "_") {
                result.append(UInt8(ascii: "_"))
            }
        }
        while result.last == UInt8(ascii: "_") { result.removeLast() }
        return result
    }

    /// Insertions, deletions, substitutions and swaps of neighbours that turn one into the other.
    private static func distance(_ a: [UInt8], _ b: [UInt8]) -> Int {
        guard !a.isEmpty, !b.isEmpty else { return max(a.count, b.count) }
        var before: [Int] = []
        var previous = Array(0...b.count)
        for i in 1...a.count {
            var row = [i]
            for j in 1...b.count {
                var cost = min(previous[j] + 1, row[j - 1] + 1, previous[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1))
                if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] { cost = min(cost, before[j - 2] + 1) }
                row.append(cost)
            }
            before = previous
            previous = row
        }
        return previous[b.count]
    }
}
