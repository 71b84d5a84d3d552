import CLinux
import Glibc
import Lab
import Net
import Netlink
import NodeTestSupport
import Testing
import YAML

@Suite(.enabled(if: geteuid() == 0, "needs root: makes network namespaces"))
struct TrafficTests {
    @Test(arguments: [false, true]) func everyoneReachesEveryone(_ ipv4: Bool) throws {
        let name = ipv4 ? "ltreachb" : "ltreacha"
        try Fixture.with(name) { fixture in
            let up = try fixture.run("up", ["--no-install"] + (ipv4 ? ["--ipv4"] : []))
            #expect(up.code == 0, "\(up.error)")
            let plan = try Lab(name: name, paths: LabPaths(records: fixture.records, bpffs: fixture.bpffs)).plan()
            let machines = plan.members.filter { $0.kind != .pod }
            for from in machines {
                for address in machines.flatMap(\.addresses) {
                    let ping = try fixture.exec(from.name, ["ping", "-n", "-c", "1", "-W", "2", address.description])
                    #expect(ping.code == 0, "\(from.name) to \(address): \(ping.output)\(ping.error)")
                }
            }
        }
    }

    @Test func bothSpinesCarryFlows() throws {
        try Fixture.with("ltecmp") { fixture in
            #expect(try fixture.run("up", ["--no-install"]).code == 0)
            let before = try counts(["spine1", "spine2"])
            try NetworkNamespace(named: "ltecmp-node1").run {
                var target = sockaddr_in6()
                target.sin6_family = sa_family_t(AF_INET6)
                target.sin6_port = UInt16(9).bigEndian
                let address = try #require(IPAddress("fd00:beef::2")).bytes
                withUnsafeMutableBytes(of: &target.sin6_addr) { $0.copyBytes(from: address) }
                // A socket for each flow: a source port for each.
                for _ in 0..<200 {
                    let fd = socket(AF_INET6, Int32(SOCK_DGRAM.rawValue), 0)
                    defer { close(fd) }
                    let sent = withUnsafeBytes(of: &target) {
                        sendto(fd, "x", 1, 0, $0.baseAddress?.assumingMemoryBound(to: sockaddr.self), socklen_t($0.count))
                    }
                    #expect(sent == 1)
                }
            }
            let after = try counts(["spine1", "spine2"])
            let carried = zip(before, after).map { $1 - $0 }
            #expect(carried.reduce(0, +) >= 200)
            for packets in carried { #expect(packets >= 50, "\(carried)") }
        }
    }

    /// Packets that each spine has received from leaf1.
    private func counts(_ spines: [String]) throws -> [Int] {
        try spines.map { spine in
            var socket = try NetlinkSocket(in: NetworkNamespace(named: "ltecmp-\(spine)"))
            let link = try #require(try socket.link(named: "to-leaf1"))
            return Int(try #require(try socket.statistics(index: link.index)).rxPackets)
        }
    }

    @Test func aTraceNamesEveryHop() throws {
        try Fixture.with("lttrace") { fixture in
            #expect(try fixture.run("up", ["--no-install", "--ipv4"]).code == 0)
            let plan = try Lab(name: "lttrace", paths: LabPaths(records: fixture.records, bpffs: fixture.bpffs)).plan()
            for target in ["fd00:e0::1", "10.2.0.1"] {
                let trace = try fixture.exec("node1", ["traceroute", "-n", "-q", "1", target])
                let hops = trace.output.split(separator: "\n").dropFirst().compactMap { line in
                    line.split(separator: " ").dropFirst().first.map(String.init)
                }
                let names = hops.map { hop in plan.members.first { $0.addresses.contains { $0.description == hop } }?.name ?? hop }
                #expect(
                    names.count == 4 && names[0] == "leaf1" && names[1].hasPrefix("spine") && names[2] == "leaf2" && names[3] == "external",
                    "\(trace.output)")
            }
        }
    }

    @Test func aNodeOnTwoLeavesUsesBoth() throws {
        try Fixture.with("ltdual") { fixture in
            let path = "\(fixture.records)/dual"
            let file = fopen(path, "w")
            fputs("spines: [s1]\nleaves: [l1, l2]\nnodes: [{name: n1, leaves: [l1, l2]}, {name: n2, leaf: l2}]\n", file)
            fclose(file)
            let up = try fixture.run("up", ["--no-install", "-f", path])
            unlink(path)
            #expect(up.code == 0, "\(up.error)")
            var socket = try NetlinkSocket(in: NetworkNamespace(named: "ltdual-n1"))
            let route = try #require(try socket.routes(family: .ipv6).first { $0.prefix == .ipv6Default && $0.proto == 4 })
            #expect(route.nextHops.count == 2)
            #expect(try fixture.exec("n2", ["ping", "-c", "1", "-W", "2", "fd00:beef::1"]).code == 0)
            // One of its cables is cut: it is still there.
            let leaf = try NetworkNamespace(named: "ltdual-l2")
            var cut = try NetlinkSocket(in: leaf)
            try cut.deleteLink(try #require(try cut.link(named: "to-n1")).index)
            #expect(try fixture.exec("n1", ["ping", "-c", "1", "-W", "2", "fd00:fab:0:2::1"]).code == 0)
        }
    }

    @Test func twoLabsSideBySide() throws {
        try Fixture.with("ltone", others: ["lttwo"]) { fixture in
            let first = try fixture.start("up", ["--no-install"])
            let second = try fixture.start("up", ["--no-install"], name: "lttwo")
            for up in [try first.finish(), try second.finish()] { #expect(up.code == 0, "\(up.error)") }
            #expect(Fixture.entries(fixture.bpffs) == ["ltone", "lttwo"])
            for lab in ["ltone", "lttwo"] { #expect(try fixture.exec("node1", ["ping", "-c", "1", "-W", "2", "fd00:beef::2"], name: lab).code == 0) }
            #expect(try fixture.run("down").code == 0)
            #expect(try fixture.exec("node1", ["ping", "-c", "1", "-W", "2", "fd00:beef::2"], name: "lttwo").code == 0)
            #expect(try fixture.run("down", name: "lttwo").code == 0)
            #expect(try fixture.remains() == [])
        }
    }

    @Test func status() throws {
        try Fixture.with("ltstat") { fixture in
            #expect(try fixture.run("status").code == 65)
            #expect(try fixture.run("up", ["--no-install"]).code == 0)
            let text = try fixture.run("status")
            #expect(text.code == 0)
            #expect(text.output.hasPrefix("lab ltstat: not-installed, healthy\n"))
            #expect(!text.output.split(separator: "\n").contains { $0.hasSuffix(" ") })
            var socket = try NetlinkSocket(in: NetworkNamespace(named: "ltstat-spine1"))
            try socket.deleteLink(try #require(try socket.link(named: "to-leaf2")).index)
            let json = try fixture.run("status", ["-o", "json"])
            #expect(json.code == 1)
            let value = try #require(try YAMLReader.documents(in: json.output, file: "status").first?.cursor)
            #expect(try value.required("healthy").bool() == false)
            let down = try value.required("links").elements().filter { try $0.required("up").bool() == false }
            #expect(try down.map { try $0.required("name").string() } == ["leaf2-spine1"])
            #expect(try value.required("members").elements().count == 10)
            let nodes = try fixture.run("nodes", ["-o", "json"])
            #expect(try YAMLReader.documents(in: nodes.output, file: "nodes").first?.cursor.elements().count == 10)
        }
    }
}
