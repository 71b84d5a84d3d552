@testable import BGP
import Net

/// `"ffff 0013 04"`: hexadecimal digits, spaces and line ends between them ignored.
func hex(_ text: String) -> [UInt8] {
    let digits = text.utf8.compactMap { Character(UnicodeScalar($0)).hexDigitValue }
    return stride(from: 0, to: digits.count - 1, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
}

/// A message with a header of its own.
func message(_ type: UInt8, _ body: [UInt8] = []) -> [UInt8] {
    let length = body.count + 19
    return [UInt8](repeating: 0xff, count: 16) + [UInt8(length >> 8), UInt8(length & 255), type] + body
}

/// What NLRI says of a prefix.
func nlri(_ text: String) -> [UInt8] {
    var bytes: [UInt8] = []
    if let prefix = Prefix(text) { bytes.write(prefix) }
    return bytes
}

func prefix(_ text: String) -> Prefix { Prefix(text) ?? .ipv6Default }
func address(_ text: String) -> IPAddress { IPAddress(text) ?? .unspecified }

/// One attribute, its length in one byte, or two where the flags say so.
func attribute(_ flags: UInt8, _ type: UInt8, _ value: [UInt8]) -> [UInt8] {
    [flags, type] + (flags & 0x10 != 0 ? [UInt8(value.count >> 8), UInt8(value.count & 255)] : [UInt8(value.count & 255)]) + value
}

/// An UPDATE of these attributes, with IPv4 fields if wanted.
func update(_ attributes: [[UInt8]], withdrawn: [UInt8] = [], nlri: [UInt8] = []) -> [UInt8] {
    let block = attributes.flatMap { $0 }
    return message(
        2,
        [UInt8(withdrawn.count >> 8), UInt8(withdrawn.count & 255)] + withdrawn + [UInt8(block.count >> 8), UInt8(block.count & 255)] + block + nlri)
}

/// Attributes that are as they should be.
enum Good {
    static let origin = attribute(0x40, 1, [0])
    static let asPath = attribute(0x40, 2, hex("02 01 0000fe4d"))
    static let nextHop = attribute(0x40, 3, [192, 0, 2, 9])

    static func reach(_ prefixes: String..., hop: String = "2001:db8::9") -> [UInt8] {
        reach(prefixes.flatMap { BGPTests.nlri($0) }, hop: address(hop).bytes)
    }

    static func reach(_ nlri: [UInt8], hop: [UInt8]) -> [UInt8] {
        attribute(0x90, 14, hex("0002 01") + [UInt8(hop.count)] + hop + [0] + nlri)
    }

    static func unreach(_ prefixes: String...) -> [UInt8] {
        attribute(0x90, 15, hex("0002 01") + prefixes.flatMap { BGPTests.nlri($0) })
    }
}

/// An OPEN whose parts can be bent.
struct OpenBytes {
    var version: UInt8 = 4
    var asNumber: UInt16 = 65101
    var holdTime: UInt16 = 90
    var identifier: [UInt8] = [10, 0, 0, 9]
    var capabilities: [[UInt8]] = OpenBytes.usual()
    /// Instead of the capabilities, with their length.
    var parameters: [UInt8]?

    static func usual(asNumber: UInt32 = 65101) -> [[UInt8]] {
        [
            hex("01 04 0002 00 01"), hex("01 04 0001 00 01"), hex("02 00"),
            [65, 4] + (0..<4).map { UInt8(truncatingIfNeeded: asNumber >> UInt32(24 - 8 * $0)) },
        ]
    }

    var bytes: [UInt8] {
        let list = capabilities.flatMap { $0 }
        let usual = list.isEmpty ? [0] : [UInt8(truncatingIfNeeded: list.count + 2), 2, UInt8(truncatingIfNeeded: list.count)] + list
        return message(
            1,
            [version, UInt8(asNumber >> 8), UInt8(asNumber & 255), UInt8(holdTime >> 8), UInt8(holdTime & 255)] + identifier + (parameters ?? usual))
    }
}
