import BGPConfig
import Testing
import YAML

@Suite struct RefusalTests {
    /// All that is wrong, each with its place, in one run.
    @Test func everythingWrongIsSaidAtOnce() throws {
        let text = """
            apiVersion: cilium.io/v2
            kind: CiliumBGPClusterConfig
            metadata: {name: fabric}
            spec:
              bgpInstances:
                - name: main
                  localASN: 4294967296
                  localport: 179
                  bmpServers: [{name: x}]
                  peers:
                    - {name: a, peerAddress: fe80::1}
                    - {name: a, peerAddress: nonsense}
            ---
            apiVersion: cilium.io/v2
            kind: CiliumBGPAdvertisement
            metadata: {name: x}
            spec:
              advertisements:
                - advertisementType: Service
                - advertisementType: PodCIDR
                  attributes: {communities: {standard: ["70000:1"], wellKnown: [none]}}
            """
        let problems = try #require(throws: BGPConfigError.self) { try read(text) }.problems
        #expect(
            problems.map { "\($0.line):\($0.column) \($0.document) \($0.kind.rawValue) \($0.path)" } == [
                "7:17 1 invalid spec.bgpInstances[0].localASN", "8:7 1 unknown-field spec.bgpInstances[0].localport",
                "9:7 1 unsupported spec.bgpInstances[0].bmpServers", "11:34 1 invalid spec.bgpInstances[0].peers[0].peerAddress",
                "12:18 1 duplicate spec.bgpInstances[0].peers[1].name", "12:34 1 invalid spec.bgpInstances[0].peers[1].peerAddress",
                "19:26 2 unsupported spec.advertisements[0].advertisementType",
                "21:45 2 invalid spec.advertisements[1].attributes.communities.standard[0]",
                "21:69 2 invalid spec.advertisements[1].attributes.communities.wellKnown[0]",
            ])
        #expect(problems[0].description == "bgp.yaml:7:17: spec.bgpInstances[0].localASN: 4294967296 is not within 1 to 4294967295")
        let json = BGPConfigError(problems).structuredValue.json(pretty: false)
        #expect(
            json.hasPrefix(
                #"{"errors":[{"file":"bgp.yaml","line":7,"column":17,"document":1,"path":"spec.bgpInstances[0].localASN","type":"invalid","#))
    }

    @Test(arguments: [
        ("kind: Pod", "is none of"), ("kind: Secret", "passwords never enter documents"),
        ("kind: CiliumBGPPeeringPolicy", "Cilium's first BGP API"), ("kind: CiliumBGPNodeConfig", "operator"), ("- a", "expected an object"),
        ("kind: [", "bgp.yaml:2:1: did not find"), ("{apiVersion: v1, kind: CiliumBGPAdvertisement}", "is not a version of"),
    ])
    func objectsAreRefused(text: String, words: String) throws {
        let error = try #require(throws: BGPConfigError.self) { try read(text) }
        #expect(error.description.contains(words))
    }

    @Test(arguments: [
        ("bfd: {enabled: true}", "fabctl has no BFD"), ("ebgpMultihop: 0", "0 is not within 1 to 255"),
        ("timers: {holdTimeSeconds: 2}", "2 is not within 3 to 65535"), ("timers: {holdTimeSeconds: 9, keepAliveTimeSeconds: 10}", "10 is more than"),
        ("families: [{afi: l2vpn, safi: evpn}]", "fabctl speaks ipv4 and ipv6"),
        ("families: [{afi: ipv6, safi: unicast}, {afi: ipv6, safi: unicast}]", "here twice"),
        ("gracefulRestart: {}", "enabled: missing"), ("gracefulRestart: {enabled: true, restartTimeSeconds: 4096}", "4096 is not within"),
        ("transport: {localPort: 179}", "the kernel picks"), ("transport: {sourceInterface: a/b}", "no name of an interface"),
        ("authSecretRef: ../x", "no name of a Secret"), ("authSecretRef: 5", "expected a string"),
        ("families: [{afi: ipv6, safi: unicast, advertisements: {matchExpressions: [{key: a, operator: In}]}}]", "operator In needs values"),
    ])
    func peerConfigsAreRefused(spec: String, words: String) throws {
        let text = "{apiVersion: cilium.io/v2, kind: CiliumBGPPeerConfig, metadata: {name: a}, spec: {\(spec)}}"
        let error = try #require(throws: BGPConfigError.self) { try read(text) }
        #expect(error.description.contains(words))
    }

    @Test(arguments: ["ttl-security: \"0\"", "ttl-security: \"x\"", "maximum-prefixes: \"0\"", "passive: maybe", "ttlsecurity: \"1\""])
    func annotationsAreChecked(annotation: String) throws {
        let text = "{apiVersion: cilium.io/v2, kind: CiliumBGPPeerConfig, metadata: {name: a, annotations: {bgp.fabctl.io/\(annotation)}}, spec: {}}"
        #expect(throws: BGPConfigError.self) { try read(text) }
    }

    private func read(_ text: String) throws -> [BGPResource] { try BGPManifestReader.read(Array(text.utf8), file: "bgp.yaml") }
}
