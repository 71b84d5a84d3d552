import CFabricABI
import Model
import Net
import Testing

@testable import Flow

@Suite struct NamesTests {
    private func text(_ names: Names, endpoint: UInt32 = 0, _ address: IPAddress, at time: UInt64 = 5_000_000_000_000) -> String? {
        names.index(endpoint: endpoint, address: address, at: time).map { names.subjects[$0].text }
    }

    @Test func idsComeBeforeAddressesAndLongPrefixesBeforeShort() throws {
        let names = try makeNames()
        #expect(text(names, endpoint: 12, try address("fd00:cafe:0:1::c")) == "default/web")
        #expect(text(names, try address("fd00:cafe:0:1::c")) == "default/client")
        #expect(text(names, try address("10.0.1.10")) == "default/web")
        #expect(text(names, try address("fd00:cafe:0:2::b")) == "default/db")
        #expect(text(names, try address("fd00:cafe:0:3::1")) == "batch/wide")
        #expect(text(names, try address("fd00:cafe:0:3::4:1")) == "batch/narrow")
        #expect(text(names, try address("fd00:aaaa::1")) == "node1")
        #expect(text(names, try address("fd00:aaaa::2")) == "node2")
        #expect(text(names, try address("fd00:bbbb::11")) == "spine1")
        #expect(text(names, try address("2001:db8::1")) == nil)
        #expect(text(names, try address("fe80::1")) == nil, "a link-local address is not anybody's on the whole fabric")
        #expect(text(names, endpoint: 999, try address("fd00:cafe:0:1::c")) == "default/client")
    }

    @Test func aGonePodIsNamedInItsTime() throws {
        let names = try makeNames()
        let old = try address("fd00:cafe:0:1::9")
        #expect(text(names, endpoint: 9, old) == "default/old", "an id is never used again")
        #expect(text(names, old, at: 1_000_000_000_000) == "default/old")
        #expect(text(names, old, at: 3_000_000_000_000) == nil)
        var desired = try makeDesired()
        desired.endpoints[0].addresses = [old]
        #expect(text(Names(desired), old, at: 1_000_000_000_000) == "default/client")
    }

    @Test func devicesHaveNames() throws {
        let names = Names(try makeDesired(), interfaces: [77: "host0"])
        var event = try makeEvent()
        #expect(names.interface(of: event) == "lxc12", "the pod's device, for what the pod sent")
        event.interface = 2
        #expect(names.interface(of: event) == "eth0")
        event.interface = 77
        #expect(names.interface(of: event) == "host0")
        event.interface = 78
        event.sourceEndpoint = 0
        #expect(names.interface(of: event) == nil)
    }

    @Test func labelsAreTheIdentitys() throws {
        let names = try makeNames()
        #expect(names.labels(identity: 10) == ["reserved:world-ipv6"])
        #expect(names.labels(identity: 8) == ["reserved:ingress"])
        #expect(names.labels(identity: 16_777_216) == ["cidr:2001:db8::/32", "reserved:world-ipv6"])
        #expect(names.labels(identity: 4711) == nil)
        let db = names.index(endpoint: 0, address: try address("fd00:cafe:0:2::b"), at: 0)
        #expect(names.labels(identity: 4711, index: db) == ["k8s:app=db", "k8s:io.kubernetes.pod.namespace=default"])
    }

    @Test func reservedNumbersAreHubbles() {
        #expect(
            (0...12).map { Names.reservedName($0) } == [
                "unknown", "host", "world", "unmanaged", "health", "init", "remote-node", "kube-apiserver", "ingress", "world-ipv4", "world-ipv6",
                "overlay-to-encrypt", nil,
            ])
        #expect(Names.reservedName(256) == nil)
    }
}

@Suite struct EventTests {
    @Test func everyFieldIsDecoded() throws {
        var raw = try makeRaw()
        raw.is_reply = 2
        raw.reason = 133
        raw.egress_rule = 5
        raw.ingress_rule = 6
        raw.destination_endpoint = 13
        let event = FlowEvent(raw, clock: clock)
        #expect(event.id == EventID(cpu: 1, sequence: 7))
        #expect(event.time == eventTime)
        #expect(event.source.description == "fd00:cafe:0:1::a" && event.destination.description == "fd00:cafe:0:2::b")
        #expect(event.family == .ipv6 && event.protocol == 6 && event.tcpFlags == .syn)
        #expect(event.sourcePort == 44512 && event.destinationPort == 5432)
        #expect(event.sourceIdentity == 5001 && event.destinationIdentity == 5002 && event.sourceEndpoint == 12 && event.destinationEndpoint == 13)
        #expect(event.type == 4 && event.point == 11 && event.verdict == 1 && event.trace == 1 && event.reason == 133)
        #expect(event.length == 80 && event.nextHop == 1 && event.interface == 55 && event.egressRule == 5 && event.ingressRule == 6)
        #expect(event.revision == 3 && event.isReply == nil && event.direction == 2 && event.flowLabel == 0x12345 && event.packets == 1)
        #expect(event.hopLimit == 63 && event.sourceMAC.description == "02:00:00:00:00:0a" && event.destinationMAC.description == "02:00:00:00:00:0b")
    }

    @Test func recordsMayBePaddedAndUnaligned() throws {
        let raw = try makeRaw()
        let bytes = [0xff] + withUnsafeBytes(of: raw) { Array($0) } + [1, 2, 3, 4]
        let event = try #require(bytes.withUnsafeBytes { FlowEvent(bytes: UnsafeRawBufferPointer(rebasing: $0[1...]), clock: clock) })
        #expect(event == FlowEvent(raw, clock: clock))
        #expect(bytes.withUnsafeBytes { FlowEvent(bytes: UnsafeRawBufferPointer(rebasing: $0[..<127]), clock: clock) } == nil)
    }

    @Test func theHeadersNumbersAreHubbles() {
        #expect(FABRIC_EVENT_DROP.rawValue == UInt32(EventType.drop.rawValue) && FABRIC_EVENT_TRACE.rawValue == UInt32(EventType.trace.rawValue))
        #expect(FABRIC_POINT_TO_ENDPOINT.rawValue == UInt32(ObservationPoint.toEndpoint.rawValue))
        #expect(FABRIC_POINT_TO_STACK.rawValue == UInt32(ObservationPoint.toStack.rawValue))
        #expect(FABRIC_POINT_FROM_ENDPOINT.rawValue == UInt32(ObservationPoint.fromEndpoint.rawValue))
        #expect(FABRIC_POINT_FROM_NETWORK.rawValue == UInt32(ObservationPoint.fromNetwork.rawValue))
        #expect(FABRIC_POINT_TO_NETWORK.rawValue == UInt32(ObservationPoint.toNetwork.rawValue))
        #expect(
            FABRIC_VERDICT_FORWARDED.rawValue == UInt32(Verdict.forwarded.rawValue)
                && FABRIC_VERDICT_DROPPED.rawValue == UInt32(Verdict.dropped.rawValue))
        #expect(FABRIC_DIRECTION_INGRESS.rawValue == UInt32(TrafficDirection.ingress.rawValue))
        #expect(FABRIC_DIRECTION_EGRESS.rawValue == UInt32(TrafficDirection.egress.rawValue))
        let traces = [FABRIC_TRACE_UNKNOWN, FABRIC_TRACE_NEW, FABRIC_TRACE_ESTABLISHED, FABRIC_TRACE_REPLY, FABRIC_TRACE_RELATED]
        #expect(traces.map(\.rawValue) == TraceReason.allCases.map { UInt32($0.rawValue) })
    }

    /// Name in the header, and what Hubble calls that number.
    @Test func everyDropOfTheHeaderIsNamed() {
        let drops: [(fabric_drop, String)] = [
            (FABRIC_DROP_INVALID_SOURCE_IP, "INVALID_SOURCE_IP"), (FABRIC_DROP_POLICY_DENIED, "POLICY_DENIED"),
            (FABRIC_DROP_INVALID_PACKET, "INVALID_PACKET_DROPPED"), (FABRIC_DROP_TRUNCATED_HEADER, "CT_TRUNCATED_OR_INVALID_HEADER"),
            (FABRIC_DROP_UNSUPPORTED_L3, "UNSUPPORTED_L3_PROTOCOL"), (FABRIC_DROP_WRITE_ERROR, "ERROR_WRITING_TO_PACKET"),
            (FABRIC_DROP_UNKNOWN_L3_TARGET, "UNKNOWN_L3_TARGET_ADDRESS"), (FABRIC_DROP_STALE_OR_UNROUTABLE, "STALE_OR_UNROUTABLE_IP"),
            (FABRIC_DROP_CT_INSERT_FAILED, "CT_MAP_INSERTION_FAILED"), (FABRIC_DROP_INVALID_EXTENSION_HEADER, "INVALID_IPV6_EXTENSION_HEADER"),
            (FABRIC_DROP_UNKNOWN_CT_STATE, "UNKNOWN_CONNECTION_TRACKING_STATE"),
            (FABRIC_DROP_NO_CONFIGURATION, "NO_CONFIGURATION_AVAILABLE_TO_PERFORM_POLICY_DECISION"),
            (FABRIC_DROP_UNSUPPORTED_L2, "UNSUPPORTED_L2_PROTOCOL"),
            (FABRIC_DROP_FIB_LOOKUP_FAILED, "FIB_LOOKUP_FAILED"), (FABRIC_DROP_FIRST_FRAGMENT_NOT_FOUND, "FIRST_LOGICAL_DATAGRAM_FRAGMENT_NOT_FOUND"),
            (FABRIC_DROP_FORBIDDEN_ICMPV6, "FORBIDDEN_ICMPV6_MESSAGE"), (FABRIC_DROP_POLICY_DENY, "POLICY_DENY"),
            (FABRIC_DROP_VLAN_FILTERED, "VLAN_FILTERED"),
            (FABRIC_DROP_TTL_EXCEEDED, "TTL_EXCEEDED"), (FABRIC_DROP_RATE_LIMITED, "DROP_RATE_LIMITED"),
            (FABRIC_DROP_EP_NOT_READY, "DROP_EP_NOT_READY"),
        ]
        for (drop, name) in drops { #expect(DropReason(number: UInt8(drop.rawValue))?.name == name) }
        #expect(DropReason.all.count == 75)
        #expect(DropReason.all.map(\.number) == (130...205).filter { $0 != 159 })
        #expect(DropReason(number: 159) == nil && DropReason(number: 0) == nil && DropReason(number: 129) == nil && DropReason(number: 206) == nil)
        #expect(DropReason(number: 205)?.text == "Punt to proxy")
    }

    @Test func addressesAreWrittenAsTheyAreDescribed() {
        var random = SeededGenerator(seed: 11)
        for index in 0..<5000 {
            // Many zero groups, so that every kind of run occurs.
            func half() -> UInt64 {
                (0..<4).reduce(0) { value, _ in value << 16 | (random.next() % 2 == 0 ? 0 : random.next() % 0x1_0000 >> (random.next() % 16)) }
            }
            let address = index % 10 == 0 ? IPAddress(ipv4: UInt32(truncatingIfNeeded: random.next())) : IPAddress(high: half(), low: half())
            var bytes: [UInt8] = []
            bytes.write(address)
            #expect(String(decoding: bytes, as: UTF8.self) == address.description)
        }
    }
}
