/// An IPv6 address, or an IPv4 address in its v4-mapped form (`::ffff:a.b.c.d`, RFC 4291 section 2.5.5.2).
///
/// Ordered as 128-bit numbers, IPv6 before IPv4. Text is RFC 5952 for IPv6 and dotted for IPv4.
public struct IPAddress: Hashable, Sendable {
    /// The first eight bytes as a big-endian number.
    public let high: UInt64
    /// The last eight bytes as a big-endian number.
    public let low: UInt64

    public enum Family: UInt8, Sendable, Hashable, Codable {
        case ipv4 = 4
        case ipv6 = 6

        /// Bits in an address of this family: 32 or 128.
        public var bits: Int { self == .ipv4 ? 32 : 128 }
    }

    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// - Parameter bytes: 16 bytes of an IPv6 (or v4-mapped) address, or 4 of an IPv4 address, network order.
    public init?(bytes: some Collection<UInt8>) {
        if bytes.count == 4 {
            self.init(ipv4: bytes.reduce(0) { $0 << 8 | UInt32($1) })
        } else if bytes.count == 16 {
            self.init(
                high: bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) },
                low: bytes.dropFirst(8).reduce(0) { $0 << 8 | UInt64($1) })
        } else {
            return nil
        }
    }

    /// - Parameter ipv4: the address as a number, host order (`0x7f000001` is 127.0.0.1).
    public init(ipv4: UInt32) {
        self.init(high: 0, low: 0xffff_0000_0000 | UInt64(ipv4))
    }

    public var isIPv4: Bool { high == 0 && low >> 32 == 0xffff }
    public var family: Family { isIPv4 ? .ipv4 : .ipv6 }

    /// The IPv4 address as a number in host order, or nil.
    public var ipv4: UInt32? { isIPv4 ? UInt32(truncatingIfNeeded: low) : nil }

    /// 16 bytes, network order; IPv4 v4-mapped.
    public var bytes: [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: high >> UInt64(56 - 8 * $0)) }
            + (0..<8).map { UInt8(truncatingIfNeeded: low >> UInt64(56 - 8 * $0)) }
    }

    /// 4 or 16 bytes, network order, as on the wire.
    public var wireBytes: [UInt8] { isIPv4 ? Array(bytes.suffix(4)) : bytes }

    public var isUnspecified: Bool { isIPv4 ? low & 0xffff_ffff == 0 : high == 0 && low == 0 }
    public var isLoopback: Bool { isIPv4 ? (low >> 24) & 0xff == 127 : high == 0 && low == 1 }
    public var isMulticast: Bool { isIPv4 ? (low >> 28) & 0xf == 0xe : high >> 56 == 0xff }
    /// fe80::/10 or 169.254.0.0/16.
    public var isLinkLocal: Bool { isIPv4 ? (low >> 16) & 0xffff == 0xa9fe : high >> 54 == 0x3fa }

    public static let unspecified = IPAddress(high: 0, low: 0)

    /// This address plus `offset`, wrapping within 128 bits.
    public func advanced(by offset: UInt64) -> IPAddress {
        let (sum, carry) = low.addingReportingOverflow(offset)
        return IPAddress(high: carry ? high &+ 1 : high, low: sum)
    }
}

extension IPAddress: Comparable {
    public static func < (a: IPAddress, b: IPAddress) -> Bool {
        if a.isIPv4 != b.isIPv4 { return b.isIPv4 }
        return a.high != b.high ? a.high < b.high : a.low < b.low
    }
}

extension IPAddress: LosslessStringConvertible {
    /// Dotted IPv4, or RFC 4291 text IPv6. No zone, no prefix length, no brackets, no octal IPv4 parts.
    /// A v4-mapped IPv6 literal is refused: IPv4 is written as IPv4.
    public init?(_ text: some StringProtocol) {
        let characters = Array(text.utf8)
        if characters.contains(UInt8(ascii: ":")) {
            guard let value = Self.parseIPv6(characters), !value.isIPv4 else { return nil }
            self = value
        } else {
            guard let value = Self.parseIPv4(characters[...]) else { return nil }
            self.init(ipv4: value)
        }
    }

    public init?(_ description: String) {
        self.init(description[...])
    }

    private static func parseIPv4(_ text: ArraySlice<UInt8>) -> UInt32? {
        let parts = text.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var value: UInt32 = 0
        for part in parts {
            guard (1...3).contains(part.count), part.allSatisfy({ (48...57).contains($0) }), part.count == 1 || part.first != 48 else { return nil }
            let number = part.reduce(UInt32(0)) { $0 * 10 + UInt32($1 - 48) }
            guard number < 256 else { return nil }
            value = value << 8 | number
        }
        return value
    }

    private static func parseIPv6(_ text: [UInt8]) -> IPAddress? {
        let colon = UInt8(ascii: ":")
        var groups: [UInt16] = []
        var gap: Int?
        var rest = text[...]
        if rest.starts(with: [colon, colon]) {
            gap = 0
            rest = rest.dropFirst(2)
        }
        while !rest.isEmpty {
            let part = rest.prefix { $0 != colon }
            rest = rest.dropFirst(part.count)
            if part.contains(UInt8(ascii: ".")) {
                guard rest.isEmpty, groups.count <= 6, let value = parseIPv4(part) else { return nil }
                groups.append(UInt16(value >> 16))
                groups.append(UInt16(truncatingIfNeeded: value))
                break
            }
            guard (1...4).contains(part.count) else { return nil }
            var value: UInt16 = 0
            for digit in part {
                guard let nibble = hexadecimal(digit) else { return nil }
                value = value << 4 | UInt16(nibble)
            }
            groups.append(value)
            guard groups.count <= 8 else { return nil }
            if rest.isEmpty { break }
            rest = rest.dropFirst()
            if rest.first == colon {
                guard gap == nil else { return nil }
                gap = groups.count
                rest = rest.dropFirst()
            } else if rest.isEmpty {
                return nil
            }
        }
        if let gap {
            guard groups.count < 8 else { return nil }
            groups.insert(contentsOf: repeatElement(0, count: 8 - groups.count), at: gap)
        }
        guard groups.count == 8 else { return nil }
        return IPAddress(
            high: groups[0..<4].reduce(0) { $0 << 16 | UInt64($1) },
            low: groups[4..<8].reduce(0) { $0 << 16 | UInt64($1) })
    }

    public var description: String {
        if let value = ipv4 {
            return "\(value >> 24).\(value >> 16 & 255).\(value >> 8 & 255).\(value & 255)"
        }
        let groups = (0..<8).map { UInt16(truncatingIfNeeded: ($0 < 4 ? high : low) >> UInt64(48 - 16 * ($0 % 4))) }
        // RFC 5952 section 4.2: the longest run of zero groups, the first of equals, never a single one.
        var best = 0..<0
        var start: Int?
        for index in 0...8 {
            if index < 8, groups[index] == 0 {
                start = start ?? index
            } else if let first = start {
                if index - first > best.count { best = first..<index }
                start = nil
            }
        }
        func text(_ groups: ArraySlice<UInt16>) -> String {
            groups.map { String($0, radix: 16) }.joined(separator: ":")
        }
        guard best.count > 1 else { return text(groups[...]) }
        return text(groups[..<best.lowerBound]) + "::" + text(groups[best.upperBound...])
    }

    /// As in `[2001:db8::1]:80` and `192.0.2.1:80`: bracketed when IPv6.
    public var bracketed: String { isIPv4 ? description : "[\(description)]" }
}

extension IPAddress: Codable {
    public init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        guard let value = IPAddress(text) else {
            throw DecodingError.dataCorrupted(.init(codingPath: decoder.codingPath, debugDescription: "\(text) is not an address"))
        }
        self = value
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

/// The value of a hexadecimal digit in ASCII.
func hexadecimal(_ digit: UInt8) -> UInt8? {
    switch digit {
    case 48...57: digit - 48
    case 65...70: digit - 55
    case 97...102: digit - 87
    default: nil
    }
}
