import CLinux
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
        let digits = text.utf8.split { !(48...57).contains($0) }.compactMap { Int32(String(decoding: $0, as: UTF8.self)) }
        guard digits.count == 7, text.utf8.count == 24, text.hasSuffix("Z") else { return nil }
        var fields = tm()
        (fields.tm_year, fields.tm_mon, fields.tm_mday) = (digits[0] - 1900, digits[1] - 1, digits[2])
        (fields.tm_hour, fields.tm_min, fields.tm_sec) = (digits[3], digits[4], digits[5])
        nanoseconds = Int64(timegm(&fields)) * 1_000_000_000 + Int64(digits[6]) * 1_000_000
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
