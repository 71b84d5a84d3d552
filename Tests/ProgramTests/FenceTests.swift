import BPF
import CFabricABI
import Compiler
import Datapath
import Net
import TestSupport
import Testing

private let ok: UInt32 = 0
private let shot: UInt32 = 2
private let redirect: UInt32 = 7

/// Sources that cannot be right, and devices that are neither a pod's nor the fabric's.
@Suite(.enabled(if: isRoot, "needs root: loads eBPF programs"))
struct FenceTests {
    @Test func theFabricCannotSpeakToTheNodeInThePodsName() async throws {
        try await withNetworkNamespace { _ in
            let bench = try Bench.make()
            // A pod and the node are in the middle of something that the fabric would like to join.
            #expect(try bench.run(.from_pod, .udp(Bench.podA, 1000, Bench.node, 53), on: "p1").code == ok)
            #expect(try bench.run(.to_pod, .udp(Bench.node, 53, Bench.podA, 1000), on: "p1").code == ok)
            #expect(try bench.run(.from_pod, .udp(Bench.podA, 1000, Bench.node, 53), on: "p1").code == ok)
            for (source, destination) in [
                (Bench.podA, Bench.node), (Bench.podB, Bench.node), (Bench.node, Bench.node), (Bench.podA, Bench.remote),
                (Bench.podA, "fd00:cafe:0:1::77"),
            ] {
                #expect(try bench.run(.from_uplink, .udp(source, 1000, destination, 53), on: "u1").code == shot, "\(source) -> \(destination)")
            }
            #expect(try bench.run(.from_uplink, .udp(Bench.podA4, 1, "192.0.2.1", 2), on: "u1").code == shot)
            #expect(try bench.counted(FABRIC_DROP_INVALID_SOURCE_IP) == 6)
            // A leaf may well use the address that is our pods' gateway.
            #expect(try bench.run(.from_uplink, .tcp("fe80::1", 179, Bench.node, 40000, flags: 0x12), on: "u1").code == ok)
            #expect(try bench.run(.from_uplink, .tcp("fe80::1", 179, "fe80::5", 40000, flags: 0x12), on: "u1").code == ok)
            #expect(try bench.run(.from_uplink, .udp(Bench.remote, 1, Bench.node, 2), on: "u1").code == ok)
        }
    }

    @Test func linkLocalSourcesStayOnTheirLink() async throws {
        try await withNetworkNamespace { _ in
            let bench = try Bench.make()
            #expect(try bench.run(.from_uplink, .udp("fe80::2", 1, Bench.podA, 2), on: "u1").code == shot)
            #expect(try bench.run(.from_uplink, .udp("169.254.7.7", 1, Bench.podA4, 2), on: "u1").code == shot)
            #expect(try bench.counted(FABRIC_DROP_INVALID_SOURCE_IP) == 2)
        }
    }

    @Test func whatAPodSendsPassesNoFenceUnlessItWasJudged() async throws {
        try await withNetworkNamespace { _ in
            let bench = try Bench.make()
            // Its own address or any other: it came in by a pod's device, and from_pod did not mark it.
            for source in [Bench.podA, "2001:db8::1"] {
                #expect(try bench.run(.to_uplink, .udp(source, 1, Bench.remote, 2), on: "u1", ingress: "p1").code == shot, "\(source)")
                #expect(try bench.run(.to_pod, .udp(source, 1, Bench.podB, 2), on: "p2", ingress: "p1").code == shot, "\(source)")
            }
            #expect(try bench.run(.to_uplink, .udp("2001:db8::1", 1, Bench.remote, 2), on: "u1", ingress: "u1x").code == ok)
        }
    }

    @Test func anotherDevicesFlowsAreAnsweredTheWayTheyCame() async throws {
        try await withNetworkNamespace { _ in
            let bench = try Bench.make()
            let outside = "2001:db8::5"
            // The node has a default route over its uplink; `outside` is behind another device.
            let tables = bench.tables
            let route = try #require(tables.route(to: "fd00:cafe:0:2::/64"))
            let world = fabric_route(
                kind: route.kind, source: UInt8(FABRIC_SOURCE_CONFIG.rawValue), flags: UInt16(FABRIC_ROUTE_WORLD.rawValue), group: route.group,
                mtu: 0,
                reserved: 0)
            try bench.object.map(named: "routes").update(fabric_prefix_key(Prefix.ipv6Default), world)
            #expect(try bench.run(.to_pod, .udp(outside, 1000, Bench.podA, 2000), on: "p1", ingress: "u1x").code == ok)
            #expect(try bench.run(.from_pod, .udp(Bench.podA, 2000, outside, 1000), on: "p1").code == ok)
            #expect(try bench.run(.to_pod, .udp(outside, 1000, Bench.podA, 2000), on: "p1", ingress: "u1x").code == ok)
            #expect(try bench.run(.from_pod, .udp(Bench.podA, 2000, outside, 1000), on: "p1").code == ok)
            // The same over the uplink goes back over the uplink.
            #expect(try bench.run(.from_uplink, .udp("2001:db8::6", 1000, Bench.podA, 2000), on: "u1").code == redirect)
            #expect(try bench.run(.from_pod, .udp(Bench.podA, 2000, "2001:db8::6", 1000), on: "p1").code == redirect)
        }
    }

    @Test func anotherDevicesErrorsPassWhenTheyAreAboutAFlow() async throws {
        try await withNetworkNamespace { _ in
            let bench = try Bench.make()
            let sent = Packet.udp(Bench.podA, 1000, "2001:db8::5", 2000)
            #expect(try bench.run(.from_pod, sent, on: "p1").code == ok)
            func tooBig(_ inner: Packet) -> Packet { .icmp("2001:db8::1", Bench.podA, type: 2, rest: [0, 0, 5, 0] + inner.datagram) }
            #expect(try bench.run(.to_pod, tooBig(sent), on: "p1", ingress: "u1x").code == ok)
            #expect(try bench.run(.to_pod, tooBig(.udp(Bench.podA, 1000, "2001:db8::5", 9)), on: "p1", ingress: "u1x").code == shot)
            #expect(try bench.counted(FABRIC_DROP_UNKNOWN_CT_STATE) == 1)
        }
    }
}
