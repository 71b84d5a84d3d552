import Model
import Net
import Policy
import Testing

@testable import Node

/// What grows with the cluster is packed, and comes back as it was.
@Suite struct PackingTests {
    private func everything() throws -> Desired {
        var desired = Desired(config: NodeConfig(name: "node1", podCIDRs: [], nativeRoutingCIDRs: [], bootID: 1))
        let address = try #require(IPAddress("fd00::1"))
        let block = try #require(Prefix("10.0.0.0/8"))
        desired.ips = [
            IPEntry(prefix: Prefix(address), pod: PodName(namespace: "x", name: "a"), labels: ["app": "web", "": "empty"], identity: .max),
            IPEntry(prefix: .ipv6Default, pod: nil, labels: [:], identity: 300), IPEntry(prefix: .ipv4Default, pod: nil, labels: [:], identity: 0),
        ]
        desired.identities.identities = [Identity(number: 256, labels: ["k8s:app=web"], unusedSince: .max), Identity(number: 257, labels: [])]
        let transports = TransportProtocol.allCases
        let ports: [PortMatch] =
            transports.flatMap { [.ports($0, 0...65535), .named($0, "http")] } + [.ports(nil, 80...80), .icmp(.ipv4, type: 255), .named(nil, "a")]
        let requirements = LabelKey.Source.allCases.flatMap { source in
            Requirement.Operator.allCases.map { Requirement(LabelKey(source, "k"), $0, ["b", "a"]) }
        }
        let peers: [Peer] =
            [.pods(Selector(requirements)), .nodes(.everything), .cidr(CIDRBlock(block, except: [block], matchesCluster: true))]
            + Entity.allCases.map { .entity($0) }
        for kind in PolicyKind.allCases {
            for tier in Tier.allCases {
                let rules = PolicyAction.allCases.flatMap { action in
                    PolicyDirection.allCases.map { PolicyRule($0, action, path: "p", name: "n", peers: peers, ports: ports) }
                }
                let spec = NetworkPolicy(
                    kind: kind, namespace: kind.isNamespaced ? "x" : nil, name: "\(tier)", specIndex: 1, tier: tier, priority: -1,
                    subject: Selector(requirements), isolates: [.egress], rules: rules + [PolicyRule(.ingress, path: "q")])
                desired.policies.append(StoredPolicy(key: spec.key, number: 7, specs: [spec, spec], manifest: [0, 255, 10]))
            }
        }
        desired.cluster.namespaces = [ClusterNamespace(name: "x", labels: ["a": "b"])]
        desired.cluster.pods = [
            ClusterPod(
                namespace: "x", name: "a", labels: ["a": "b"], node: "n", addresses: [address], hostNetwork: true, serviceAccount: "s",
                ports: transports.map { ContainerPort(name: "p", protocol: $0, port: .max) })
        ]
        desired.cluster.nodes = [ClusterNode(name: "n", labels: ["a": "b"], addresses: [address], podCIDRs: [block])]
        desired.policyRegistry.key = Fingerprint(high: .max, low: 1)
        desired.policyRegistry.retired = [
            .init(key: desired.policies[0].key, number: 1, rules: PolicyAction.allCases.map { NumberedRule(path: "p", action: $0) }, since: 5)
        ]
        desired.policyRegistry.isolations = [.init(number: 2, policies: [1, 2, .max])]
        desired.policyRegistry.compiled = [.init(id: .max, fingerprint: Fingerprint(high: 1, low: 2))]
        return desired
    }

    @Test func everyKindOfThingComesBack() throws {
        let desired = try everything()
        var documents: [String: [UInt8]] = [:]
        for (document, bytes) in try desired.documents() { documents[document.rawValue] = bytes }
        #expect(try Desired(documents: documents) == desired)
        #expect(try desired.documents(since: desired).isEmpty)
    }

    /// Damaged at any byte, a document is refused or read as something; nothing worse.
    @Test func damageIsSurvived() throws {
        let desired = try everything()
        var documents: [String: [UInt8]] = [:]
        for (document, bytes) in try desired.documents() { documents[document.rawValue] = bytes }
        for name in ["ips", "identities", "policies", "cluster", "policy_registry"] {
            let whole = try #require(documents[name])
            for place in stride(from: 0, to: min(whole.count, 600), by: 3) {
                for change: (inout [UInt8]) -> Void in [{ $0[place] ^= 0xff }, { $0[place] = 0x80 }, { $0.removeSubrange(place...) }] {
                    var damaged = documents
                    var bytes = whole
                    change(&bytes)
                    damaged[name] = bytes
                    do throws(NodeError) {
                        _ = try Desired(documents: damaged)
                    } catch {
                        #expect(error.kind == .stored)
                    }
                }
            }
        }
    }
}
