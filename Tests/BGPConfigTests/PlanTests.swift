import BGP
import BGPConfig
import Net
import Testing

@Suite struct PlanTests {
    private func intent(_ text: String) throws -> BGPIntent { BGPIntent(try BGPManifestReader.read(Array(text.utf8), file: "f")) }

    private func cluster(_ name: String, _ selector: String, _ peers: String) -> String {
        """
        apiVersion: cilium.io/v2
        kind: CiliumBGPClusterConfig
        metadata: {name: \(name)}
        spec: {nodeSelector: \(selector), bgpInstances: [{name: main, localASN: 65001, peers: [\(peers)]}]}
        ---

        """
    }

    @Test func onlySelectedNodesHavePeers() throws {
        let text = cluster("a", "{matchLabels: {kubernetes.io/hostname: node1}}", "{name: p, peerAddress: fd00::1}")
        #expect(try intent(text).plan(node: "node1").peers.count == 1)
        let other = try intent(text).plan(node: "node2")
        #expect(other.peers.isEmpty && other.problems.map(\.message) == ["none of 1 selects node node2"])
        let expressions = cluster("a", "{matchExpressions: [{key: rack, operator: NotIn, values: [r2]}]}", "{name: p, peerAddress: fd00::1}")
        #expect(try intent(expressions).plan(node: "node1").peers.count == 1)
        #expect(try intent(expressions).plan(node: "node1", labels: ["rack": "r2"]).peers.isEmpty)
    }

    @Test func whatCannotBeUsedIsSaid() throws {
        let peers =
            "{name: p, peerAddress: fd00::1, peerConfigRef: {name: missing}}, {name: q, peerAddress: fd00::2}, {name: r, peerAddress: fd00::2}"
        let plan = try intent(cluster("a", "{}", peers) + cluster("b", "{}", "")).plan(node: "n")
        #expect(plan.peers.map(\.key) == ["main/q"])
        #expect(
            plan.problems.map(\.description) == [
                "CiliumBGPClusterConfig a instance main peer p: there is no CiliumBGPPeerConfig missing",
                "CiliumBGPClusterConfig b: selects this node, which a does already: it is not used",
                "peer main/r: has the address of peer main/q: it is not used",
            ])
    }

    @Test func flagsAreEnoughForALoneNode() throws {
        var intent = BGPIntent()
        var peer = BGPFlagPeer(name: "leaf", address: ScopedAddress("fe80::1%eth0"), interface: nil, peerAS: 65101, localAS: 65001)
        peer.communities = ["65001:1"]
        #expect(intent.apply(peer) == .created)
        #expect(intent.apply(peer) == .unchanged)
        var prefix = BGPFlagPrefix(prefix: try #require(Prefix("fd00:cafe:ffff::10/128")))
        prefix.aggregationLength = 64
        #expect(intent.apply(prefix) == .created)
        let plan = intent.plan(node: "n")
        let resolved = try #require(plan.peers.first)
        #expect(resolved.key == "flags/leaf" && resolved.timers == .flags && resolved.gracefulRestart != nil)
        let pods = ["fd00:cafe:0:1::/64", "10.1.0.0/24"].compactMap { Prefix($0) }
        let table = resolved.export(podCIDRs: pods) { _ in [] }
        #expect(table.routes.map(\.prefix.description) == ["fd00:cafe:0:1::/64", "fd00:cafe:ffff::/64", "10.1.0.0/24"])
        #expect(table[pods[0]]?.communities.map(\.description) == ["65001:1"])
    }

    @Test func overlapsHaveTheCommunitiesOfAll() throws {
        var intent = BGPIntent()
        _ = intent.apply(BGPFlagPeer(name: "leaf", address: ScopedAddress("fd00::1"), interface: nil, peerAS: 1, localAS: 2))
        var prefix = BGPFlagPrefix(prefix: try #require(Prefix("fd00:cafe:0:1::/64")))
        prefix.communities = ["65001:2", "1:2:3"]
        prefix.localPreference = 5
        _ = intent.apply(prefix)
        let peer = try #require(intent.plan(node: "n").peers.first)
        let table = peer.export(podCIDRs: [prefix.prefix]) { _ in [] }
        #expect(table.routes.count == 1)
        #expect(table[prefix.prefix]?.communities.count == 1 && table[prefix.prefix]?.localPreference == 5)
    }
}
