import BPF
import CFabricABI
import Compiler
import Datapath
import Dispatch
import Model
import Net
import Netlink
import TestSupport
import Testing

private let syn: UInt8 = 0x02
private let ack: UInt8 = 0x10
private let synAck: UInt8 = 0x12
private let reset: UInt8 = 0x04

/// Both ends of one 5-tuple send at once, each on a processor of its own: no order of what they do lets a packet pass that may not.
@Suite(.enabled(if: isRoot, "needs root: loads eBPF programs"), .serialized)
struct TwoProcessorTests {
    /// A packet, sent again and again by a pod on its device.
    private struct Sender: Sendable {
        let packet: [UInt8]
        let ifindex: UInt32
    }

    private static func sender(_ packet: Packet, _ device: String, _ bench: borrowing Bench) -> Sender {
        var packet = packet
        packet.destinationMAC = bench.macs[device] ?? packet.destinationMAC
        return Sender(packet: packet.bytes, ifindex: bench.ifindex(device))
    }

    /// Runs from_pod on the packets of each sender, on a thread for each, `count` times over.
    private static func atOnce(_ bench: borrowing Bench, in namespace: Int32, _ senders: [[Sender]], count: Int) throws {
        let id = try bench.object.program(named: ProgramName.from_pod.rawValue).id
        let path = "/proc/self/fd/\(namespace)"
        DispatchQueue.concurrentPerform(iterations: senders.count) { index in
            do {
                try NetworkNamespace(path: path).run {
                    let program = try BPFProgram.open(id: id)
                    for _ in 0..<count / 100 {
                        for sender in senders[index] {
                            _ = try program.testRun(packet: sender.packet, context: PacketContext(ifindex: sender.ifindex), repeat: 100)
                        }
                    }
                }
            } catch {
                Issue.record(error)
            }
        }
    }

    /// Gives pod `b` a compiled policy, and makes it the one in force.
    private static func policy(
        _ bench: borrowing Bench, revision: UInt32, ingress: fabric_policy_verdict, egress: fabric_policy_verdict
    ) throws {
        let policies = try bench.object.map(named: MapName.policies.rawValue)
        for (direction, verdict) in [(FABRIC_DIRECTION_INGRESS, ingress), (FABRIC_DIRECTION_EGRESS, egress)] {
            var key = fabric_policy_key()
            key.prefixlen = UInt32(FABRIC_POLICY_BITS)
            key.policy = revision
            key.direction = UInt8(direction.rawValue)
            var value = fabric_policy_value()
            value.rule = 7
            value.verdict = UInt8(verdict.rawValue)
            try policies.update(key, value)
        }
        let b = try #require(bench.desired.endpoints.first { $0.pod.name == "b" })
        let slot = b.id % UInt32(FABRIC_ENDPOINT_SLOTS)
        var record = try #require(bench.tables.endpoints[slot])
        record.policy = (revision, revision)
        try bench.object.map(named: MapName.endpoints.rawValue).update(slot, record)
        try bench.object.map(named: MapName.active.rawValue).update(UInt32(0), fabric_active(revision: revision, bank: 0))
    }

    @Test func aDeniedFlowStaysDeniedWhateverItsAnswersAre() async throws {
        try await withNetworkNamespace { namespace in
            let bench = try Bench.make()
            try Self.policy(bench, revision: 100, ingress: FABRIC_POLICY_DENY, egress: FABRIC_POLICY_DENY)
            let a = [
                Self.sender(.udp(Bench.podA, 1000, Bench.podB, 2000), "p1", bench),
                Self.sender(.tcp(Bench.podA, 1000, Bench.podB, 2000, flags: syn), "p1", bench),
                Self.sender(.tcp(Bench.podA, 1000, Bench.podB, 2000, flags: ack), "p1", bench),
                Self.sender(.icmp(Bench.podA, Bench.podB, type: 128), "p1", bench),
            ]
            let b = [
                Self.sender(.udp(Bench.podB, 2000, Bench.podA, 1000), "p2", bench),
                Self.sender(.tcp(Bench.podB, 2000, Bench.podA, 1000, flags: synAck), "p2", bench),
                Self.sender(.tcp(Bench.podB, 2000, Bench.podA, 1000, flags: reset), "p2", bench),
                Self.sender(.icmp(Bench.podB, Bench.podA, type: 129), "p2", bench),
                Self.sender(
                    .icmp(Bench.podB, Bench.podA, type: 1, rest: [0, 0, 0, 0] + Packet.udp(Bench.podA, 1000, Bench.podB, 2000).datagram), "p2", bench),
            ]
            try Self.atOnce(bench, in: namespace.descriptor, [a, b], count: 20_000)
            #expect(try bench.counted(FABRIC_DROP_NONE) == 0)
            #expect(try bench.entries(.flows).isEmpty && bench.entries(.halfopen).isEmpty)
        }
    }

    @Test func withoutTheInitiatorsAnswerNothingIsEstablished() async throws {
        try await withNetworkNamespace { namespace in
            let bench = try Bench.make()
            try Self.atOnce(
                bench, in: namespace.descriptor,
                [
                    [Self.sender(.tcp(Bench.podA, 1000, Bench.podB, 2000, flags: syn), "p1", bench)],
                    [
                        Self.sender(.tcp(Bench.podB, 2000, Bench.podA, 1000, flags: synAck), "p2", bench),
                        Self.sender(.tcp(Bench.podB, 2000, Bench.podA, 1000, flags: reset), "p2", bench),
                    ],
                ], count: 40_000)
            #expect(try bench.entries(.flows).isEmpty)
            #expect(try bench.counted(FABRIC_DROP_NONE) > 0)
        }
    }

    @Test func onceAPolicyIsTakenBackNothingPasses() async throws {
        try await withNetworkNamespace { namespace in
            let bench = try Bench.make()
            let a = [
                Self.sender(.tcp(Bench.podA, 1000, Bench.podB, 2000, flags: syn), "p1", bench),
                Self.sender(.tcp(Bench.podA, 1000, Bench.podB, 2000, flags: ack), "p1", bench),
            ]
            let b = [
                Self.sender(.tcp(Bench.podB, 2000, Bench.podA, 1000, flags: synAck), "p2", bench),
                Self.sender(.tcp(Bench.podB, 2000, Bench.podA, 1000, flags: ack), "p2", bench),
            ]
            for round in UInt32(0)..<20 {
                try Self.policy(bench, revision: 100 + 2 * round, ingress: FABRIC_POLICY_ALLOW, egress: FABRIC_POLICY_ALLOW)
                try Self.atOnce(bench, in: namespace.descriptor, [a, b], count: 500)
                // Whoever was first: it ends with an answer, and what the initiator says to that.
                _ = try bench.run(.from_pod, .tcp(Bench.podB, 2000, Bench.podA, 1000, flags: synAck), on: "p2")
                _ = try bench.run(.from_pod, .tcp(Bench.podA, 1000, Bench.podB, 2000, flags: ack), on: "p1")
                #expect(try bench.entries(.flows).count == 1)
                try Self.policy(bench, revision: 101 + 2 * round, ingress: FABRIC_POLICY_DENY, egress: FABRIC_POLICY_DENY)
                let before = try bench.counted(FABRIC_DROP_NONE)
                try Self.atOnce(bench, in: namespace.descriptor, [a, b], count: 500)
                #expect(try bench.counted(FABRIC_DROP_NONE) == before)
            }
        }
    }
}
