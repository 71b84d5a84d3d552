import Glibc
import Net
import Netlink
import TestSupport
import Testing

@Suite(.enabled(if: geteuid() == 0, "needs root: network namespaces"))
struct BatchTests {
    @Test func tenThousandRoutes() async throws {
        try await withNetworkNamespace { _ in
            var socket = try NetlinkSocket()
            let (a, b) = try makePair(&socket)
            let hops = [RouteNextHop(via: try address("fe80::1"), ifindex: a.index), RouteNextHop(via: try address("fe80::2"), ifindex: b.index)]
            let base = try address("fd00:1::")
            let routes = try (0..<10_000).map { number in
                let prefix = try #require(Prefix(IPAddress(high: base.high + UInt64(number), low: 0), length: 64))
                return Route(prefix, nextHops: number % 2 == 0 ? hops : [hops[0]], proto: 250, metric: 1024)
            }
            let clock = ContinuousClock()
            var failures: [NetlinkSocket.Failure] = []
            let added = try clock.measure { failures = try socket.perform(routes.map { .addRoute($0) }) }
            #expect(failures.map(\.index) == [])
            #expect(try Witness.ip("-6 -o route show proto 250").split(separator: "\n").count == 10_000)
            var read: [Route] = []
            let listed = try clock.measure { read = try socket.routes(family: .ipv6, proto: 250) }
            #expect(read == routes)
            let deleted = try clock.measure { failures = try socket.perform(routes.map { .deleteRoute($0) }) }
            #expect(failures.isEmpty)
            #expect(try socket.routes(proto: 250).isEmpty)
            // Generous: other tests and an unoptimised build share the machine. One request a call would need ten times as long.
            #expect(
                added < .seconds(3) && listed < .seconds(3) && deleted < .seconds(3), "added in \(added), listed in \(listed), deleted in \(deleted)")
        }
    }

    @Test func failuresAreNamedAndStopNothing() async throws {
        try await withNetworkNamespace { _ in
            var socket = try NetlinkSocket()
            let (a, _) = try makePair(&socket)
            let hop = RouteNextHop(via: try address("fe80::1"), ifindex: a.index)
            let base = try address("fd00:1::")
            let bad = Set([0, 5, 127, 128, 129, 400, 999])
            let requests = try (0..<1000).map { number in
                let prefix = try #require(Prefix(IPAddress(high: base.high + UInt64(number), low: 0), length: 64))
                let away = RouteNextHop(via: try address("fe80::1"), ifindex: 4711)
                return NetlinkRequest.addRoute(Route(prefix, nextHops: [bad.contains(number) ? away : hop], proto: 250))
            }
            let failures = try socket.perform(requests)
            #expect(failures.map(\.index) == bad.sorted())
            #expect(failures.first.map { "\($0.error)" } == "add route fd00:1::/64 via fe80::1 dev ifindex 4711: No such device")
            #expect(try socket.routes(proto: 250).count == 993)
            // All of them, as when a device goes while routes are being added.
            let again = try socket.perform(requests)
            #expect(again.map(\.index) == Array(0..<1000))
            #expect(again.filter { $0.error.code == EEXIST }.count == 993)
            #expect(try socket.perform([NetlinkRequest]()).isEmpty)
        }
    }

    /// What has no encoding is refused by itself, and never sent as something else.
    @Test func impossibleValues() async throws {
        try await withNetworkNamespace { _ in
            var socket = try NetlinkSocket()
            let (a, b) = try makePair(&socket)
            let before = try Witness.ip("-d address show") + Witness.ip("-6 route show table all")
            let target = try prefix("fd00:1::/64")
            func hop(_ weight: Int, _ ifindex: Int) throws -> RouteNextHop {
                RouteNextHop(via: try address("fe80::1"), ifindex: ifindex, weight: weight)
            }
            let many = try (0..<4000).map { _ in try hop(1, a.index) }
            let requests: [NetlinkRequest] = [
                .addRoute(Route(target, nextHops: [try hop(0, a.index), try hop(1, b.index)])),
                .addRoute(Route(target, nextHops: [try hop(257, a.index), try hop(1, b.index)])),
                .addRoute(Route(target, nextHops: [try hop(.min, a.index), try hop(1, b.index)])),
                .addRoute(Route(target, nextHops: [try hop(1, -1)])),
                .addRoute(Route(target, nextHops: [try hop(1, 1 << 32 + a.index)])),
                .addRoute(Route(target, nextHops: many)),
                .addRoute(Route(target, nextHops: [try hop(1, a.index)], mtu: -1)),
                .setLink(ifindex: a.index, LinkChange(mtu: -1)),
                .setLink(ifindex: a.index, LinkChange(mtu: .max)),
                .setLink(ifindex: a.index, LinkChange(name: String(repeating: "x", count: 70_000))),
                .setLink(ifindex: a.index, LinkChange(name: "sixteen-bytes-xx")),
                .setLink(ifindex: 1 << 32 + a.index, LinkChange(mtu: 1400)),
                .setLink(ifindex: a.index, LinkChange(master: -1)),
                .deleteLink(ifindex: 0),
                .deleteLink(ifindex: -1),
                .createVeth(VethEnd(name: String(repeating: "x", count: 70_000)), peer: VethEnd(name: "c")),
                .createVeth(VethEnd(name: "c", queues: -1), peer: VethEnd(name: "d")),
                .createVeth(VethEnd(name: "a/b"), peer: VethEnd(name: "d")),
                .addAddress(InterfaceAddress(try address("fd00::1"), prefixLength: -1, ifindex: a.index)),
                .addAddress(InterfaceAddress(try address("fd00::1"), prefixLength: 300, ifindex: a.index)),
                .addAddress(InterfaceAddress(try address("fd00::1"), prefixLength: 64, ifindex: 1 << 32 + a.index)),
                .replaceNeighbour(Neighbour(address: try address("fd00::1"), ifindex: 1 << 32 + a.index, macAddress: MACAddress(1))),
            ]
            #expect(try socket.perform(requests).map(\.index) == Array(requests.indices))
            #expect(try Witness.ip("-d address show") + Witness.ip("-6 route show table all") == before)
            #expect(throws: NetlinkError(operation: "set a mtu -1", code: EINVAL, message: "-1 is out of range")) {
                try socket.setLink(a.index, LinkChange(mtu: -1))
            }
        }
    }

    @Test func kindsMixInOrder() async throws {
        try await withNetworkNamespace { _ in
            var socket = try NetlinkSocket()
            let (a, b) = try makePair(&socket)
            let peer = try address("fd00:c::2")
            let failures = try socket.perform([
                .addAddress(InterfaceAddress(try address("fd00:c::1"), prefixLength: 64, ifindex: a.index, flags: .noDAD)),
                .setLink(ifindex: b.index, LinkChange(up: true, mtu: 1400, addressGeneration: .eui64)),
                .addRoute(Route(try prefix("fd00:d::/64"), nextHops: [RouteNextHop(via: peer, ifindex: a.index)], proto: 250)),
                .replaceNeighbour(Neighbour(address: peer, ifindex: a.index, macAddress: b.macAddress)),
                .deleteNeighbour(address: try address("fd00:c::3"), ifindex: a.index),
                .deleteAddress(InterfaceAddress(try address("fe80::a"), prefixLength: 64, ifindex: a.index)),
            ])
            #expect(failures.map(\.index) == [4])
            #expect(try socket.link(named: "b")?.mtu == 1400)
            #expect(try socket.neighbour(peer, ifindex: a.index)?.state == .permanent)
            #expect(try socket.routes(proto: 250).count == 1)
        }
    }

    /// Lists stay whole while another thread changes the table all the time.
    @Test func dumpWhileRoutesChange() async throws {
        try await withNetworkNamespace { namespace in
            var socket = try NetlinkSocket()
            let (a, _) = try makePair(&socket)
            let hop = RouteNextHop(via: try address("fe80::1"), ifindex: a.index)
            let base = try address("fd00:1::")
            let stable = try (0..<2000).map { number in
                Route(
                    try #require(Prefix(IPAddress(high: base.high + UInt64(number), low: 0), length: 64)), nextHops: [hop], proto: 250, metric: 1024)
            }
            #expect(try socket.perform(stable.map { .addRoute($0) }).isEmpty)
            let churn = try namespace.spawn([
                "sh", "-c",
                "for i in $(seq 60); do ip -6 route replace fd00:9::/64 via fe80::1 dev a proto 251; ip -6 route del fd00:9::/64; done",
            ])
            for _ in 0..<30 {
                do {
                    #expect(try socket.routes(family: .ipv6, proto: 250) == stable)
                } catch let error as NetlinkError where error.code == EAGAIN {
                    // Said, not hidden: nothing is returned that might be torn.
                    continue
                }
            }
            #expect(try churn.wait() == .exited(0))
            #expect(try socket.routes(family: .ipv6, proto: 250) == stable)
        }
    }
}
