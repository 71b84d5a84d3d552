import BPF
import CFabricABI
import Compiler
import Datapath
import Net
import TestSupport
import Testing

private let syn: UInt8 = 0x02
private let ack: UInt8 = 0x10
private let synAck: UInt8 = 0x12
private let fin: UInt8 = 0x11

private let ok: UInt32 = 0
private let shot: UInt32 = 2
private let redirect: UInt32 = 7

/// How an entry goes from one state to the next, and what it keeps.
@Suite(.enabled(if: isRoot, "needs root: loads eBPF programs"))
struct FlowStateTests {
    private static func towards(_ address: String, in flow: (key: fabric_flow_key, value: fabric_flow)) -> fabric_flow_half {
        // The half of packets sent by the other end.
        flow.key.address.0.ipAddress == Packet.address(address) ? flow.value.half.1 : flow.value.half.0
    }

    @Test func aReplyThatJudgesAFlowAgainLeavesItItsNextHop() async throws {
        try await withNetworkNamespace { _ in
            let bench = try Bench.make()
            let request = Packet.udp(Bench.podA, 1000, Bench.remote, 2000)
            let reply = Packet.udp(Bench.remote, 2000, Bench.podA, 1000)
            #expect(try bench.run(.from_pod, request, on: "p1").code == redirect)
            let made = try #require(try bench.entries(.halfopen).first)
            let first = Self.towards(Bench.remote, in: made).target
            #expect(first != 0)
            // Another next hop, that every hash now falls to; the old one is still there.
            let tables = bench.tables
            let route = try #require(tables.route(to: "fd00:cafe:0:2::/64"))
            var record = try #require(tables.nextHops[first % UInt32(FABRIC_NEXTHOP_SLOTS)])
            record.id = first + 1
            try bench.object.map(named: "nexthops").update(record.id % UInt32(FABRIC_NEXTHOP_SLOTS), record)
            var group = fabric_group(members: [(id: first + 1, weight: 1), (id: first, weight: 1)])
            withUnsafeMutableBytes(of: &group.bound) { $0.storeBytes(of: UInt32(Int32.max), as: UInt32.self) }
            try bench.object.map(named: "groups").update(route.group, group)
            try bench.object.map(named: "active").update(UInt32(0), fabric_active(revision: bench.tables.revision + 1, bank: 0))
            #expect(try bench.run(.from_uplink, reply, on: "u1").code == redirect)
            let answered = try #require(try bench.entries(.halfopen).first)
            #expect(answered.value.revision == bench.tables.revision + 1)
            #expect(Self.towards(Bench.remote, in: answered).target == first)
            #expect(try bench.run(.from_pod, request, on: "p1").code == redirect)
            let established = try #require(try bench.entries(.flows).first)
            #expect(Self.towards(Bench.remote, in: established).target == first)
        }
    }

    @Test func anAddressOfTheNodeThatNobodyToldUsOfAnswersAsTheNode() async throws {
        try await withNetworkNamespace { _ in
            let bench = try Bench.make()
            let other = "fd00:beef::99"
            #expect(try bench.run(.from_pod, .tcp(Bench.podA, 40000, other, 80, flags: syn), on: "p1").code == ok)
            #expect(try bench.run(.to_pod, .tcp(other, 80, Bench.podA, 40000, flags: synAck), on: "p1").code == ok)
            #expect(try bench.run(.from_pod, .tcp(Bench.podA, 40000, other, 80, flags: ack), on: "p1").code == ok)
            let flow = try #require(try bench.entries(.flows).first)
            #expect(Self.towards(other, in: flow).packets == 2)
            let sender = flow.value.initiator == 0 ? flow.key.address.0 : flow.key.address.1
            #expect(sender.ipAddress == Packet.address(Bench.podA))
        }
    }

    @Test func aConnectionIsClosingWhenBothSidesHaveEnded() async throws {
        try await withNetworkNamespace { _ in
            let bench = try Bench.make()
            func states() throws -> [UInt8] { try bench.entries(.flows).map(\.value.state) }
            for (packet, device) in [
                (Packet.tcp(Bench.podA, 40000, Bench.podB, 80, flags: syn), "p1"), (.tcp(Bench.podB, 80, Bench.podA, 40000, flags: synAck), "p2"),
                (.tcp(Bench.podA, 40000, Bench.podB, 80, flags: ack), "p1"), (.tcp(Bench.podA, 40000, Bench.podB, 80, flags: fin), "p1"),
            ] { #expect(try bench.run(.from_pod, packet, on: device).code == redirect) }
            // The other side may still have an hour of data to send, and pause.
            #expect(try states() == [UInt8(FABRIC_FLOW_ESTABLISHED.rawValue)])
            #expect(try bench.run(.from_pod, .tcp(Bench.podB, 80, Bench.podA, 40000, flags: fin), on: "p2").code == redirect)
            #expect(try states() == [UInt8(FABRIC_FLOW_CLOSING.rawValue)])
        }
    }

    @Test func aResetClosesAtOnce() async throws {
        try await withNetworkNamespace { _ in
            let bench = try Bench.make()
            for (packet, device) in [
                (Packet.tcp(Bench.podA, 40000, Bench.podB, 80, flags: syn), "p1"), (.tcp(Bench.podB, 80, Bench.podA, 40000, flags: synAck), "p2"),
                (.tcp(Bench.podA, 40000, Bench.podB, 80, flags: ack), "p1"), (.tcp(Bench.podB, 80, Bench.podA, 40000, flags: 0x04), "p2"),
            ] { #expect(try bench.run(.from_pod, packet, on: device).code == redirect) }
            #expect(try bench.entries(.flows).map(\.value.state) == [UInt8(FABRIC_FLOW_CLOSING.rawValue)])
        }
    }

    @Test func aConnectionWhoseFirstPacketIsForgottenIsEstablishedAllTheSame() async throws {
        try await withNetworkNamespace { _ in
            let bench = try Bench.make()
            #expect(try bench.run(.from_pod, .tcp(Bench.podA, 40000, Bench.podB, 80, flags: syn), on: "p1").code == redirect)
            // As a flood of half-open connections does.
            let opened = try #require(try bench.entries(.halfopen).first)
            #expect(try bench.object.map(named: "halfopen").delete(opened.key))
            for _ in 0..<2 {
                #expect(try bench.run(.from_pod, .tcp(Bench.podB, 80, Bench.podA, 40000, flags: synAck), on: "p2").code == redirect)
                #expect(try bench.run(.from_pod, .tcp(Bench.podA, 40000, Bench.podB, 80, flags: ack), on: "p1").code == redirect)
                #expect(try bench.run(.from_pod, .tcp(Bench.podB, 80, Bench.podA, 40000, flags: ack, data: 5), on: "p2").code == redirect)
            }
            #expect(try bench.entries(.flows).count == 1)
        }
    }

    @Test func aSynNeverEstablishesWithoutItsAnswer() async throws {
        try await withNetworkNamespace { _ in
            let bench = try Bench.make()
            #expect(try bench.run(.from_pod, .tcp(Bench.podA, 40000, Bench.podB, 80, flags: syn), on: "p1").code == redirect)
            #expect(try bench.run(.from_pod, .tcp(Bench.podB, 80, Bench.podA, 40000, flags: ack), on: "p2").code == redirect)
            #expect(try bench.run(.from_pod, .tcp(Bench.podA, 40000, Bench.podB, 80, flags: ack), on: "p1").code == redirect)
            #expect(try bench.entries(.flows).isEmpty)
        }
    }
}
