import NodeTestSupport

/// A BGP speaker that announces, and how it is told what.
enum BGPSpeaker: String, CaseIterable, CustomStringConvertible {
    case fabctl, bird, gobgp, frr

    var description: String { rawValue }

    static let localAS = 65201
    static let leafAS = 65101

    /// /64s, as Pod CIDRs are.
    static func prefixes(_ count: Int) -> [String] {
        (0..<count).map { "fd00:\(String(0x1000 + $0 >> 16, radix: 16)):\(String($0 >> 8 & 0xff, radix: 16)):\(String($0 & 0xff, radix: 16))::/64" }
    }

    /// Starts it on the node with all prefixes to announce.
    func start(_ lab: BGPBenchmarkLab, _ prefixes: [String]) throws -> Running {
        switch self {
        case .fabctl: try lab.start([lab.programs.fabctl, "bgp", "run", "-f", lab.file("fabctl.yaml", manifests(lab, prefixes))])
        case .bird: try lab.start(["bird", "-f", "-c", lab.file("bird.conf", bird(lab, prefixes)), "-s", lab.path("bird.ctl")])
        case .frr: try lab.frr("node", frr(lab, prefixes), asn: Self.localAS, routerID: "10.255.2.1")
        case .gobgp: try gobgp(lab, prefixes)
        }
    }

    private func manifests(_ lab: BGPBenchmarkLab, _ prefixes: [String]) -> String {
        """
        apiVersion: cilium.io/v2
        kind: CiliumBGPClusterConfig
        metadata: {name: fabric}
        spec:
          bgpInstances:
            - name: main
              localASN: \(Self.localAS)
              peers: [{name: leaf, peerASN: \(Self.leafAS), peerAddress: "\(lab.leaf)", peerConfigRef: {name: leaf}}]
        ---
        apiVersion: cilium.io/v2
        kind: CiliumBGPPeerConfig
        metadata: {name: leaf}
        spec:
          timers: {holdTimeSeconds: 90, keepAliveTimeSeconds: 30, connectRetryTimeSeconds: 1}
          gracefulRestart: {enabled: true, restartTimeSeconds: 30}
          families: [{afi: ipv6, safi: unicast, advertisements: {matchLabels: {advertise: bgp}}}]
        ---
        apiVersion: cilium.io/v2
        kind: CiliumBGPAdvertisement
        metadata: {name: pods, labels: {advertise: bgp}}
        spec: {advertisements: [{advertisementType: PodCIDR}]}
        ---
        apiVersion: v1
        kind: Node
        metadata: {name: node1}
        spec:
          podCIDRs:
        \(prefixes.map { "    - \($0)\n" }.joined())
        """
    }

    private func bird(_ lab: BGPBenchmarkLab, _ prefixes: [String]) -> String {
        """
        router id 10.255.2.1;
        protocol device {}
        protocol static s6 { ipv6;
        \(prefixes.map { "route \($0) unreachable;\n" }.joined())}
        protocol bgp leaf {
          local \(lab.node) as \(Self.localAS);
          neighbor \(lab.leaf) as \(Self.leafAS);
          connect retry time 1; connect delay time 1; error wait time 1,5;
          graceful restart on;
          ipv6 { import none; export where source = RTS_STATIC; };
        }

        """
    }

    private func frr(_ lab: BGPBenchmarkLab, _ prefixes: [String]) -> String {
        """
         bgp graceful-restart
         neighbor \(lab.leaf) remote-as \(Self.leafAS)
         neighbor \(lab.leaf) timers connect 1
         address-family ipv6 unicast
          neighbor \(lab.leaf) activate
        \(prefixes.map { "  network \($0)\n" }.joined()) exit-address-family
        """
    }

    /// gobgpd has no routes in its configuration: few are added one by one, many come as a table dump, before the peer is enabled.
    private func gobgp(_ lab: BGPBenchmarkLab, _ prefixes: [String]) throws -> Running {
        let isLoaded = prefixes.count > 100
        let configuration = """
            [global.config]
              as = \(Self.localAS)
              router-id = "10.255.2.1"
            [[neighbors]]
              [neighbors.config]
                peer-as = \(Self.leafAS)
                neighbor-address = "\(lab.leaf)"
                admin-down = \(isLoaded)
              [neighbors.timers.config]
                connect-retry = 1
                idle-hold-time-after-reset = 1
              [neighbors.graceful-restart.config]
                enabled = true
                restart-time = 30
              [[neighbors.afi-safis]]
                [neighbors.afi-safis.config]
                  afi-safi-name = "ipv6-unicast"
                [neighbors.afi-safis.mp-graceful-restart.config]
                  enabled = true

            """
        let running = try lab.start(["gobgpd", "-t", "toml", "-f", lab.file("gobgp.toml", configuration), "--api-hosts", "[::1]:50051"])
        guard try eventually({ try lab.run("gobgp -u ::1 global").code == 0 }) else { throw BenchmarkError("gobgpd: \(running.errorSoFar)") }
        guard isLoaded else {
            for prefix in prefixes { _ = try lab.run("gobgp -u ::1 global rib -a ipv6 add \(prefix) origin igp") }
            return running
        }
        let dump = lab.path("routes.mrt")
        try MRTFile(prefixes: prefixes, nextHop: lab.node).write(to: dump)
        let injected = try lab.run("gobgp -u ::1 mrt inject global \(dump)")
        guard
            try eventually(
                seconds: 60, { try lab.run("gobgp -u ::1 global rib summary -a ipv6").output.contains("Destination: \(prefixes.count),") })
        else {
            throw BenchmarkError(
                "gobgpd did not take \(prefixes.count) routes: \(injected.error) \(try lab.run("gobgp -u ::1 global rib summary -a ipv6"))")
        }
        let enabled = try lab.run("gobgp -u ::1 neighbor \(lab.leaf) enable")
        guard enabled.code == 0 else { throw BenchmarkError("gobgpd does not enable its peer: \(enabled.output)\(enabled.error)") }
        return running
    }
}
