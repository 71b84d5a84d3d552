import Net
import Testing
import YAML

@testable import Policy

/// What manifests mean once read.
@Suite struct MeaningTests {
    private func policies(_ text: String) throws -> [NetworkPolicy] {
        try ManifestReader.read(Array(text.utf8), file: "f").checked().networkPolicies
    }

    private func kubernetes(_ spec: String) throws -> NetworkPolicy {
        try #require(try policies("{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: p, namespace: x}, spec: \(spec)}").first)
    }

    private func cilium(_ spec: String, kind: String = "CiliumNetworkPolicy", namespace: String = ", namespace: x") throws -> NetworkPolicy {
        try #require(try policies("{apiVersion: cilium.io/v2, kind: \(kind), metadata: {name: p\(namespace)}, spec: \(spec)}").first)
    }

    private let own = Requirement(LabelKey(.namespaceName), .in, ["x"])

    // MARK: NetworkPolicy

    @Test func policyTypesDefaultToTheRulesThereAre() throws {
        #expect(try kubernetes("{}").isolates == [.ingress])
        #expect(try kubernetes("{egress: []}").isolates == [.ingress])
        #expect(try kubernetes("{egress: [{}]}").isolates == [.ingress, .egress])
        #expect(try kubernetes("{policyTypes: [], egress: [{}]}").isolates == [.ingress, .egress])
        let egressOnly = try kubernetes("{policyTypes: [Egress], ingress: [{}], egress: [{}]}")
        #expect(egressOnly.isolates == [.egress])
        #expect(egressOnly.rules.map(\.path) == ["egress[0]"])
    }

    @Test func emptyListsAreMissingOnes() throws {
        let rules = try kubernetes("{ingress: [{}, {from: [], ports: []}, {from: [{podSelector: {}}], ports: [{}]}]}").rules
        #expect(rules[0].peers == nil && rules[0].ports == nil)
        #expect(rules[1].peers == nil && rules[1].ports == nil)
        #expect(rules[2].peers == [.pods(Selector([own]))])
        #expect(rules[2].ports == [.ports(.tcp, 0...65535)])
    }

    @Test func peersAreOfTheirNamespaces() throws {
        let peers = try #require(
            try kubernetes(
                "{ingress: [{from: [{podSelector: {matchLabels: {a: b}}}, {namespaceSelector: {}}, "
                    + "{namespaceSelector: {matchLabels: {t: u}}, podSelector: {matchLabels: {a: b}}}]}]}"
            ).rules.first?.peers)
        let pod = Requirement(LabelKey(.pod, "a"), .in, ["b"])
        #expect(
            peers == [
                .pods(Selector([own, pod])), .pods(.everything), .pods(Selector([Requirement(LabelKey(.namespace, "t"), .in, ["u"]), pod])),
            ])
    }

    @Test func blocksCountClusterAddressesAndNoHostBits() throws {
        let peers = try kubernetes("{egress: [{to: [{ipBlock: {cidr: 10.0.0.7/24, except: [10.0.0.128/25]}}]}]}").rules.first?.peers
        let prefix = try #require(Prefix("10.0.0.0/24"))
        #expect(peers == [.cidr(CIDRBlock(prefix, except: [try #require(Prefix("10.0.0.128/25"))], matchesCluster: true))])
    }

    @Test func portsOfEveryForm() throws {
        let ports = try kubernetes("{ingress: [{ports: [{port: 80}, {protocol: UDP, port: dns}, {protocol: SCTP, port: 1, endPort: 9}]}]}").rules
            .first?.ports
        #expect(ports == [.ports(.tcp, 80...80), .named(.udp, "dns"), .ports(.sctp, 1...9)])
    }

    @Test func aPolicyWithoutNamespaceIsInTheDefaultOne() throws {
        let text = "{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: p}}"
        #expect(try policies(text).first?.key.description == "default/p")
        let set = ManifestReader.read(Array(text.utf8), file: "f", defaultNamespace: "prod")
        #expect(set.policies.first?.key.description == "prod/p")
        #expect(set.policies.first?.manifest["metadata"]?["namespace"] == "prod")
    }

    // MARK: Admin

    @Test func adminTiers() throws {
        let text = """
            {apiVersion: policy.networking.k8s.io/v1alpha2, kind: ClusterNetworkPolicy, metadata: {name: p}, spec: {tier: Baseline, priority: 7,
             subject: {pods: {podSelector: {matchLabels: {a: b}}}}, egress: [{name: rule, action: Pass, to: [{nodes: {matchLabels: {c: d}}},
             {networks: ['::/0', 10.0.0.0/8]}], protocols: [{tcp: {destinationPort: {range: {start: 1, end: 5}}}}]}]}}
            """
        let policy = try #require(try policies(text).first)
        #expect(policy.tier == .baseline && policy.priority == 7 && policy.namespace == nil && policy.isolates.isEmpty)
        #expect(policy.subject == Selector([Requirement(LabelKey(.pod, "a"), .in, ["b"])]))
        let rule = try #require(policy.rules.first)
        #expect(rule.action == .pass && rule.name == "rule" && rule.path == "egress[0]" && rule.ports == [.ports(.tcp, 1...5)])
        #expect(
            rule.peers == [
                .nodes(Selector([Requirement(LabelKey(.node, "c"), .in, ["d"])])), .cidr(CIDRBlock(.ipv6Default, matchesCluster: true)),
                .cidr(CIDRBlock(try #require(Prefix("10.0.0.0/8")), matchesCluster: true)),
            ])
    }

    // MARK: Cilium

    @Test func selectorsAreOfThePolicysNamespaceUnlessTheySayAnother() throws {
        let peers = try #require(
            try cilium(
                "{endpointSelector: {}, ingress: [{fromEndpoints: [{}, {matchLabels: {'k8s:io.kubernetes.pod.namespace': z}}, "
                    + "{matchLabels: {'io.cilium.k8s.namespace.labels.team': a}}, {matchExpressions: [{key: io.kubernetes.pod.namespace, operator: Exists}]}]}]}"
            )
            .rules.first?.peers)
        #expect(
            peers == [
                .pods(Selector([own])), .pods(Selector([Requirement(LabelKey(.namespaceName), .in, ["z"])])),
                .pods(Selector([Requirement(LabelKey(.namespace, "team"), .in, ["a"])])),
                .pods(Selector([Requirement(LabelKey(.namespaceName), .exists)])),
            ])
        let clusterwide = try cilium(
            "{endpointSelector: {matchLabels: {a: b}}, ingress: [{fromEndpoints: [{}]}]}", kind: "CiliumClusterwideNetworkPolicy", namespace: "")
        #expect(clusterwide.subject == Selector([Requirement(LabelKey(.pod, "a"), .in, ["b"])]))
        #expect(clusterwide.rules.first?.peers == [.pods(.everything)])
    }

    @Test func aSubjectInAnotherNamespaceIsInItsOwn() throws {
        let policy = try cilium("{endpointSelector: {matchLabels: {'k8s:io.kubernetes.pod.namespace': z}}}")
        #expect(policy.subject == Selector([own]))
    }

    @Test func derivedLabels() throws {
        let policy = try cilium(
            "{endpointSelector: {matchLabels: {io.cilium.k8s.policy.serviceaccount: s, io.cilium.k8s.policy.cluster: c, 'any:app': web}}}")
        #expect(
            Set(policy.subject.requirements) == [
                own, Requirement(LabelKey(.serviceAccount), .in, ["s"]), Requirement(LabelKey(.cluster), .in, ["c"]),
                Requirement(LabelKey(.pod, "app"), .in, ["web"]),
            ])
    }

    @Test func reservedLabelsAreEntities() throws {
        func peers(_ selector: String) throws -> [Peer] {
            try #require(try cilium("{endpointSelector: {}, ingress: [{fromEndpoints: [\(selector)]}]}").rules.first?.peers)
        }
        #expect(try peers("{matchLabels: {'reserved:host': ''}}").contains(.entity(.host)))
        #expect(try peers("{matchLabels: {'reserved:host': ''}}").count == 2)
        #expect(try peers("{matchExpressions: [{key: 'reserved:world', operator: Exists}]}").contains(.entity(.world)))
        #expect(try !peers("{matchExpressions: [{key: 'reserved:host', operator: DoesNotExist}]}").contains(.entity(.host)))
        #expect(try peers("{matchLabels: {'reserved:all': ''}}").contains(.entity(.all)))
    }

    @Test func whatARuleSelects() throws {
        func rule(_ fields: String) throws -> PolicyRule {
            try #require(try cilium("{endpointSelector: {}, egress: [{\(fields)}]}").rules.first)
        }
        // Nothing said is nobody, ports alone are open to everybody, an empty list is nobody.
        #expect(try rule("").peers == [])
        #expect(try rule("toPorts: [{ports: [{port: '80'}]}]").peers == nil)
        #expect(try rule("toCIDR: []").peers == [])
        #expect(try rule("toEndpoints: [], toPorts: [{ports: [{port: '80'}]}]").peers == [])
        #expect(try rule("toEntities: [all]").ports == nil)
        #expect(try rule("toEntities: [all], toPorts: []").ports == nil)
        #expect(try rule("toEntities: [all], toPorts: [{}]").ports == [])
        #expect(
            try rule("toPorts: [{ports: [{port: '0', protocol: UDP}, {port: HTTP}, {port: '1', endPort: 2, protocol: TCP}]}]").ports == [
                .ports(.udp, 0...65535), .named(nil, "http"), .ports(.tcp, 1...2),
            ])
        #expect(
            try rule("icmps: [{fields: [{type: EchoRequest}, {family: IPv6, type: '128'}]}]").ports == [
                .icmp(.ipv4, type: 8), .icmp(.ipv6, type: 128),
            ])
        #expect(
            try rule("toCIDRSet: [{cidr: 10.0.0.0/8, except: [10.1.0.0/16]}]").peers == [
                .cidr(CIDRBlock(try #require(Prefix("10.0.0.0/8")), except: [try #require(Prefix("10.1.0.0/16"))], matchesCluster: false))
            ])
    }

    @Test func defaultDeny() throws {
        #expect(try cilium("{endpointSelector: {}}").isolates.isEmpty)
        #expect(try cilium("{endpointSelector: {}, ingress: []}").isolates.isEmpty)
        #expect(try cilium("{endpointSelector: {}, ingress: [{}], egressDeny: [{}]}").isolates == [.ingress, .egress])
        #expect(try cilium("{endpointSelector: {}, ingress: [{}], enableDefaultDeny: {ingress: false}}").isolates.isEmpty)
        #expect(try cilium("{endpointSelector: {}, enableDefaultDeny: {egress: true}}").isolates == [.egress])
    }

    @Test func specsAreSeveralPoliciesOfOneName() throws {
        let text =
            "{apiVersion: cilium.io/v2, kind: CiliumNetworkPolicy, metadata: {name: p}, specs: [{endpointSelector: {}}, "
            + "{endpointSelector: {}, ingressDeny: [{}, {fromEntities: [world]}]}]}"
        let policies = try policies(text)
        #expect(policies.map(\.specIndex) == [0, 1])
        #expect(policies[1].rules.map(\.path) == ["specs[1].ingressDeny[0]", "specs[1].ingressDeny[1]"])
        #expect(policies[1].rules.allSatisfy { $0.action == .deny })
    }
}
