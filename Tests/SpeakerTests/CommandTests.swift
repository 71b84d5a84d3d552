import Glibc
import Netlink
import NodeTestSupport
import Testing

/// Commands on an installed node, and the speaker that follows its document.
@Suite(.enabled(if: Daemons.canRun, "needs root and the packages of make deps"), .serialized) struct BGPCommandTests {
    @Test func speakerFollowsTheNodesDocument() throws {
        try Daemons.with { daemons, fabric in
            let none = try fabric.fabctl("bgp", "status")
            #expect(none.code == 69 && none.notes.count == 2)
            let absent = try fabric.fabctl("bgp", "run")
            #expect(absent.code == 69 && absent.notes.count == 2, "\(absent)")
            try fabric.install()
            try daemons.frr(FRRTests.numbered)
            let speaker = try fabric.start([Fabric.program, "bgp", "run", "--log-level", "debug"])
            defer { _ = try? speaker.kill() }
            #expect(try eventually { try fabric.fabctl("bgp", "status").code == 0 })

            try fabric.done("bgp", "peer", "add", "fd00:fab:1::1", "--asn", "65101", "--local-asn", "65201", "--name", "leaf")
            #expect(try fabric.fabctl("bgp", "peer", "add", "fd00:fab:1::1", "--asn", "65101", "--local-asn", "65201", "--name", "twin").code == 65)
            #expect(try daemons.established(), "\(speaker.errorSoFar)")
            let told = try eventually(seconds: 20) { try daemons.frrHas("fd00:cafe:0:1::/64") }
            let view = told ? "" : try daemons.vtysh("l1", "show bgp ipv6 unicast", "show bgp neighbors")
            #expect(told, "\(view) \(speaker.errorSoFar)")

            // One prefix more, one less: the session stays.
            try fabric.done("bgp", "prefix", "add", "fd00:cafe:ffff::10", "--aggregate", "64", "--community", "no-export")
            #expect(try eventually { try daemons.frrHas("fd00:cafe:ffff::/64") })
            try fabric.done("bgp", "prefix", "delete", "fd00:cafe:ffff::10")
            #expect(try eventually { try !daemons.frrHas("fd00:cafe:ffff::/64") })
            #expect(try daemons.peer()["sessions"]?.int == 1)

            // A second speaker, and one elsewhere, are refused.
            #expect(try fabric.fabctl("bgp", "run").code == 75)
            try fabric.done("bgp", "peer", "delete", "leaf")
            #expect(try eventually { try !daemons.frrHas("fd00:cafe:0:1::/64") })
            #expect(try eventually { try fabric.fabctl("bgp", "peers", "-o", "json").json().elements.isEmpty })
            try fabric.done("bgp", "peer", "add", "fd00:fab:1::1", "--asn", "65101", "--local-asn", "65201")
            #expect(try daemons.established(), "\(speaker.errorSoFar)")
            // With the node goes what it announced, and every trace.
            try fabric.done("uninstall")
            #expect(try eventually { try !daemons.frrHas("fd00:cafe:0:1::/64") })
            #expect(try speaker.finish().code == 69)
            #expect(fabric.pins().isEmpty)
        }
    }

    /// What else comes and goes beside the node's directory may have any name.
    @Test func longNamesDoNotStopTheSpeakerFromFollowing() throws {
        try Daemons.with { daemons, fabric in
            try fabric.install()
            let speaker = try fabric.start([Fabric.program, "bgp", "run", "--log-level", "debug"])
            defer { _ = try? speaker.kill() }
            #expect(try eventually { try fabric.fabctl("bgp", "status").code == 0 })
            // Many small notices, each read by itself, and then a large one.
            for name in [String](repeating: "x", count: 40) + [String(repeating: "x", count: 200)] {
                let path = "\(fabric.root)-\(name)"
                #expect(mkdir(path, 0o700) == 0)
                usleep(5000)
                #expect(rmdir(path) == 0)
                usleep(5000)
            }
            try fabric.done("bgp", "peer", "add", "fd00:fab:1::1", "--asn", "65101", "--local-asn", "65201", "--name", "leaf")
            #expect(try eventually { try daemons.peer()["name"]?.string == "leaf" }, "\(speaker.errorSoFar)")
        }
    }

    @Test func manifestsAreStoredAndPrinted() throws {
        try Daemons.with { daemons, fabric in
            try fabric.install()
            let file = try fabric.file("bgp.yaml", PeerManifests().text)
            let applied = try fabric.done("bgp", "apply", "-f", file)
            #expect(applied.output.contains("ciliumbgpclusterconfig/fabric created") && applied.error.isEmpty)
            #expect(try fabric.done("bgp", "apply", "-f", file).output.contains("ciliumbgpclusterconfig/fabric unchanged"))
            #expect(try fabric.done("bgp", "get", "-o", "json").json()["items"]?.elements.count == 4)
            let all = try fabric.file("all.yaml", fabric.done("bgp", "get", "-o", "yaml").output)
            #expect(try fabric.done("bgp", "apply", "-f", all).output.contains("leaf unchanged"))
            let printed = try fabric.file("again.yaml", fabric.done("bgp", "get", "ciliumbgppeerconfigs", "leaf", "-o", "yaml").output)
            #expect(try fabric.done("bgp", "apply", "-f", printed).output == "ciliumbgppeerconfig/leaf unchanged\n")
            // A reference that leads nowhere is said.
            let dangling = try fabric.done("bgp", "delete", "ciliumbgppeerconfig", "leaf", "--dry-run")
            #expect(dangling.output == "ciliumbgppeerconfig/leaf deleted (dry run)\n")
            #expect(try fabric.done("bgp", "get", "ciliumbgppeerconfig").output.contains("leaf"))
            try fabric.done("bgp", "delete", "-f", file)
            #expect(try fabric.done("bgp", "get", "-o", "json").json()["items"]?.elements.isEmpty == true)
            // The datapath's own documents are as they were.
            #expect(try fabric.fabctl("status").code == 0)
        }
    }

    @Test func badManifestsChangeNothing() throws {
        try Daemons.with { daemons, fabric in
            try fabric.install()
            let before = try fabric.state()
            let file = try fabric.file("bad.yaml", PeerManifests().text.replacing("peerASN", with: "peerAsn").replacing("unicast", with: "evpn"))
            let refused = try fabric.fabctl("bgp", "apply", "-f", file)
            #expect(refused.code == 65 && refused.output.isEmpty)
            #expect(refused.notes.count == 4)
            let checked = try fabric.fabctl("bgp", "validate", "-f", file, "-o", "json")
            #expect(checked.code == 65)
            #expect(try checked.json()["errors"]?.elements.map { $0["type"]?.string } == ["unknown-field", "unsupported", "unsupported"])
            #expect(try fabric.state() == before)
        }
    }

    /// One line that says what is wrong with what, and the code that the manual promises.
    @Test func whatCannotStartSaysWhy() throws {
        try Daemons.with { daemons, fabric in
            let path = try fabric.file("gone.yaml", "")
            unlink(path)
            let absent = try fabric.fabctl("bgp", "run", "-f", path)
            #expect(absent.code == 65 && absent.notes.count == 1 && absent.error.contains("\(path): No such file or directory"), "\(absent)")
            for text in ["a: [", "kind: Pod\napiVersion: v1\nmetadata: {name: a}", PeerManifests().text.replacing("peerASN", with: "peerAsn")] {
                let refused = try fabric.fabctl("bgp", "run", "-f", try fabric.file("bad.yaml", text))
                #expect(refused.code == 65 && refused.output.isEmpty && refused.notes.count <= 2, "\(refused)")
                #expect(refused.notes.first?.contains("bad.yaml:") == true, "\(refused)")
            }
            // The next one finds nothing that these have left.
            #expect(try fabric.fabctl("bgp", "status").code == 69)
        }
    }

    /// The port is another's: peers are connected to all the same, and it is said once.
    @Test func aPortThatIsTaken() throws {
        try Daemons.with { daemons, fabric in
            let other = try Traffic.listen(port: 179, in: fabric.namespace("n1"))
            defer { close(other) }
            try daemons.frr(FRRTests.numbered)
            let speaker = try daemons.speaker(PeerManifests.at("fd00:fab:1::1").text)
            #expect(try daemons.established(), "\(speaker.errorSoFar)")
            let listener = try fabric.fabctl("bgp", "status", "-o", "json").json()["listeners"]?[0]
            #expect(listener?["error"]?.string?.contains("address already in use") == true, "\(listener ?? .null)")
            let lines = speaker.errorSoFar.split(separator: "\n").filter { $0.contains("cannot listen") }
            #expect(lines.count == 1, "\(lines)")
        }
    }

    @Test func serviceManagerIsTold() throws {
        try Daemons.with { daemons, fabric in
            let path = "/tmp/\(fabric.id)-notify"
            let listener = try NotifySocket(path)
            let speaker = try daemons.speaker(PeerManifests().text, environment: ["NOTIFY_SOCKET": path, "WATCHDOG_USEC": "200000"])
            daemons.forget(speaker)
            #expect(eventually { listener.lines.contains("READY=1") })
            #expect(eventually { listener.lines.contains("WATCHDOG=1") })
            try speaker.child.signal(SIGHUP)
            #expect(eventually { listener.lines.contains("RELOADING=1") })
            try speaker.child.signal(SIGTERM)
            #expect(eventually { listener.lines.contains("STOPPING=1") })
            #expect(try speaker.finish().code == 0)
        }
    }
}

/// What a service says to the service manager.
private final class NotifySocket {
    private let descriptor: Int32
    private let path: String
    private var heard: [String] = []

    init(_ path: String) throws {
        self.path = path
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8) + [0]) }
        let bound = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) }
        }
        guard bound == 0 else { throw Failure("bind \(path): \(errno)") }
    }

    deinit {
        close(descriptor)
        unlink(path)
    }

    /// All lines so far.
    var lines: [String] {
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = recv(descriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT))
            guard count > 0 else { return heard }
            heard += String(decoding: buffer[..<count], as: UTF8.self).split(separator: "\n").map(String.init)
        }
    }
}
