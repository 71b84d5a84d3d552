import Lab
import Model
import Net
import Testing

@Suite struct PlanTests {
    private static let large = Topology(
        spines: (1...4).map { "spine\($0)" }, leaves: (1...8).map { "leaf\($0)" },
        nodes: (1...40).map { Topology.Node(name: "node\($0)", leaves: $0 % 3 == 0 ? ["leaf1", "leaf2"] : ["leaf\($0 % 8 + 1)"]) },
        pods: (1...120).map { Topology.Pod(pod: PodName(namespace: "ns", name: "pod\($0)"), node: "node\($0 % 40 + 1)") },
        externals: (1...5).map { Topology.External(name: "ext\($0)", leaf: "leaf\($0)") }, ipv4: true)

    @Test(arguments: [Topology.standard, large])
    func nothingIsGivenTwice(_ topology: Topology) throws {
        try topology.validate()
        let plan = LabPlan(name: "lt", topology: topology)
        func isUnique(_ list: [some Hashable]) -> Bool { Set(list).count == list.count }
        #expect(isUnique(plan.members.map(\.name)))
        #expect(isUnique(plan.members.map(\.namespace)))
        #expect(isUnique(plan.members.flatMap(\.addresses) + plan.links.flatMap(\.ends).compactMap(\.ipv4)))
        #expect(isUnique(plan.links.map(\.name)))
        #expect(isUnique(plan.links.flatMap(\.ends).map { [$0.member, $0.device] }))
        #expect(plan.links.flatMap(\.ends).allSatisfy { $0.device.utf8.count <= 15 })
        // Next hops and hops of a trace have names: no two switches share an address, link-local ones included.
        let switches = plan.clusterFile(for: try #require(plan.members(.node).first)).switches
        #expect(isUnique(switches.flatMap(\.addresses)))
        #expect(switches.count == topology.spines.count + topology.leaves.count)
        let prefixes = plan.members(.node).flatMap(\.podCIDRs)
        for (index, prefix) in prefixes.enumerated() {
            #expect(!prefixes[..<index].contains { $0.overlaps(prefix) })
        }
        for pod in plan.members(.pod) {
            let own = try #require(plan.member(pod.node ?? "")).podCIDRs
            #expect(pod.addresses.allSatisfy { address in own.contains { $0.contains(address) } })
        }
    }

    @Test func addressesOfTheStandardLab() throws {
        let plan = LabPlan(name: "fab", topology: .standard)
        let expected = [
            "spine1 fab-spine1 fd00:fab:0:1::1", "spine2 fab-spine2 fd00:fab:0:1::2", "leaf1 fab-leaf1 fd00:fab:0:2::1",
            "leaf2 fab-leaf2 fd00:fab:0:2::2",
            "node1 fab-node1 fd00:beef::1", "node2 fab-node2 fd00:beef::2", "external fab-external fd00:e0::1",
            "default/web fab-default-web fd00:cafe:0:1::10", "default/client fab-default-client fd00:cafe:0:1::11",
            "default/db fab-default-db fd00:cafe:0:2::10",
        ]
        #expect(plan.members.map { "\($0.name) \($0.namespace) \($0.addresses.map(\.description).joined(separator: ","))" } == expected)
        #expect(plan.member("node2")?.podCIDRs.map(\.description) == ["fd00:cafe:0:2::/64"])
        #expect(plan.values.contains("nativeRoutingCIDR: \"fd00:cafe::/56\""))
        #expect(!plan.values.contains("ipv4"))
    }

    @Test func dualStack() throws {
        var topology = Topology.standard
        topology.ipv4 = true
        let plan = LabPlan(name: "fab", topology: topology)
        #expect(plan.member("node1")?.addresses.map(\.description) == ["fd00:beef::1", "10.1.0.1"])
        #expect(plan.member("default/db")?.addresses.map(\.description) == ["fd00:cafe:0:2::10", "10.244.2.16"])
        #expect(plan.values.contains("ipv4NativeRoutingCIDR: \"10.244.0.0/16\""))
        #expect(
            plan.member("node1")?.routes.map { "\($0.prefix) \($0.hops.map { $0.via?.description ?? "" })" } == [
                "::/0 [\"fe80::1\"]", "0.0.0.0/0 [\"10.0.0.8\"]",
            ])
    }

    private func hops(_ plan: LabPlan, _ member: String, _ prefix: String) -> [String] {
        (plan.member(member)?.routes.first { $0.prefix.description == prefix }?.hops ?? []).map { "\($0.via?.description ?? "")%\($0.device)" }
    }

    @Test func leavesUseEverySpine() {
        let plan = LabPlan(name: "fab", topology: .standard)
        for prefix in ["fd00:cafe:0:2::/64", "fd00:beef::2/128", "fd00:e0::1/128"] {
            #expect(hops(plan, "leaf1", prefix) == ["fe80::1:1%to-spine1", "fe80::1:2%to-spine2"])
        }
        #expect(hops(plan, "leaf1", "fd00:cafe:0:1::/64") == ["fe80::2:1%to-node1"])
        #expect(hops(plan, "spine2", "fd00:cafe:0:2::/64") == ["fe80::2%to-leaf2"])
        #expect(hops(plan, "spine1", "fd00:fab:0:1::2/128") == ["fe80::1%to-leaf1", "fe80::2%to-leaf2"])
        #expect(hops(plan, "node1", "::/0") == ["fe80::1%eth0"])
    }

    @Test func nodeOnTwoLeaves() throws {
        let topology = Topology(
            spines: ["spine1"], leaves: ["leaf1", "leaf2"],
            nodes: [.init(name: "node1", leaves: ["leaf1", "leaf2"]), .init(name: "node2", leaves: ["leaf2"])])
        try topology.validate()
        let plan = LabPlan(name: "fab", topology: topology)
        #expect(hops(plan, "node1", "::/0") == ["fe80::1%eth0", "fe80::2%eth1"])
        #expect(hops(plan, "spine1", "fd00:cafe:0:1::/64") == ["fe80::1%to-leaf1", "fe80::2%to-leaf2"])
        #expect(hops(plan, "leaf2", "fd00:cafe:0:1::/64") == ["fe80::2:1%to-node1"])
        let node = try #require(plan.member("node1"))
        #expect(plan.clusterFile(for: node).nodes.first?.nextHops.map(\.device) == ["eth0", "eth1"])
    }

    @Test func clusterFile() throws {
        var topology = Topology.standard
        topology.ipv4 = true
        let plan = LabPlan(name: "fab", topology: topology)
        let text = plan.clusterFile(for: try #require(plan.member("node1"))).yaml
        #expect(
            text.hasPrefix(
                """
                nodes:
                - name: node2
                  podCIDRs:
                  - fd00:cafe:0:2::/64
                  - 10.244.2.0/24
                  addresses:
                  - fd00:beef::2
                  - 10.1.0.2
                  via:
                  - fe80::1%eth0
                ips:
                - address: fd00:cafe:0:2::10
                  pod: default/db
                  labels:
                    app: db
                - address: 10.244.2.16
                  pod: default/db
                  labels:
                    app: db
                switches:

                """))
        #expect(text.contains("- name: leaf1\n  addresses:\n  - fd00:fab:0:2::1\n  - fe80::1\n  - 10.0.0.1\n"))
    }

    @Test func linksByName() throws {
        let plan = LabPlan(name: "fab", topology: .standard)
        for text in ["leaf1-spine1", "spine1-leaf1"] {
            let port = try #require(plan.port(text))
            #expect(port.member.name == "leaf1" && port.device == "to-spine1")
        }
        #expect(plan.port("spine1:to-leaf1")?.member.name == "spine1")
        #expect(plan.port("default/web:eth0")?.member.name == "default/web")
        for text in ["leaf1-spine9", "leaf1", "nobody:eth0", "leaf1:"] { #expect(plan.port(text) == nil) }
    }
}
