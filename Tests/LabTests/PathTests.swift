import Glibc
import Lab
import Netlink
import NodeTestSupport
import Testing
import YAML

/// `fabctl path` in labs with the datapath on their nodes.
@Suite(.enabled(if: geteuid() == 0, "needs root: sends raw packets in network namespaces"))
struct PathTests {
    private static let topology = """
        spines: [spine1, spine2]
        leaves: [leaf1, leaf2, leaf3]
        nodes: [{name: node1, leaf: leaf1}, {name: node2, leaves: [leaf2, leaf3]}]
        pods: [{name: web, node: node1}, {name: db, node: node2}]
        externals: [{name: external, leaf: leaf3}]
        ipv4: true
        links: [{between: [leaf2, spine2], mtu: 1400}]
        """

    private func path(_ fixture: Fixture, _ arguments: [String]) throws -> Finished {
        try fixture.fabctl(["path", "--name", fixture.lab] + arguments)
    }

    private func document(_ finished: Finished) throws -> YAMLCursor {
        try #require(try YAMLReader.documents(in: finished.output, file: "path").first?.cursor)
    }

    /// Ways by name, with how many flows each has.
    private func ways(_ document: YAMLCursor) throws -> [String: Int] {
        Dictionary(
            try document.required("paths").elements().map {
                (try $0.required("hops").strings().joined(separator: " "), try $0.required("flows").int())
            }
        ) { $0 + $1 }
    }

    @Test(arguments: ["udp", "tcp", "icmp"]) func bothSpinesAreFound(_ transport: String) throws {
        try Fixture.with("ltpath\(transport)") { fixture in
            #expect(try fixture.run("up", ["--ipv4"]).code == 0)
            for family in [[], ["-4"]] {
                let found = try path(fixture, ["default/web", "default/db", "--protocol", transport, "--flows", "16", "-o", "json"] + family)
                #expect(found.code == 0, "\(found.error)")
                let document = try document(found)
                let ways = try ways(document)
                let both = Set(["spine1", "spine2"].map { "node1 leaf1 \($0) leaf2 node2" })
                // Ports are all that parts flows here, and ICMP has none.
                if transport == "icmp" { #expect(ways.count == 1 && both.isSuperset(of: ways.keys)) } else { #expect(Set(ways.keys) == both) }
                #expect(ways.values.reduce(0, +) == 16)
                #expect(try document.required("mtu").int() == 1500)
                for hop in try document.required("hops").elements() { #expect(try hop.required("loss").double() == 0) }
            }
            let expected = ["--expect", "node1 leaf1 spine* leaf2 node2", "--all-paths"]
            let found = try path(fixture, ["web", "db", "--protocol", transport] + expected)
            #expect(found.code == (transport == "icmp" ? 1 : 0), "\(found.error)\(found.output)")
            if transport == "icmp" { #expect(found.error.hasPrefix("not as expected: no flow of 16 went by node1 leaf1 spine")) }
        }
    }

    @Test func aMisroutedFlowASmallLinkAndABlackHole() throws {
        try Fixture.with("ltpathbad") { fixture in
            let file = "\(fixture.records)/topology"
            #expect(fixture.write(Self.topology, to: file))
            let up = try fixture.run("up", ["-f", file])
            unlink(file)
            #expect(up.code == 0, "\(up.error)")
            // The link between spine2 and leaf2 takes 1400 bytes: spine2 says so, once more when the pod's kernel knows it already.
            for family in [[], [], ["-4"], ["-4"], ["--protocol", "tcp"], ["--protocol", "tcp", "-4"]] {
                let found = try path(fixture, ["web", "db", "--flows", "32", "-o", "json"] + family)
                #expect(found.code == 0, "\(found.error)")
                let small = try document(found).required("bottlenecks").elements()
                #expect(small.count == 1)
                let first = try #require(small.first)
                #expect(try first.required("hop").string() == "spine2" && first.required("next").string() == "leaf2")
                #expect(try first.required("mtu").int() == 1400)
                #expect(try document(found).required("mtu").int() == 1400)
            }
            // One flow alone is sent by another leaf.
            let misroute =
                "ip -6 rule add ipproto udp sport 40003 lookup 100; ip -6 route add fd00:cafe:0:2::/64 via fe80::1:1 dev to-spine1 table 100"
            for leaf in ["leaf2", "leaf3"] { #expect(try fixture.exec(leaf, ["sh", "-c", misroute]).code == 0) }
            let expected = ["--source-port", "40000", "--expect", "node1 leaf1 spine* leaf2|leaf3 node2"]
            let lost = try path(fixture, ["web", "db", "-o", "json"] + expected)
            #expect(lost.code == 1)
            #expect(lost.error.contains("1 of 16 flows (the first: udp 40003): "), "\(lost.error)")
            #expect(try document(lost).required("flows").elements()[3].required("end").string() == "loop")
            // The other end of the link is not told, so that packets vanish on it without a word.
            #expect(try fixture.exec("spine2", ["ip", "link", "set", "to-leaf2", "mtu", "1500"]).code == 0)
            let hole = try path(fixture, ["web", "db", "--flows", "32"])
            #expect(hole.code == 0, "\(hole.error)")
            #expect(hole.output.contains("packets of 1500 bytes vanish behind spine2, and nobody says so: link spine2 -> leaf2"), "\(hole.output)")
            // No such pod, no such way.
            let nobody = try path(fixture, ["web", "fd00:cafe:0:2::99", "-o", "json"])
            #expect(nobody.code == 1)
            #expect(try document(nobody).required("paths").elements()[0].required("end").string() == "no route")
            #expect(try path(fixture, ["web", "nobody"]).code == 65)
            #expect(try path(fixture, ["web", "db", "--expect", "a||b"]).code == 65)
            #expect(try path(fixture, ["web", "db", "--flows", "0"]).code == 64)
        }
    }

    /// What the route map chooses for each flow is what the flow events say, and what the packets do.
    @Test func theNextHopAgreesWithTheFlowEvents() throws {
        try Fixture.with("ltpathhop") { fixture in
            let file = "\(fixture.records)/topology"
            #expect(fixture.write(Self.topology, to: file))
            #expect(try fixture.run("up", ["-f", file]).code == 0)
            unlink(file)
            let found = try path(fixture, ["db", "web", "--source-port", "41000", "--no-mtu", "-o", "json"])
            #expect(found.code == 0, "\(found.error)")
            let events = try fixture.exec(
                "node2", [Fixture.program, "observe", "--last", "1000", "--protocol", "udp", "--from-pod", "default/db", "-o", "json"])
            var seen: [Int: String] = [:]
            for line in events.output.split(separator: "\n") {
                let flow = try YAMLReader.documents(in: String(line), file: "event").first?.cursor.required("flow")
                guard let port = try flow?["l4"]?["UDP"]?["source_port"]?.int() else { continue }
                if let name = try flow?["extensions"]?["value"]?["next_hop"]?["name"]?.string() { seen[port] = name }
            }
            var chosen: Set<String> = []
            for flow in try document(found).required("flows").elements() {
                let port = try flow.required("sourcePort").int()
                let hop = try flow.required("nexthop").required("name").string()
                chosen.insert(hop)
                #expect(try flow.required("hops").strings()[1] == hop)
                #expect(seen[port] == hop, "\(port): \(seen)")
            }
            #expect(chosen == ["leaf2", "leaf3"])
        }
    }

    /// From a node of the lab, without being told which lab.
    @Test func onANode() throws {
        try Fixture.with("ltpathnode") { fixture in
            #expect(try fixture.run("up").code == 0)
            let path = try fixture.exec("node1", [Fixture.program, "path", "default/web", "default/db", "--all-paths", "-o", "dot"])
            #expect(path.code == 0, "\(path.error)")
            #expect(path.output.hasPrefix("digraph path {\n"))
            for step in ["\"default/web\" -> \"node1\" [label=\"16\"];", "\"node2\" -> \"default/db\" [label=\"16\"];", "\"leaf1\" -> \"spine1\" ["] {
                #expect(path.output.contains(step), "\(path.output)")
            }
        }
    }

    /// A spine goes away under load: its flows move to the other, and no flow is lost for good.
    @Test func aSpineIsRemovedUnderLoad() throws {
        try Fixture.with("ltpathspine") { fixture in
            #expect(try fixture.run("up").code == 0)
            let ping = try fixture.start("exec", ["default/web", "--", "ping", "-6", "-i", "0.01", "-c", "200", "-q", "fd00:cafe:0:2::10"])
            usleep(500_000)
            try NetworkNamespace.delete(named: "\(fixture.lab)-spine2")
            // The kernel takes its time.
            #expect(try eventually { try fixture.exec("leaf1", ["ip", "link", "show", "dev", "to-spine2"]).code != 0 })
            let found = try path(fixture, ["web", "db", "--all-paths"])
            #expect(found.code == 1)
            #expect(found.error.contains("no flow of 16 went by node1 leaf1 spine2 leaf2 node2"), "\(found.error)")
            #expect(try path(fixture, ["web", "db", "--expect", "node1 leaf1 spine1 leaf2 node2"]).code == 0)
            let pinged = try ping.finish()
            let received = pinged.output.split(separator: ",").compactMap { part in
                part.hasSuffix(" received") ? part.split(separator: " ").first.flatMap { Int($0) } : nil
            }.first
            #expect(try #require(received) > 180, "\(pinged.output)")
        }
    }
}
