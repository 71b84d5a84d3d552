import CFabricABI
import Model
import Net
import Testing

@testable import Flow

@Suite struct CompactTests {
    @Test func aForwardedPacketNamesItsNextHop() throws {
        #expect(
            try compact(makeEvent())
                == "Nov 23 03:31:00.123: default/web:44512 (ID:5001) -> default/db:5432 (ID:5002) to-network FORWARDED (TCP Flags: SYN) "
                + "via leaf1 fe80::1%eth0\n")
    }

    @Test func aReplyHasItsEndsSwapped() throws {
        var event = try makeEvent()
        (event.source, event.destination) = (event.destination, event.source)
        (event.sourcePort, event.destinationPort) = (event.destinationPort, event.sourcePort)
        (event.sourceIdentity, event.destinationIdentity) = (event.destinationIdentity, event.sourceIdentity)
        (event.sourceEndpoint, event.destinationEndpoint) = (0, 12)
        event.isReply = true
        event.point = ObservationPoint.toEndpoint.rawValue
        event.nextHop = 0
        event.tcpFlags = [.syn, .ack]
        #expect(
            try compact(event)
                == "Nov 23 03:31:00.123: default/web:44512 (ID:5001) <- default/db:5432 (ID:5002) to-endpoint FORWARDED (TCP Flags: SYN, ACK)\n")
    }

    @Test func aDropSaysWhy() throws {
        var event = try makeEvent()
        event.type = EventType.drop.rawValue
        event.verdict = Verdict.dropped.rawValue
        event.reason = UInt8(FABRIC_DROP_POLICY_DENIED.rawValue)
        event.isReply = nil
        event.nextHop = 0
        event.protocol = IPProtocol.udp
        event.sourcePort = 5353
        event.destination = try address("2001:db8:ffff::1")
        event.destinationPort = 53
        event.destinationIdentity = 10
        #expect(
            try compact(event)
                == "Nov 23 03:31:00.123: default/web:5353 (ID:5001) <> [2001:db8:ffff::1]:53 (world-ipv6) Policy denied DROPPED (UDP)\n")
        event.packets = 42
        #expect(try compact(event).hasSuffix("Policy denied DROPPED (UDP) x42\n"))
        event.protocol = IPProtocol.tcp
        event.tcpFlags = .syn
        event.packets = 1
        #expect(try compact(event).hasSuffix("Policy denied DROPPED (TCP Flags: SYN)\n"))
    }

    @Test func aSpoofedSourceIsShownBesideTheSender() throws {
        var event = try makeEvent()
        event.type = EventType.drop.rawValue
        event.verdict = Verdict.dropped.rawValue
        event.reason = UInt8(FABRIC_DROP_INVALID_SOURCE_IP.rawValue)
        event.isReply = nil
        event.nextHop = 0
        event.source = try address("fd00:cafe:0:1::c")
        #expect(
            try compact(event)
                == "Nov 23 03:31:00.123: default/web:44512 (ID:5001) <> default/db:5432 (ID:5002) Invalid source ip DROPPED (TCP Flags: SYN) "
                + "source fd00:cafe:0:1::c\n")
    }

    @Test(arguments: [
        (UInt8(58), UInt8(128), UInt8(0), "ICMPv6 EchoRequest"), (58, 129, 0, "ICMPv6 EchoReply"),
        (58, 3, 0, "ICMPv6 TimeExceeded(HopLimitExceeded)"),
        (58, 1, 4, "ICMPv6 DestinationUnreachable(PortUnreachable)"), (58, 2, 0, "ICMPv6 PacketTooBig"),
        (58, 1, 9, "ICMPv6 DestinationUnreachable(Code: 9)"),
        (58, 250, 3, "ICMPv6 250(3)"), (58, 134, 0, "ICMPv6 RouterAdvertisement"), (1, 8, 0, "ICMPv4 EchoRequest"), (1, 0, 0, "ICMPv4 EchoReply"),
        (1, 11, 0, "ICMPv4 TimeExceeded(TTLExceeded)"), (1, 3, 4, "ICMPv4 DestinationUnreachable(FragmentationNeeded)"),
    ])
    func icmpIsNamed(proto: UInt8, type: UInt8, code: UInt8, summary: String) throws {
        var raw = try makeRaw()
        raw.protocol = proto
        // As in memory: the type first, then the code.
        raw.source_port = UInt16(type) | UInt16(code) << 8
        raw.destination_port = 0
        let line = try compact(FlowEvent(raw, clock: clock))
        #expect(line.contains("default/web (ID:5001) -> default/db (ID:5002) to-network FORWARDED (\(summary)) via"))
    }

    @Test func nodesAndSwitchesAreNamed() throws {
        var event = try makeEvent()
        event.source = try address("fd00:bbbb::1")
        event.sourceEndpoint = 0
        event.sourceIdentity = 10
        event.protocol = IPProtocol.icmpv6
        event.sourcePort = 3 << 8
        event.destination = try address("fd00:aaaa::1")
        event.destinationIdentity = 1
        event.nextHop = 0
        event.point = ObservationPoint.toStack.rawValue
        event.isReply = nil
        #expect(
            try compact(event)
                == "Nov 23 03:31:00.123: leaf1 (world-ipv6) <> node1 (host) to-stack FORWARDED (ICMPv6 TimeExceeded(HopLimitExceeded))\n")
        event.destination = try address("fd00:aaaa::2")
        event.destinationIdentity = 6
        #expect(try compact(event).contains("<> node2 (remote-node) "))
    }

    @Test func nextHopsWithoutANameKeepTheirAddress() throws {
        var event = try makeEvent()
        event.nextHop = 2
        // leaf2 and spine1 share fe80::2: either name could be wrong.
        #expect(try compact(event).hasSuffix(") via fe80::2%eth1\n"))
        event.nextHop = 3
        #expect(try compact(event).hasSuffix(") via eth0\n"))
        event.nextHop = 77
        #expect(try compact(event).hasSuffix(") via #77\n"))
    }

    @Test func optionsChangeTimeNodeAndNames() throws {
        var options = CompactFormat.Options()
        options.printsNodeName = true
        options.time = .rfc3339Nano
        options.isNumeric = true
        #expect(
            try compact(makeEvent(), names: makeNames(cluster: "blue"), options)
                == "2025-11-23T03:31:00.123Z [blue/node1]: [fd00:cafe:0:1::a]:44512 (ID:5001) -> [fd00:cafe:0:2::b]:5432 (ID:5002) "
                + "to-network FORWARDED (TCP Flags: SYN) via fe80::1%eth0\n")
    }

    @Test func ipv4HasNoBrackets() throws {
        var event = try makeEvent()
        event.family = .ipv4
        event.source = try address("10.0.1.10")
        event.destination = try address("192.0.2.1")
        event.destinationIdentity = 9
        #expect(try compact(event).contains("default/web:44512 (ID:5001) -> 192.0.2.1:5432 (world-ipv4) to-network"))
    }

    @Test func neitherIPv4NorIPv6ShowsEthernet() throws {
        var event = try makeEvent()
        event.family = nil
        event.sourceEndpoint = 0
        event.sourceIdentity = 0
        event.destinationIdentity = 0
        event.source = .unspecified
        event.destination = .unspecified
        event.protocol = 0
        event.nextHop = 0
        event.type = 1
        event.reason = UInt8(FABRIC_DROP_UNSUPPORTED_L3.rawValue)
        event.verdict = 2
        event.isReply = nil
        #expect(
            try compact(event)
                == "Nov 23 03:31:00.123: 02:00:00:00:00:0a (unknown) <> 02:00:00:00:00:0b (unknown) Unsupported L3 protocol DROPPED (Ethernet)\n")
    }

    @Test func coloursAreOnlyThereWhenAsked() throws {
        var options = CompactFormat.Options()
        #expect(!(try compact(makeEvent(), options)).contains("\u{1b}"))
        options.isColored = true
        let line = try compact(makeEvent(), options)
        #expect(line.contains("\u{1b}[36mdefault/web\u{1b}[0m:\u{1b}[33m44512\u{1b}[0m \u{1b}[35m(ID:5001)\u{1b}[0m -> "))
        #expect(line.contains("\u{1b}[32mFORWARDED\u{1b}[0m"))
    }

    @Test func controlCharactersCannotForgeALine() throws {
        var desired = try makeDesired()
        desired.endpoints[1].pod.name = "web\nNov 23 \u{1b}[2J\r\u{7f}\u{9b}x"
        desired.switches[0].name = "leaf\n1"
        let line = try compact(makeEvent(), names: Names(desired))
        #expect(line.contains("default/web\\nNov 23 \\x1b[2J\\r\\x7f\\x9bx:44512"))
        #expect(line.contains("via leaf\\n1 fe80::1"))
        #expect(line.unicodeScalars.filter { $0.value < 0x20 || (0x7f..<0xa0).contains($0.value) }.count == 1, "the newline at the end, and no other")
    }

    @Test func lostEventsSayWhereAndWhy() throws {
        var bytes: [UInt8] = []
        let lost = LostEvents(source: .history, count: 42, cpu: 3, time: eventTime)
        CompactFormat(names: try makeNames()).write(lost, to: &bytes)
        #expect(
            String(decoding: bytes, as: UTF8.self)
                == "Nov 23 03:31:00.123 EVENTS LOST: HUBBLE_RING_BUFFER CPU(3) 42: overwritten before they could be read; ask for a shorter window\n")
        bytes.removeAll()
        CompactFormat(names: try makeNames()).write(
            LostEvents(source: .perfBuffer, count: 1, cpu: 0, time: eventTime, first: eventTime, last: eventTime + 1_000_000_000), to: &bytes)
        #expect(
            String(decoding: bytes, as: UTF8.self).hasPrefix(
                "Nov 23 03:31:00.123 EVENTS LOST: PERF_EVENT_RING_BUFFER CPU(0) 1 (first: Nov 23 03:31:00.123, last: Nov 23 03:31:01.123): "))
    }
}
