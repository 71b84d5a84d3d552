import Net

/// Bytes for a real wire: lengths and checksums are right unless a case makes them wrong.
enum Wire {
    static let tcp: UInt8 = 6, udp: UInt8 = 17, icmpv6: UInt8 = 58

    static func big(_ value: UInt16) -> [UInt8] { [UInt8(value >> 8), UInt8(truncatingIfNeeded: value)] }

    static func ethernet(to: MACAddress, from: MACAddress, type: UInt16, _ payload: [UInt8]) -> [UInt8] {
        to.bytes + from.bytes + big(type) + payload
    }

    /// An IPv6 or IPv4 datagram, by the family of its addresses.
    /// - Parameter length: what the header says of the payload; nil: the truth.
    static func ip(
        _ source: IPAddress, _ destination: IPAddress, next: UInt8, hopLimit: UInt8 = 64, length: Int? = nil, fragment: UInt16 = 0,
        _ payload: [UInt8]
    ) -> [UInt8] {
        guard source.isIPv4 else {
            return [0x60, 0, 0, 0] + big(UInt16(length ?? payload.count)) + [next, hopLimit] + source.bytes + destination.bytes + payload
        }
        var header: [UInt8] = [0x45, 0] + big(UInt16(20 + (length ?? payload.count))) + [0, 7] + big(fragment) + [hopLimit, next, 0, 0]
        header += source.wireBytes + destination.wireBytes
        header.replaceSubrange(10..<12, with: big(~sum(header)))
        return header + payload
    }

    static func udp(_ source: IPAddress, _ sourcePort: UInt16, _ destination: IPAddress, _ port: UInt16, data: Int = 12) -> [UInt8] {
        let segment = big(sourcePort) + big(port) + big(UInt16(8 + data)) + [0, 0] + [UInt8](repeating: 0x62, count: data)
        return checksummed(segment, at: 6, source, destination, udp)
    }

    static func tcp(_ source: IPAddress, _ sourcePort: UInt16, _ destination: IPAddress, _ port: UInt16, flags: UInt8 = 2) -> [UInt8] {
        let segment = big(sourcePort) + big(port) + [0, 0, 0, 1, 0, 0, 0, 0, 0x50, flags, 0xff, 0xff, 0, 0, 0, 0]
        return checksummed(segment, at: 16, source, destination, tcp)
    }

    /// ICMPv6, or ICMP between IPv4 addresses.
    static func icmp(_ source: IPAddress, _ destination: IPAddress, type: UInt8, code: UInt8 = 0, _ rest: [UInt8]) -> [UInt8] {
        let message = [type, code, 0, 0] + rest
        if source.isIPv4 {
            var message = message
            message.replaceSubrange(2..<4, with: big(~sum(message)))
            return message
        }
        return checksummed(message, at: 2, source, destination, icmpv6)
    }

    private static func checksummed(_ segment: [UInt8], at offset: Int, _ source: IPAddress, _ destination: IPAddress, _ next: UInt8) -> [UInt8] {
        var segment = segment
        let pseudo = source.wireBytes + destination.wireBytes + big(UInt16(segment.count)) + [0, next]
        let value = ~sum(pseudo + segment)
        segment.replaceSubrange(offset..<offset + 2, with: big(value == 0 && next == udp ? 0xffff : value))
        return segment
    }

    /// RFC 1071, not complemented.
    private static func sum(_ bytes: [UInt8]) -> UInt16 {
        var sum: UInt32 = 0
        for index in stride(from: 0, to: bytes.count, by: 2) {
            sum += UInt32(bytes[index]) << 8 | UInt32(index + 1 < bytes.count ? bytes[index + 1] : 0)
        }
        while sum >> 16 != 0 { sum = (sum & 0xffff) + (sum >> 16) }
        return UInt16(sum)
    }

    /// A piece of an IPv6 datagram's payload, from `offset` on, behind a fragment header.
    static func piece(_ payload: some Collection<UInt8>, next: UInt8, offset: Int, more: Bool, id: UInt8) -> [UInt8] {
        [next, 0] + big(UInt16(offset) | (more ? 1 : 0)) + [0, 0, 0, id] + payload
    }
}
