import BPF
import CFabricABI
import Datapath
import Net
import TestSupport
import Testing

private let ok: UInt32 = 0
private let shot: UInt32 = 2

/// What is between a pod and the node alone, on the link that they share.
@Suite(.enabled(if: isRoot, "needs root: loads eBPF programs"))
struct LinkTests {
    private static func solicitation(_ source: String, type: UInt8 = 135) -> Packet {
        // With the source link-layer address option, which is what makes a kernel remember a neighbour.
        let target = type == 135 ? Packet.address("fe80::1").bytes : []
        var packet = Packet.icmp(source, "ff02::2", type: type, rest: [0, 0, 0, 0] + target + [1, 1, 2, 0, 0, 0, 0, 9])
        packet.hopLimit = 255
        return packet
    }

    @Test func aPodHasOneLinkLocalAddress() async throws {
        try await withNetworkNamespace { _ in
            let bench = try Bench.make()
            let own = bench.linkLocal("a")
            #expect(try bench.run(.from_pod, Self.solicitation(own), on: "p1").code == ok)
            #expect(try bench.run(.from_pod, Self.solicitation(own, type: 133), on: "p1").code == ok)
            #expect(try bench.run(.from_pod, .icmp(own, "fe80::1", type: 128), on: "p1").code == ok)
            // Each would be an entry more in the node's neighbour table.
            for other in ["fe80::aa", "fe80::1", "fe80:0:0:1::1", bench.linkLocal("b")] {
                #expect(try bench.run(.from_pod, Self.solicitation(other), on: "p1").code == shot, "\(other)")
                #expect(try bench.run(.from_pod, Self.solicitation(other, type: 133), on: "p1").code == shot, "\(other)")
                #expect(try bench.run(.from_pod, .icmp(other, "fe80::1", type: 128), on: "p1").code == shot, "\(other)")
                #expect(try bench.run(.from_pod, .udp(other, 1, "fe80::1", 53), on: "p1").code == shot, "\(other)")
            }
            #expect(try bench.counted(FABRIC_DROP_INVALID_SOURCE_IP) == 16)
        }
    }

    @Test func aLinkLocalErrorCannotBeAboutTheNodesOwnConnections() async throws {
        try await withNetworkNamespace { _ in
            let bench = try Bench.make()
            let inner = Packet.udp(Bench.node, 53, "fd00:beef::2", 53).datagram
            let error = Packet.icmp(bench.linkLocal("a"), "fe80::1", type: 2, rest: [0, 0, 5, 0] + inner)
            #expect(try bench.run(.from_pod, error, on: "p1").code == shot)
            #expect(try bench.counted(FABRIC_DROP_UNKNOWN_CT_STATE) == 1)
        }
    }

    @Test func groupReportsComeInOnesOwnName() async throws {
        try await withNetworkNamespace { _ in
            let bench = try Bench.make()
            func listener(_ source: String, type: UInt8) -> Packet {
                var packet = Packet.icmp(source, "ff02::16", type: type, rest: [UInt8](repeating: 0, count: 24))
                packet.extensions = (0, [58, 0, 5, 2, 0, 0, 1, 0])
                packet.hopLimit = 1
                return packet
            }
            func report(_ source: String) -> Packet {
                Packet(
                    source: Packet.address(source), destination: Packet.address("224.0.0.22"), proto: 2, hopLimit: 1,
                    payload: [0x22] + [0, 0, 0, 0, 0, 0, 0])
            }
            #expect(try bench.run(.from_pod, listener(bench.linkLocal("a"), type: 143), on: "p1").code == ok)
            #expect(try bench.run(.from_pod, listener("::", type: 143), on: "p1").code == ok)
            #expect(try bench.run(.from_pod, report(Bench.podA4), on: "p1").code == ok)
            #expect(try bench.run(.from_pod, report("0.0.0.0"), on: "p1").code == ok)
            for packet in [listener(Bench.podB, type: 143), listener("fe80::aa", type: 131), listener("fe80::1", type: 143), report(Bench.podB4)] {
                #expect(try bench.run(.from_pod, packet, on: "p1").code == shot)
            }
            #expect(try bench.counted(FABRIC_DROP_INVALID_SOURCE_IP) == 4)
            // A pod is not the link's querier.
            #expect(try bench.run(.from_pod, listener(bench.linkLocal("a"), type: 130), on: "p1").code == shot)
            #expect(try bench.counted(FABRIC_DROP_FORBIDDEN_ICMPV6) == 1)
        }
    }

    @Test func neighbourDiscoveryIsNeverFragmented() async throws {
        try await withNetworkNamespace { _ in
            let bench = try Bench.make()
            var atomic = Self.solicitation(bench.linkLocal("a"))
            atomic.extensions = (44, [58, 0, 0, 0, 0, 0, 0, 1])
            #expect(try bench.run(.from_pod, atomic, on: "p1").code == shot)
            #expect(try bench.counted(FABRIC_DROP_FORBIDDEN_ICMPV6) == 1)
        }
    }

    @Test func broadcastsEndAtThePod() async throws {
        try await withNetworkNamespace { _ in
            let bench = try Bench.make()
            #expect(try bench.run(.from_pod, .udp(Bench.podA4, 68, "255.255.255.255", 67), on: "p1").code == shot)
            #expect(try bench.counted(FABRIC_DROP_UNKNOWN_L3_TARGET) == 1)
        }
    }
}
