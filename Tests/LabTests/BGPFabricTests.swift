import Glibc
@testable import Lab
import Net
import Netlink
import NodeTestSupport
import Testing
import YAML
@testable import fabctl

/// Whole fabrics: FRR or BIRD on the switches, `fabctl bgp run` on the nodes.
@Suite(
    .enabled(if: geteuid() == 0 && FabricTests.installed, "needs root, frr and bird2: runs a fabric in network namespaces"))
struct BGPFabricTests {
    private static let tunnels = "udp port 8472 or udp port 6081 or ip proto 4 or ip proto 41 or ip6 proto 4 or ip6 proto 41 or proto 47"

    @Test(arguments: FabricTests.kinds) func nodesAnnounceAndSwitchesForward(_ daemon: String, _ links: String) throws {
        try Fixture.with("ltbgp\(daemon.prefix(1))\(links.prefix(1))") { fixture in
            let ipv4 = links == "unnumbered" ? ["--ipv4"] : []
            let up = try fixture.run("up", ["--switches", daemon, "--links", links] + ipv4)
            #expect(up.code == 0, "\(up.error)")
            if up.code != 0 { return }
            // The first ping after lab up is answered.
            #expect(try fixture.exec("node1", ["ping", "-6", "-c", "1", "-W", "2", "-I", "fd00:beef::1", "fd00:beef::2"]).code == 0)
            let plan = try Lab(name: fixture.lab, paths: LabPaths(records: fixture.records, bpffs: fixture.bpffs)).plan()
            for node in plan.members(.node) {
                let peers = try fixture.exec(node.name, [Fixture.program, "bgp", "peers", "--wait", "established", "--timeout", "10s", "-o", "json"])
                #expect(peers.code == 0 && peers.output.lowercased().contains("established"), "\(peers.output)\(peers.error)")
                let others = plan.members(.node).filter { $0.name != node.name }
                let foreign = others.flatMap { $0.podCIDRs + $0.addresses.map { Prefix($0) } }
                for prefix in try kernelRoutes(in: NetworkNamespace(named: node.namespace)).keys where !prefix.isDefault {
                    #expect(!foreign.contains { $0.overlaps(prefix) }, "\(node.name) has \(prefix)")
                }
            }
            // Pod CIDRs in every switch's kernel, by every spine on leaves.
            for member in plan.members where member.kind.isSwitch {
                let check = try fixture.fabctl(["route", "export", "--name", fixture.lab, "--for", member.name, "--check"])
                #expect(check.code == 0, "\(check.output)\(check.error)")
            }
            let tunnels = try fixture.start("capture", ["leaf1-spine1", Self.tunnels])
            let plain = try fixture.start("capture", ["leaf1-spine1", "src net fd00:cafe:0:1::/64 and dst net fd00:cafe:0:2::/64"])
            for capture in [tunnels, plain] { try capture.waitForError { $0.hasPrefix("capturing on ") } }
            let verify = try fixture.run("verify")
            #expect(verify.code == 0, "\(verify.output)\(verify.error)")
            for capture in [tunnels, plain] { try capture.child.signal(SIGINT) }
            #expect(try tunnels.finish().output == "")
            #expect(try plain.finish().output.contains("fd00:cafe:0:1::"))
            let status = try fixture.run("status")
            #expect(status.code == 0, "\(status.output)")
            let down = try fixture.run("down")
            #expect(down.code == 0 && down.error == "lab \(fixture.lab) is removed\n", "\(down.error)")
            #expect(try fixture.remains() == [])
        }
    }

    /// A spine goes, and the other carries all; a speaker is killed, and nothing is lost.
    @Test(arguments: ["frr", "bird"]) func underLoad(_ daemon: String) throws {
        try Fixture.with("ltbgl\(daemon)") { fixture in
            #expect(try fixture.run("up", ["--switches", daemon]).code == 0)
            let ping = try fixture.start([
                "lab", "exec", "--name", fixture.lab, "default/web", "--", "ping", "-6", "-i", "0.01", "-c", "500", "-q", "fd00:cafe:0:2::10",
            ])
            usleep(500_000)
            // Its daemons would keep the namespace: its cables are what goes.
            for device in ["to-leaf1", "to-leaf2"] { #expect(try fixture.exec("spine2", ["ip", "link", "delete", device]).code == 0) }
            let line = try ping.finish().output
            let received = line.split(separator: ",").first { $0.hasSuffix(" received") }.flatMap { $0.split(separator: " ").first }.flatMap {
                Int($0)
            }
            #expect(try #require(received) > 400, "\(line)")
            let path = try fixture.fabctl(["path", "--name", fixture.lab, "web", "db", "--expect", "node1 leaf1 spine1 leaf2 node2"])
            #expect(path.code == 0, "\(path.output)\(path.error)")
        }
    }
}
