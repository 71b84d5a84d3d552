import BPF
import CFabricABI
import Compiler
import Datapath
import Model
import Net
import TestSupport
import Testing

private let syn: UInt8 = 0x02
private let ack: UInt8 = 0x10
private let synAck: UInt8 = 0x12

private let shot: UInt32 = 2
private let redirect: UInt32 = 7

/// A pod is gone, and another one has its address: nothing of an old flow reaches it.
@Suite(.enabled(if: isRoot, "needs root: loads eBPF programs"))
struct DepartedPodTests {
    /// Gives the address of pod `a` to a new endpoint on the same device, at a new revision.
    private static func replaceA(_ bench: borrowing Bench) throws {
        var desired = bench.desired
        let old = try #require(desired.endpoints.first { $0.pod.name == "a" })
        desired.endpoints.removeAll { $0.pod.name == "a" }
        _ = try desired.addEndpoint(for: "a2", device: old.device, addresses: old.addresses)
        try desired.register(now: 2, limits: .maps)
        try MapSync(try DatapathMaps.of(bench.object)).apply(compile(desired, links: bench.links, cpus: possibleCPUs))
    }

    @Test func anOldDatagramIsNotForTheNewPod() async throws {
        try await withNetworkNamespace { _ in
            let bench = try Bench.make()
            let old = Packet.udp(Bench.remote, 2000, Bench.podA, 1000)
            #expect(try bench.run(.from_uplink, old, on: "u1").code == redirect)
            try Self.replaceA(bench)
            for _ in 0..<3 { #expect(try bench.run(.from_uplink, old, on: "u1").code == shot) }
            #expect(try bench.counted(FABRIC_DROP_STALE_OR_UNROUTABLE) == 3)
            // A flow of its own is.
            #expect(try bench.run(.from_uplink, .udp(Bench.remote, 2001, Bench.podA, 1000), on: "u1").code == redirect)
            // And so is the answer to what the new pod itself asks from there.
            #expect(try bench.run(.from_pod, .udp(Bench.podA, 1000, Bench.remote, 2000), on: "p1").code == redirect)
            #expect(try bench.run(.from_uplink, old, on: "u1").code == redirect)
        }
    }

    @Test func anOldConnectionIsNotForTheNewPodButANewOneIs() async throws {
        try await withNetworkNamespace { _ in
            let bench = try Bench.make()
            func remote(_ flags: UInt8) -> Packet { .tcp(Bench.remote, 40000, Bench.podA, 80, flags: flags) }
            #expect(try bench.run(.from_uplink, remote(syn), on: "u1").code == redirect)
            #expect(try bench.run(.from_pod, .tcp(Bench.podA, 80, Bench.remote, 40000, flags: synAck), on: "p1").code == redirect)
            #expect(try bench.run(.from_uplink, remote(ack), on: "u1").code == redirect)
            #expect(try bench.entries(.flows).count == 1)
            try Self.replaceA(bench)
            for _ in 0..<3 { #expect(try bench.run(.from_uplink, remote(ack), on: "u1").code == shot) }
            #expect(try bench.run(.from_uplink, remote(0x04), on: "u1").code == shot)
            #expect(try bench.run(.from_uplink, remote(syn), on: "u1").code == redirect)
            #expect(try bench.run(.from_pod, .tcp(Bench.podA, 80, Bench.remote, 40000, flags: synAck), on: "p1").code == redirect)
            #expect(try bench.run(.from_uplink, remote(ack), on: "u1").code == redirect)
        }
    }

    @Test func betweenTheTwoPodsNothingPasses() async throws {
        try await withNetworkNamespace { _ in
            let bench = try Bench.make()
            let old = Packet.udp(Bench.podB, 2000, Bench.podA, 1000)
            #expect(try bench.run(.from_pod, old, on: "p2").code == redirect)
            var desired = bench.desired
            desired.endpoints.removeAll { $0.pod.name == "a" }
            try desired.register(now: 2, limits: .maps)
            let maps = try DatapathMaps.of(bench.object)
            try MapSync(maps).apply(compile(desired, links: bench.links, cpus: possibleCPUs))
            #expect(try bench.run(.from_pod, old, on: "p2").code == shot)
            try Self.replaceA(bench)
            #expect(try bench.run(.from_pod, old, on: "p2").code == shot)
        }
    }
}
