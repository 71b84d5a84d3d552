import Net
import Policy

/// What the end of a policy key names: all traffic, a protocol, or ports of it that share their first bits.
public struct PortKey: Hashable, Comparable, Sendable {
    /// IP protocol number; 0 with no bits.
    public let proto: UInt8
    /// Of `FABRIC_POLICY_BITS` on: 0, 8, or 8 and those of the port.
    public let bits: UInt8
    /// The first port; ICMP: type in the high byte, code in the low one.
    public let port: UInt16

    public static let everything = PortKey(proto: 0, bits: 0, port: 0)

    public init(proto: UInt8, bits: UInt8, port: UInt16) {
        self.proto = proto
        self.bits = bits
        self.port = port
    }

    /// Those that hold others come before them.
    public static func < (a: PortKey, b: PortKey) -> Bool { a.order < b.order }
    private var order: UInt32 { UInt32(proto) << 24 | UInt32(port) << 8 | UInt32(bits) }

    public func contains(_ other: PortKey) -> Bool {
        if bits == 0 { return true }
        guard other.bits >= bits, other.proto == proto else { return false }
        return (other.port ^ port) >> (24 - UInt16(bits)) == 0
    }

    public func contains(proto: UInt8, port: UInt16) -> Bool { contains(PortKey(proto: proto, bits: 24, port: port)) }

    /// The ports that it names.
    public var ports: ClosedRange<UInt16> { port...(port | (bits <= 8 ? .max : UInt16.max >> (UInt16(bits) - 8))) }
}

extension PortKey {
    /// The fewest keys that together name a range of ports.
    static func covering(_ proto: UInt8, _ range: ClosedRange<UInt16>) -> [PortKey] {
        var out: [PortKey] = []
        var first = UInt32(range.lowerBound)
        let end = UInt32(range.upperBound) + 1
        while first < end {
            var size: UInt32 = first == 0 ? 65536 : first & (~first &+ 1)
            while first + size > end { size >>= 1 }
            out.append(PortKey(proto: proto, bits: UInt8(24 - size.trailingZeroBitCount), port: UInt16(first)))
            first += size
        }
        return out
    }

    /// - Parameter responder: named ports of the end that answers.
    static func keys(of match: PortMatch, responder: [ContainerPort]) -> [PortKey] {
        switch match {
        case .ports(let transport, let range):
            return (transport.map { [$0] } ?? TransportProtocol.allCases).flatMap { covering($0.rawValue, range) }
        case .named(let transport, let name):
            return responder.filter { $0.name == name && (transport == nil || $0.protocol == transport) }.map {
                PortKey(proto: $0.protocol.rawValue, bits: 24, port: $0.port)
            }
        case .icmp(let family, let type):
            return [PortKey(proto: family == .ipv4 ? 1 : 58, bits: 16, port: UInt16(type) << 8)]
        }
    }
}

extension PortMatch {
    var isNamed: Bool {
        if case .named = self { return true }
        return false
    }
}
