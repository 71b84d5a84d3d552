import CLinux
import Glibc
import Lab
import Net
import Netlink
import NodeTestSupport
import Testing

@Suite(.enabled(if: geteuid() == 0, "needs root: makes network namespaces"))
struct UpDownTests {
    @Test func upAndDown() throws {
        try Fixture.with("ltup") { fixture in
            let before = try NetlinkSocket.rootDevices()
            let up = try fixture.run("up", ["--no-install"])
            #expect(up.code == 0, "\(up.error)")
            #expect(up.output.isEmpty)
            let names = try NetworkNamespace.names().filter { $0.hasPrefix("ltup-") }
            let members = ["default-client", "default-db", "default-web", "external", "leaf1", "leaf2", "node1", "node2", "spine1", "spine2"]
            #expect(names == members.map { "ltup-\($0)" })
            #expect(Fixture.entries(fixture.bpffs) == ["ltup"])
            #expect(try NetlinkSocket.rootDevices() == before)

            let again = try fixture.run("up", ["--no-install"])
            #expect(again.code == 65)
            #expect(again.error == "Error: lab ltup exists already\nHint: fabctl lab down --name ltup removes it\n")

            let down = try fixture.run("down")
            #expect(down.code == 0)
            #expect(try fixture.remains() == [])
            let second = try fixture.run("down")
            #expect(second.code == 0)
            #expect(second.error == "there is no lab ltup\n")
            #expect(try fixture.remains() == [])
        }
    }

    @Test func podsHaveNothingButLoopback() throws {
        try Fixture.with("ltpod") { fixture in
            #expect(try fixture.run("up", ["--no-install"]).code == 0)
            var socket = try NetlinkSocket(in: NetworkNamespace(named: "ltpod-default-web"))
            #expect(try socket.links().filter { $0.kind == "veth" }.isEmpty)
            #expect(try socket.link(named: "lo")?.isUp == true)
        }
    }

    @Test func aTakenNameIsRefusedAndLeftAlone() throws {
        try Fixture.with("lttaken") { fixture in
            let other = try NetworkNamespace.create(named: "lttaken-node2")
            defer { try? NetworkNamespace.delete(named: "lttaken-node2") }
            let up = try fixture.run("up", ["--no-install"])
            #expect(up.code == 65)
            #expect(up.error.hasPrefix("Error: network namespace lttaken-node2 exists already, and this lab did not make it\n"))
            #expect(try fixture.remains() == ["lttaken-node2"])
            #expect(try NetworkNamespace(named: "lttaken-node2").identity() == other.identity())
        }
    }

    @Test func aNamespaceOfSomebodyElseSurvivesDown() throws {
        try Fixture.with("ltother") { fixture in
            #expect(try fixture.run("up", ["--no-install"]).code == 0)
            try NetworkNamespace.delete(named: "ltother-leaf1")
            let other = try NetworkNamespace.create(named: "ltother-leaf1")
            defer { try? NetworkNamespace.delete(named: "ltother-leaf1") }
            #expect(try fixture.exec("leaf1", ["true"]).code == 65)
            let down = try fixture.run("down")
            #expect(down.code == 0)
            #expect(down.error.contains("network namespace ltother-leaf1 is left alone: it is not the one that this lab made\n"))
            #expect(try fixture.remains() == ["ltother-leaf1"])
            #expect(try NetworkNamespace(named: "ltother-leaf1").identity() == other.identity())
        }
    }

    @Test func aDirectoryOfSomebodyElseSurvives() throws {
        try Fixture.with("ltdir") { fixture in
            #expect(mkdir("\(fixture.bpffs)/ltdir", 0o700) == 0)
            defer { rmdir("\(fixture.bpffs)/ltdir") }
            let up = try fixture.run("up", ["--no-install"])
            #expect(up.code == 65)
            #expect(up.error.hasPrefix("Error: \(fixture.bpffs)/ltdir exists already, and this lab did not make it\n"))
            #expect(try fixture.remains() == ["\(fixture.bpffs)/ltdir"])
        }
    }

    /// Killed after each of its steps but the last two: the pipe holds a single line, so that `up` runs no more than one ahead of what was read.
    @Test func killedAfterEachStep() throws {
        try Fixture.with("ltkill") { fixture in
            let steps = try fixture.run("up", ["--no-install", "--dry-run"]).output.split(separator: "\n").count
            #expect(steps > 30)
            var unfinished = 0
            for step in 1..<(steps - 1) {
                var pipe: [Int32] = [-1, -1]
                #expect(Glibc.pipe(&pipe) == 0)
                // O_DIRECT: every write is a packet of its own; F_SETPIPE_SZ: room for one.
                _ = fcntl(pipe[1], F_SETFL, 0o40000)
                _ = fcntl(pipe[1], 1031, 4096)
                for end in pipe { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
                let up = try fixture.start("up", ["--no-install", "--verbose"], error: pipe[1])
                close(pipe[1])
                var buffer = [UInt8](repeating: 0, count: 4096)
                for _ in 0..<step { #expect(read(pipe[0], &buffer, buffer.count) > 0) }
                try up.child.signal(SIGKILL)
                close(pipe[0])
                #expect(try up.finish().code == 128 + SIGKILL)
                if Fixture.entries(fixture.records).contains("ltkill.json") {
                    unfinished += 1
                    #expect(try fixture.run("up", ["--no-install"]).error.contains("was left half made"))
                }
                let down = try fixture.run("down")
                #expect(down.code == 0, "after step \(step): \(down.error)")
                #expect(try fixture.remains() == [], "after step \(step)")
            }
            #expect(unfinished >= steps - 4)
        }
    }

    /// Killed anywhere, also in the middle of a step.
    @Test func killedAtAnyTime() throws {
        try Fixture.with("ltany") { fixture in
            for round in 0..<40 {
                let up = try fixture.start("up", ["--no-install"])
                usleep(useconds_t(5000 + round * 1500))
                try? up.child.signal(SIGKILL)
                _ = try up.finish()
                let down = try fixture.run("down")
                #expect(down.code == 0, "\(down.error)")
                let remains = try fixture.remains()
                #expect(remains == [], "round \(round)")
            }
        }
    }

    @Test(arguments: [SIGINT, SIGTERM]) func interrupted(_ signal: Int32) throws {
        try Fixture.with("ltint\(signal)") { fixture in
            var pipe: [Int32] = [-1, -1]
            #expect(Glibc.pipe(&pipe) == 0)
            _ = fcntl(pipe[1], F_SETFL, 0o40000)
            _ = fcntl(pipe[1], 1031, 4096)
            for end in pipe { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
            let up = try fixture.start("up", ["--no-install", "--verbose"], error: pipe[1])
            close(pipe[1])
            var text: [UInt8] = []
            var buffer = [UInt8](repeating: 0, count: 4096)
            for line in 0... {
                if line == 15 { try up.child.signal(signal) }
                let count = read(pipe[0], &buffer, buffer.count)
                if count <= 0 { break }
                text += buffer[..<count]
            }
            close(pipe[0])
            #expect(try up.finish().code == 130)
            #expect(String(decoding: text, as: UTF8.self).contains("Error: lab up of \(fixture.lab): interrupted\n"))
            #expect(try fixture.remains() == [])
        }
    }

    @Test func oneCommandAtATime() throws {
        try Fixture.with("ltlock") { fixture in
            let lock = open("\(fixture.records)/ltlock.lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
            #expect(flock(lock, LOCK_EX) == 0)
            let busy = try fixture.run("up", ["--no-install", "--timeout", "200ms"])
            #expect(busy.code == 75)
            #expect(busy.error == "Error: lab ltlock: another fabctl lab command is at work\nHint: try again when it has ended\n")
            let down = try fixture.start("down")
            usleep(300_000)
            #expect(kill(down.child.processID, 0) == 0)
            close(lock)
            #expect(try down.finish().code == 0)
        }
    }

    @Test func dryRunMakesNothing() throws {
        try Fixture.with("ltdry") { fixture in
            let up = try fixture.run("up", ["--dry-run"])
            #expect(up.code == 0)
            #expect(
                up.output.contains(
                    "node1: fabctl install -f \(fixture.records)/ltdry/values.yaml --node-name node1 --uplink eth0 --pod-cidr fd00:cafe:0:1::/64\n"))
            #expect(
                up.output.contains(
                    "node2: fabctl endpoint add default/db --netns /run/netns/ltdry-default-db --ip fd00:cafe:0:2::10 --label app=db\n"))
            #expect(try fixture.remains() == [])
            #expect(try fixture.run("up", ["--no-install"]).code == 0)
            let down = try fixture.run("down", ["--dry-run"])
            #expect(down.output.contains("network namespace ltdry-spine1\n"))
            #expect(try NetworkNamespace.names().contains("ltdry-spine1"))
        }
    }

    @Test func badTopologies() throws {
        try Fixture.with("ltbad") { fixture in
            let path = "\(fixture.records)/bad"
            let file = fopen(path, "w")
            fputs("leaves: [l1]\nnodes: [{name: n1, leaf: l2}]\n", file)
            fclose(file)
            let up = try fixture.run("up", ["-f", path])
            unlink(path)
            #expect(up.code == 65)
            #expect(up.error == "Error: \(path):2:26: nodes[0].leaf: there is no leaf l2 (leaves: l1)\n")
            let missing = try fixture.run("up", ["-f", path])
            #expect(missing.code == 65)
            #expect(missing.error == "Error: \(path): there is no such file\n")
            #expect(try fixture.run("up", ["--no-install"], name: "lt-bad").code == 65)
            #expect(try fixture.remains() == [])
        }
    }

    @Test func withoutRoot() throws {
        try Fixture.with("ltuser") { fixture in
            let child = try NetworkNamespace.current().spawn(
                [
                    "setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", "--", "sh", "-c", "exec \"$0\" lab up --name ltuser",
                    Fixture.program,
                ],
                environment: fixture.environment, output: open("/dev/null", O_WRONLY), error: open("/dev/null", O_WRONLY))
            // 126: the build is in a directory that others may not enter.
            let code = try child.wait().code
            #expect(code == 77 || code == 126)
            #expect(try fixture.remains() == [])
        }
    }
}

extension NetlinkSocket {
    /// Names of the devices of the test's own namespace that a lab could have made.
    static func rootDevices() throws -> [String] {
        var socket = try NetlinkSocket()
        return try socket.links().map(\.name).filter { $0.hasPrefix("to-") || $0.hasPrefix("eth") }
    }
}
