import Net

/// Builds packets byte by byte, with right lengths and IPv4 header checksums.
struct Packet {
    var source: IPAddress
    var destination: IPAddress
    var proto: UInt8
    var hopLimit: UInt8 = 64
    var payload: [UInt8]
    /// IPv6 extension headers as they are, with the first one's protocol number.
    var extensions: (first: UInt8, bytes: [UInt8])?
    var destinationMAC: [UInt8] = [2, 0, 0, 0, 0, 1]
    var sourceMAC: [UInt8] = [2, 0, 0, 0, 0, 2]

    static func tcp(_ source: String, _ sourcePort: UInt16, _ destination: String, _ destinationPort: UInt16, flags: UInt8, data: Int = 0) -> Packet {
        var segment: [UInt8] = big(sourcePort) + big(destinationPort) + [0, 0, 0, 1, 0, 0, 0, 0, 0x50, flags]
        segment += [0xff, 0xff, 0, 0, 0, 0] + [UInt8](repeating: 0x61, count: data)
        return Packet(source: address(source), destination: address(destination), proto: 6, payload: segment)
    }

    static func udp(_ source: String, _ sourcePort: UInt16, _ destination: String, _ destinationPort: UInt16, data: Int = 12) -> Packet {
        Packet(
            source: address(source), destination: address(destination), proto: 17,
            payload: big(sourcePort) + big(destinationPort) + big(UInt16(8 + data)) + [0, 0] + [UInt8](repeating: 0x62, count: data))
    }

    /// ICMPv6, or ICMP between IPv4 addresses.
    static func icmp(_ source: String, _ destination: String, type: UInt8, code: UInt8 = 0, rest: [UInt8] = [0x12, 0x34, 0, 1]) -> Packet {
        let from = address(source)
        return Packet(source: from, destination: address(destination), proto: from.isIPv4 ? 1 : 58, payload: [type, code, 0, 0] + rest)
    }

    static func address(_ text: String) -> IPAddress {
        guard let address = IPAddress(text) else { preconditionFailure("\(text) in a test is no address") }
        return address
    }

    static func big(_ value: UInt16) -> [UInt8] { [UInt8(value >> 8), UInt8(truncatingIfNeeded: value)] }

    /// From the IP header on.
    var datagram: [UInt8] {
        if let _ = source.ipv4 {
            var header: [UInt8] = [0x45, 0] + Packet.big(UInt16(20 + payload.count)) + [0, 1, 0, 0, hopLimit, proto, 0, 0]
            header += source.wireBytes + destination.wireBytes
            var sum: UInt32 = 0
            for index in stride(from: 0, to: 20, by: 2) { sum += UInt32(header[index]) << 8 | UInt32(header[index + 1]) }
            while sum >> 16 != 0 { sum = (sum & 0xffff) + (sum >> 16) }
            header.replaceSubrange(10..<12, with: Packet.big(~UInt16(truncatingIfNeeded: sum)))
            return header + payload
        }
        let body = (extensions?.bytes ?? []) + payload
        return [0x60, 0, 0, 0] + Packet.big(UInt16(body.count)) + [extensions?.first ?? proto, hopLimit] + source.bytes + destination.bytes + body
    }

    var bytes: [UInt8] { destinationMAC + sourceMAC + (source.isIPv4 ? [0x08, 0x00] : [0x86, 0xdd]) + datagram }
}
