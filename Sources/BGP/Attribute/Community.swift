/// A standard community (RFC 1997): `AS:VALUE` or one of IANA's names.
public struct Community: Hashable, Sendable {
    public let value: UInt32

    public init(_ value: UInt32) { self.value = value }

    /// IANA's registry of well-known communities, under the names of Cilium's API.
    private static let names: [(String, UInt32)] = [
        ("internet", 0), ("planned-shut", 0xffff_0000), ("accept-own", 0xffff_0001), ("route-filter-translated-v4", 0xffff_0002),
        ("route-filter-v4", 0xffff_0003), ("route-filter-translated-v6", 0xffff_0004), ("route-filter-v6", 0xffff_0005),
        ("llgr-stale", 0xffff_0006), ("no-llgr", 0xffff_0007), ("blackhole", 0xffff_029a), ("no-export", 0xffff_ff01),
        ("no-advertise", 0xffff_ff02), ("no-export-subconfed", 0xffff_ff03), ("no-peer", 0xffff_ff04),
    ]

    /// The name of a well-known community, if it is one.
    public var name: String? { Self.names.first { $0.1 == value }?.0 }

    /// Every name that `init(_:)` takes.
    public static let wellKnownNames = names.map(\.0)
}

extension Community: Comparable {
    public static func < (a: Community, b: Community) -> Bool { a.value < b.value }
}

extension Community: LosslessStringConvertible {
    /// `AS:VALUE` of two 16-bit numbers, one 32-bit number, or a well-known name. `graceful-shutdown` is RFC 8326's name of planned-shut.
    public init?(_ text: String) {
        if let known = Self.names.first(where: { $0.0 == text }) {
            self.value = known.1
        } else if text == "graceful-shutdown" {
            self.value = 0xffff_0000
        } else if let parts = decimals(text, count: 2, below: 1 << 16) {
            self.value = UInt32(parts[0] << 16 | parts[1])
        } else if let parts = decimals(text, count: 1, below: 1 << 32) {
            self.value = UInt32(parts[0])
        } else {
            return nil
        }
    }

    public var description: String { "\(value >> 16):\(value & 0xffff)" }
}

/// A large community (RFC 8092): three 32-bit numbers, `GLOBAL:LOCAL1:LOCAL2`.
public struct LargeCommunity: Hashable, Sendable {
    public let global: UInt32
    public let local1: UInt32
    public let local2: UInt32

    public init(_ global: UInt32, _ local1: UInt32, _ local2: UInt32) {
        self.global = global
        self.local1 = local1
        self.local2 = local2
    }
}

extension LargeCommunity: Comparable {
    public static func < (a: LargeCommunity, b: LargeCommunity) -> Bool {
        (a.global, a.local1, a.local2) < (b.global, b.local1, b.local2)
    }
}

extension LargeCommunity: LosslessStringConvertible {
    public init?(_ text: String) {
        guard let parts = decimals(text, count: 3, below: 1 << 32) else { return nil }
        self.init(UInt32(parts[0]), UInt32(parts[1]), UInt32(parts[2]))
    }

    public var description: String { "\(global):\(local1):\(local2)" }
}

/// Exactly `count` decimal numbers between colons, each below the limit, without signs or leading zeros.
private func decimals(_ text: String, count: Int, below limit: UInt64) -> [UInt64]? {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == count else { return nil }
    var numbers: [UInt64] = []
    for part in parts {
        guard part.utf8.allSatisfy({ (48...57).contains($0) }), part == "0" || part.utf8.first != 48, let number = UInt64(part), number < limit else {
            return nil
        }
        numbers.append(number)
    }
    return numbers
}
