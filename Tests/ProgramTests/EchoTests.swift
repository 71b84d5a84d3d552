import BPF
import CFabricABI
import Compiler
import Datapath
import Model
import Net
import TestSupport
import Testing

private let redirect: UInt32 = 7

/// Echoes are flows by who asks, and segments of forgotten connections find their direction.
@Suite(.enabled(if: isRoot, "needs root: loads eBPF programs"))
struct EchoTests {
    @Test(arguments: [(Bench.podA, Bench.podB, 128, 129), (Bench.podA4, Bench.podB4, 8, 0)] as [(String, String, UInt8, UInt8)])
    func bothEndsMayAskWithOneIdentifier(_ a: String, _ b: String, _ request: UInt8, _ reply: UInt8) async throws {
        try await withNetworkNamespace { _ in
            let bench = try Bench.make()
            #expect(try bench.run(.from_pod, .icmp(a, b, type: request), on: "p1").code == redirect)
            #expect(try bench.run(.from_pod, .icmp(b, a, type: reply), on: "p2").code == redirect)
            #expect(try bench.entries(.halfopen).count == 1)
            #expect(try bench.run(.from_pod, .icmp(b, a, type: request), on: "p2").code == redirect)
            #expect(try bench.entries(.halfopen).count == 2)
            let initiators = try bench.entries(.halfopen).map {
                ($0.value.initiator == 0 ? $0.key.address.0 : $0.key.address.1).ipAddress.description
            }
            #expect(Set(initiators) == [a, b])
        }
    }

    @Test func anAskerIsTheInitiatorThoughAnAnswerCameFirst() async throws {
        try await withNetworkNamespace { _ in
            let bench = try Bench.make()
            #expect(try bench.run(.from_pod, .icmp(Bench.podB, Bench.podA, type: 129), on: "p2").code == redirect)
            #expect(try bench.run(.from_pod, .icmp(Bench.podA, Bench.podB, type: 128), on: "p1").code == redirect)
            let flow = try #require(try bench.entries(.halfopen).first)
            let initiator = flow.value.initiator == 0 ? flow.key.address.0 : flow.key.address.1
            #expect(initiator.ipAddress.description == Bench.podA)
        }
    }
}
