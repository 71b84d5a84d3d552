import CLinux
import Glibc
import Net
import Netlink
import TestSupport
import Testing

@Suite(.enabled(if: geteuid() == 0, "needs root: network namespaces"))
struct NamespaceTests {
    /// A name of this test process alone.
    private func name(_ text: String) -> String { "nltest\(getpid())\(text)" }

    @Test func namedAsIprouteDoes() throws {
        let name = name("a")
        let before = try NetworkNamespace.current().identity()
        do {
            let made = try NetworkNamespace.create(named: name)
            defer { try? NetworkNamespace.delete(named: name) }
            #expect(try Witness.ip("netns list").split(separator: "\n").contains { $0 == name || $0.hasPrefix(name + " ") })
            #expect(try NetworkNamespace.names().contains(name))
            #expect(try NetworkNamespace(named: name).identity() == made.identity())
            #expect(try NetworkNamespace(path: "/run/netns/\(name)").identity() == made.identity())
            #expect(try made.identity() != before)
            // iproute2 can enter it: only the loopback device is there, and down.
            let links = try Witness.json("-n \(name) link show")
            #expect(links.map { $0["ifname"]?.text } == ["lo"])
            #expect(links.first?["operstate"]?.text == "DOWN")
            #expect {
                _ = try NetworkNamespace.create(named: name)
            } throws: { error in
                "\(error)" == "create network namespace \(name): File exists"
            }
            #expect(try NetworkNamespace.names().contains(name), "a second creation does no harm")
        }
        #expect(try NetworkNamespace.names().contains(name) == false)
        #expect(access(NetworkNamespace.path(of: name), F_OK) != 0)
        #expect(try NetworkNamespace.current().identity() == before)
    }

    @Test func opensWhatIprouteMade() throws {
        let name = name("b")
        try Witness.ip("netns add \(name)")
        defer { try? NetworkNamespace.delete(named: name) }
        let namespace = try NetworkNamespace(named: name)
        var socket = try NetlinkSocket(in: namespace)
        #expect(try socket.links().map(\.name) == ["lo"])
        try NetworkNamespace.delete(named: name)
        #expect(try Witness.ip("netns list").contains(name) == false)
        // The descriptor holds it.
        #expect(try socket.links().map(\.name) == ["lo"])
    }

    /// On a machine where nobody ever made a name: here a mount namespace with a /run of its own.
    @Test func firstNameOfAMachine() throws {
        let scratch = try NetworkNamespace.anonymous()
        try scratch.run {
            try #require(clinux_unshare(CLONE_NEWNS) == 0)
            try #require(mount("none", "/", nil, UInt(MS_REC) | UInt(MS_PRIVATE), nil) == 0)
            try #require(mount("tmpfs", "/run", "tmpfs", 0, nil) == 0)
            #expect(try NetworkNamespace.names().isEmpty)
            for text in ["one", "two"] {
                let made = try NetworkNamespace.create(named: text)
                #expect(try NetworkNamespace(named: text).identity() == made.identity())
            }
            #expect(try Witness.ip("netns list").split(separator: "\n").map(String.init).sorted() == ["one", "two"])
            // Only a shared mount takes names to, and out of, mount namespaces made later.
            let mounts = try Witness.run(["cat", "/proc/thread-self/mountinfo"]).split(separator: "\n")
            let directory = try #require(mounts.last { $0.contains(" /run/netns ") })
            #expect(directory.contains(" shared:"))
            for text in ["one", "two"] { try NetworkNamespace.delete(named: text) }
            #expect(try NetworkNamespace.names().isEmpty)
        }
    }

    @Test func refusals() throws {
        for bad in ["", ".", "..", "a/b", String(repeating: "x", count: 256)] {
            #expect(throws: NetlinkError.self) { _ = try NetworkNamespace.create(named: bad) }
            #expect(throws: NetlinkError.self) { try NetworkNamespace.delete(named: bad) }
        }
        #expect {
            _ = try NetworkNamespace(named: "nosuch")
        } throws: { error in
            "\(error)" == "open network namespace nosuch: No such file or directory"
        }
        #expect {
            try NetworkNamespace.delete(named: "nosuch")
        } throws: { error in
            "\(error)" == "delete network namespace nosuch: No such file or directory"
        }
        // A file, a namespace of another kind, and what would block.
        let pipe = "/tmp/\(name("pipe"))"
        try #require(mkfifo(pipe, 0o600) == 0)
        defer { unlink(pipe) }
        for path in ["/etc/hostname", "/proc/self/ns/mnt", pipe] {
            #expect {
                _ = try NetworkNamespace(path: path)
            } throws: { error in
                "\(error)" == "open network namespace \(path): Invalid argument (not a network namespace)"
            }
        }
    }

    /// What is left when a creation is killed between making the file and binding the namespace.
    @Test func interruptedCreationCanBeDeleted() throws {
        let name = name("c")
        let keeper = try NetworkNamespace.create(named: name + "keeper")
        defer { try? NetworkNamespace.delete(named: name + "keeper") }
        #expect(try keeper.identity() != NetworkNamespace.current().identity())
        let path = NetworkNamespace.path(of: name)
        let file = open(path, O_CREAT | O_EXCL | O_RDONLY | O_CLOEXEC, 0)
        #expect(file >= 0)
        close(file)
        #expect(throws: NetlinkError.self) { _ = try NetworkNamespace(named: name) }
        try NetworkNamespace.delete(named: name)
        #expect(access(path, F_OK) != 0)
    }

    @Test func callersThreadStaysWhereItIs() throws {
        let before = try NetworkNamespace.current().identity()
        let namespace = try NetworkNamespace.anonymous()
        let inside = try namespace.run { try NetworkNamespace.current().identity() }
        #expect(inside == (try namespace.identity()))
        #expect(inside != before)
        #expect(try NetworkNamespace.current().identity() == before)
        // Sockets remember where they were opened.
        var socket = try NetlinkSocket(in: namespace)
        try socket.setLink(1, LinkChange(up: true, mtu: 12345))
        #expect(try namespace.run { try Witness.json("link show lo").first?["mtu"]?.number } == 12345)
    }

    @Test func errorsComeBack() throws {
        struct Mine: Error, Equatable { let number: Int }
        let namespace = try NetworkNamespace.anonymous()
        #expect(throws: Mine(number: 3)) { try namespace.run { throw Mine(number: 3) } }
        #expect(throws: NetlinkError(operation: "x", code: 5)) {
            try namespace.result { () throws(NetlinkError) in throw NetlinkError(operation: "x", code: 5) }.get()
        }
        let result = try namespace.result { () throws(Mine) -> Int in throw Mine(number: 4) }
        #expect(throws: Mine(number: 4)) { try result.get() }
        #expect(try namespace.result { 7 }.get() == 7)
    }

    @Test func byProcess() throws {
        let namespace = try NetworkNamespace.anonymous()
        let child = try namespace.spawn(["sleep", "60"])
        let found = try NetworkNamespace(processID: child.processID).identity()
        try child.signal(SIGKILL)
        #expect(try child.wait() == .signalled(SIGKILL))
        #expect(found == (try namespace.identity()))
        #expect(ChildProcess.Outcome.signalled(9).code == 137)
        #expect(throws: NetlinkError.self) { try child.wait() }
    }

    @Test func programsRunInside() throws {
        let namespace = try NetworkNamespace.anonymous()
        let (outcome, output) = try Witness.start(["sh", "-c", "readlink /proc/self/ns/net; exit 3"], in: namespace)
        #expect(outcome == .exited(3))
        #expect(output == "net:[\(try namespace.identity().inode)]\n")
        #expect {
            _ = try namespace.spawn(["/no/such/program"])
        } throws: { error in
            "\(error)" == "run /no/such/program: No such file or directory"
        }
        #expect("\(namespace.exec(["/no/such/program"]))" == "run /no/such/program: No such file or directory")
    }

    @Test func environmentIsAddedTo() throws {
        let namespace = try NetworkNamespace.anonymous()
        var ends: [Int32] = [0, 0]
        try #require(pipe(&ends) == 0)
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        let child = try namespace.spawn(
            ["sh", "-c", "echo $GREETING $HOME"], environment: ["GREETING": "good day", "HOME": "/nowhere"], output: ends[1])
        close(ends[1])
        var buffer = [UInt8](repeating: 0, count: 100)
        let count = read(ends[0], &buffer, buffer.count)
        close(ends[0])
        #expect(try child.wait() == .exited(0))
        #expect(String(decoding: buffer.prefix(max(count, 0)), as: UTF8.self) == "good day /nowhere\n")
    }

    /// Descriptors of ours are not for the program.
    @Test func descriptorsAreNotInherited() throws {
        let namespace = try NetworkNamespace.anonymous()
        var socket = try NetlinkSocket(in: namespace)
        let (outcome, output) = try Witness.start(["sh", "-c", "ls -l /proc/self/fd"], in: namespace)
        #expect(outcome == .exited(0))
        #expect(!output.contains("net:[") && !output.contains("NETLINK"))
        #expect(try socket.links().count == 1)
    }
}
