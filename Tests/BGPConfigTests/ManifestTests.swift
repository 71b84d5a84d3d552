import BGP
import BGPConfig
import Net
import Testing
import YAML

@Suite struct ManifestTests {
    static let whole = """
        apiVersion: cilium.io/v2
        kind: CiliumBGPClusterConfig
        metadata: {name: fabric}
        spec:
          nodeSelector: {matchLabels: {rack: r1}}
          bgpInstances:
            - name: main
              localASN: 65001
              peers:
                - name: leaf
                  peerAddress: fe80::1%eth0
                  peerASN: 65101
                  peerConfigRef: {name: leaf}
                - name: any
                  autoDiscovery: {mode: Unnumbered, unnumbered: {interface: eth1}}
        ---
        apiVersion: cilium.io/v2
        kind: CiliumBGPPeerConfig
        metadata:
          name: leaf
          annotations: {bgp.fabctl.io/ttl-security: "1"}
        spec:
          timers: {holdTimeSeconds: 9, keepAliveTimeSeconds: 3, connectRetryTimeSeconds: 1}
          gracefulRestart: {enabled: true, restartTimeSeconds: 30}
          authSecretRef: leaf-password
          families:
            - {afi: ipv6, safi: unicast, advertisements: {matchLabels: {advertise: bgp}}}
        ---
        apiVersion: cilium.io/v2
        kind: CiliumBGPAdvertisement
        metadata: {name: pods, labels: {advertise: bgp}}
        spec:
          advertisements:
            - advertisementType: PodCIDR
              attributes:
                communities: {standard: ["65001:100"], wellKnown: [no-export], large: ["65001:1:2"]}
                localPreference: 200
            - advertisementType: Interface
              interface: {name: lo}
        ---
        apiVersion: cilium.io/v2
        kind: CiliumBGPNodeConfigOverride
        metadata: {name: node1}
        spec:
          bgpInstances:
            - {name: main, routerID: 10.0.0.1, localPort: 1179, localASN: 65002, peers: [{name: leaf, localAddress: "fe80::2%eth0"}]}
        ---
        apiVersion: v1
        kind: Node
        metadata: {name: node1, labels: {rack: r1}}
        spec: {podCIDRs: ["fd00:cafe:0:1::/64", "10.1.0.0/24"], providerID: x}
        """

    @Test func manifestsBecomePeers() throws {
        let plan = BGPIntent(try read(Self.whole)).plan(node: "node1")
        #expect(plan.problems == [])
        #expect(plan.peers.map(\.key) == ["main/any", "main/leaf"])
        let leaf = try #require(plan.peers.last)
        let address = try #require(ScopedAddress("fe80::1%eth0"))
        #expect(leaf.target == .address(address))
        #expect(leaf.localAS == 65002 && leaf.peerAS == 65101 && leaf.localPort == 1179)
        #expect(leaf.routerID == IPAddress("10.0.0.1") && leaf.localAddress == ScopedAddress("fe80::2%eth0"))
        #expect(leaf.timers == .init(connectRetry: 1, hold: 9, keepAlive: 3))
        #expect(leaf.gracefulRestart == .init(restartTime: 30, notification: true))
        #expect(leaf.password == .secret("leaf-password"))
        #expect(leaf.hopLimit == 255 && leaf.minimumHopLimit == 255)
        #expect(leaf.families == [.ipv6])
        let any = try #require(plan.peers.first)
        #expect(any.target == .unnumbered("eth1") && any.peerAS == 0 && any.timers == .cilium && any.hopLimit == 1 && any.minimumHopLimit == nil)
        #expect(any.families == [.ipv6, .ipv4] && any.wishes == [])
    }

    @Test func wishesBecomeRoutes() throws {
        let plan = BGPIntent(try read(Self.whole)).plan(node: "node1")
        let leaf = try #require(plan.peers.last)
        let table = leaf.export(podCIDRs: plan.podCIDRs) { $0 == "lo" ? [IPAddress("fd00:beef::1"), IPAddress("192.0.2.1")].compactMap(\.self) : [] }
        #expect(table.routes.map(\.prefix.description) == ["fd00:beef::1/128", "fd00:cafe:0:1::/64"])
        let pods = try #require(table[plan.podCIDRs[0]])
        #expect(pods.communities == [Community("65001:100"), Community("no-export")].compactMap(\.self))
        #expect(pods.largeCommunities == [LargeCommunity(65001, 1, 2)])
        #expect(pods.localPreference == 200)
    }

    @Test func objectsPrintAsTheyWereRead() throws {
        let resources = try read(Self.whole)
        for resource in resources {
            let printed = resource.structuredValue
            #expect(try read(printed.json(pretty: true)) == [resource])
            #expect(try read(printed.yaml()) == [resource])
        }
        let intent = BGPIntent(resources)
        #expect(try BGPIntent(bytes: intent.bytes()) == intent)
    }

    @Test func listsAreRead() throws {
        let object = "{apiVersion: cilium.io/v2, kind: CiliumBGPAdvertisement, metadata: {name: a}, spec: {advertisements: []}}"
        #expect(try read("apiVersion: v1\nkind: List\nitems: [\(object)]").map(\.name) == ["a"])
    }

    @Test func whatServersAddIsRead() throws {
        let text = """
            apiVersion: cilium.io/v2alpha1
            kind: CiliumBGPPeerConfig
            metadata: {name: a, uid: x, resourceVersion: "1", generation: 1, managedFields: [], creationTimestamp: null}
            spec: {transport: {peerPort: 1179}}
            status: {conditions: []}
            """
        #expect(try read(text).map(\.name) == ["a"])
    }

    private func read(_ text: String) throws -> [BGPResource] { try BGPManifestReader.read(Array(text.utf8), file: "bgp.yaml") }
}
