import Net
@testable import Path
import Testing

@Suite struct ProbeTests {
    private let a = IPAddress(high: 0xfd00_cafe_0000_0001, low: 0x10)
    private let b = IPAddress(high: 0xfd00_cafe_0000_0002, low: 0x10)
    private let a4 = IPAddress(ipv4: 0x0af4_0110)
    private let b4 = IPAddress(ipv4: 0x0af4_0210)
    private let router = IPAddress(high: 0xfd00_0fab, low: 1)

    private func flow(_ transport: ProbeFlow.Transport, ipv4: Bool, port: UInt16 = 40001) -> ProbeFlow {
        ProbeFlow(
            transport: transport, source: ipv4 ? a4 : a, destination: ipv4 ? b4 : b, sourcePort: port, destinationPort: 33434, label: 0xabcde)
    }

    static let kinds = ProbeFlow.Transport.allCases.flatMap { [($0, false), ($0, true)] }

    /// The sum over pseudo header and message of a packet with a right checksum is all ones.
    private func isSound(_ packet: [UInt8], _ flow: ProbeFlow) -> Bool {
        let header = flow.family == .ipv6 ? 40 : 20
        var sum = InternetChecksum()
        if !(flow.transport == .icmp && flow.family == .ipv4) {
            sum.add((flow.source.wireBytes + flow.destination.wireBytes)[...])
            sum.add(UInt32(packet.count - header))
            sum.add(UInt32(flow.transport.number(flow.family)))
        }
        sum.add(packet[header...])
        return sum.folded == 0xffff
    }

    @Test(arguments: kinds) func probesOfAFlowDifferWhereNoRouterLooks(_ transport: ProbeFlow.Transport, _ ipv4: Bool) {
        let flow = flow(transport, ipv4: ipv4)
        let first = flow.packet(1, hopLimit: 1, length: 0)
        for (number, length) in [(ProbeNumber(2), 0), (0x1234, 1500), (0xfffe, 1280), (255, 77)] {
            let packet = flow.packet(number, hopLimit: 7, length: length)
            #expect(packet.count == max(length, flow.shortest))
            #expect(isSound(packet, flow))
            let start = ipv4 ? 20 : 40
            // Addresses, flow label, ports or type, code, checksum and identifier.
            #expect(packet[(start - (ipv4 ? 8 : 32))..<start] == first[(start - (ipv4 ? 8 : 32))..<start])
            if !ipv4 { #expect(packet[..<4] == first[..<4]) }
            #expect(packet[start..<(start + 4)] == first[start..<(start + 4)])
            #expect(packet[ipv4 ? 8 : 7] == 7)
        }
    }

    @Test(arguments: kinds) func aQuotedProbeIsFound(_ transport: ProbeFlow.Transport, _ ipv4: Bool) throws {
        let flows = [40001, 40002].map { flow(transport, ipv4: ipv4, port: $0) }
        let matcher = AnswerMatcher(flows)
        let probe = flows[1].packet(0x0203, hopLimit: 3, length: 1400)
        func message(_ type: UInt8, _ code: UInt8, _ rest: [UInt8], _ quoted: some Collection<UInt8>) -> ProbeAnswer? {
            let bytes = (ipv4 ? [0x45] + [UInt8](repeating: 0, count: 19) : []) + [type, code, 0, 0] + rest + quoted
            return ipv4 ? matcher.icmp4(bytes[...], from: router) : matcher.icmp6(bytes[...], from: router)
        }
        let none: [UInt8] = [0, 0, 0, 0]
        // All that RFC 792 promises: eight bytes of the transport's header.
        let short = probe.prefix((ipv4 ? 20 : 40) + 8)
        let expired = try #require(message(ipv4 ? 11 : 3, 0, none, short))
        #expect(expired == ProbeAnswer(flow: flows[1], number: 0x0203, from: router, meaning: .expired))
        let tooBig = ipv4 ? message(3, 4, [0, 0, 0x05, 0x78], short) : message(2, 0, [0, 0, 0x05, 0x78], probe.prefix(1232))
        #expect(tooBig?.meaning == .tooBig(mtu: 1400))
        #expect(message(ipv4 ? 3 : 1, ipv4 ? 13 : 1, none, short)?.meaning == .unreachable(code: ipv4 ? 13 : 1))
        // A router's port unreachable is no arrival.
        #expect(message(ipv4 ? 3 : 1, ipv4 ? 3 : 4, none, short)?.meaning == .unreachable(code: ipv4 ? 3 : 4))
        // Fragment reassembly time exceeded; cut short; somebody else's.
        #expect(message(ipv4 ? 11 : 3, 1, none, short) == nil)
        #expect(message(ipv4 ? 11 : 3, 0, none, short.dropLast()) == nil)
        var foreign = Array(short)
        foreign[ipv4 ? 19 : 39] ^= 1
        #expect(message(ipv4 ? 11 : 3, 0, none, foreign) == nil)
        for length in 0..<(short.count) { _ = message(ipv4 ? 11 : 3, 0, none, short.prefix(length)) }
    }

    @Test func arrivals() {
        let udp = flow(.udp, ipv4: false)
        let matcher = AnswerMatcher([udp])
        let unreachable: [UInt8] = [1, 4, 0, 0, 0, 0, 0, 0] + udp.packet(9, hopLimit: 60, length: 0)
        #expect(matcher.icmp6(unreachable[...], from: b) == ProbeAnswer(flow: udp, number: 9, from: b, meaning: .reached))
        let datagram: [UInt8] = [0x82, 0x9a, 0x9c, 0x41, 0, 8, 0, 0]
        #expect(matcher.transport(datagram[...], from: b) == ProbeAnswer(flow: udp, number: nil, from: b, meaning: .reached))
        #expect(matcher.transport(datagram[...], from: a) == nil)
    }

    @Test(arguments: [(UInt8(0x12), UInt32(1)), (0x14, 1), (0x14, 1441)]) func tcpAnswersNameTheirProbe(_ flags: UInt8, _ more: UInt32) {
        let tcp = flow(.tcp, ipv4: false)
        let matcher = AnswerMatcher([tcp])
        var segment: [UInt8] = [0x82, 0x9a, 0x9c, 0x41, 0, 0, 0, 0]
        segment.append(big: UInt32(0x0007) << 16 | ProbeFlow.sequenceBase + more)
        segment += [0x50, flags, 0, 0, 0, 0, 0, 0]
        #expect(matcher.transport(segment[...], from: b)?.number == 7)
        segment[13] = 0x10
        #expect(matcher.transport(segment[...], from: b) == nil)
    }

    @Test func echoReplies() {
        let icmp = flow(.icmp, ipv4: false)
        let reply: [UInt8] = [129, 0, 0, 0, 0x9c, 0x41, 0, 5]
        #expect(AnswerMatcher([icmp]).icmp6(reply[...], from: b)?.number == 5)
        #expect(AnswerMatcher([icmp]).icmp6(reply[...], from: router) == nil)
        #expect(AnswerMatcher([flow(.udp, ipv4: false)]).icmp6(reply[...], from: b) == nil)
    }
}
