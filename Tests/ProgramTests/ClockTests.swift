import BPF
import CFabricABI
import Datapath
import Glibc
import TestSupport
import Testing

/// The fast path asks the clock once a tick and flow: what it then leaves out must not be missed.
@Suite(.enabled(if: isRoot, "needs root: loads eBPF programs"))
struct ClockTests {
    private static let data = Packet.tcp(Bench.podA, 40000, Bench.podB, 80, flags: 0x10, data: 10)

    /// A connection that has been through the fast path once.
    private static func established() throws -> Bench {
        let bench = try Bench.make()
        _ = try bench.run(.from_pod, .tcp(Bench.podA, 40000, Bench.podB, 80, flags: 0x02), on: "p1")
        _ = try bench.run(.from_pod, .tcp(Bench.podB, 80, Bench.podA, 40000, flags: 0x12), on: "p2")
        _ = try bench.run(.from_pod, .tcp(Bench.podA, 40000, Bench.podB, 80, flags: 0x10), on: "p1")
        _ = try bench.run(.from_pod, data, on: "p1")
        return bench
    }

    private static func sent(_ flow: fabric_flow) -> fabric_flow_half { flow.initiator == 0 ? flow.half.0 : flow.half.1 }

    @Test func everyPacketCountsAndATickLaterItIsSeenLater() async throws {
        try await withNetworkNamespace { _ in
            let bench = try Self.established()
            let before = Self.sent(try #require(try bench.entries(.flows).first).value)
            #expect(before.packets == 3)
            #expect(before.tick != 0)
            #expect(try bench.run(.from_pod, Self.data, on: "p1", count: 20).code == 7)
            // Longer than a tick of 100 Hz, the slowest.
            usleep(25_000)
            #expect(try bench.run(.from_pod, Self.data, on: "p1", count: 20).code == 7)
            let after = Self.sent(try #require(try bench.entries(.flows).first).value)
            #expect(after.packets == 43)
            #expect(after.bytes == before.bytes + 40 * 70)
            #expect(after.tick != before.tick)
            #expect(after.last_seen >= before.last_seen + 10_000_000)
        }
    }

    @Test func aFlowIdleForLongerThanItsTimeoutIsANewOne() async throws {
        try await withNetworkNamespace { _ in
            let bench = try Self.established()
            let (key, found) = try #require(try bench.entries(.flows).first)
            var flow = found
            // 8001 s ago: before this machine was started, perhaps, which is as long ago.
            for half in [\fabric_flow.half.0, \fabric_flow.half.1] {
                flow[keyPath: half].last_seen &-= 8_001_000_000_000
                flow[keyPath: half].tick &-= 1000
            }
            try bench.object.map(named: MapName.flows.rawValue).update(key, flow)
            #expect(try bench.run(.from_pod, Self.data, on: "p1").code == 7)
            #expect(try bench.entries(.flows).isEmpty)
            let fresh = try #require(try bench.entries(.halfopen).first)
            #expect(Self.sent(fresh.value).packets == 1)
        }
    }

    @Test func anActiveFlowIsReportedEveryInterval() async throws {
        try await withNetworkNamespace { _ in
            let bench = try Self.established()
            func written() throws -> UInt64 {
                try bench.object.map(named: MapName.history_position.rawValue)
                    .entries(keys: UInt32.self, values: fabric_history_position.self).reduce(0) { $0 + $1.1.next }
            }
            let (key, found) = try #require(try bench.entries(.flows).first)
            var flow = found
            for half in [\fabric_flow.half.0, \fabric_flow.half.1] {
                flow[keyPath: half].last_event &-= 6_000_000_000
                flow[keyPath: half].tick &-= 1000
            }
            try bench.object.map(named: MapName.flows.rawValue).update(key, flow)
            let before = try written()
            #expect(try bench.run(.from_pod, Self.data, on: "p1", count: 10).code == 7)
            #expect(try written() == before + 1)
        }
    }
}
