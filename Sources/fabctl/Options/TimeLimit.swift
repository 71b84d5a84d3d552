import ArgumentParser

/// A duration as people write it: `500ms`, `30s`, `5m`, `1h`; a bare number is seconds.
struct TimeLimit: ExpressibleByArgument, Hashable {
    let nanoseconds: UInt64

    init(seconds: UInt64) { nanoseconds = seconds * 1_000_000_000 }

    init?(argument: String) {
        let digits = argument.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
        guard let value = Double(digits), value >= 0, value < 1e9 else { return nil }
        let unit: Double
        switch argument.dropFirst(digits.count) {
        case "ms": unit = 1e6
        case "", "s": unit = 1e9
        case "m": unit = 60e9
        case "h": unit = 3600e9
        default: return nil
        }
        // About 30 years: nobody waits longer, and a larger number may not fit.
        guard value * unit < 1e18 else { return nil }
        nanoseconds = UInt64(value * unit)
    }

    var defaultValueDescription: String { "\(nanoseconds / 1_000_000_000)s" }
}
