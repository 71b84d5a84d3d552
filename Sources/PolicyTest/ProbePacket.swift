import Net
import Policy

/// The packets of a probe: the one that opens the flow, and the answer to it.
struct ProbePacket {
    let source: IPAddress
    let destination: IPAddress
    let proto: UInt8
    private let payload: [UInt8]

    /// Where the initiator sends from; ICMP echo's identifier.
    static let sourcePort: UInt16 = 40000

    /// - Parameter isReply: from the responder; nil when the probe's traffic has no answers.
    init?(_ traffic: PolicyProbe.Traffic, from source: IPAddress, to destination: IPAddress, isReply: Bool = false) {
        self.source = source
        self.destination = destination
        switch traffic {
        case .transport(let transport, let port):
            let ports = isReply ? Self.big(port) + Self.big(Self.sourcePort) : Self.big(Self.sourcePort) + Self.big(port)
            proto = transport.rawValue
            switch transport {
            case .tcp: payload = ports + [0, 0, 0, 1, 0, 0, 0, isReply ? 2 : 0, 0x50, isReply ? 0x12 : 0x02, 0xff, 0xff, 0, 0, 0, 0]
            case .udp: payload = ports + [0, 12, 0, 0, 0x61, 0x62, 0x63, 0x64]
            // An INIT chunk, and its acknowledgement.
            case .sctp: payload = ports + [0, 0, 0, isReply ? 1 : 0, 0, 0, 0, 0, isReply ? 2 : 1, 0, 0, 20] + [UInt8](repeating: 0, count: 16)
            }
        case .icmp(let type):
            proto = source.isIPv4 ? 1 : 58
            var sent = type
            if isReply {
                switch (proto, type) {
                case (1, 8): sent = 0
                case (58, 128): sent = 129
                default: return nil
                }
            }
            payload = [sent, 0, 0, 0] + Self.big(Self.sourcePort) + [0, 1, 0x61, 0x62, 0x63, 0x64]
        }
    }

    /// As in the flow tables (bpf/include/fabric/flow.h); host order.
    var ports: (source: UInt16, destination: UInt16) {
        switch (proto, payload[0]) {
        case (1, 8), (58, 128): (Self.sourcePort, 0)
        case (1, 0), (58, 129): (0, Self.sourcePort)
        case (1, let type), (58, let type): (UInt16(type) << 8, UInt16(type) << 8)
        default: (UInt16(payload[0]) << 8 | UInt16(payload[1]), UInt16(payload[2]) << 8 | UInt16(payload[3]))
        }
    }

    /// From the Ethernet header on.
    func frame(to mac: [UInt8]) -> [UInt8] {
        var bytes = mac + [2, 0, 0, 0, 0, 2]
        if source.isIPv4 {
            bytes += [0x08, 0x00]
            var header: [UInt8] = [0x45, 0] + Self.big(UInt16(20 + payload.count)) + [0, 1, 0, 0, 64, proto, 0, 0]
            header += source.wireBytes + destination.wireBytes
            var sum: UInt32 = 0
            for index in stride(from: 0, to: 20, by: 2) { sum += UInt32(header[index]) << 8 | UInt32(header[index + 1]) }
            while sum >> 16 != 0 { sum = (sum & 0xffff) + (sum >> 16) }
            header.replaceSubrange(10..<12, with: Self.big(~UInt16(truncatingIfNeeded: sum)))
            bytes += header
        } else {
            bytes += [0x86, 0xdd, 0x60, 0, 0, 0] + Self.big(UInt16(payload.count)) + [proto, 64] + source.bytes + destination.bytes
        }
        return bytes + payload
    }

    private static func big(_ value: UInt16) -> [UInt8] { [UInt8(value >> 8), UInt8(truncatingIfNeeded: value)] }
}
