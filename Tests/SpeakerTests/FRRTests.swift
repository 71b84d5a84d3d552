import Glibc
import Net
import Netlink
import NodeTestSupport
import Testing

/// Against FRR 8.4, as leaves run it.
@Suite(.enabled(if: Daemons.canRun, "needs root and the packages of make deps"), .serialized) struct FRRTests {
    static let unnumbered = """
         bgp graceful-restart
         bgp graceful-restart preserve-fw-state
         neighbor to-n1 interface remote-as external
         neighbor to-n1 timers connect 1
         address-family ipv4 unicast
          network 10.255.1.1/32
          neighbor to-n1 activate
         exit-address-family
         address-family ipv6 unicast
          network fd00:fab:ffff::21/128
          neighbor to-n1 activate
         exit-address-family
        """

    /// Finding 1: FRR knows its neighbour by router advertisements alone, which the speaker sends.
    @Test func unnumberedLeaf() throws {
        try Daemons.with { daemons, fabric in
            try daemons.frr(Self.unnumbered)
            let speaker = try daemons.speaker(PeerManifests().text)
            #expect(try daemons.established(), "\(speaker.errorSoFar)")
            #expect(try eventually { try daemons.frrHas("fd00:cafe:0:7::/64") && daemons.frrHas("10.7.0.0/24") })

            // IPv4 over IPv6 next hops (RFC 8950), in the leaf's kernel.
            #expect(try eventually { try fabric.ip("l1", "-4 route show 10.7.0.0/24").contains("via inet6 fe80::") })
            #expect(try eventually { try fabric.ip("l1", "-6 route show fd00:cafe:0:7::/64").contains("via fe80::") })
            let path = try daemons.frrJSON("l1", "show bgp ipv6 unicast fd00:cafe:0:7::/64 json")["paths"]?[0]
            #expect(path?["origin"]?.string == "IGP")
            #expect(path?["aspath"]?["string"]?.string == "65201")
            #expect(path?["community"]?["string"]?.string == "65201:100")
            #expect(path?["largeCommunity"]?["string"]?.string == "65201:1:2")

            // What both offered.
            let neighbour = try daemons.frrJSON("l1", "show bgp neighbors to-n1 json")["to-n1"]
            let capabilities = neighbour?["neighborCapabilities"]
            #expect(capabilities?["4byteAs"]?.string == "advertisedAndReceived")
            #expect(capabilities?["routeRefresh"]?.string?.hasPrefix("advertisedAndReceived") == true)
            #expect(capabilities?["extendedNexthop"]?.string == "advertisedAndReceived")
            #expect(
                capabilities?["gracefulRestartCapability"]?.string == "advertisedAndReceived"
                    || capabilities?["gracefulRestart"]?.string == "advertisedAndReceived")
            #expect(neighbour?["hostname"]?.string == "node1")

            // The peer's routes, shown and not used.
            #expect(
                try eventually {
                    let received = try fabric.fabctl("bgp", "routes", "in", "-o", "json").json()
                    return received.elements.compactMap { $0["prefix"]?.string }.sorted() == ["10.255.1.1/32", "fd00:fab:ffff::21/128"]
                })
            #expect(try !fabric.ip("n1", "-6 route show table all").contains("fd00:fab:ffff::21"))

            // Refresh, both ways, over the same session.
            let before = try daemons.peer()
            try fabric.done("bgp", "refresh", "in", "leaf")
            try fabric.done("bgp", "refresh", "out")
            _ = try daemons.vtysh("l1", "clear bgp ipv6 unicast to-n1 soft in")
            #expect(try eventually { try daemons.peer()["received"]?["routeRefreshes"]?.int ?? 0 > 0 })
            #expect(try eventually { try daemons.peer()["sent"]?["updates"]?.int ?? 0 > before["sent"]?["updates"]?.int ?? 0 })
            #expect(try daemons.peer()["sessions"]?.int == 1)

            // Text both ways (RFC 9003).
            try fabric.done("bgp", "reset", "leaf", "--reason", "new policy")
            #expect(try daemons.established())
            #expect(try daemons.peer()["lastSent"]?["text"]?.string == "new policy")
            #expect(try daemons.peer()["flaps"]?.int == 1)
        }
    }

    @Test func finalStopIsGoneFromTheLeaf() throws {
        try Daemons.with { daemons, fabric in
            try daemons.frr(Self.unnumbered)
            let speaker = try daemons.speaker(PeerManifests().text)
            #expect(try daemons.established(), "\(speaker.errorSoFar)")
            #expect(try eventually { try daemons.frrHas("fd00:cafe:0:7::/64") })
            daemons.forget(speaker)
            try speaker.child.signal(SIGTERM)
            // Though graceful restart was negotiated: long before the restart time.
            #expect(try eventually(seconds: 5) { try !daemons.frrHas("fd00:cafe:0:7::/64") })
            #expect(try speaker.finish().code == 0)
            // The last state is still to be seen, with its age.
            let after = try fabric.fabctl("bgp", "peers")
            #expect(after.code == 69 && after.output.contains("leaf") && after.error.contains("no speaker is running"))
        }
    }

    /// Killed and restarted, several times: not one route of the leaf's kernel is touched.
    @Test func killedSpeakerLosesNoRoute() throws {
        try Daemons.with { daemons, fabric in
            try daemons.frr(Self.unnumbered)
            var speaker = try daemons.speaker(PeerManifests().text)
            #expect(try daemons.established(), "\(speaker.errorSoFar)")
            #expect(try eventually { try fabric.ip("l1", "-6 route show fd00:cafe:0:7::/64").contains("via fe80::") })
            let monitor = try fabric.start(["ip", "monitor", "route"], on: "l1")
            for _ in 0..<3 {
                daemons.forget(speaker)
                _ = try speaker.kill()
                speaker = try daemons.speaker(PeerManifests().text)
                #expect(try daemons.established(), "\(speaker.errorSoFar)")
                #expect(try eventually { try daemons.peer()["families"]?[0]?["announced"]?.int == 1 })
                #expect(try fabric.fabctl("bgp", "status", "-o", "json").json()["restarted"]?.bool == true)
            }
            // A restart by the service manager says nothing to the peer either.
            daemons.forget(speaker)
            try speaker.child.signal(SIGUSR1)
            #expect(try speaker.finish().code == 0)
            speaker = try daemons.speaker(PeerManifests().text)
            #expect(try daemons.established(), "\(speaker.errorSoFar)")
            try monitor.child.signal(SIGTERM)
            let changes = try monitor.finish().output.split(separator: "\n").filter { $0.contains("fd00:cafe:0:7::/64") }
            #expect(!changes.contains { $0.hasPrefix("Deleted") }, "\(changes)")
            #expect(try fabric.ip("l1", "-6 route show fd00:cafe:0:7::/64").contains("via fe80::"))
        }
    }

    @Test func linkFlapsAndInterfacesAreMadeAnew() throws {
        try Daemons.with { daemons, fabric in
            try daemons.frr(Self.unnumbered)
            let speaker = try daemons.speaker(PeerManifests().text)
            #expect(try daemons.established(), "\(speaker.errorSoFar)")
            for _ in 0..<5 {
                try fabric.ip("l1", "link set to-n1 down")
                #expect(try eventually { try daemons.peer()["state"]?.string != "established" })
                try fabric.ip("l1", "link set to-n1 up")
                #expect(try daemons.established(), "\(speaker.errorSoFar)")
            }
            try fabric.ip("n1", "link del eth0")
            #expect(try eventually { try daemons.peer()["obstacle"]?.string == "there is no interface eth0" })
            try fabric.batch("n1", ["link add eth0 type veth peer name to-n1 netns \(fabric.name("l1"))"])
            try fabric.ip("l1", "link set to-n1 up")
            try fabric.ip("n1", "link set eth0 up")
            #expect(try daemons.established(seconds: 40), "\(speaker.errorSoFar)")
            #expect(try eventually { try daemons.frrHas("fd00:cafe:0:7::/64") })
        }
    }

    @Test func frozenPeerIsLeftAndTakenBack() throws {
        try Daemons.with { daemons, fabric in
            try daemons.frr(Self.unnumbered)
            let bgpd = try #require(daemons.last)
            let speaker = try daemons.speaker(PeerManifests().text)
            #expect(try daemons.established(), "\(speaker.errorSoFar)")
            try bgpd.signal(SIGSTOP)
            #expect(try eventually(seconds: 20) { try daemons.peer()["lastSent"]?["code"]?.int == 4 })
            try bgpd.signal(SIGCONT)
            #expect(try daemons.established(seconds: 40), "\(speaker.errorSoFar)")
        }
    }

    static let numbered = """
         neighbor fd00:fab:1::2 remote-as 65201
         neighbor fd00:fab:1::2 timers connect 1
         address-family ipv6 unicast
          neighbor fd00:fab:1::2 activate
         exit-address-family
        """

    @Test func wrongASIsSaidOnBothSides() throws {
        try Daemons.with { daemons, fabric in
            try daemons.frr(Self.numbered)
            var manifests = PeerManifests.at("fd00:fab:1::1")
            manifests.localASN = 65299
            try daemons.speaker(manifests.text)
            #expect(
                try eventually(seconds: 20) {
                    let peer = try daemons.peer()
                    return peer["lastReceived"]?["code"]?.int == 2 && peer["lastReceived"]?["subcode"]?.int == 2
                })
            #expect(try daemons.peer()["hints"]?.strings.contains("the peer does not expect AS 65299") == true)
            #expect(try daemons.peer()["lastReceived"]?["name"]?.string == "OPEN Message Error/Bad Peer AS")
        }
    }

    /// Without the right to raw sockets no router is found. That is said once, however often it is tried again.
    @Test func routersAreNotFoundWithoutRawSockets() throws {
        try Daemons.with { daemons, fabric in
            let manifests = PeerManifests().text
            let speaker = try daemons.speaker(manifests, under: ["setpriv", "--bounding-set", "-net_raw", "--inh-caps", "-net_raw"])
            let said = "cannot receive router advertisements"
            let isTold = eventually(seconds: 20) {
                let status = try? fabric.fabctl("bgp", "status", "-o", "json").json()
                return status?["problems"]?.elements.contains { $0["message"]?.string == "\(said): Operation not permitted" } == true
            }
            #expect(isTold, "\(speaker.errorSoFar)")
            // Another attempt.
            usleep(6_000_000)
            #expect(speaker.errorSoFar.split(separator: "\n").count { $0.contains(said) } == 1, "\(speaker.errorSoFar)")
        }
    }

    @Test func whoIsNoNeighborIsToldSo() throws {
        try Daemons.with { daemons, fabric in
            try daemons.frr(Self.numbered.replacing("fd00:fab:1::2", with: "fd00:fab:1::3"))
            try daemons.speaker(PeerManifests.at("fd00:fab:1::1").text)
            let hint = "the peer ends each connection without a word: to it, this address is no neighbor's"
            #expect(try eventually(seconds: 30) { try daemons.peer()["hints"]?.strings == [hint] })
        }
    }

    /// Link-local, signed, and from the link alone; then with a password that differs.
    @Test func passwordsAndTTLSecurity() throws {
        try Daemons.with { daemons, fabric in
            let node = try linkLocal(fabric, "n1", "eth0")
            let leaf = try linkLocal(fabric, "l1", "to-n1")
            try daemons.frr(
                """
                 neighbor \(node) remote-as 65201
                 neighbor \(node) interface to-n1
                 neighbor \(node) timers connect 1
                 neighbor \(node) password s3cret
                 neighbor \(node) ttl-security hops 1
                 address-family ipv6 unicast
                  neighbor \(node) activate
                 exit-address-family
                """)
            var manifests = PeerManifests.at("\(leaf)%eth0")
            manifests.annotations = "{bgp.fabctl.io/ttl-security: \"1\"}"
            manifests.spec = "  authSecretRef: leaf-password"
            let secret = try fabric.file("leaf-password", "s3cret\n")
            let directory = String(secret.prefix(upTo: secret.lastIndex(of: "/") ?? secret.startIndex))
            let name = String(secret.dropFirst(directory.count + 1))
            manifests.spec = "  authSecretRef: \(name)"
            let speaker = try daemons.speaker(manifests.text, "--secrets", directory)
            #expect(try daemons.established(), "\(speaker.errorSoFar)")
            #expect(try eventually { try daemons.frrHas("fd00:cafe:0:7::/64") })
            #expect(try !fabric.fabctl("bgp", "peers", "--verbose").output.contains("s3cret"))
            #expect(!speaker.errorSoFar.contains("s3cret"))

            // The password changes: read anew, and the session falls.
            _ = try fabric.file("leaf-password", "other\n")
            try speaker.child.signal(SIGHUP)
            #expect(
                try eventually(seconds: 30) { try daemons.peer()["hints"]?.strings.contains { $0.contains("passwords differ") } == true },
                "\(speaker.errorSoFar)")
            _ = try fabric.file("leaf-password", "s3cret\n")
            try speaker.child.signal(SIGHUP)
            #expect(try daemons.established(seconds: 40), "\(speaker.errorSoFar)")
        }
    }

    @Test func manyPrefixesBothWays() throws {
        try Daemons.with { daemons, fabric in
            let count = 10_000
            let networks = (0..<count).map { "  network fd00:1:\(String($0 / 256, radix: 16)):\(String($0 % 256, radix: 16))::/64" }
            try daemons.frr(
                Self.numbered.split(separator: "\n").dropLast().joined(separator: "\n") + "\n" + networks.joined(separator: "\n")
                    + "\n exit-address-family")
            var manifests = PeerManifests.at("fd00:fab:1::1")
            manifests.podCIDRs =
                "[" + (0..<count).map { "\"fd00:2:\(String($0 / 256, radix: 16)):\(String($0 % 256, radix: 16))::/64\"" }.joined(separator: ", ")
                + "]"
            let speaker = try daemons.speaker(manifests.text)
            #expect(try daemons.established(), "\(speaker.errorSoFar)")
            #expect(try eventually(seconds: 60) { try daemons.peer()["families"]?[0]?["received"]?.int == count })
            #expect(
                try eventually(seconds: 60) {
                    try daemons.frrJSON("l1", "show bgp ipv6 unicast summary json")["peers"]?["fd00:fab:1::2"]?["pfxRcd"]?.int == count
                })
            // Packed: not a message each.
            #expect(try daemons.peer()["sent"]?["updates"]?.int ?? count < 100)
            #expect(try fabric.fabctl("bgp", "routes", "in", "-o", "json").json().elements.count == count)
        }
    }

    private func linkLocal(_ fabric: Fabric, _ member: String, _ device: String) throws -> String {
        let text = try fabric.ip(member, "-6 -o addr show dev \(device) scope link")
        guard let address = text.split(separator: " ").first(where: { $0.hasPrefix("fe80::") })?.split(separator: "/").first else {
            throw Failure("\(device) has no link-local address")
        }
        return String(address)
    }
}
