import CLinux
import Glibc
import Netlink
import NodeTestSupport
import Testing

@Suite(.enabled(if: geteuid() == 0, "needs root: makes network namespaces"))
struct ExecTests {
    @Test func codesSignalsAndStreams() throws {
        try Fixture.with("ltexec") { fixture in
            #expect(try fixture.run("up", ["--no-install"]).code == 0)
            #expect(try fixture.exec("node1", ["true"]).code == 0)
            #expect(try fixture.exec("node1", ["sh", "-c", "exit 7"]).code == 7)
            let missing = try fixture.exec("node1", ["no-such-command"])
            #expect(missing.code == 127)
            #expect(missing.error == "Error: run no-such-command: No such file or directory\n")
            #expect(try fixture.exec("node1", ["/etc/passwd"]).code == 126)

            // The command is the process that was started: its signals are the signals.
            let killed = try fixture.start("exec", ["node1", "--", "sh", "-c", "kill -TERM $$"])
            #expect(try killed.child.wait() == .signalled(SIGTERM))
            let sleeping = try fixture.start("exec", ["node1", "--", "sh", "-c", "echo ready >&2; exec sleep 60"])
            try sleeping.waitForError { $0 == "ready\n" }
            try sleeping.child.signal(SIGINT)
            #expect(try sleeping.child.wait() == .signalled(SIGINT))

            var pipe: [Int32] = [-1, -1]
            #expect(Glibc.pipe(&pipe) == 0)
            _ = fcntl(pipe[1], F_SETFD, FD_CLOEXEC)
            #expect(write(pipe[1], "through", 7) == 7)
            close(pipe[1])
            let cat = try fixture.exec("default/web", ["cat"], input: pipe[0])
            close(pipe[0])
            #expect(cat.output == "through")
        }
    }

    @Test func namespaceAndEnvironment() throws {
        try Fixture.with("ltenv") { fixture in
            #expect(try fixture.run("up", ["--no-install"]).code == 0)
            let inode = try NetworkNamespace(named: "ltenv-node1").identity().inode
            #expect(try fixture.exec("node1", ["readlink", "/proc/self/ns/net"]).output == "net:[\(inode)]\n")
            #expect(try fixture.exec("node2", ["sh", "-c", "echo $FABCTL_BPFFS"]).output == "\(fixture.bpffs)/ltenv/node2\n")
            #expect(try fixture.exec("leaf1", ["sh", "-c", "echo $FABCTL_BPFFS"]).output == "\n")
            // bpffs stays in sight, as it does not under `ip netns exec`.
            #expect(try fixture.exec("node1", ["stat", "-f", "-c", "%T", fixture.bpffs]).output == "bpf_fs\n")
            // A pod of the namespace default needs no more than its name.
            #expect(try fixture.exec("web", ["true"]).code == 0)
            let nobody = try fixture.exec("nobody", ["true"])
            #expect(nobody.code == 65)
            #expect(nobody.error.hasPrefix("Error: lab ltenv has no nobody\n"))
            #expect(try fixture.run("exec", ["node1"]).code == 64)
            #expect(try fixture.exec("node1", ["true"], name: "ltnone").code == 65)
        }
    }

    @Test func downSaysWhatStillRuns() throws {
        try Fixture.with("ltrun") { fixture in
            #expect(try fixture.run("up", ["--no-install"]).code == 0)
            let sleeping = try fixture.start("exec", ["node1", "--", "sh", "-c", "echo ready >&2; exec sleep 60"])
            try sleeping.waitForError { $0 == "ready\n" }
            let down = try fixture.run("down")
            #expect(down.error.contains("still running in what was network namespace ltrun-node1: sleep (\(sleeping.child.processID))\n"))
            #expect(try fixture.remains() == [])
            var socket = try NetlinkSocket(in: NetworkNamespace(processID: sleeping.child.processID))
            #expect(try socket.links().filter { $0.kind == "veth" }.isEmpty)
            try sleeping.child.signal(SIGKILL)
            _ = try sleeping.finish()
        }
    }
}
