internal import Net

/// A BGP Identifier: any 32-bit number but 0, unique within the AS (RFC 6286). Written as an IPv4 address.
public struct RouterID: Hashable, Sendable {
    public let value: UInt32

    public init(_ value: UInt32) { self.value = value }
}

extension RouterID: Comparable {
    /// As unsigned numbers: the order that decides collisions (RFC 4271 section 6.8).
    public static func < (a: RouterID, b: RouterID) -> Bool { a.value < b.value }
}

extension RouterID: LosslessStringConvertible {
    /// Dotted, and not 0.0.0.0.
    public init?(_ text: String) {
        guard let value = IPAddress(text)?.ipv4, value != 0 else { return nil }
        self.init(value)
    }

    public var description: String { IPAddress(ipv4: value).description }
}

/// Numbers of autonomous systems with a meaning of their own.
public enum ASNumber {
    /// Stands for a number that a two-octet speaker cannot carry (RFC 6793 section 9).
    public static let transition: UInt32 = 23456
    /// Must appear nowhere (RFC 7607).
    public static let reserved: UInt32 = 0
}

/// A monotonic time or a span of it, in nanoseconds. Whose zero is the driver's choice: only differences count.
public typealias Nanoseconds = UInt64

extension Nanoseconds {
    public static func seconds(_ count: some BinaryInteger) -> Nanoseconds { scaled(UInt64(clamping: count), by: 1_000_000_000) }
    public static func milliseconds(_ count: some BinaryInteger) -> Nanoseconds { scaled(UInt64(clamping: count), by: 1_000_000) }

    /// Saturates: 584 years are for ever.
    private static func scaled(_ count: UInt64, by factor: UInt64) -> Nanoseconds {
        let (value, overflow) = count.multipliedReportingOverflow(by: factor)
        return overflow ? .max : value
    }
}
