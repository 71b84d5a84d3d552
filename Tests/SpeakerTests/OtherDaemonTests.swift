import Glibc
import Netlink
import NodeTestSupport
import Testing

/// Against BIRD 2.0 and GoBGP 3.10.
@Suite(.enabled(if: Daemons.canRun, "needs root and the packages of make deps"), .serialized) struct OtherDaemonTests {
    /// - Parameter more: within the protocol.
    private func bird(_ more: String, local: String = "fd00:fab:1::1", neighbour: String = "fd00:fab:1::2") -> String {
        """
        protocol static s6 { ipv6; route fd00:fab:ffff::21/128 unreachable; route fd00:fab:ffff::22/128 unreachable; }
        protocol bgp node {
          local \(local) as 65101;
          neighbor \(neighbour) as 65201;
          hold time 9; keepalive time 3; connect retry time 1; connect delay time 1; error wait time 1,5;
          \(more)
        }
        """
    }

    /// Signed, from the link alone, with everything BIRD can offer.
    @Test func birdWithPasswordAndTTLSecurity() throws {
        try Daemons.with { daemons, fabric in
            try daemons.bird(
                bird(
                    """
                    password "s3cret"; ttl security on;
                      enable extended messages on; graceful restart on; long lived graceful restart on;
                      ipv6 { import all; export where source = RTS_STATIC; add paths on; };
                      ipv4 { import all; export none; extended next hop on; add paths rx; };
                    """))
            var manifests = PeerManifests.at("fd00:fab:1::1")
            manifests.annotations = "{bgp.fabctl.io/ttl-security: \"1\"}"
            let secret = try fabric.file("bird-password", "s3cret")
            manifests.spec = "  authSecretRef: \(secret.split(separator: "/").last ?? "")"
            let speaker = try daemons.speaker(manifests.text, "--secrets", "/tmp")
            #expect(try daemons.established(), "\(speaker.errorSoFar)")
            #expect(try eventually { try daemons.birdc("l1", "show route table master6").contains("fd00:cafe:0:7::/64") })
            #expect(try eventually { try daemons.birdc("l1", "show route all table master4 10.7.0.0/24").contains("fd00:fab:1::2") })
            let route = try daemons.birdc("l1", "show route all fd00:cafe:0:7::/64")
            #expect(route.contains("BGP.origin: IGP") && route.contains("(65201,100)") && route.contains("(65201, 1, 2)"), "\(route)")

            // Offers that this side does not take up do no harm.
            let capabilities = try daemons.peer()["remoteCapabilities"]?.elements.compactMap { $0["name"]?.string } ?? []
            #expect(capabilities.contains("add-path") && capabilities.contains("extended-message"))
            #expect(try eventually { try daemons.peer()["families"]?[0]?["received"]?.int == 2 })

            // Refresh from both sides, over the same session.
            try fabric.done("bgp", "refresh", "in")
            _ = try daemons.birdc("l1", "reload in node")
            #expect(try eventually { try daemons.peer()["received"]?["routeRefreshes"]?.int ?? 0 > 0 })
            #expect(try daemons.peer()["sessions"]?.int == 1)

            // What the operator there writes is shown here.
            _ = try daemons.birdc("l1", "disable node \"maintenance\"")
            #expect(try eventually { try daemons.peer()["lastReceived"]?["text"]?.string == "maintenance" })
            _ = try daemons.birdc("l1", "enable node")
            #expect(try daemons.established(seconds: 30), "\(speaker.errorSoFar)")
        }
    }

    /// Both begin connections at once, with each order of identifiers: always one session comes of it.
    @Test(arguments: ["0.0.0.2", "250.0.0.1"]) func birdCollides(identifier: String) throws {
        try Daemons.with { daemons, fabric in
            try daemons.bird(
                bird("ipv6 { import all; export none; };").replacing("connect delay time 1", with: "connect delay time 0"), routerID: identifier)
            var manifests = PeerManifests.at("fd00:fab:1::1")
            manifests.override = """
                ---
                apiVersion: cilium.io/v2
                kind: CiliumBGPNodeConfigOverride
                metadata: {name: node1}
                spec: {bgpInstances: [{name: main, routerID: 10.0.0.1}]}
                """
            let speaker = try daemons.speaker(manifests.text)
            #expect(try daemons.established(), "\(speaker.errorSoFar)")
            for _ in 0..<5 {
                try fabric.done("bgp", "reset")
                _ = try daemons.birdc("l1", "restart node")
                #expect(try daemons.established(seconds: 30), "\(speaker.errorSoFar)")
            }
            #expect(try eventually { try daemons.birdc("l1", "show route").contains("fd00:cafe:0:7::/64") })
        }
    }

    @Test func gobgpOnGlobalAddresses() throws {
        try Daemons.with { daemons, fabric in
            try daemons.gobgp(
                """
                [global.config]
                  as = 65101
                  router-id = "10.255.1.1"
                [[neighbors]]
                  [neighbors.config]
                    peer-as = 65201
                    neighbor-address = "fd00:fab:1::2"
                    auth-password = "s3cret"
                  [neighbors.timers.config]
                    connect-retry = 1
                    hold-time = 9
                    keepalive-interval = 3
                    idle-hold-time-after-reset = 1
                  [neighbors.graceful-restart.config]
                    enabled = true
                    restart-time = 30
                    notification-enabled = true
                  [[neighbors.afi-safis]]
                    [neighbors.afi-safis.config]
                      afi-safi-name = "ipv6-unicast"
                    [neighbors.afi-safis.mp-graceful-restart.config]
                      enabled = true
                """)
            #expect(try daemons.gobgpc("l1", "global rib -a ipv6 add fd00:fab:ffff::21/128 origin igp").code == 0)
            var manifests = PeerManifests.at("fd00:fab:1::1")
            let secret = try fabric.file("gobgp-password", "s3cret")
            manifests.spec = "  authSecretRef: \(secret.split(separator: "/").last ?? "")"
            let speaker = try daemons.speaker(manifests.text, "--secrets", "/tmp")
            #expect(try daemons.established(seconds: 40), "\(speaker.errorSoFar)")
            #expect(try eventually { try daemons.gobgpc("l1", "global rib -a ipv6").output.contains("fd00:cafe:0:7::/64") })
            #expect(try eventually { try daemons.peer()["families"]?[0]?["received"]?.int == 1 })
            // gobgpd offers no IPv4: said, not silently missing.
            let routes = try fabric.fabctl("bgp", "routes", "out", "10.7.0.0/24", "-o", "json").json()
            #expect(routes[0]?["state"]?.string == "withheld" && routes[0]?["reason"]?.string == "address family not negotiated")

            // It keeps routes over a SIGKILL (finding 3), and drops them after a final stop.
            daemons.forget(speaker)
            _ = try speaker.kill()
            let next = try daemons.speaker(manifests.text, "--secrets", "/tmp")
            #expect(try daemons.established(seconds: 40), "\(next.errorSoFar)")
            #expect(try eventually { try !daemons.gobgpc("l1", "global rib -a ipv6 -j").output.contains("\"stale\":true") })
            daemons.forget(next)
            try next.child.signal(SIGTERM)
            #expect(try eventually(seconds: 20) { try !daemons.gobgpc("l1", "global rib -a ipv6").output.contains("fd00:cafe:0:7::/64") })
            #expect(try next.finish().code == 0)
        }
    }
}
