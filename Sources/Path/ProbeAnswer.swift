public import Net

/// What came back for a probe.
public struct ProbeAnswer: Hashable, Sendable {
    public enum Meaning: Hashable, Sendable {
        /// The destination itself answered: echo reply, port unreachable, SYN-ACK, RST, a datagram.
        case reached
        /// Its hop limit ended at a router (ICMP Time Exceeded).
        case expired
        /// It was larger than the router's link (Packet Too Big, Fragmentation Needed): bytes that would go through; 0: not said.
        case tooBig(mtu: Int)
        /// A router, or the destination's, will not or cannot forward it: the code of Destination Unreachable.
        case unreachable(code: UInt8)
    }

    public let flow: ProbeFlow
    /// nil: the answer says which flow, and no more (a datagram).
    public let number: ProbeNumber?
    /// Who answered.
    public let from: IPAddress
    public let meaning: Meaning

    public init(flow: ProbeFlow, number: ProbeNumber?, from: IPAddress, meaning: Meaning) {
        self.flow = flow
        self.number = number
        self.from = from
        self.meaning = meaning
    }
}

/// Finds the probe that a received packet answers. Anything that does not fit in every field is somebody else's.
public struct AnswerMatcher: Sendable {
    /// Flows by the port of ours (ICMP: the identifier).
    private let flows: [UInt16: ProbeFlow]

    public init(_ flows: [ProbeFlow]) {
        self.flows = Dictionary(flows.map { ($0.sourcePort, $0) }) { first, _ in first }
    }

    /// - Parameters:
    ///   - message: an ICMPv6 message, without its IP header.
    ///   - from: the source of the packet.
    public func icmp6(_ message: ArraySlice<UInt8>, from: IPAddress) -> ProbeAnswer? {
        guard let type = message.byte(0), let code = message.byte(1) else { return nil }
        switch type {
        case 129: return echo(message, from)
        case 3 where code == 0: return quoted6(message, from, .expired)
        case 2: return message.big32(4).flatMap { quoted6(message, from, .tooBig(mtu: Int($0))) }
        case 1: return unreachable(quoted6(message, from, .unreachable(code: code)), isPort: code == 4)
        default: return nil
        }
    }

    /// - Parameter packet: an IPv4 packet that holds an ICMP message.
    public func icmp4(_ packet: ArraySlice<UInt8>, from: IPAddress) -> ProbeAnswer? {
        guard let length = packet.byte(0).map({ Int($0 & 0xf) * 4 }), length >= 20, packet.count >= length + 8 else { return nil }
        let message = packet.dropFirst(length)
        guard let type = message.byte(0), let code = message.byte(1) else { return nil }
        switch type {
        case 0: return echo(message, from)
        case 11 where code == 0: return quoted4(message, from, .expired)
        case 3 where code == 4: return quoted4(message, from, .tooBig(mtu: Int(message.big16(6) ?? 0)))
        case 3: return unreachable(quoted4(message, from, .unreachable(code: code)), isPort: code == 3)
        default: return nil
        }
    }

    /// - Parameter segment: a TCP segment or UDP datagram, without its IP header.
    public func transport(_ segment: ArraySlice<UInt8>, from: IPAddress) -> ProbeAnswer? {
        guard let source = segment.big16(0), let port = segment.big16(2), let flow = flows[port], flow.destination == from,
            flow.destinationPort == source
        else { return nil }
        switch flow.transport {
        case .icmp: return nil
        case .udp: return ProbeAnswer(flow: flow, number: nil, from: from, meaning: .reached)
        case .tcp:
            guard let flags = segment.byte(13), let acknowledged = segment.big32(8) else { return nil }
            // ACK with SYN or RST, of the sequence number and whatever the SYN carried.
            guard flags & 0x10 != 0, flags & 0x06 != 0, acknowledged & 0xffff > ProbeFlow.sequenceBase else { return nil }
            return ProbeAnswer(flow: flow, number: ProbeNumber(acknowledged >> 16), from: from, meaning: .reached)
        }
    }

    private func echo(_ message: ArraySlice<UInt8>, _ from: IPAddress) -> ProbeAnswer? {
        guard let identifier = message.big16(4), let number = message.big16(6), let flow = flows[identifier], flow.transport == .icmp,
            flow.destination == from
        else { return nil }
        return ProbeAnswer(flow: flow, number: number, from: from, meaning: .reached)
    }

    /// A port that nobody listens to, said by the destination itself, is an arrival.
    private func unreachable(_ answer: ProbeAnswer?, isPort: Bool) -> ProbeAnswer? {
        guard let answer, isPort, answer.from == answer.flow.destination else { return answer }
        return ProbeAnswer(flow: answer.flow, number: answer.number, from: answer.from, meaning: .reached)
    }

    private func quoted6(_ message: ArraySlice<UInt8>, _ from: IPAddress, _ meaning: ProbeAnswer.Meaning) -> ProbeAnswer? {
        let inner = message.dropFirst(8)
        guard inner.count >= 48, inner.byte(0).map({ $0 >> 4 }) == 6, let proto = inner.byte(6),
            let source = IPAddress(bytes: inner.dropFirst(8).prefix(16)), let destination = IPAddress(bytes: inner.dropFirst(24).prefix(16))
        else { return nil }
        return match(proto, source, destination, inner.dropFirst(40), from, meaning)
    }

    private func quoted4(_ message: ArraySlice<UInt8>, _ from: IPAddress, _ meaning: ProbeAnswer.Meaning) -> ProbeAnswer? {
        let inner = message.dropFirst(8)
        guard let first = inner.byte(0), first >> 4 == 4, let proto = inner.byte(9), inner.count >= Int(first & 0xf) * 4 + 8,
            let source = IPAddress(bytes: inner.dropFirst(12).prefix(4)), let destination = IPAddress(bytes: inner.dropFirst(16).prefix(4))
        else { return nil }
        return match(proto, source, destination, inner.dropFirst(Int(first & 0xf) * 4), from, meaning)
    }

    /// - Parameter header: at least the first eight bytes of the probe's transport header.
    private func match(
        _ proto: UInt8, _ source: IPAddress, _ destination: IPAddress, _ header: ArraySlice<UInt8>, _ from: IPAddress,
        _ meaning: ProbeAnswer.Meaning
    ) -> ProbeAnswer? {
        func flow(_ port: UInt16?) -> ProbeFlow? {
            guard let port, let flow = flows[port], flow.number == proto, flow.source == source, flow.destination == destination else { return nil }
            return flow
        }
        let found: (flow: ProbeFlow, number: ProbeNumber?)?
        switch proto {
        case 17: found = flow(header.big16(0)).map { ($0, header.big16(6)) }
        case 6:
            guard header.big16(6).map(UInt32.init) == ProbeFlow.sequenceBase else { return nil }
            found = flow(header.big16(0)).map { ($0, header.big16(4)) }
        case 1, 58:
            guard header.byte(0) == (proto == 1 ? 8 : 128) else { return nil }
            found = flow(header.big16(4)).map { ($0, header.big16(6)) }
        default: return nil
        }
        guard let found, found.flow.transport == .icmp || header.big16(2) == found.flow.destinationPort else { return nil }
        return ProbeAnswer(flow: found.flow, number: found.number, from: from, meaning: meaning)
    }
}
