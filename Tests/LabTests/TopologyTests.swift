import Lab
import Model
import Net
import Testing
import YAML

@Suite struct TopologyTests {
    private func read(_ text: String, ipv4: Bool = false) throws -> Topology { try TopologyFile.read(text, file: "lab.yaml", ipv4: ipv4) }

    private func refusal(_ text: String) -> String {
        do {
            _ = try read(text)
            return "accepted"
        } catch {
            return "\(error)"
        }
    }

    @Test func everyField() throws {
        let topology = try read(
            """
            name: rack
            spines: [s1]
            leaves: [l1, l2]
            nodes:
              - {name: n1, leaf: l1}
              - {name: n2, leaves: [l1, l2], podCIDRs: ["fd00:cafe:0:77::/64", "10.244.77.0/24"]}
            pods:
              - {namespace: shop, name: web-0, node: n2, labels: {app: web}, ips: ["fd00:cafe:0:77::5"]}
              - {name: plain, node: n1}
            externals:
              - {name: out, leaf: l2, addresses: ["2001:db8::1"]}
            mtu: 9000
            links:
              - {between: [s1, l2], mtu: 1400}
            ipv4: true
            values:
              tunnel: disabled
            """)
        #expect(topology.name == "rack")
        #expect(topology.nodes[0].leaves == ["l1"])
        #expect(topology.nodes[1].leaves == ["l1", "l2"])
        #expect(topology.nodes[1].podCIDRs.map(\.description) == ["fd00:cafe:0:77::/64", "10.244.77.0/24"])
        #expect(topology.pods[0].pod == PodName(namespace: "shop", name: "web-0"))
        #expect(topology.pods[0].labels == ["app": "web"])
        #expect(topology.pods[0].addresses.map(\.description) == ["fd00:cafe:0:77::5"])
        #expect(topology.pods[1].pod == PodName(namespace: "default", name: "plain"))
        #expect(topology.externals[0].addresses.map(\.description) == ["2001:db8::1"])
        #expect(topology.ipv4)
        #expect(topology.mtu == 9000)
        #expect(topology.links == [Topology.LinkSetting(between: ["s1", "l2"], mtu: 1400)])
        #expect(try YAMLReader.documents(in: #require(topology.values), file: "values").first?.cursor["tunnel"]?.string() == "disabled")
        let links = LabPlan(name: "rack", topology: topology).links
        #expect(links.first { $0.name == "l2-s1" }?.mtu == 1400)
        #expect(links.first { $0.name == "n1-l1" }?.mtu == 9000)
    }

    @Test func standardIsValid() throws {
        try Topology.standard.validate()
        let written = """
            spines: [spine1, spine2]
            leaves: [leaf1, leaf2]
            nodes: [{name: node1, leaf: leaf1}, {name: node2, leaf: leaf2}]
            pods:
              - {name: web, node: node1, labels: {app: web}}
              - {name: client, node: node1, labels: {app: client}}
              - {name: db, node: node2, labels: {app: db}}
            externals: [{name: external, leaf: leaf2}]
            """
        #expect(try read(written) == .standard)
    }

    /// Each a small topology with one thing wrong, and what is said of it.
    @Test(arguments: [
        ("leaves: [l1]\n", "lab.yaml:1:1: nodes: missing"),
        ("leaves: [l1]\nnodes:\n  - {name: n1, leaf: l9}\n", "lab.yaml:3:22: nodes[0].leaf: there is no leaf l9 (leaves: l1)"),
        ("leaves: [l1, l2]\nnodes: [{name: n1, leaf: l1}]\n", "lab.yaml:1:1: spines: 2 leaves need a spine between them"),
        ("leaves: [l1]\nnodes: []\n", "lab.yaml:2:8: nodes: there is no node"),
        ("leaves: []\nnodes: []\n", "lab.yaml:1:9: leaves: there is no leaf"),
        ("leaves: [l1]\nnode: []\n", "lab.yaml:2:1: node: unknown field"),
        ("leaves: [l1]\nnodes: [{name: l1, leaf: l1}]\n", "lab.yaml:2:16: nodes[0].name: l1 is the name of leaves[0] already"),
        ("leaves: [Leaf]\nnodes: []\n", "lab.yaml:2:8: nodes: there is no node"),
        (
            "leaves: [Leaf]\nnodes: [{name: n1, leaf: Leaf}]\n",
            "lab.yaml:1:10: leaves[0]: \"Leaf\" is not a name here: lower-case letters, digits and '-', at most 12 bytes"
        ),
        (
            "leaves: [l1]\nnodes: [{name: a.b, leaf: l1}]\n",
            "lab.yaml:2:16: nodes[0].name: \"a.b\" is not a name here: lower-case letters, digits and '-', at most 12 bytes"
        ),
        ("leaves: [l1]\nnodes: [{name: n1, leaves: [l1, l1]}]\n", "lab.yaml:2:33: nodes[0].leaves[1]: n1 is attached to l1 twice"),
        ("leaves: [l1]\nnodes: [{name: n1, leaf: l1, leaves: [l1]}]\n", "lab.yaml:2:38: nodes[0].leaves: n1 has both leaf and leaves"),
        (
            "leaves: [l1]\nnodes: [{name: n1, leaf: l1, podCIDRs: [\"fd00:cafe::/64x\"]}]\n",
            "lab.yaml:2:41: nodes[0].podCIDRs[0]: \"fd00:cafe::/64x\" is not a prefix"
        ),
        (
            "leaves: [l1]\nnodes:\n- {name: n1, leaf: l1, podCIDRs: [\"fd00:cafe:0:5::/64\"]}\n- {name: n2, leaf: l1, podCIDRs: [\"fd00:cafe:0:4::/63\"]}\n",
            "lab.yaml:4:35: nodes[1].podCIDRs[0]: Pod CIDR fd00:cafe:0:4::/63 of n2 overlaps fd00:cafe:0:5::/64 of n1"
        ),
        (
            "leaves: [l1]\nnodes: [{name: n1, leaf: l1, podCIDRs: [\"10.244.1.0/24\"]}]\n",
            "lab.yaml:2:41: nodes[0].podCIDRs[0]: 10.244.1.0/24 is IPv4, and the lab has none (ipv4: true)"
        ),
        (
            "leaves: [l1]\nnodes: [{name: n1, leaf: l1, podCIDRs: [\"fd01::/64\"]}]\n",
            "lab.yaml:2:41: nodes[0].podCIDRs[0]: fd01::/64 is outside fd00:cafe::/56 and 10.244.0.0/16: give values with another native routing CIDR"
        ),
        (
            "leaves: [l1]\nnodes: [{name: n1, leaf: l1}]\npods: [{name: p, node: n9}]\n",
            "lab.yaml:3:24: pods[0].node: there is no node n9 (nodes: n1)"
        ),
        (
            "leaves: [l1]\nnodes: [{name: n1, leaf: l1}]\npods: [{name: p, node: n1}, {name: p, node: n1}]\n",
            "lab.yaml:3:36: pods[1].name: there are two pods default/p"
        ),
        (
            "leaves: [l1]\nnodes: [{name: n1, leaf: l1}]\npods: [{name: b-c, namespace: a, node: n1}, {name: c, namespace: a-b, node: n1}]\n",
            "lab.yaml:3:52: pods[1].name: a-b/c and a/b-c would share the network namespace LAB-a-b-c"
        ),
        (
            "leaves: [l1]\nnodes: [{name: n1, leaf: l1}]\npods: [{name: p, node: n1, ips: [\"fd00:cafe:0:2::1\"]}]\n",
            "lab.yaml:3:34: pods[0].ips[0]: fd00:cafe:0:2::1 of default/p is no address of n1's Pod CIDR fd00:cafe:0:1::/64"
        ),
        (
            "leaves: [l1]\nnodes: [{name: n1, leaf: l1}]\npods: [{name: p, node: n1, ips: [\"fd00:cafe:0:1::1\"]}, {name: q, node: n1, ips: [\"fd00:cafe:0:1::1\"]}]\n",
            "lab.yaml:3:82: pods[1].ips[0]: fd00:cafe:0:1::1 of default/q is taken by default/p"
        ),
        (
            "leaves: [l1]\nnodes: [{name: n1, leaf: l1}]\nexternals: [{name: e, leaf: l1, addresses: [\"fd00:cafe:0:1::9\"]}]\n",
            "lab.yaml:3:45: externals[0].addresses[0]: fd00:cafe:0:1::9 is in fd00:cafe:0:1::/64, which the cluster uses"
        ),
        ("leaves: [l1]\nnodes: [{name: n1, leaf: l1}]\nmtu: 1000\n", "lab.yaml:3:6: mtu: an MTU of 1000 is not within 1280 to 65535"),
        (
            "leaves: [l1]\nnodes: [{name: n1, leaf: l1}]\nlinks: [{between: [l1, n2], mtu: 1400}]\n",
            "lab.yaml:3:19: links[0].between: there is no link between l1 and n2"
        ),
        (
            "name: My-Lab\nleaves: [l1]\nnodes: [{name: n1, leaf: l1}]\n",
            "lab.yaml:1:7: name: \"My-Lab\" is not a lab's name: a lower-case letter, then lower-case letters and digits, at most 12"
        ),
        ("", "lab.yaml:1:1: there is no topology in this file"),
        ("leaves: [l1\n", "lab.yaml:2:1: did not find expected ',' or ']' while parsing a flow sequence"),
    ])
    func refused(_ text: String, _ message: String) {
        let said = refusal(text)
        // The words of the YAML library are its own.
        if message.contains("did not find") { #expect(said.hasPrefix("lab.yaml:")) } else { #expect(said == message) }
    }

    @Test func podsRunOut() {
        let pods = (0..<49).map { "{name: p\($0), node: n1}" }.joined(separator: ", ")
        let said = refusal("leaves: [l1]\nnodes: [{name: n1, leaf: l1, podCIDRs: [\"fd00:cafe:0:1::/122\"]}]\npods: [\(pods)]\n")
        #expect(said.contains("no address is left for default/p48 on n1"))
    }
}
