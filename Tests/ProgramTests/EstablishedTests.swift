import BPF
import CFabricABI
import Datapath
import Model
import Net
import Netlink
import TestSupport
import Testing

private let syn: UInt8 = 0x02
private let ack: UInt8 = 0x10
private let synAck: UInt8 = 0x12
private let fin: UInt8 = 0x11

/// TC_ACT_*
private let ok: UInt32 = 0
private let shot: UInt32 = 2
private let redirect: UInt32 = 7

@Suite(.enabled(if: isRoot, "needs root: loads eBPF programs"))
struct EstablishedTests {
    @Test func aConnectionBetweenPodsIsEstablishedByItsHandshake() async throws {
        try await withNetworkNamespace { _ in
            let bench = try Bench.make()
            let open = Packet.tcp(Bench.podA, 40000, Bench.podB, 80, flags: syn)
            let answer = Packet.tcp(Bench.podB, 80, Bench.podA, 40000, flags: synAck)
            let confirm = Packet.tcp(Bench.podA, 40000, Bench.podB, 80, flags: ack)
            let first = try bench.run(.from_pod, open, on: "p1")
            #expect(first.code == redirect)
            #expect(try bench.entries(.halfopen).count == 1)
            #expect(try bench.run(.from_pod, answer, on: "p2").code == redirect)
            #expect(try bench.entries(.flows).isEmpty)
            let last = try bench.run(.from_pod, confirm, on: "p1")
            #expect(last.code == redirect)
            #expect(try bench.entries(.halfopen).isEmpty)
            let flow = try #require(try bench.entries(.flows).first)
            #expect(flow.value.half.0.packets + flow.value.half.1.packets == 3)
            #expect(flow.value.state == UInt8(FABRIC_FLOW_ESTABLISHED.rawValue))
            // Hop limit one less; MAC addresses of the receiving pod's device.
            #expect(last.packet[14 + 7] == 63)
            #expect(Array(last.packet[0..<6]) == bench.desired.endpoints[1].mac.bytes)
            #expect(Array(last.packet[6..<12]) == bench.desired.endpoints[1].hostMAC.bytes)
        }
    }

    @Test func trafficToAnotherNodeTakesTheNextHopAndComesBack() async throws {
        try await withNetworkNamespace { _ in
            let bench = try Bench.make()
            for (pod, remote) in [(Bench.podA, Bench.remote), (Bench.podA4, Bench.remote4)] {
                #expect(try bench.run(.from_pod, .tcp(pod, 40000, remote, 80, flags: syn), on: "p1").code == redirect)
                let back = try bench.run(.from_uplink, .tcp(remote, 80, pod, 40000, flags: synAck), on: "u1")
                #expect(back.code == redirect)
                #expect(try bench.run(.from_pod, .tcp(pod, 40000, remote, 80, flags: ack), on: "p1").code == redirect)
            }
            let flows = try bench.entries(.flows)
            #expect(flows.count == 2)
            for flow in flows {
                let side = Int(flow.value.initiator)
                let half = side == 0 ? flow.value.half.0 : flow.value.half.1
                #expect(half.output == UInt8(FABRIC_OUTPUT_NEXTHOP.rawValue))
                #expect(half.packets == 2)
            }
        }
    }

    @Test func theIPv4HeaderChecksumFollowsTheHopLimit() async throws {
        try await withNetworkNamespace { _ in
            let bench = try Bench.make()
            let result = try bench.run(.from_pod, .udp(Bench.podA4, 1000, Bench.podB4, 2000), on: "p1")
            #expect(result.code == redirect)
            let header = Array(result.packet[14..<34])
            #expect(header[8] == 63)
            var sum: UInt32 = 0
            for index in stride(from: 0, to: 20, by: 2) { sum += UInt32(header[index]) << 8 | UInt32(header[index + 1]) }
            while sum >> 16 != 0 { sum = (sum & 0xffff) + (sum >> 16) }
            #expect(sum == 0xffff)
        }
    }

    @Test func theNodeAndItsPodsReachEachOther() async throws {
        try await withNetworkNamespace { _ in
            let bench = try Bench.make()
            #expect(try bench.run(.to_pod, .icmp(Bench.node, Bench.podA, type: 128), on: "p1").code == ok)
            #expect(try bench.run(.from_pod, .icmp(Bench.podA, Bench.node, type: 129), on: "p1").code == ok)
            #expect(try bench.run(.from_pod, .tcp(Bench.podA, 5000, Bench.node, 22, flags: syn), on: "p1").code == ok)
            #expect(try bench.entries(.halfopen).count == 2)
        }
    }

    @Test func hopLimitOneGoesToTheKernelAfterTheVerdict() async throws {
        try await withNetworkNamespace { _ in
            let bench = try Bench.make()
            var probe = Packet.udp(Bench.podA, 33434, Bench.remote, 33435)
            probe.hopLimit = 1
            let result = try bench.run(.from_pod, probe, on: "p1")
            #expect(result.code == ok)
            #expect(result.packet[14 + 7] == 1)
        }
    }

    @Test func aPacketLargerThanTheNextHopsMTUGoesToTheKernel() async throws {
        try await withNetworkNamespace { _ in
            let bench = try Bench.make()
            #expect(try bench.run(.from_pod, .udp(Bench.podA, 1, Bench.remote, 2, data: 1452), on: "p1").code == redirect)
            #expect(try bench.run(.from_pod, .udp(Bench.podA, 1, Bench.remote, 2, data: 1453), on: "p1").code == ok)
        }
    }
}

@Suite(.enabled(if: isRoot, "needs root: loads eBPF programs"))
struct RefusedTests {
    @Test func aPodCannotUseAnotherPodsAddress() async throws {
        try await withNetworkNamespace { _ in
            let bench = try Bench.make()
            #expect(try bench.run(.from_pod, .udp(Bench.podB, 1, Bench.remote, 2), on: "p1").code == shot)
            #expect(try bench.run(.from_pod, .udp(Bench.podB4, 1, Bench.remote4, 2), on: "p1").code == shot)
            #expect(try bench.run(.from_pod, .udp("fd00:cafe:0:1::77", 1, Bench.remote, 2), on: "p1").code == shot)
            #expect(try bench.run(.from_pod, .udp(Bench.node, 1, Bench.remote, 2), on: "p1").code == shot)
            #expect(try bench.counted(FABRIC_DROP_INVALID_SOURCE_IP) == 4)
            #expect(try bench.entries(.halfopen).isEmpty)
        }
    }

    @Test func anEstablishedFlowsAddressesDoNotHelpAnotherDevice() async throws {
        try await withNetworkNamespace { _ in
            let bench = try Bench.make()
            for (packet, device) in [
                (Packet.udp(Bench.podA, 1, Bench.podB, 2), "p1"), (.udp(Bench.podB, 2, Bench.podA, 1), "p2"),
                (.udp(Bench.podA, 1, Bench.podB, 2), "p1"),
            ] { #expect(try bench.run(.from_pod, packet, on: device).code == redirect) }
            #expect(try bench.entries(.flows).count == 1)
            #expect(try bench.run(.from_pod, .udp(Bench.podA, 1, Bench.podB, 2), on: "p2").code == shot)
            #expect(try bench.run(.from_uplink, .udp(Bench.podA, 1, Bench.podB, 2), on: "u1").code == shot)
            #expect(try bench.entries(.flows).count == 1)
            #expect(try bench.run(.from_pod, .udp(Bench.podA, 1, Bench.podB, 2), on: "p1").code == redirect)
        }
    }

    @Test func theFabricCannotUseOurAddresses() async throws {
        try await withNetworkNamespace { _ in
            let bench = try Bench.make()
            for source in [Bench.podB, Bench.node, "fd00:cafe:0:1::77", "::1", "ff02::1", "::"] {
                #expect(try bench.run(.from_uplink, .udp(source, 1, Bench.podA, 2), on: "u1").code == shot, "\(source)")
            }
            #expect(try bench.run(.from_uplink, .udp(Bench.remote, 1, Bench.podA, 2), on: "u1").code == redirect)
            #expect(try bench.counted(FABRIC_DROP_INVALID_SOURCE_IP) == 6)
        }
    }

    @Test func neighbourDiscoveryPassesOnlyInOnesOwnName() async throws {
        try await withNetworkNamespace { _ in
            let bench = try Bench.make()
            func solicitation(_ source: String, target: String, destination: String = "ff02::1:ff00:1") -> Packet {
                var packet = Packet.icmp(source, destination, type: 135, rest: [0, 0, 0, 0] + Packet.address(target).bytes)
                packet.hopLimit = 255
                return packet
            }
            #expect(try bench.run(.from_pod, solicitation(Bench.podA, target: "fe80::1"), on: "p1").code == ok)
            #expect(try bench.run(.from_pod, solicitation(bench.linkLocal("a"), target: "fe80::1", destination: "fe80::1"), on: "p1").code == ok)
            #expect(try bench.run(.from_pod, solicitation("::", target: Bench.podA), on: "p1").code == ok)
            #expect(try bench.run(.from_pod, solicitation(bench.linkLocal("a"), target: Bench.podB), on: "p1").code == shot)
            #expect(try bench.run(.from_pod, solicitation(Bench.podB, target: "fe80::1"), on: "p1").code == shot)
            #expect(try bench.run(.from_pod, solicitation("fe80::1", target: "fe80::1"), on: "p1").code == shot)
            #expect(try bench.run(.from_pod, solicitation(Bench.podA, target: "fe80::1", destination: Bench.remote), on: "p1").code == shot)
            var far = solicitation(Bench.podA, target: "fe80::1")
            far.hopLimit = 254
            #expect(try bench.run(.from_pod, far, on: "p1").code == shot)
            var advertisement = Packet.icmp(Bench.podA, "ff02::1", type: 136, rest: [0x20, 0, 0, 0] + Packet.address(Bench.podA).bytes)
            advertisement.hopLimit = 255
            #expect(try bench.run(.from_pod, advertisement, on: "p1").code == ok)
            var router = Packet.icmp(bench.linkLocal("a"), "ff02::1", type: 134, rest: [64, 0, 7, 8, 0, 0, 0, 0, 0, 0, 0, 0])
            router.hopLimit = 255
            #expect(try bench.run(.from_pod, router, on: "p1").code == shot)
            var redirected = Packet.icmp(bench.linkLocal("a"), "ff02::1", type: 137, rest: [UInt8](repeating: 0, count: 36))
            redirected.hopLimit = 255
            #expect(try bench.run(.from_pod, redirected, on: "p1").code == shot)
            #expect(try bench.counted(FABRIC_DROP_FORBIDDEN_ICMPV6) == 5)
            #expect(try bench.counted(FABRIC_DROP_INVALID_SOURCE_IP) == 2)
        }
    }

    @Test func icmpErrorsPassOnlyForWhatWasSent() async throws {
        try await withNetworkNamespace { _ in
            let bench = try Bench.make()
            let probe = Packet.udp(Bench.podA, 33434, Bench.remote, 33435)
            #expect(try bench.run(.from_pod, probe, on: "p1").code == redirect)
            func exceeded(_ inner: Packet, to destination: String) -> Packet {
                .icmp("fd00:fab::1", destination, type: 3, rest: [0, 0, 0, 0] + inner.datagram)
            }
            #expect(try bench.run(.from_uplink, exceeded(probe, to: Bench.podA), on: "u1").code == redirect)
            #expect(try bench.run(.from_uplink, exceeded(.udp(Bench.podA, 33434, Bench.remote, 9), to: Bench.podA), on: "u1").code == shot)
            #expect(try bench.run(.from_uplink, exceeded(probe, to: Bench.podB), on: "u1").code == shot)
            #expect(try bench.run(.from_uplink, exceeded(.udp(Bench.remote, 33435, Bench.podA, 33434), to: Bench.podA), on: "u1").code == shot)
            #expect(try bench.counted(FABRIC_DROP_UNKNOWN_CT_STATE) == 3)
            var options = probe
            options.extensions = (60, [17, 0, 1, 4, 0, 0, 0, 0])
            #expect(try bench.run(.from_uplink, exceeded(options, to: Bench.podA), on: "u1").code == redirect)
        }
    }

    @Test func whatTheParserDoesNotKnowIsDropped() async throws {
        try await withNetworkNamespace { _ in
            let bench = try Bench.make()
            var routed = Packet.udp(Bench.podA, 1, Bench.remote, 2)
            routed.extensions = (43, [17, 2, 0, 1] + [UInt8](repeating: 0, count: 20))
            #expect(try bench.run(.from_pod, routed, on: "p1").code == shot)
            var unknown = Packet.udp(Bench.podA, 1, Bench.remote, 2)
            unknown.extensions = (253, [17, 0, 0, 0, 0, 0, 0, 0])
            #expect(try bench.run(.from_pod, unknown, on: "p1").code == shot)
            #expect(try bench.counted(FABRIC_DROP_INVALID_EXTENSION_HEADER) == 2)
            var options = Packet.udp(Bench.podA, 1, Bench.remote, 2)
            options.extensions = (60, [17, 0, 1, 4, 0, 0, 0, 0])
            #expect(try bench.run(.from_pod, options, on: "p1").code == redirect)
            let short = Array(Packet.tcp(Bench.podA, 1, Bench.remote, 2, flags: syn).bytes.prefix(14 + 40 + 6))
            #expect(try bench.run(.from_pod, short, on: "p1").code == shot)
            #expect(try bench.counted(FABRIC_DROP_TRUNCATED_HEADER) == 1)
        }
    }

    @Test func aDeviceThatNobodyOwnsLetsNothingPass() async throws {
        try await withNetworkNamespace { _ in
            let bench = try Bench.make()
            #expect(try bench.run(.from_pod, .udp(Bench.podA, 1, Bench.podB, 2), on: "u1").code == shot)
            #expect(try bench.run(.to_uplink, .udp(Bench.podA, 1, Bench.remote, 2), on: "u1").code == shot)
            #expect(try bench.run(.to_uplink, .udp(Bench.node, 1, Bench.remote, 2), on: "u1").code == ok)
            #expect(try bench.counted(FABRIC_DROP_EP_NOT_READY) == 2)
        }
    }
}
