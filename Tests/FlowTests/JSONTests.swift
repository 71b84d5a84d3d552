import CFabricABI
import FoundationEssentials
import Model
import Net
import Testing

@testable import Flow

@Suite struct JSONTests {
    @Test func aForwardedPacketIsHubblesFlow() throws {
        #expect(
            try json(makeEvent())
                == #"{"flow":{"time":"2025-11-23T03:31:00.123Z","uuid":"01234567-89ab-8cde-8001-000000000007","#
                + #""emitter":{"name":"fabctl","version":"0.1.0"},"verdict":"FORWARDED","#
                + #""ethernet":{"source":"02:00:00:00:00:0a","destination":"02:00:00:00:00:0b"},"#
                + #""IP":{"source":"fd00:cafe:0:1::a","destination":"fd00:cafe:0:2::b","ipVersion":"IPv6"},"#
                + #""l4":{"TCP":{"source_port":44512,"destination_port":5432,"flags":{"SYN":true}}},"#
                + #""source":{"ID":12,"identity":5001,"cluster_name":"default","namespace":"default","#
                + #""labels":["k8s:app=web","k8s:io.kubernetes.pod.namespace=default"],"pod_name":"web"},"#
                + #""destination":{"identity":5002,"cluster_name":"default","namespace":"default","#
                + #""labels":["k8s:app=db","k8s:io.kubernetes.pod.namespace=default"],"pod_name":"db"},"#
                + #""Type":"L3_L4","node_name":"node1","event_type":{"type":4,"sub_type":11},"traffic_direction":"EGRESS","#
                + #""trace_observation_point":"TO_NETWORK","trace_reason":"NEW","is_reply":false,"#
                + #""interface":{"index":55,"name":"lxc12"},"Summary":"TCP Flags: SYN","#
                + #""extensions":{"@type":"type.googleapis.com/google.protobuf.Struct","value":{"length":80,"packets":1,"hop_limit":63,"#
                + #""flow_label":74565,"next_hop":{"id":1,"name":"leaf1","address":"fe80::1","device":"eth0"},"revision":3,"cpu":1,"sequence":"7"}}},"#
                + #""node_name":"node1","time":"2025-11-23T03:31:00.123Z"}"# + "\n")
    }

    @Test func aDropHasItsReason() throws {
        var event = try makeEvent()
        event.type = 1
        event.reason = UInt8(FABRIC_DROP_POLICY_DENIED.rawValue)
        event.verdict = 2
        event.isReply = nil
        event.trace = 0
        event.egressRule = 9
        event.nextHop = 0
        let text = try json(event)
        #expect(text.contains(#""verdict":"DROPPED","drop_reason":133,"#))
        #expect(text.contains(#""event_type":{"type":1,"sub_type":133},"traffic_direction":"EGRESS","drop_reason_desc":"POLICY_DENIED","interface""#))
        #expect(text.contains(#""egress_rule":9"#))
        #expect(!text.contains("trace_") && !text.contains("is_reply") && !text.contains("next_hop"))
        event.reason = 250
        #expect(try json(event).contains(#""drop_reason_desc":250"#))
    }

    @Test func zeroIsLeftOut() throws {
        var event = try makeEvent()
        event.point = 0
        event.isReply = true
        event.protocol = IPProtocol.icmpv6
        event.sourcePort = 129 << 8
        event.sourceMAC = MACAddress(0)
        event.destinationMAC = MACAddress(0)
        event.interface = 0
        event.direction = 0
        event.sourceEndpoint = 0
        event.sourceIdentity = 0
        event.source = try address("2001:db8::1")
        let text = try json(event)
        #expect(text.contains(#""event_type":{"type":4},"trace_observation_point":"TO_ENDPOINT""#))
        #expect(text.contains(#""l4":{"ICMPv6":{"type":129}}"#))
        #expect(text.contains(#""is_reply":true"#))
        #expect(text.contains(#""source":{"labels":["reserved:unknown"]}"#))
        #expect(!text.contains("ethernet") && !text.contains("interface") && !text.contains("traffic_direction"))
        event.family = .ipv4
        event.protocol = IPProtocol.icmp
        event.sourcePort = 0
        #expect(try json(event).contains(#""l4":{"ICMPv4":{}}"#))
    }

    @Test func nodesAndSwitchesAreNames() throws {
        var event = try makeEvent()
        event.source = try address("fd00:bbbb::1")
        event.sourceEndpoint = 0
        event.sourceIdentity = 10
        let text = try json(event)
        #expect(text.contains(#""source":{"identity":10,"labels":["reserved:world-ipv6"]}"#))
        #expect(text.contains(#""node_name":"node1","source_names":["leaf1"],"event_type""#))
    }

    @Test func everyLineParsesWhateverTheEvent() throws {
        var desired = try makeDesired()
        desired.endpoints[1].pod.name = "we\"b\\\n\u{1}\u{7f}\u{85}é😀"
        desired.identities.identities[0].labels = ["k8s:\"evil\\=\u{0}"]
        let names = Names(desired)
        var generator = SeededGenerator(seed: 3)
        for _ in 0..<2000 {
            // A quarter of the bytes are zero, so that families, types and verdicts with a meaning do occur.
            let bytes = (0..<FlowEvent.size).map { _ in generator.next() % 4 == 0 ? 0 : UInt8(truncatingIfNeeded: generator.next() % 18) }
            var event = try #require(bytes.withUnsafeBytes { FlowEvent(bytes: $0, clock: clock) })
            event.family = [nil, .ipv4, .ipv6][Int(generator.next() % 3)]
            if generator.next() % 2 == 0 { event.sourceEndpoint = 12 }
            let text = try json(event, names: names)
            #expect(text.hasSuffix("}\n") && text.dropLast().allSatisfy { $0 != "\n" })
            let line = try JSONDecoder().decode(Line.self, from: Data(text.utf8))
            #expect(line.flow.node_name == "node1")
            #expect(line.time == line.flow.time)
            if event.sourceEndpoint == 12, event.family != nil { #expect(line.flow.source.pod_name == desired.endpoints[1].pod.name) }
        }
    }

    struct Line: Decodable {
        struct Flow: Decodable {
            struct End: Decodable {
                var identity: UInt32?
                var labels: [String]?
                var pod_name: String?
            }
            var time: String
            var node_name: String
            var source: End
            var destination: End
        }
        var flow: Flow
        var node_name: String
        var time: String
    }

    @Test func lostEventsAreHubbles() throws {
        var bytes: [UInt8] = []
        let format = JSONFormat(names: try makeNames(), version: "0.1.0")
        format.write(LostEvents(source: .history, count: 42, cpu: 0, time: eventTime), to: &bytes)
        #expect(
            String(decoding: bytes, as: UTF8.self)
                == #"{"lost_events":{"source":"HUBBLE_RING_BUFFER","num_events_lost":"42","cpu":0},"node_name":"node1","time":"2025-11-23T03:31:00.123Z"}"#
                + "\n")
    }

    @Test func namesMayChangeUnderway() throws {
        var format = JSONFormat(names: try makeNames(), version: "0.1.0")
        var bytes: [UInt8] = []
        format.write(try makeEvent(), to: &bytes)
        var desired = try makeDesired()
        desired.endpoints[1].pod.name = "renamed"
        format.names = Names(desired)
        bytes.removeAll()
        format.write(try makeEvent(), to: &bytes)
        #expect(String(decoding: bytes, as: UTF8.self).contains(#""pod_name":"renamed""#))
    }

    @Test func uuidsTellNodesCPUsAndEventsApart() {
        let ids = [
            FlowUUID.string(bootID: 1 << 40, EventID(cpu: 0, sequence: 1)), FlowUUID.string(bootID: 2 << 40, EventID(cpu: 0, sequence: 1)),
            FlowUUID.string(bootID: 1 << 40, EventID(cpu: 1, sequence: 1)), FlowUUID.string(bootID: 1 << 40, EventID(cpu: 0, sequence: 2)),
        ]
        #expect(Set(ids).count == 4)
        #expect(ids[0] == "00000100-0000-8000-8000-000000000001")
    }
}

/// SplitMix64: the same sequence on every run.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}
