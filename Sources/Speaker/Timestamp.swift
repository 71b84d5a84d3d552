import Glibc

/// A moment of the calendar, in documents as RFC 3339 text with milliseconds.
public struct Timestamp: Hashable, Comparable, Sendable, Codable, CustomStringConvertible {
    /// ns since 1970.
    public let nanoseconds: Int64

    public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    public static var now: Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
    }

    /// ns from this moment to another.
    public func distance(to other: Timestamp) -> Int64 { other.nanoseconds - nanoseconds }

    public static func < (a: Self, b: Self) -> Bool { a.nanoseconds < b.nanoseconds }

    public var description: String {
        var seconds = time_t(nanoseconds / 1_000_000_000)
        var fields = tm()
        gmtime_r(&seconds, &fields)
        func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let milliseconds = nanoseconds % 1_000_000_000 / 1_000_000
        let fraction = String(repeating: "0", count: milliseconds < 10 ? 2 : milliseconds < 100 ? 1 : 0) + "\(milliseconds)"
        return "\(fields.tm_year + 1900)-\(two(fields.tm_mon + 1))-\(two(fields.tm_mday))T"
            + "\(two(fields.tm_hour)):\(two(fields.tm_min)):\(two(fields.tm_sec)).\(fraction)Z"
    }

    /// As `description` writes it.
    public init?(_ text: String) {
        var fields = tm()
        guard let rest = text.withCString({ start in strptime(start, "%Y-%m-%dT%H:%M:%S", &fields).map { String(cString: $0) } }),
            rest.count == 5, rest.first == ".", rest.last == "Z", let milliseconds = Int64(rest.dropFirst().dropLast())
        else { return nil }
        nanoseconds = Int64(timegm(&fields)) * 1_000_000_000 + milliseconds * 1_000_000
    }

    public init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        guard let value = Self(text) else {
            throw DecodingError.dataCorrupted(.init(codingPath: decoder.codingPath, debugDescription: "\(text) is not a time"))
        }
        self = value
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
