import Glibc
import Netlink
import NodeTestSupport
import Testing

/// Peers that are further away than a link, and peers that the default route names.
@Suite(.enabled(if: Daemons.canRun, "needs root and the packages of make deps"), .serialized) struct PlacementTests {
    /// A route server behind the leaf: out of reach for packets that may take one hop, in reach for those that may take two.
    @Test func multihop() throws {
        try Daemons.with { daemons, fabric in
            try fabric.addNamespace("far")
            try fabric.batch("far", ["link add eth0 type veth peer name to-far netns \(fabric.name("l1"))", "link set lo up"])
            try fabric.batch("l1", ["addr add fd00:fab:9::1/64 dev to-far", "link set to-far up"])
            try fabric.batch("far", ["addr add fd00:fab:9::2/64 dev eth0", "link set eth0 up", "route add default via fd00:fab:9::1"])
            try daemons.frr(
                """
                 neighbor fd00:fab:1::2 remote-as 65201
                 neighbor fd00:fab:1::2 ebgp-multihop 2
                 neighbor fd00:fab:1::2 timers connect 1
                 address-family ipv6 unicast
                  neighbor fd00:fab:1::2 activate
                 exit-address-family
                """, on: "far")
            // FRR connects by itself: this side's packets must not take the second hop.
            var manifests = PeerManifests.at("fd00:fab:9::2")
            var speaker = try daemons.speaker(manifests.text)
            #expect(try eventually { try daemons.peer()["state"] != nil })
            #expect(try fabric.fabctl("bgp", "status", "--wait", "established", "--timeout", "3s").code != 0)
            daemons.forget(speaker)
            _ = try speaker.kill()

            manifests.spec = "  ebgpMultihop: 2"
            speaker = try daemons.speaker(manifests.text)
            #expect(try daemons.established(), "\(speaker.errorSoFar)")
            #expect(try eventually { try daemons.frrHas("fd00:cafe:0:7::/64", "far") })
            let path = try daemons.frrJSON("far", "show bgp ipv6 unicast fd00:cafe:0:7::/64 json")["paths"]?[0]
            // A link-local next hop would mean nothing there.
            #expect(path?["nexthops"]?.elements.map { $0["ip"]?.string } == ["fd00:fab:1::2"], "\(path ?? .null)")
        }
    }

    /// The peer is where the default route leads, and moves with it.
    @Test func defaultGateway() throws {
        try Daemons.with(leaves: 2) { daemons, fabric in
            for leaf in 1...2 {
                try daemons.frr(
                    FRRTests.numbered.replacing("fd00:fab:1::2", with: "fd00:fab:\(leaf)::2"), on: "l\(leaf)", routerID: "10.255.1.\(leaf)")
            }
            try fabric.ip("n1", "-6 route del default")
            var manifests = PeerManifests()
            manifests.cluster =
                "{name: leaf, peerASN: 65101, autoDiscovery: {mode: DefaultGateway, defaultGateway: {addressFamily: ipv6}}, peerConfigRef: {name: leaf}}"
            let speaker = try daemons.speaker(manifests.text)
            #expect(try eventually { try daemons.peer()["obstacle"]?.string == "there is no default route of ipv6" }, "\(speaker.errorSoFar)")
            for leaf in [1, 2, 1] {
                try fabric.ip("n1", "-6 route replace default via fd00:fab:\(leaf)::1")
                #expect(try eventually(seconds: 20) { try daemons.frrHas("fd00:cafe:0:7::/64", "l\(leaf)") }, "l\(leaf): \(speaker.errorSoFar)")
                #expect(try eventually { try !daemons.frrHas("fd00:cafe:0:7::/64", "l\(3 - leaf)") }, "l\(leaf): \(speaker.errorSoFar)")
                #expect(try eventually { try daemons.peer()["address"]?.string?.contains("fd00:fab:\(leaf)::1") == true })
            }
            try fabric.ip("n1", "-6 route del default")
            #expect(try eventually { try daemons.peer()["state"]?.string != "established" })
            #expect(try daemons.peer()["obstacle"]?.string == "there is no default route of ipv6")
        }
    }
}
