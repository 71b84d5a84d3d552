import Net

/// One Ethernet frame of 150 bytes: what Cilium's own figures are quoted for, and a size at which no copy counts.
struct BenchmarkPacket {
    static let size = 150
    static let syn: UInt8 = 0x02
    static let synAck: UInt8 = 0x12
    static let ack: UInt8 = 0x10

    /// One end of a connection.
    struct End: Hashable {
        let address: IPAddress
        let port: UInt16
    }

    enum Form {
        /// A TCP segment.
        case segment
        /// The first piece of one, or a later piece.
        case fragment(first: Bool)
        /// A router at `source` says to `destination` that its segment to `End` was too large.
        case tooBig(sentTo: End)
    }

    let source: End
    let destination: End
    let flags: UInt8
    let hopLimit: UInt8
    let form: Form

    init(_ source: End, _ destination: End, flags: UInt8 = Self.ack, hopLimit: UInt8 = .max, form: Form = .segment) {
        (self.source, self.destination, self.flags, self.hopLimit, self.form) = (source, destination, flags, hopLimit, form)
    }

    var isIPv4: Bool { source.address.isIPv4 }

    /// Where the hop limit (IPv6) or the time to live (IPv4) is in the frame.
    var hopLimitOffset: Int { 14 + (isIPv4 ? 8 : 7) }

    /// From the Ethernet header on.
    /// - Parameter mac: of the device it comes in by, or `from_uplink` leaves the packet alone as somebody else's.
    func frame(to mac: MACAddress) -> [UInt8] {
        mac.bytes + [0x02, 0, 0, 0, 0, 0x02] + (isIPv4 ? [0x08, 0x00] : [0x86, 0xdd]) + datagram
    }

    private var datagram: [UInt8] {
        let room = Self.size - 14 - (isIPv4 ? 20 : 40)
        switch form {
        case .segment:
            return header(room, next: 6) + segment(room)
        case .fragment(let first):
            if isIPv4 { return header(room, next: 6, fragment: first ? 0x2000 : 0x4) + segment(room) }
            let extensionHeader: [UInt8] = [6, 0] + Self.big(first ? 1 : 96) + [0, 0, 0, 9]
            return header(room, next: 44) + extensionHeader + segment(room - 8)
        case .tooBig(let other):
            let inside = BenchmarkPacket(destination, other, hopLimit: 63).datagram
            let head: [UInt8] = isIPv4 ? [3, 4, 0, 0, 0, 0, 0x05, 0x14] : [2, 0, 0, 0, 0, 0, 0x05, 0x14]
            return header(room, next: isIPv4 ? 1 : 58) + (head + inside).prefix(room)
        }
    }

    private func segment(_ size: Int) -> [UInt8] {
        let header = Self.big(source.port) + Self.big(destination.port) + [0, 0, 0, 1, 0, 0, 0, 1, 0x50, flags, 0xff, 0xff, 0, 0, 0, 0]
        return header + [UInt8](repeating: 0x61, count: size - header.count)
    }

    private func header(_ payload: Int, next: UInt8, fragment: UInt16 = 0) -> [UInt8] {
        guard isIPv4 else {
            return [0x60, 0, 0, 0] + Self.big(UInt16(payload)) + [next, hopLimit] + source.address.bytes + destination.address.bytes
        }
        var header: [UInt8] = [0x45, 0] + Self.big(UInt16(20 + payload)) + [0, 9] + Self.big(fragment) + [hopLimit, next, 0, 0]
        header += source.address.wireBytes + destination.address.wireBytes
        var sum: UInt32 = 0
        for index in stride(from: 0, to: header.count, by: 2) { sum += UInt32(header[index]) << 8 | UInt32(header[index + 1]) }
        while sum >> 16 != 0 { sum = (sum & 0xffff) + (sum >> 16) }
        header.replaceSubrange(10..<12, with: Self.big(~UInt16(truncatingIfNeeded: sum)))
        return header
    }

    private static func big(_ value: UInt16) -> [UInt8] { [UInt8(value >> 8), UInt8(truncatingIfNeeded: value)] }
}
