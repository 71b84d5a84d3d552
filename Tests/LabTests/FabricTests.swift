import Glibc
@testable import Lab
import Net
import Netlink
import NodeTestSupport
import Testing
import YAML

/// Labs whose switches are FRR or BIRD.
@Suite(.enabled(if: geteuid() == 0, "needs root: runs routing daemons in network namespaces"))
struct FabricTests {
    static let installed = access("/usr/lib/frr/bgpd", X_OK) == 0 && access("/usr/sbin/bird", X_OK) == 0
    static let kinds = ["frr", "bird"].flatMap { daemon in ["numbered", "unnumbered"].map { (daemon, $0) } }

    private func lab(_ fixture: Fixture) throws -> Lab {
        try Lab(name: fixture.lab, paths: LabPaths(records: fixture.records, bpffs: fixture.bpffs))
    }

    private func processes(_ fixture: Fixture) -> [String] {
        Fixture.entries("/proc").filter { entry in
            guard Int(entry) != nil, let bytes = try? Files.read("/proc/\(entry)/cmdline") else { return false }
            return String(decoding: bytes, as: UTF8.self).contains("\(fixture.records)/\(fixture.lab)/")
        }
    }

    /// Sessions between switches, over links with and without addresses; every leaf by both spines.
    @Test(.enabled(if: installed, "needs frr and bird2"), arguments: kinds) func switchesLearnFromEachOther(_ daemon: String, _ links: String) throws
    {
        try Fixture.with("ltsw\(daemon.prefix(1))\(links.prefix(1))") { fixture in
            let up = try fixture.run("up", ["--switches", daemon, "--links", links, "--ipv4", "--no-install"])
            #expect(up.code == 0, "\(up.error)")
            let lab = try lab(fixture)
            let plan = try lab.plan()
            for member in plan.members where member.kind.isSwitch {
                #expect(try lab.check(plan.expectedRoutes(of: member, speakers: false), on: member) == [])
            }
            // The host outside, which leaf2 tells of, by both spines.
            let routes = try kernelRoutes(in: NetworkNamespace(named: "\(fixture.lab)-leaf1"))
            #expect(routes[Prefix(try #require(IPAddress("fd00:e0::1")))]?.count == 2)
            // No node has a route to another.
            let others = try #require(plan.member("node2"))
            let foreign = others.podCIDRs + others.addresses.map { Prefix($0) }
            for prefix in try kernelRoutes(in: NetworkNamespace(named: "\(fixture.lab)-node1")).keys where !prefix.isDefault {
                #expect(!foreign.contains { $0.overlaps(prefix) }, "\(prefix)")
            }
            #expect(!processes(fixture).isEmpty)
            let down = try fixture.run("down")
            #expect(down.code == 0 && down.error == "lab \(fixture.lab) is removed\n")
            #expect(processes(fixture) == [])
            #expect(try fixture.remains() == [])
        }
    }

    /// Killed while it starts daemons: `down` ends them all.
    @Test(.enabled(if: installed, "needs frr and bird2"), arguments: ["frr", "bird"]) func killedWhileStartingDaemons(_ daemon: String) throws {
        try Fixture.with("ltsk\(daemon)") { fixture in
            let steps = try fixture.run("up", ["--no-install", "--switches", daemon, "--dry-run"]).output.split(separator: "\n")
            let first = try #require(steps.firstIndex { $0 == "files for the switches" })
            for (line, delay) in [(first, 0), (first + 1, 0), (first + 1, 2000), (first + 1, 8000), (first + 1, 30_000), (first + 4, 10_000)] {
                let up = try fixture.start("up", ["--no-install", "--switches", daemon, "--verbose"])
                try up.waitForError(interval: 200) { $0.split(separator: "\n").count > line }
                usleep(useconds_t(delay))
                try? up.child.signal(SIGKILL)
                _ = try up.finish()
                let down = try fixture.run("down")
                #expect(down.code == 0, "\(down.error)")
                #expect(processes(fixture) == [], "line \(line), \(delay) us later")
                #expect(try fixture.remains() == [])
            }
        }
    }

    /// A switch whose daemon cannot start is said, and nothing is left.
    @Test(.enabled(if: installed, "needs frr and bird2")) func aDaemonThatFails() throws {
        try Fixture.with("ltswfail") { fixture in
            chmod(fixture.records, 0o700)
            // As the user frr, FRR's daemons may not enter the directory.
            let up = try fixture.run("up", ["--no-install", "--switches", "frr"])
            #expect(up.code == 74)
            #expect(up.error.hasPrefix("Error: on ") && up.error.contains(": /usr/lib/frr/"), "\(up.error)")
            #expect(processes(fixture) == [])
            #expect(try fixture.remains() == [])
        }
    }

    /// `route export` in place of BGP: by FRR, by BIRD, and by iproute2.
    @Test(.enabled(if: installed, "needs frr and bird2"), arguments: ["frr", "bird", "iproute2"]) func exportedRoutesCarryAllTraffic(
        _ format: String
    ) throws {
        try Fixture.with("ltre\(format)") { fixture in
            #expect(try fixture.run("up", ["--ipv4"]).code == 0)
            let plan = try lab(fixture).plan()
            var daemons: [pid_t] = []
            defer { for id in daemons { kill(id, SIGKILL) } }
            for member in plan.members where member.kind.isSwitch {
                // What lab up wrote goes first.
                let pods = plan.members(.node).flatMap(\.podCIDRs)
                for prefix in pods {
                    #expect(try fixture.exec(member.name, ["ip", prefix.family == .ipv4 ? "-4" : "-6", "route", "del", "\(prefix)"]).code == 0)
                }
                let missing = try fixture.fabctl(["route", "export", "--name", fixture.lab, "--for", member.name, "--check"])
                #expect(missing.code == 1)
                #expect(missing.output.split(separator: "\n").count == 4 && missing.output.contains(": missing, should go by "), "\(missing.output)")
                let text = try fixture.fabctl(["route", "export", "--name", fixture.lab, "--for", member.name, "--format", format])
                #expect(text.code == 0)
                for round in 0..<2 {
                    daemons += try apply(text.output, format, member, fixture, again: round > 0)
                    try agrees(fixture, member)
                }
            }
            let verify = try fixture.run("verify")
            #expect(verify.code == 0, "\(verify.output)\(verify.error)")
            #expect(try fixture.fabctl(["route", "export", "--name", fixture.lab, "--for", "leaf9"]).code == 65)
        }
    }

    /// Daemons take a moment to tell the kernel.
    private func agrees(_ fixture: Fixture, _ member: LabMember) throws {
        func asked() throws -> Finished { try fixture.fabctl(["route", "export", "--name", fixture.lab, "--for", member.name, "--check"]) }
        var check = try asked()
        _ = try eventually(seconds: 20) {
            if check.code != 0 { check = try asked() }
            return check.code == 0
        }
        #expect(check.code == 0 && check.output == "\(member.name) agrees\n", "\(check.output)\(check.error)")
    }

    /// - Returns: processes to end.
    private func apply(_ text: String, _ format: String, _ member: LabMember, _ fixture: Fixture, again: Bool) throws -> [pid_t] {
        let directory = "\(fixture.records)/\(member.name)"
        mkdir(directory, 0o777)
        chmod(directory, 0o777)
        let file = "\(directory)/routes"
        func run(_ command: [String]) throws {
            let done = try fixture.exec(member.name, command)
            #expect(done.code == 0, "\(command): \(done.output)\(done.error)")
        }
        switch format {
        case "iproute2":
            #expect(fixture.write(text, to: file))
            try run(["sh", "-e", file])
        case "frr":
            #expect(fixture.write(text, to: file))
            let common = ["-z", "\(directory)/zserv.api", "--vty_socket", directory, "-P", "0"]
            if !again {
                for program in ["zebra", "staticd"] {
                    try run(["/usr/lib/frr/\(program)", "-d", "-f", "/dev/null", "-i", "\(directory)/\(program).pid"] + common)
                }
            }
            try run(["vtysh", "--vty_socket", directory, "-f", file])
        default:
            let kernel = ["ipv6", "ipv4"].map { "protocol kernel { \($0) { export all; }; merge paths on; }\n" }.joined()
            #expect(fixture.write("router id 10.0.0.1;\nprotocol device { }\n" + kernel + text, to: file))
            if again {
                try run(["birdc", "-s", "\(directory)/ctl", "configure"])
            } else {
                try run(["bird", "-c", file, "-s", "\(directory)/ctl", "-P", "\(directory)/bird.pid"])
            }
        }
        return Fixture.entries(directory).filter { $0.hasSuffix(".pid") }.compactMap { name in
            (try? Files.read("\(directory)/\(name)")).flatMap { $0 }.flatMap { pid_t(String(decoding: $0, as: UTF8.self).prefix { $0.isNumber }) }
        }
    }

    @Test func verify() throws {
        try Fixture.with("ltverify") { fixture in
            let file = "\(fixture.records)/topology"
            #expect(
                fixture.write(
                    """
                    spines: [spine1, spine2]
                    leaves: [leaf1, leaf2]
                    nodes: [{name: node1, leaf: leaf1}, {name: node2, leaf: leaf2}]
                    pods: [{name: web, node: node1}, {name: db, node: node2}]
                    externals: [{name: external, leaf: leaf2}]
                    links: [{between: [leaf1, spine2], mtu: 1400}]
                    expect:
                      - {from: web, to: db, port: 5432, verdict: allowed}
                      - {from: web, to: "fd00:e0::1", verdict: allowed}
                      - {from: db, to: web, port: 99, verdict: denied}
                    """, to: file))
            #expect(try fixture.run("up", ["-f", file]).code == 0)
            unlink(file)
            // Nothing denies anything here: one expectation does not hold.
            let found = try fixture.run("verify", ["-o", "json"])
            #expect(found.code == 1)
            let document = try #require(try YAMLReader.documents(in: found.output, file: "verify").first?.cursor)
            #expect(try document.required("passed").int() == 8)
            #expect(try document.required("failed").int() == 1)
            let failures = try document.required("checks").elements().filter { try !$0.required("passed").bool() }
            #expect(try failures.map { try $0.required("failure").string() } == ["allowed, should be denied"])
            let junit = try fixture.run("verify", ["-o", "junit"])
            #expect(junit.output.contains("<testsuite name=\"lab ltverify\" tests=\"9\" failures=\"1\" "), "\(junit.output)")
            #expect(junit.output.contains("<testcase classname=\"default/db to default/web\" name=\"policy tcp 99 IPv6\" "), "\(junit.output)")
            // A link smaller than it should be, and a spine that carries nothing.
            for (member, device) in [("spine1", "to-leaf2"), ("leaf2", "to-spine1")] {
                #expect(try fixture.exec(member, ["ip", "link", "set", device, "mtu", "1300"]).code == 0)
            }
            let small = try fixture.run("verify")
            #expect(small.code == 1)
            #expect(small.output.contains("default/web to default/db, mtu IPv6: link spine1 -> leaf2: MTU 1300, should be 1500\n"), "\(small.output)")
            #expect(
                try fixture.exec(
                    "leaf1", ["ip", "-6", "route", "replace", "fd00:cafe:0:2::/64", "via", "fe80::1:1", "dev", "to-spine1", "proto", "static"]
                ).code == 0)
            let lone = try fixture.run("verify")
            #expect(lone.output.contains("path IPv6: no flow of 21 went by node1 leaf1 spine2 leaf2 node2\n"), "\(lone.output)")
        }
    }
}
