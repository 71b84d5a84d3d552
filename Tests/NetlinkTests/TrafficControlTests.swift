import Glibc
import Netlink
import TestSupport
import Testing

@Suite(.enabled(if: geteuid() == 0, "needs root: network namespaces"))
struct TrafficControlTests {
    @Test func anIdleClsactIsRemovedAndNothingElse() async throws {
        try await withNetworkNamespace { _ in
            var socket = try NetlinkSocket()
            try Witness.ip("link add name a type veth peer name b")
            let a = try #require(try socket.link(named: "a")).index
            let b = try #require(try socket.link(named: "b")).index
            #expect(try !socket.removeIdleClsact(ifindex: a), "there is none")
            try Witness.tc("qdisc add dev a clsact")
            try Witness.tc("qdisc add dev b clsact")
            #expect(try socket.removeIdleClsact(ifindex: a))
            #expect(try !Witness.tc("qdisc show dev a").contains("clsact"))
            #expect(try Witness.tc("qdisc show dev b").contains("clsact"), "another device's")
            #expect(try !socket.removeIdleClsact(ifindex: a), "again")
            try Witness.tc("qdisc del dev b clsact")
            try Witness.tc("qdisc add dev b ingress")
            #expect(try !socket.removeIdleClsact(ifindex: b), "an ingress qdisc hangs at the same place")
            #expect(try Witness.tc("qdisc show dev b").contains("ingress"))
        }
    }

    @Test(arguments: ["ingress", "egress"])
    func aClsactWithAFilterStays(direction: String) async throws {
        try await withNetworkNamespace { _ in
            var socket = try NetlinkSocket()
            try Witness.tc("qdisc add dev lo clsact")
            try Witness.tc("filter add dev lo \(direction) protocol all prio 7 u32 match u32 0 0")
            #expect(try !socket.removeIdleClsact(ifindex: 1))
            #expect(try Witness.tc("filter show dev lo \(direction)").contains("u32"))
            try Witness.tc("filter del dev lo \(direction) prio 7")
            #expect(try socket.removeIdleClsact(ifindex: 1))
        }
    }
}
