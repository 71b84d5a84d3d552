/// An address prefix in CIDR notation, host bits zero.
public struct Prefix: Hashable, Sendable {
    public let address: IPAddress
    /// Bits of the family: 0...32 or 0...128.
    public let length: Int

    /// Clears the host bits of `address`.
    /// - Returns: nil when `length` is not one of the family's.
    public init?(_ address: IPAddress, length: Int) {
        guard (0...address.family.bits).contains(length) else { return nil }
        self.length = length
        self.address = Self.masked(address, bits: address.isIPv4 ? length + 96 : length)
    }

    /// The prefix that holds `address` alone.
    public init(_ address: IPAddress) {
        self.address = address
        self.length = address.family.bits
    }

    public static let ipv6Default = Prefix(unchecked: .unspecified, length: 0)
    public static let ipv4Default = Prefix(unchecked: IPAddress(ipv4: 0), length: 0)

    private init(unchecked address: IPAddress, length: Int) {
        self.address = address
        self.length = length
    }

    private static func masked(_ address: IPAddress, bits: Int) -> IPAddress {
        let high: UInt64 = bits >= 64 ? .max : bits == 0 ? 0 : ~(.max >> UInt64(bits))
        let low: UInt64 = bits <= 64 ? 0 : bits >= 128 ? .max : ~(.max >> UInt64(bits - 64))
        return IPAddress(high: address.high & high, low: address.low & low)
    }

    public var family: IPAddress.Family { address.family }
    public var isHost: Bool { length == family.bits }
    public var isDefault: Bool { length == 0 }
    /// Length in the 128-bit space of v4-mapped addresses.
    public var mappedLength: Int { address.isIPv4 ? length + 96 : length }

    public func contains(_ other: IPAddress) -> Bool {
        other.family == family && Self.masked(other, bits: mappedLength) == address
    }

    public func contains(_ other: Prefix) -> Bool {
        other.length >= length && contains(other.address)
    }

    public func overlaps(_ other: Prefix) -> Bool { contains(other) || other.contains(self) }
}

extension Prefix: Comparable {
    public static func < (a: Prefix, b: Prefix) -> Bool {
        a.address != b.address ? a.address < b.address : a.length < b.length
    }
}

extension Prefix: LosslessStringConvertible {
    /// `ADDRESS/LENGTH`, or a bare address. Host bits must be zero: `init(lenient:)` clears them instead.
    public init?(_ text: String) {
        guard let (address, length) = Self.parse(text), let value = Prefix(address, length: length), value.address == address else { return nil }
        self = value
    }

    /// As `init(_:)`, but host bits may be set and are cleared.
    public init?(lenient text: String) {
        guard let (address, length) = Self.parse(text) else { return nil }
        self.init(address, length: length)
    }

    private static func parse(_ text: String) -> (IPAddress, Int)? {
        guard let slash = text.firstIndex(of: "/") else {
            return IPAddress(text).map { ($0, $0.family.bits) }
        }
        let digits = text[text.index(after: slash)...]
        guard let address = IPAddress(text[..<slash]), (1...3).contains(digits.utf8.count), digits.utf8.allSatisfy({ (48...57).contains($0) }),
            digits == "0" || !digits.hasPrefix("0"), let length = Int(digits), length <= address.family.bits
        else { return nil }
        return (address, length)
    }

    public var description: String { "\(address)/\(length)" }
}

extension Prefix: Codable {
    public init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        guard let value = Prefix(text) else {
            throw DecodingError.dataCorrupted(.init(codingPath: decoder.codingPath, debugDescription: "\(text) is not a prefix"))
        }
        self = value
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
