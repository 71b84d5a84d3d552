/// A time that was asked for and cannot be understood.
public struct FlowTimeError: Error, Hashable, Sendable, CustomStringConvertible {
    public let text: String

    public var description: String {
        "\"\(text)\" is not a time: write how long ago (90s, 1h30m, 2d), or a time such as 2026-01-05T10:00:00Z or \"Jan  5 10:00:00.123\""
    }
}

/// Times as `--since` and `--until` take them.
///
/// How long ago, in Go's notation and with days (`1h43m`, `1.5h`, `2d`); or a moment: RFC 3339 at any precision from the day on,
/// RFC 1123 with a numeric zone, and whatever `FlowTimeFormat` prints, so that a time can be pasted back. UTC where no zone is given. A stamp
/// without a year is the latest such moment that is not in the future.
public enum FlowTime {
    /// - Parameter now: ns since the epoch.
    /// - Returns: ns since the epoch.
    public static func parse(_ text: String, now: Int64) throws(FlowTimeError) -> Int64 {
        if text == "now" { return now }
        if let duration = duration(text) {
            let (time, overflows) = now.subtractingReportingOverflow(duration)
            if !overflows { return time }
        }
        var scanner = TimeScanner(text)
        if let time = moment(&scanner) ?? stamp(text, now: now) ?? rfc1123(text) { return time }
        throw FlowTimeError(text: text)
    }

    /// Go's notation of a duration, and `d` for 24 hours. Not negative.
    /// - Returns: ns, or nil when it is none or does not fit.
    public static func duration(_ text: String) -> Int64? {
        if text == "0" { return 0 }
        var scanner = TimeScanner(text)
        guard !scanner.isAtEnd else { return nil }
        var total: Int64 = 0
        while !scanner.isAtEnd {
            guard let (whole, fraction) = scanner.decimal(), let unit = scanner.unit() else { return nil }
            let (product, overflows) = whole.multipliedReportingOverflow(by: unit)
            let (sum, overflowsToo) = total.addingReportingOverflow(product)
            guard !overflows, !overflowsToo else { return nil }
            let (rounded, overflowsAfterAll) = sum.addingReportingOverflow(Int64(Double(unit) * fraction))
            guard !overflowsAfterAll else { return nil }
            total = rounded
        }
        return total
    }

    /// `2026-01-05`, `...T10Z`, `...T10:00+01:00`, `...T10:00:00.123Z`; a space will do for the T.
    private static func moment(_ scanner: inout TimeScanner) -> Int64? {
        guard let year = scanner.number(digits: 4), scanner.take("-"), let month = scanner.number(digits: 2), scanner.take("-"),
            let day = scanner.number(digits: 2)
        else { return nil }
        var civil = CivilTime(year: year, month: month, day: day)
        var offset = 0
        if scanner.take("T") || scanner.take("t") || scanner.take(" ") {
            guard let hour = scanner.number(digits: 2) else { return nil }
            civil.hour = hour
            if scanner.take(":") {
                guard let minute = scanner.number(digits: 2) else { return nil }
                civil.minute = minute
                if scanner.take(":") {
                    guard let (second, nanosecond) = scanner.second() else { return nil }
                    civil.second = second
                    civil.nanosecond = nanosecond
                }
            }
            if !scanner.isAtEnd {
                guard let zone = scanner.zone() else { return nil }
                offset = zone
            }
        }
        guard scanner.isAtEnd, civil.isValid, let time = civil.time else { return nil }
        return time - Int64(offset) * 1_000_000_000
    }

    /// `Jan  5 10:00:00.123`
    private static func stamp(_ text: String, now: Int64) -> Int64? {
        var scanner = TimeScanner(text)
        guard let month = scanner.month(), scanner.spaces(), let day = scanner.number(digits: 1...2), scanner.spaces(), let clock = scanner.clock(),
            scanner.isAtEnd
        else { return nil }
        // A stamp of the last hour of the year may be from a clock a little ahead of this one; 29 February is found within 8 years.
        let thisYear = CivilTime(now).year
        for year in stride(from: thisYear + 1, through: thisYear - 8, by: -1) {
            let civil = CivilTime(
                year: year, month: month, day: day, hour: clock.hour, minute: clock.minute, second: clock.second, nanosecond: clock.nanosecond)
            if civil.isValid, let time = civil.time, time <= now &+ 60_000_000_000 { return time }
        }
        return nil
    }

    /// `Mon, 05 Jan 2026 10:00:00 +0000`
    private static func rfc1123(_ text: String) -> Int64? {
        guard let comma = text.firstIndex(of: ","), text.distance(from: text.startIndex, to: comma) == 3 else { return nil }
        var scanner = TimeScanner(String(text[text.index(after: comma)...]))
        guard scanner.spaces(), let day = scanner.number(digits: 1...2), scanner.spaces(), let month = scanner.month(), scanner.spaces(),
            let year = scanner.number(digits: 4), scanner.spaces(), let clock = scanner.clock(), scanner.spaces(), let zone = scanner.zone(),
            scanner.isAtEnd
        else { return nil }
        let civil = CivilTime(
            year: year, month: month, day: day, hour: clock.hour, minute: clock.minute, second: clock.second, nanosecond: clock.nanosecond)
        guard civil.isValid, let time = civil.time else { return nil }
        return time - Int64(zone) * 1_000_000_000
    }
}

/// Reads the pieces of a time. What returns nil or false may have read on: give up then.
private struct TimeScanner {
    private var rest: ArraySlice<UInt8>

    init(_ text: String) { rest = Array(text.utf8)[...] }

    var isAtEnd: Bool { rest.isEmpty }

    mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard rest.first == UInt8(ascii: character) else { return false }
        rest.removeFirst()
        return true
    }

    /// At least one.
    mutating func spaces() -> Bool {
        guard take(" ") else { return false }
        while take(" ") {}
        return true
    }

    private mutating func digits() -> ArraySlice<UInt8> {
        let digits = rest.prefix { (48...57).contains($0) }
        rest = rest.dropFirst(digits.count)
        return digits
    }

    mutating func number(digits count: ClosedRange<Int>) -> Int? {
        let digits = rest.prefix { (48...57).contains($0) }.prefix(count.upperBound)
        guard digits.count >= count.lowerBound else { return nil }
        rest = rest.dropFirst(digits.count)
        return digits.reduce(0) { $0 * 10 + Int($1 - 48) }
    }

    mutating func number(digits count: Int) -> Int? { number(digits: count...count) }

    /// `12`, `1.5`, `.5`
    mutating func decimal() -> (whole: Int64, fraction: Double)? {
        let whole = digits()
        var fraction: ArraySlice<UInt8> = []
        if take(".") { fraction = digits() }
        guard !whole.isEmpty || !fraction.isEmpty else { return nil }
        var value: Int64 = 0
        for digit in whole {
            let (shifted, overflows) = value.multipliedReportingOverflow(by: 10)
            let (sum, overflowsToo) = shifted.addingReportingOverflow(Int64(digit - 48))
            guard !overflows, !overflowsToo else { return nil }
            value = sum
        }
        return (value, fraction.reversed().reduce(0) { ($0 + Double($1 - 48)) / 10 })
    }

    /// ns of a unit.
    mutating func unit() -> Int64? {
        let name = rest.prefix { !(48...57).contains($0) && $0 != UInt8(ascii: ".") }
        rest = rest.dropFirst(name.count)
        switch String(decoding: name, as: UTF8.self) {
        case "ns": return 1
        case "us", "\u{b5}s", "\u{3bc}s": return 1000
        case "ms": return 1_000_000
        case "s": return 1_000_000_000
        case "m": return 60_000_000_000
        case "h": return 3_600_000_000_000
        case "d": return 86_400_000_000_000
        default: return nil
        }
    }

    /// `05` or `05.123456789`
    mutating func second() -> (second: Int, nanosecond: Int)? {
        guard let second = number(digits: 2) else { return nil }
        guard take(".") else { return (second, 0) }
        let fraction = digits()
        guard (1...9).contains(fraction.count) else { return nil }
        let value = fraction.reduce(0) { $0 * 10 + Int($1 - 48) }
        return (second, (fraction.count..<9).reduce(value) { value, _ in value * 10 })
    }

    /// `10:00:00.123`
    mutating func clock() -> (hour: Int, minute: Int, second: Int, nanosecond: Int)? {
        guard let hour = number(digits: 2), take(":"), let minute = number(digits: 2), take(":"), let (second, nanosecond) = second() else {
            return nil
        }
        return (hour, minute, second, nanosecond)
    }

    /// 1...12, of an English abbreviation.
    mutating func month() -> Int? {
        let name = String(decoding: rest.prefix(3), as: UTF8.self).lowercased()
        guard let index = CivilTime.months.firstIndex(where: { $0.description.lowercased() == name }) else { return nil }
        rest = rest.dropFirst(3)
        return index + 1
    }

    /// `Z`, `+01:00` or `+0100`, in seconds east of UTC.
    mutating func zone() -> Int? {
        if take("Z") || take("z") { return 0 }
        let isWest = take("-")
        guard isWest || take("+"), let hours = number(digits: 2) else { return nil }
        _ = take(":")
        guard let minutes = number(digits: 2), hours < 24, minutes < 60 else { return nil }
        return (isWest ? -1 : 1) * (hours * 3600 + minutes * 60)
    }
}
