import Glibc
import Net

/// One line about a packet, in the manner of tcpdump:
///
///     12:00:00.123456 IP6 [fd00:cafe:0:1::10]:44512 > [fd00:cafe:0:2::10]:5432 TCP SYN length 80 hlim 62
///     12:00:00.123456 IP6 fd00:cafe:0:1::10 > fd00:cafe:0:2::10 ICMPv6 echo request id 7 seq 1 length 104 hlim 62
///
/// The time is this machine's; the length is that of the network-layer packet.
public struct PacketText {
    /// Of the link type: where the network layer begins.
    private let linkType: Int32

    /// - Parameter linkType: LINKTYPE_ number of pcap-linktype(7). Ethernet, raw IP and Linux cooked are read.
    public init(linkType: Int32) { self.linkType = linkType }

    public func line(_ packet: CapturedPacket) -> String { "\(Self.time(packet)) \(content(packet))" }

    /// `HH:MM:SS.uuuuuu`.
    static func time(_ packet: CapturedPacket) -> String {
        func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
        var seconds = time_t(packet.seconds)
        var local = tm()
        localtime_r(&seconds, &local)
        let micro = String(packet.nanoseconds / 1000)
        return "\(two(local.tm_hour)):\(two(local.tm_min)):\(two(local.tm_sec))." + String(repeating: "0", count: max(0, 6 - micro.count)) + micro
    }

    /// The line without the time.
    func content(_ packet: CapturedPacket) -> String {
        var bytes = ByteReader(packet.bytes)
        let network: UInt16?
        switch linkType {
        case 1:
            bytes.skip(12)
            network = bytes.uint16()
        case 12, 14, 101: network = packet.bytes.first.map { $0 >> 4 == 4 ? 0x0800 : 0x86dd }
        case 113:
            bytes.skip(14)
            network = bytes.uint16()
        default: return "link type \(linkType), \(packet.length) bytes"
        }
        guard var type = network else { return "short frame, \(packet.length) bytes" }
        // 802.1Q and 802.1ad tags.
        while type == 0x8100 || type == 0x88a8 {
            bytes.skip(2)
            guard let inner = bytes.uint16() else { return "short frame, \(packet.length) bytes" }
            type = inner
        }
        let text: String? =
            switch type {
            case 0x86dd: ipv6(&bytes)
            case 0x0800: ipv4(&bytes)
            case 0x0806: arp(&bytes)
            default: "ethertype 0x\(String(type, radix: 16)), \(packet.length) bytes"
            }
        return text ?? "\(type == 0x86dd ? "IP6" : type == 0x0800 ? "IP" : "ARP") cut short, \(packet.length) bytes"
    }

    // MARK: - Network layer

    /// RFC 8200.
    private func ipv6(_ bytes: inout ByteReader) -> String? {
        guard let first = bytes.uint32(), first >> 28 == 6, let payload = bytes.uint16(), var next = bytes.uint8(), let hops = bytes.uint8(),
            let source = bytes.address(16), let destination = bytes.address(16)
        else { return nil }
        var notes = ""
        var isLaterFragment = false
        headers: while true {
            switch next {
            case 0, 43, 60:
                guard let following = bytes.uint8(), let units = bytes.uint8() else { return nil }
                notes += next == 0 ? " hop-by-hop" : next == 43 ? " routing" : " destination-options"
                bytes.skip(Int(units) * 8 + 6)
                next = following
            case 44:
                guard let following = bytes.uint8(), bytes.uint8() != nil, let field = bytes.uint16(), let id = bytes.uint32() else { return nil }
                notes += " frag \(field & 0xfff8)\(field & 1 == 1 ? "+" : "") id 0x\(String(id, radix: 16))"
                isLaterFragment = field >> 3 != 0
                next = following
            default: break headers
            }
        }
        let length = Int(payload) == 0 ? bytes.rest + 40 : Int(payload) + 40
        return "IP6 "
            + (isLaterFragment ? plain(source, destination, next) : transport(next, source, destination, &bytes)) + notes
            + " length \(length) hlim \(hops)"
    }

    /// RFC 791.
    private func ipv4(_ bytes: inout ByteReader) -> String? {
        guard let first = bytes.uint8(), first >> 4 == 4, bytes.uint8() != nil, let length = bytes.uint16(), let id = bytes.uint16(),
            let fragment = bytes.uint16(), let ttl = bytes.uint8(), let proto = bytes.uint8(), bytes.uint16() != nil, let source = bytes.address(4),
            let destination = bytes.address(4)
        else { return nil }
        bytes.skip(max(0, Int(first & 15) * 4 - 20))
        let offset = Int(fragment & 0x1fff) * 8
        let isFragment = fragment & 0x3fff != 0
        let note = isFragment ? " frag \(offset)\(fragment & 0x2000 != 0 ? "+" : "") id 0x\(String(id, radix: 16))" : ""
        return "IP " + (offset > 0 ? plain(source, destination, proto) : transport(proto, source, destination, &bytes)) + note
            + " length \(length) ttl \(ttl)"
    }

    /// RFC 826.
    private func arp(_ bytes: inout ByteReader) -> String? {
        bytes.skip(6)
        guard let operation = bytes.uint16() else { return nil }
        bytes.skip(6)
        guard let sender = bytes.address(4) else { return nil }
        bytes.skip(6)
        guard let target = bytes.address(4) else { return nil }
        return operation == 1 ? "ARP who has \(target) tell \(sender)" : "ARP \(sender) is at its address"
    }

    private func plain(_ source: IPAddress, _ destination: IPAddress, _ proto: UInt8) -> String {
        "\(source) > \(destination) \(Self.protocolName(proto))"
    }

    // MARK: - Transport layer

    private func transport(_ proto: UInt8, _ source: IPAddress, _ destination: IPAddress, _ bytes: inout ByteReader) -> String {
        switch proto {
        case 6, 17, 132:
            guard let from = bytes.uint16(), let to = bytes.uint16() else { return plain(source, destination, proto) + " cut short" }
            let text = "\(source.bracketed):\(from) > \(destination.bracketed):\(to) \(Self.protocolName(proto))"
            if proto != 6 { return text }
            bytes.skip(8)
            guard let field = bytes.uint16() else { return text }
            return "\(text) \(Self.tcpFlags(UInt8(truncatingIfNeeded: field)))"
        case 1, 58:
            guard let type = bytes.uint8(), let code = bytes.uint8() else { return plain(source, destination, proto) + " cut short" }
            bytes.skip(2)
            let what = proto == 58 ? ICMPText.version6(type, code, &bytes) : ICMPText.version4(type, code, &bytes)
            return "\(plain(source, destination, proto)) \(what)"
        default: return plain(source, destination, proto)
        }
    }

    /// In the order of Hubble's summary: `SYN, ACK`.
    static func tcpFlags(_ flags: UInt8) -> String {
        let names = [(0x02, "SYN"), (0x10, "ACK"), (0x01, "FIN"), (0x04, "RST"), (0x08, "PSH"), (0x20, "URG"), (0x40, "ECE"), (0x80, "CWR")]
        let set = names.filter { Int(flags) & $0.0 != 0 }.map(\.1)
        return set.isEmpty ? "no flags" : set.joined(separator: ",")
    }

    /// IANA's protocol numbers, those that a fabric may show.
    static func protocolName(_ number: UInt8) -> String {
        switch number {
        case 1: "ICMP"
        case 2: "IGMP"
        case 4: "IPIP"
        case 6: "TCP"
        case 17: "UDP"
        case 41: "IP6-in-IP"
        case 47: "GRE"
        case 50: "ESP"
        case 51: "AH"
        case 58: "ICMPv6"
        case 59: "no next header"
        case 89: "OSPF"
        case 132: "SCTP"
        default: "proto \(number)"
        }
    }
}

/// What ICMP messages say.
enum ICMPText {
    /// RFC 4443, RFC 4861, RFC 3810. The reader stands after the checksum.
    static func version6(_ type: UInt8, _ code: UInt8, _ bytes: inout ByteReader) -> String {
        switch type {
        case 1: return "destination unreachable code \(code)"
        case 2: return "packet too big" + (bytes.uint32().map { " mtu \($0)" } ?? "")
        case 3: return code == 0 ? "time exceeded" : "reassembly time exceeded"
        case 4: return "parameter problem code \(code)"
        case 128: return "echo request" + echo(&bytes)
        case 129: return "echo reply" + echo(&bytes)
        case 130, 131, 132, 143: return "multicast listener"
        case 133: return "router solicitation"
        case 134: return "router advertisement"
        case 135, 136:
            bytes.skip(4)
            return "neighbour \(type == 135 ? "solicitation" : "advertisement")" + (bytes.address(16).map { " \($0)" } ?? "")
        case 137: return "redirect"
        default: return "type \(type) code \(code)"
        }
    }

    /// RFC 792.
    static func version4(_ type: UInt8, _ code: UInt8, _ bytes: inout ByteReader) -> String {
        switch type {
        case 0: return "echo reply" + echo(&bytes)
        case 3: return "destination unreachable code \(code)"
        case 5: return "redirect"
        case 8: return "echo request" + echo(&bytes)
        case 11: return code == 0 ? "time exceeded" : "reassembly time exceeded"
        default: return "type \(type) code \(code)"
        }
    }

    private static func echo(_ bytes: inout ByteReader) -> String {
        guard let id = bytes.uint16(), let sequence = bytes.uint16() else { return "" }
        return " id \(id) seq \(sequence)"
    }
}

/// Reads bytes from first to last; nil beyond the end.
struct ByteReader {
    private let bytes: [UInt8]
    private var position = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// Bytes left.
    var rest: Int { max(0, bytes.count - position) }

    mutating func skip(_ count: Int) { position += count }

    mutating func uint8() -> UInt8? { number(1).map { UInt8($0) } }
    mutating func uint16() -> UInt16? { number(2).map { UInt16($0) } }
    mutating func uint32() -> UInt32? { number(4).map { UInt32($0) } }

    mutating func address(_ count: Int) -> IPAddress? { take(count).flatMap { IPAddress(bytes: $0) } }

    private mutating func number(_ count: Int) -> UInt64? { take(count)?.reduce(0) { $0 << 8 | UInt64($1) } }

    private mutating func take(_ count: Int) -> ArraySlice<UInt8>? {
        guard position + count <= bytes.count else { return nil }
        defer { position += count }
        return bytes[position..<(position + count)]
    }
}
