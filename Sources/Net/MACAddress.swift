/// A 48-bit Ethernet address.
public struct MACAddress: Hashable, Sendable {
    /// The address as a number: the first byte on the wire is the highest of six.
    public let value: UInt64

    public init(_ value: UInt64) { self.value = value & 0xffff_ffff_ffff }

    /// - Parameter bytes: six bytes, as on the wire.
    public init?(bytes: some Collection<UInt8>) {
        guard bytes.count == 6 else { return nil }
        self.init(bytes.reduce(0) { $0 << 8 | UInt64($1) })
    }

    public var bytes: [UInt8] { (0..<6).map { UInt8(truncatingIfNeeded: value >> UInt64(40 - 8 * $0)) } }

    /// The link-local address that stateless configuration makes of it (RFC 4291 appendix A).
    public var linkLocal: IPAddress {
        let upper = (value >> 24) ^ 0x02_0000
        return IPAddress(high: 0xfe80 << 48, low: upper << 40 | 0xff_fe00_0000 | value & 0xff_ffff)
    }
}

extension MACAddress: LosslessStringConvertible {
    public init?(_ text: String) {
        let parts = text.utf8.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        guard parts.count == 6 else { return nil }
        var value: UInt64 = 0
        for part in parts {
            guard part.count == 2 else { return nil }
            for digit in part {
                guard let nibble = hexadecimal(digit) else { return nil }
                value = value << 4 | UInt64(nibble)
            }
        }
        self.init(value)
    }

    public var description: String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: ":")
    }
}

extension MACAddress: Codable {
    public init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        guard let value = MACAddress(text) else {
            throw DecodingError.dataCorrupted(.init(codingPath: decoder.codingPath, debugDescription: "\(text) is not a MAC address"))
        }
        self = value
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
