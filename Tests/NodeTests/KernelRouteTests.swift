import Net
import Netlink
import Testing
@testable import Node

@Suite struct KernelRouteTests {
    private func route(_ prefix: String, _ hops: [(via: String?, ifindex: Int, weight: Int)], metric: UInt32 = 1024) throws -> Route {
        let hops = try hops.map {
            RouteNextHop(via: try $0.via.map { try #require(IPAddress($0)) }, ifindex: $0.ifindex, weight: $0.weight, onLink: false)
        }
        return Route(try #require(Prefix(prefix)), nextHops: hops, proto: KernelRoutes.proto, metric: metric)
    }

    @Test func whatDiffers() throws {
        let one = try route("fd00:1::/64", [("fe80::1", 2, 1)])
        let two = try route("fd00:2::/64", [("fe80::1", 2, 1), ("fe80::2", 3, 1)])
        #expect(KernelRoutes.difference([one, two], [two, one]).isEmpty)
        // The order of next hops does not matter; all else does.
        #expect(KernelRoutes.difference([two], [try route("fd00:2::/64", [("fe80::2", 3, 1), ("fe80::1", 2, 1)])]).isEmpty)
        for other in [
            try route("fd00:1::/64", [("fe80::2", 2, 1)]), try route("fd00:1::/64", [("fe80::1", 3, 1)]), try route("fd00:1::/64", [(nil, 2, 1)]),
            try route("fd00:1::/64", [("fe80::1", 2, 1)], metric: 100), try route("fd00:1::/64", [("fe80::1", 2, 1), ("fe80::2", 3, 1)]),
            Route(one.prefix, kind: .unreachable, proto: KernelRoutes.proto, metric: 1024),
        ] {
            let difference = KernelRoutes.difference([one], [other])
            #expect(difference.wrong == [one] && difference.missing.isEmpty && difference.extra.isEmpty)
        }
        let missing = KernelRoutes.difference([one, two], [one])
        #expect(missing.missing == [two] && missing.extra.isEmpty)
        let extra = KernelRoutes.difference([one], [one, two])
        #expect(extra.extra == [two] && extra.missing.isEmpty && extra.wrong.isEmpty)
        // The same prefix twice, with another metric: one is too many.
        let doubled = KernelRoutes.difference([one], [one, try route("fd00:1::/64", [("fe80::9", 2, 1)], metric: 2048)])
        #expect(doubled.extra.map(\.metric) == [2048] && doubled.wrong.isEmpty)
    }
}

@Suite struct HiddenBPFFSTests {
    /// Lines as the kernel writes them, one of them of `ip netns exec n1`.
    @Test(
        arguments: [
            ("24 29 0:22 / /sys rw,nosuid - sysfs sysfs rw\n", "sysfs"), ("53 50 0:40 / /sys rw,relatime - sysfs n1 rw\n", "n1"),
            ("53 50 0:40 / /sys rw,relatime shared:7 master:1 - sysfs n1 rw\n", "n1"), ("54 53 0:41 / /sys/fs/bpf rw - bpf bpf rw\n", nil),
            ("55 50 0:42 / /sys rw - tmpfs tmpfs rw\n", nil), ("", nil), ("53 50 0:40 / /sys\n", nil), ("53 50 0:40 / /sys rw - sysfs\n", nil),
        ] as [(String, Substring?)])
    func sourceOfSys(_ line: String, _ source: Substring?) { #expect(HiddenBPFFS.sourceOfSys(line) == source) }
}
