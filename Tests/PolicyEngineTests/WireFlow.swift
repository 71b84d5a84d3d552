import Net

/// What a frame is to policy, read from the standards (RFC 791, 8200, 4302, 792, 4443) and from no line of the programs.
struct WireFlow: Hashable {
    var source: IPAddress
    var destination: IPAddress
    var proto: UInt8
    /// 0 where there are none; an echo's identifier is its sender's port.
    var sourcePort: UInt16 = 0
    /// The responder's; ICMP that is no echo: type and code.
    var port: UInt16 = 0

    var reversed: WireFlow { WireFlow(source: destination, destination: source, proto: proto, sourcePort: port, port: sourcePort) }

    /// Fragments of one datagram.
    struct Datagram: Hashable {
        let source: IPAddress
        let destination: IPAddress
        let identification: [UInt8]
        let proto: UInt8
    }

    enum Meaning {
        /// - Parameter datagram: that this is the first fragment of.
        case packet(WireFlow, first: Datagram?)
        case laterFragment(Datagram)
        /// An error about a flow; nil when what it is about cannot be told. `itself` is what it is as a packet of ICMP.
        case error(itself: WireFlow, about: WireFlow?, first: Datagram?)
        /// No receiver can make anything of it.
        case nothing
    }

    /// Whatever its version says: the link's protocol number says what it is, and a receiver drops another version.
    /// - Parameter frame: from the Ethernet header on.
    static func meaning(_ frame: [UInt8]) -> Meaning {
        guard frame.count >= 14 else { return .nothing }
        switch (frame[12], frame[13]) {
        case (0x08, 0): return ofIPv4(frame[14...])
        case (0x86, 0xdd): return ofIPv6(frame[14...])
        default: return .nothing
        }
    }

    private static func ofIPv4(_ packet: ArraySlice<UInt8>) -> Meaning {
        let bytes = Array(packet)
        guard bytes.count >= 20, bytes[0] & 15 >= 5, bytes.count >= Int(bytes[0] & 15) * 4 else { return .nothing }
        let source = mapped(bytes[12..<16]), destination = mapped(bytes[16..<20])
        guard let source, let destination else { return .nothing }
        let place = (UInt16(bytes[6]) << 8 | UInt16(bytes[7]))
        let datagram = Datagram(source: source, destination: destination, identification: Array(bytes[4..<6]), proto: bytes[9])
        if place & 0x1fff != 0 { return .laterFragment(datagram) }
        return ofTransport(source, destination, bytes[9], Array(bytes[(Int(bytes[0] & 15) * 4)...]), first: place & 0x2000 != 0 ? datagram : nil)
    }

    private static func ofIPv6(_ packet: ArraySlice<UInt8>) -> Meaning {
        let bytes = Array(packet)
        guard bytes.count >= 40 else { return .nothing }
        guard let source = IPAddress(bytes: bytes[8..<24]), let destination = IPAddress(bytes: bytes[24..<40]) else { return .nothing }
        var next = bytes[6], rest = Array(bytes[40...]), first: Datagram?
        while [0, 43, 44, 51, 60].contains(next) {
            guard rest.count >= 8 else { return .nothing }
            var length = (Int(rest[1]) + 1) * 8
            if next == 51 { length = (Int(rest[1]) + 2) * 4 }
            if next == 44 {
                length = 8
                let datagram = Datagram(source: source, destination: destination, identification: Array(rest[4..<8]), proto: rest[0])
                let place = UInt16(rest[2]) << 8 | UInt16(rest[3])
                if place & 0xfff8 != 0 { return .laterFragment(datagram) }
                if place & 1 != 0 { first = datagram }
            }
            next = rest[0]
            // One that is cut short: what would follow is not there.
            rest.removeFirst(min(rest.count, length))
        }
        return ofTransport(source, destination, next, rest, first: first)
    }

    private static func ofTransport(
        _ source: IPAddress, _ destination: IPAddress, _ proto: UInt8, _ payload: [UInt8], first: Datagram?
    ) -> Meaning {
        func flow(_ sourcePort: UInt16, _ port: UInt16) -> Meaning {
            .packet(WireFlow(source: source, destination: destination, proto: proto, sourcePort: sourcePort, port: port), first: first)
        }
        func word(_ place: Int) -> UInt16 { UInt16(payload[place]) << 8 | UInt16(payload[place + 1]) }
        switch proto {
        case 6, 17, 132: return payload.count >= 4 ? flow(word(0), word(2)) : .nothing
        case 1, 58:
            guard payload.count >= 8, (proto == 1) == source.isIPv4 else { return .nothing }
            let type = payload[0]
            if type == (proto == 1 ? 8 : 128) { return flow(word(4), UInt16(type) << 8) }
            if type == (proto == 1 ? 0 : 129) { return flow(UInt16(type) << 8, word(4)) }
            if proto == 58 ? type < 128 : [3, 4, 5, 11, 12].contains(type) {
                let itself = WireFlow(source: source, destination: destination, proto: proto, port: UInt16(type) << 8 | UInt16(payload[1]))
                return .error(itself: itself, about: inner(payload), first: first)
            }
            return flow(0, UInt16(type) << 8 | UInt16(payload[1]))
        default: return flow(0, 0)
        }
    }

    private static func inner(_ payload: [UInt8]) -> WireFlow? {
        guard payload.count > 8 else { return nil }
        let meaning = payload[8] >> 4 == 4 ? ofIPv4(payload[8...]) : ofIPv6(payload[8...])
        if case .packet(let flow, _) = meaning { return flow }
        return nil
    }

    private static func mapped(_ bytes: ArraySlice<UInt8>) -> IPAddress? {
        IPAddress(bytes: [UInt8](repeating: 0, count: 10) + [0xff, 0xff] + bytes)
    }
}
