import CLinux
import Glibc
import Net
import Netlink
import NodeTestSupport
import Testing

/// Labs with the datapath on their nodes: `up` runs the fabctl that was built.
@Suite(.enabled(if: geteuid() == 0, "needs root: loads eBPF programs in network namespaces"))
struct InstalledTests {
    @Test(arguments: [false, true]) func podsTalkWhenUpReturns(_ ipv4: Bool) throws {
        try Fixture.with(ipv4 ? "ltinstb" : "ltinsta") { fixture in
            let up = try fixture.run("up", ipv4 ? ["--ipv4"] : [])
            #expect(up.code == 0, "\(up.error)")
            #expect(Fixture.entries("\(fixture.bpffs)/\(fixture.lab)") == ["node1", "node2"])
            for target in ["fd00:cafe:0:1::11", "fd00:cafe:0:2::10", "fd00:e0::1", "fd00:beef::1", "fd00:beef::2"]
                + (ipv4 ? ["10.244.1.17", "10.244.2.16", "10.2.0.1", "10.1.0.1", "10.1.0.2"] : [])
            {
                let ping = try fixture.exec("default/web", ["ping", "-n", "-c", "1", "-W", "2", target])
                #expect(ping.code == 0, "web to \(target): \(ping.output)\(ping.error)")
            }
            let status = try fixture.run("status")
            #expect(status.code == 0, "\(status.output)")
            #expect(status.output.hasPrefix("lab \(fixture.lab): installed, healthy\n"))
            #expect(try fixture.run("down").code == 0)
            #expect(try fixture.remains() == [])
        }
    }

    /// A pod's way to another node: the datapath on both, the kernel's routes between.
    @Test func aTraceNamesNodesAndSwitches() throws {
        try Fixture.with("lthops") { fixture in
            #expect(try fixture.run("up").code == 0)
            let trace = try fixture.exec("default/web", ["traceroute", "-6", "-n", "-q", "1", "fd00:cafe:0:2::10"])
            let hops = trace.output.split(separator: "\n").dropFirst().map { $0.split(separator: " ").dropFirst().first.map(String.init) ?? "" }
            #expect(hops.count == 6, "\(trace.output)")
            #expect(hops.first == "fd00:beef::1")
            #expect(hops.dropFirst().first == "fd00:fab:0:2::1")
            #expect(["fd00:fab:0:1::1", "fd00:fab:0:1::2"].contains(hops.dropFirst(2).first))
            #expect(Array(hops.dropFirst(3)) == ["fd00:fab:0:2::2", "fd00:beef::2", "fd00:cafe:0:2::10"])
        }
    }

    /// What a killed `up` has started ends before `down` removes anything: its lock goes with it.
    @Test func killedWhileInstalling() throws {
        try Fixture.with("ltkinst") { fixture in
            let linked = try fixture.run("up", ["--no-install", "--dry-run"]).output.split(separator: "\n").count
            // One line a command: those of a round are shown at once.
            let all = try fixture.run("up", ["--dry-run"]).output.split(separator: "\n").count
            #expect(all > linked + 5)
            for delay in [0, 5_000, 20_000, 60_000] {
                for line in stride(from: linked, to: all, by: 2) {
                    let up = try fixture.start("up", ["--verbose"])
                    try up.waitForError(interval: 200) { $0.split(separator: "\n").count >= line }
                    usleep(useconds_t(delay))
                    try? up.child.signal(SIGKILL)
                    _ = try up.finish()
                    let down = try fixture.run("down")
                    #expect(down.code == 0, "\(down.error)")
                    #expect(try fixture.remains() == [], "line \(line), \(delay) us later")
                }
            }
        }
    }

    @Test func aCommandThatFailsIsShownAndTheLabRemoved() throws {
        try Fixture.with("ltfail") { fixture in
            let path = "\(fixture.records)/tunnel"
            let file = fopen(path, "w")
            fputs("leaves: [l1]\nnodes: [{name: n1, leaf: l1}]\nvalues: {tunnel: vxlan}\n", file)
            fclose(file)
            let up = try fixture.run("up", ["-f", path])
            unlink(path)
            #expect(up.code == 65)
            let command = "fabctl install -f \(fixture.records)/ltfail/values.yaml --node-name n1 --uplink eth0 --pod-cidr fd00:cafe:0:1::/64"
            #expect(up.error.hasPrefix("Error: on n1: \(command): "), "\(up.error)")
            #expect(up.error.contains("tunnel"), "\(up.error)")
            #expect(try fixture.remains() == [])
        }
    }
}
