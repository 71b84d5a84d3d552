/// Durations as Go writes them (`time.ParseDuration`): `5s`, `1m30s`, `2h13m20s`, `1.5h`, `250ms`.
enum GoDuration {
    private static let units: [(name: String, nanoseconds: Double)] = [
        ("ns", 1), ("us", 1e3), ("\u{b5}s", 1e3), ("\u{3bc}s", 1e3), ("ms", 1e6), ("s", 1e9), ("m", 60e9), ("h", 3600e9),
    ]

    /// - Returns: nanoseconds, or nil for what is no duration, has a sign, or does not fit 2^53 ns (104 days).
    static func nanoseconds(_ text: String) -> UInt64? {
        if text == "0" { return 0 }
        guard !text.isEmpty, text.utf8.count <= 64 else { return nil }
        var rest = text[...]
        var total = 0.0
        while !rest.isEmpty {
            let number = rest.prefix { $0.isASCII && $0.isNumber || $0 == "." }
            rest = rest.dropFirst(number.count)
            let unit = rest.prefix { $0.isLetter }
            rest = rest.dropFirst(unit.count)
            guard number.contains(where: { $0 != "." }), let value = Double(number.hasSuffix(".") ? number + "0" : number),
                let scale = units.first(where: { $0.name == unit })?.nanoseconds
            else { return nil }
            total += value * scale
        }
        guard total < 9_007_199_254_740_992 else { return nil }
        return UInt64(total)
    }
}
