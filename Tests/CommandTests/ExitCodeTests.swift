import BPF
import Glibc
import Netlink
import NodeTestSupport
import Store
import Testing

/// Each documented code, by each command it concerns: one clear line, nothing on stdout, nothing changed.
@Suite("exit codes", .enabled(if: isRoot, "needs root: loads programs into a namespace"))
struct ExitCodeTests {
    /// Commands that change a node, as they would be typed.
    private static func changes(_ fabric: Fabric) -> [[String]] {
        [
            ["install", "--pod-cidr", "fd00:cafe:0:1::/64", "--node-name", "node1"], ["uninstall"], ["repair"],
            ["endpoint", "add", "default/new", "--netns", fabric.path("l1")], ["endpoint", "delete", "default/web"],
            ["node", "add", "node2", "--pod-cidr", "fd00:cafe:0:2::/64", "--via", "fd00:fab:1::1"], ["node", "delete", "node2"],
            ["ip", "add", "fd00:cafe:0:2::a", "--pod", "default/db"], ["ip", "delete", "fd00:cafe:0:2::a"],
        ]
    }

    private static let reads = [
        ["status"], ["status", "-o", "json"], ["status", "--brief"], ["endpoint", "list"], ["endpoint", "get", "default/web"], ["node", "list"],
        ["ip", "list"],
        ["observe"], ["bpf", "route", "list"], ["bpf", "route", "get", "fd00::1"], ["bpf", "endpoint", "list"], ["bpf", "ip", "list"],
        ["bpf", "ct", "list"],
        ["bpf", "metrics", "list"], ["bpf", "map", "list"], ["bpf", "prog", "list"],
    ]

    @Test func notInstalled() throws {
        try Fabric.with { fabric in
            let before = try fabric.state()
            for command in Self.changes(fabric).dropFirst() + Self.reads + [["observe", "--follow"]] {
                let finished = try fabric.fabctl(command)
                expectRefusal(finished, 69, "not installed at \(fabric.root)")
                #expect(finished.error.contains("fabctl install"))
            }
            expectSame(before, try fabric.state())
        }
    }

    @Test func noBPFFS() throws {
        try Fabric.with { fabric in
            for command in Self.changes(fabric).dropFirst() + Self.reads {
                expectRefusal(try fabric.fabctl(command + ["--bpffs", "/tmp/\(fabric.id)/node"]), 69, "/tmp/\(fabric.id)/node")
            }
            expectRefusal(
                try fabric.fabctl("install", "--pod-cidr", "fd00:cafe:0:1::/64", "--node-name", "node1", "--bpffs", "/tmp/\(fabric.id)"), 69, "/tmp",
                "bpffs")
            #expect(access("/tmp/\(fabric.id)", F_OK) != 0)
            expectRefusal(
                try fabric.fabctl("install", "--pod-cidr", "fd00:cafe:0:1::/64", "--node-name", "node1", "--bpffs", "\(fabric.root).x"), 65,
                "\(fabric.root).x", "dot")
        }
    }

    @Test func busy() throws {
        try Fabric.with { fabric in
            try fabric.install()
            try fabric.addPod("web")
            let before = try fabric.state()
            do {
                let lock = try Root(fabric.root).lock(timeout: .seconds(1))
                for command in Self.changes(fabric) {
                    let finished = try fabric.fabctl(command + ["--timeout", "20ms"])
                    expectRefusal(finished, 75, "another command is at work")
                }
                // Reading waits for nobody.
                for command in Self.reads.dropFirst(1) where command[0] != "bpf" || command[1] != "route" {
                    #expect(try fabric.fabctl(command).code == 0, "\(command)")
                }
                _ = lock.root
            }
            expectSame(before, try fabric.state())
            // And who waits long enough gets it.
            let waiting: Running
            do {
                let lock = try Root(fabric.root).lock(timeout: .seconds(1))
                waiting = try fabric.start([Fabric.program, "repair", "--timeout", "20s"])
                usleep(200_000)
                #expect(waiting.outputSoFar.isEmpty)
                _ = lock.root
            }
            #expect(try waiting.finish().code == 0)
        }
    }

    @Test func asNobody() throws {
        try Fabric.with { fabric in
            // Where the tests lie may be closed to others.
            let copy = "/tmp/\(fabric.id)-fabctl"
            #expect(try fabric.run(["install", "-m", "755", Fabric.program, copy]).code == 0)
            defer { unlink(copy) }
            func nobody(_ arguments: [String]) throws -> Finished {
                try fabric.run(["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", copy] + arguments)
            }
            try #require(try nobody(["version"]).code == 0, "a copy that others can run")
            for isInstalled in [false, true] {
                if isInstalled {
                    try fabric.install()
                    try fabric.addPod("web")
                }
                let before = try fabric.state()
                for command in Self.changes(fabric) + Self.reads + [["observe", "--follow"]] {
                    expectRefusal(try nobody(command), 77)
                }
                expectSame(before, try fabric.state())
            }
            #expect(try nobody(["--help"]).code == 0)
            #expect(try nobody(["endpoint", "add"]).code == 64)
        }
    }

    @Test func unknownVersion() throws {
        try Fabric.with { fabric in
            try fabric.install()
            try fabric.addPod("web")
            for document in ["config", "endpoints", "registry"] {
                let path = "\(fabric.root)/state/\(document)"
                let kept = try BPFMap.open(pinned: path)
                #expect(unlink(path) == 0)
                try DocumentMap.make(document, Array("{}".utf8), version: 99).pin(at: path)
                let before = try fabric.state()
                // Every command reads all documents: all of them for one, some for the others.
                let all = Self.changes(fabric) + Self.reads
                for command in document == "config" ? all : [["status"], ["install"], ["node", "delete", "x"]] where command != ["uninstall"] {
                    // What needs the maps alone may still answer.
                    let finished = try fabric.fabctl(command)
                    if finished.code == 0, command[0] == "bpf" { continue }
                    expectRefusal(finished, 78, document, "99")
                }
                expectSame(before, try fabric.state())
                #expect(unlink(path) == 0)
                try kept.pin(at: path)
            }
            #expect(try fabric.fabctl("status", "--brief").output == "OK\n")
        }
    }

    @Test func damaged() throws {
        try Fabric.with { fabric in
            try fabric.install()
            try fabric.addPod("web")
            let path = "\(fabric.root)/state/endpoints"
            for make: () throws -> Void in [
                { try DocumentMap.make("endpoints", Array("[not json".utf8)).pin(at: path) },
                { try DocumentMap.make("endpoints", []).pin(at: path) },
                { try DocumentMap.make("endpoints", Array("{\"endpoints\":[{}],\"departed\":[]}".utf8)).pin(at: path) },
                { try BPFMap.create(.array, name: "x", keySize: 4, valueSize: 8, maxEntries: 1).pin(at: path) },
                {},
            ] as [() throws -> Void] {
                #expect(unlink(path) == 0 || errno == ENOENT)
                try make()
                let before = try fabric.state()
                for command in [["status"], ["endpoint", "list"], ["repair"], ["install"], ["node", "delete", "x"]] {
                    expectRefusal(try fabric.fabctl(command), 78, "document endpoints")
                }
                expectSame(before, try fabric.state())
            }
            // It can still be taken away, but for devices that only the documents know.
            let left = try fabric.fabctl("uninstall")
            #expect(left.code == 1 && left.output == "left: device pod1\n", "\(left.output)\(left.error)")
            try fabric.ip("n1", "link del pod1")
            try fabric.install()
            #expect(try fabric.fabctl("status", "--brief").output == "OK\n")
        }
    }

    @Test func usage() throws {
        try Fabric.with { fabric in
            for command in [
                ["nonsense"], ["--nonsense"], ["endpoint"], ["endpoint", "nonsense"], ["endpoint", "get"], ["status", "-o", "xml"],
                ["status", "--timeout", "soon"],
                ["status", "--timeout", "-1s"], ["observe", "--last", "-3"], ["observe", "--last", "many"], ["observe", "--follow", "--until", "1m"],
                ["bpf", "route", "get", "nonsense"], ["bpf", "route", "get", "fd00::1", "--from", "10.0.0.1"],
                ["bpf", "route", "get", "fd00::1", "--sport", "70000"],
                ["node", "add"], ["ip", "add", "nonsense"], ["observe", "--not"], ["endpoint", "list", "extra"],
            ] {
                let finished = try fabric.fabctl(command)
                if command == ["endpoint"] {
                    // A group without a command shows its help.
                    #expect(finished.code == 0 || finished.code == 64)
                    continue
                }
                expectRefusal(finished, 64)
            }
        }
    }

    /// A reader that goes away is no error, and no reason to hang.
    @Test func closedOutput() throws {
        try Fabric.with { fabric in
            try fabric.install()
            let piped = try fabric.run(["bash", "-c", "set -o pipefail; \(Fabric.program) status --verbose | true; echo ${PIPESTATUS[0]}"])
            #expect(["0\n", "141\n"].contains(piped.output), "\(piped.output)\(piped.error)")
            let full = try fabric.run(["sh", "-c", "\(Fabric.program) status > /dev/full"])
            #expect(full.code == 74, "\(full.error)")
        }
    }
}
