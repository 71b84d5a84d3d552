import Net

/// A TCP segment in one Ethernet frame of 150 bytes: what Cilium's own figures are quoted for, and a size at which no copy counts.
struct BenchmarkPacket {
    static let size = 150
    static let syn: UInt8 = 0x02
    static let synAck: UInt8 = 0x12
    static let ack: UInt8 = 0x10

    /// One end of a connection.
    struct End {
        let address: IPAddress
        let port: UInt16
    }

    let source: End
    let destination: End
    let flags: UInt8
    let hopLimit: UInt8

    init(_ source: End, _ destination: End, flags: UInt8, hopLimit: UInt8 = .max) {
        (self.source, self.destination, self.flags, self.hopLimit) = (source, destination, flags, hopLimit)
    }

    var isIPv4: Bool { source.address.isIPv4 }

    /// Where the hop limit (IPv6) or the time to live (IPv4) is in the frame.
    var hopLimitOffset: Int { 14 + (isIPv4 ? 8 : 7) }

    /// From the Ethernet header on.
    /// - Parameter mac: of the device it comes in by, or `from_uplink` leaves the packet alone as somebody else's.
    func frame(to mac: MACAddress) -> [UInt8] {
        mac.bytes + [0x02, 0, 0, 0, 0, 0x02] + (isIPv4 ? [0x08, 0x00] + ipv4Header : [0x86, 0xdd] + ipv6Header) + segment
    }

    private var segment: [UInt8] {
        let header = Self.big(source.port) + Self.big(destination.port) + [0, 0, 0, 1, 0, 0, 0, 1, 0x50, flags, 0xff, 0xff, 0, 0, 0, 0]
        return header + [UInt8](repeating: 0x61, count: Self.size - 14 - (isIPv4 ? 20 : 40) - header.count)
    }

    private var ipv6Header: [UInt8] {
        [0x60, 0, 0, 0] + Self.big(UInt16(Self.size - 14 - 40)) + [6, hopLimit] + source.address.bytes + destination.address.bytes
    }

    private var ipv4Header: [UInt8] {
        var header: [UInt8] = [0x45, 0] + Self.big(UInt16(Self.size - 14)) + [0, 1, 0, 0, hopLimit, 6, 0, 0]
        header += source.address.wireBytes + destination.address.wireBytes
        var sum: UInt32 = 0
        for index in stride(from: 0, to: header.count, by: 2) { sum += UInt32(header[index]) << 8 | UInt32(header[index + 1]) }
        while sum >> 16 != 0 { sum = (sum & 0xffff) + (sum >> 16) }
        header.replaceSubrange(10..<12, with: Self.big(~UInt16(truncatingIfNeeded: sum)))
        return header
    }

    private static func big(_ value: UInt16) -> [UInt8] { [UInt8(value >> 8), UInt8(truncatingIfNeeded: value)] }
}
