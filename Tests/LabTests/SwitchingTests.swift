import Glibc
@testable import Lab
import Model
import Net
import Netlink
import Testing

/// What switches and nodes are told, without running them.
@Suite struct SwitchingTests {
    private func plan(_ switches: Topology.Switching, numbered: Bool = false, ipv4: Bool = false) -> LabPlan {
        var topology = Topology.standard
        (topology.switches, topology.numbered, topology.ipv4) = (switches, numbered, ipv4)
        return LabPlan(name: "lt", topology: topology)
    }

    @Test func numbersAreByKind() throws {
        let bgp = try #require(plan(.frr).bgp)
        #expect(bgp.asns == ["spine1": 65200, "spine2": 65200, "leaf1": 65101, "leaf2": 65102, "node1": 65001, "node2": 65002])
        var topology = Topology.standard
        topology.asns = ["leaf2": 4_200_000_001, "node1": 65002]
        try topology.validate()
        #expect(LabBGP.asns(topology)["leaf2"] == 4_200_000_001)
        topology.switches = .bird
        try topology.validate()
        for (name, asn, message) in [
            ("leaf2", UInt32(65200), "asns: spine1 and leaf2 are connected, and have the AS number 65200 both"),
            ("leaf2", 65101, "asns: leaves leaf1 and leaf2 have the AS number 65101 both"),
            ("leaf9", 1, "asns.leaf9: there is no switch or node leaf9"),
        ] {
            topology.asns = [name: asn]
            #expect(throws: TopologyProblem.self) { try topology.validate() }
            do throws(TopologyProblem) { try topology.validate() } catch { #expect("\(error)" == message) }
        }
    }

    @Test func withBGPOnlyHostsOutsideHaveRoutes() throws {
        let plan = plan(.frr)
        #expect(plan.member("leaf1")?.routes == [])
        #expect(plan.member("leaf2")?.routes.map(\.prefix.description) == ["fd00:e0::1/128"])
        #expect(plan.member("node1")?.routes.map(\.prefix) == [.ipv6Default])
        let file = plan.clusterFile(for: try #require(plan.member("node1")))
        #expect(file.nodes.isEmpty && file.ips.count == 1)
        #expect(file.switches.map(\.name) == ["spine1", "spine2", "leaf1", "leaf2", "node2"])
    }

    @Test func frr() throws {
        let unnumbered = FRRConfiguration.bgpd(plan(.frr), try #require(plan(.frr).member("leaf2")), directory: "/d")
        for line in [
            "router bgp 65102", " neighbor to-spine1 interface v6only remote-as 65200", " neighbor to-node2 interface v6only remote-as 65002",
            "  maximum-paths 64",
            "  network fd00:fab:0:2::2/128", "  network fd00:e0::1/128", "  neighbor to-spine2 activate", " bgp router-id 10.1.2.2",
        ] { #expect(unnumbered.split(separator: "\n").contains { $0 == line }, "\(line)") }
        #expect(!unnumbered.contains("ipv4 unicast"))
        let both = plan(.frr, numbered: true, ipv4: true)
        let numbered = FRRConfiguration.bgpd(both, try #require(both.member("spine1")), directory: "/d")
        for line in [
            " neighbor fd00:fab:0:3::1 remote-as 65101", " neighbor fd00:fab:0:3::1 capability extended-nexthop", " address-family ipv4 unicast",
        ] {
            #expect(numbered.split(separator: "\n").contains { $0 == line }, "\(line)")
        }
    }

    @Test func addressesOfNumberedLinks() {
        let plan = plan(.static, numbered: true)
        let addresses = plan.links.flatMap(\.ends).compactMap(\.ipv6)
        #expect(Set(addresses).count == 2 * plan.links.count)
        for link in plan.links { #expect(Prefix(link.upper.gateway, length: 127)?.contains(link.lower.gateway) == true) }
        #expect(plan.member("node1")?.routes.first?.hops.first?.via == IPAddress("fd00:fab:0:3::8"))
    }

    @Test func exportedRoutes() throws {
        let plan = plan(.static, ipv4: true)
        let routes = plan.exportedRoutes(of: try #require(plan.member("leaf1")))
        let texts = try RouteExport.Format.allCases.map { format throws(LabError) in try RouteExport.text(routes, of: "leaf1", format) }
        #expect(
            texts[0] == """
                ! Static routes of leaf1, written by fabctl route export.
                ipv6 route fd00:cafe:0:1::/64 fe80::2:1 to-node1
                ipv6 route fd00:cafe:0:2::/64 fe80::1:1 to-spine1
                ipv6 route fd00:cafe:0:2::/64 fe80::1:2 to-spine2
                ip route 10.244.1.0/24 10.0.0.9 to-node1
                ip route 10.244.2.0/24 10.0.0.0 to-spine1
                ip route 10.244.2.0/24 10.0.0.4 to-spine2

                """)
        #expect(texts[1].contains("  route fd00:cafe:0:2::/64 via fe80::1:1%'to-spine1'\n    via fe80::1:2%'to-spine2';\n"))
        #expect(
            texts[2].contains(
                "ip -6 route replace fd00:cafe:0:2::/64 proto static nexthop via fe80::1:1 dev to-spine1 nexthop via fe80::1:2 dev to-spine2\n"))
        // What a node knows: addresses of nodes, and no cables.
        let known = RouteExport.routes(of: [
            (podCIDRs: [try #require(Prefix("fd00:cafe:0:2::/64"))], addresses: [try #require(IPAddress("fd00:beef::2"))])
        ])
        #expect(try RouteExport.text(known, of: "leaf1", .frr).hasSuffix("\nipv6 route fd00:cafe:0:2::/64 fd00:beef::2\n"))
        #expect(try RouteExport.text(known, of: "leaf1", .bird).contains("  route fd00:cafe:0:2::/64 recursive fd00:beef::2;\n"))
        #expect(throws: LabError.self) { try RouteExport.text(known, of: "leaf1", .iproute2) }
    }

    @Test func shortestPaths() throws {
        let plan = plan(.static)
        let both = [["node1", "leaf1", "spine1", "leaf2", "node2"], ["node1", "leaf1", "spine2", "leaf2", "node2"]]
        #expect(plan.shortestPaths(from: "default/web", to: "default/db") == both)
        #expect(plan.shortestPaths(from: "default/web", to: "default/client") == [["node1"]])
        #expect(plan.shortestPaths(from: "node1", to: "external")?.count == 2)
        #expect(LabPlan.expression(both) == "node1 leaf1 spine1|spine2 leaf2 node2")
        #expect(PairCheck.flows(1) == 4 && PairCheck.flows(2) == 21 && PairCheck.flows(64) == 128)
    }
}
