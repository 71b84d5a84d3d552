import Net
import Testing
import YAML

@testable import Policy

/// Files as people have them.
@Suite struct ManifestTests {
    private func read(_ text: String) -> ManifestSet { ManifestReader.read(Array(text.utf8), file: "f.yaml") }
    private func policy(_ name: String) -> String {
        "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: \(name)}\nspec: {podSelector: {}}\n"
    }

    @Test func documentsWithNothingInThem() {
        #expect(read("").isEmpty)
        #expect(read("# only a comment\n---\n---\n# and another\n").isEmpty)
        let set = read("---\n# first\n---\n" + policy("a") + "---\n---\n" + policy("b"))
        #expect(set.problems.isEmpty)
        #expect(set.policies.map(\.document) == [1, 3])
        #expect(set.policies.map(\.position.line) == [4, 10])
    }

    @Test func marksAndLineEnds() {
        let text = "\u{feff}" + policy("a").replacing("\n", with: "\r\n") + "---\r\n" + policy("b").replacing("{podSelector", with: "{Selector")
        let set = read(text)
        #expect(set.policies.map(\.key.name) == ["a"])
        #expect(
            set.problems.map(\.description) == [
                "f.yaml:9:8: spec.Selector: unknown field; fields here are podSelector, ingress, egress, policyTypes"
            ]
        )
    }

    @Test func anchorsAndMerges() throws {
        let set = read(
            """
            apiVersion: networking.k8s.io/v1
            kind: NetworkPolicy
            metadata: {name: a}
            spec:
              podSelector: &web {matchLabels: {app: web}}
              ingress:
              - from: [{podSelector: *web}]
                ports: &ports [{port: 80}]
              - <<: {ports: *ports}
                from: [{podSelector: {<<: *web, matchLabels: {app: api}}}]
            """)
        #expect(set.problems.isEmpty)
        let rules = try #require(set.networkPolicies.first?.rules)
        #expect(rules[0].ports == rules[1].ports)
        #expect(rules[0].peers != rules[1].peers)
    }

    @Test func misspeltFieldsAreGuessed() {
        let set = read(
            "{apiVersion: cilium.io/v2, kind: CiliumNetworkPolicy, metadata: {name: a}, spec: {endpointSelector: {}, ingress: [{fromEndpoint: [{}]}]}}"
        )
        #expect(
            set.problems.first?.message.hasPrefix("unknown field (did you mean fromEndpoints?); fields here are fromEndpoints, fromCIDR,") == true)
        #expect(set.problems.count == 1)
    }

    @Test func jsonIsReadToo() {
        let set = read(
            #"{"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": "a"},"# + "\n\t" + #""spec": {"ingres": []}}"#)
        #expect(set.problems.map { "\($0.position) \($0.path)" } == ["2:11 spec.ingres"])
    }

    /// A document that is no YAML does not hide what is wrong with the others.
    @Test func everyDocumentIsJudged() {
        let set = read("a: [\n---\n" + policy("A") + "---\nb: {c\nd: e\n---\n" + policy("b") + "---\n" + policy("C"))
        #expect(
            set.problems.map { "\($0.document) \($0.path) \($0.type.rawValue)" }.filter { !$0.hasSuffix("Syntax") } == [
                "1 metadata.name Invalid", "4 metadata.name Invalid",
            ])
        #expect(set.problems.filter { $0.type == .syntax }.map(\.document) == [0, 2])
        #expect(set.policies.map(\.key.name) == ["b"])
    }

    @Test func listsWithinLists() {
        let set = read(
            """
            apiVersion: v1
            kind: List
            metadata: {resourceVersion: ""}
            items:
            - {apiVersion: v1, kind: Namespace, metadata: {name: x, labels: {team: a}}}
            - apiVersion: networking.k8s.io/v1
              kind: NetworkPolicyList
              items:
              - {metadata: {name: a, namespace: x}, spec: {podSelector: {}}}
              - {metadata: {name: b, namespace: x}, spec: {podSelector: {}, podSelector: {}}}
            - {apiVersion: v1, kind: ConfigMap, data: {a: b}}
            """)
        #expect(set.cluster.namespaces == [ClusterNamespace(name: "x", labels: ["team": "a"])])
        #expect(set.cluster.namespaces.first?.labels["kubernetes.io/metadata.name"] == "x")
        #expect(set.policies.map(\.key.description) == ["x/a"])
        #expect(set.problems.map { "\($0.path) \($0.type.rawValue)" } == ["spec.podSelector Duplicate"])
        #expect(set.skipped.map(\.kind) == ["ConfigMap"])
    }

    @Test func theSamePolicyTwice() {
        let set = read(policy("a") + "---\n" + policy("b") + "---\n" + policy("a"))
        #expect(set.problems.map(\.description) == ["f.yaml:11:1: metadata.name: NetworkPolicy default/a is already at f.yaml:1:1"])
    }

    @Test func podsAndNodes() throws {
        let set = read(
            """
            apiVersion: v1
            kind: Pod
            metadata: {name: a, namespace: x, labels: {app: web}, ownerReferences: [{kind: ReplicaSet}]}
            spec:
              nodeName: node1
              serviceAccountName: web
              containers:
              - {name: c, image: i, ports: [{name: http, containerPort: 80}, {containerPort: 81}, {name: dns, containerPort: 53, protocol: UDP}]}
            status: {phase: Running, podIP: 10.0.0.1, podIPs: [{ip: 10.0.0.1}, {ip: "fd00::1"}]}
            ---
            {apiVersion: v1, kind: Pod, metadata: {name: done}, status: {phase: Succeeded, podIP: 10.0.0.2}}
            ---
            {apiVersion: v1, kind: Pod, metadata: {name: new}, spec: {hostNetwork: true}, status: {podIP: ""}}
            ---
            apiVersion: v1
            kind: Node
            metadata: {name: node1, labels: {zone: a}}
            spec: {podCIDR: 10.0.0.0/24, podCIDRs: [10.0.0.0/24, "fd00::/64"]}
            status: {addresses: [{type: Hostname, address: node1}, {type: InternalIP, address: "fd00:beef::1"}]}
            """)
        #expect(set.problems.isEmpty)
        let pod = try #require(set.cluster.pods.first)
        #expect(pod.addresses.map(\.description) == ["10.0.0.1", "fd00::1"] && pod.node == "node1" && pod.serviceAccount == "web")
        #expect(pod.ports == [ContainerPort(name: "http", port: 80), ContainerPort(name: "dns", protocol: .udp, port: 53)])
        #expect(set.cluster.pods.map(\.name) == ["a", "new"])
        #expect(set.cluster.pods.last?.hostNetwork == true)
        let node = try #require(set.cluster.nodes.first)
        #expect(node.addresses.map(\.description) == ["fd00:beef::1"] && node.podCIDRs.count == 2 && node.labels == ["zone": "a"])
    }

    /// Nesting, aliases of aliases, and size have their limits, and cost no stack.
    @Test func hostileTexts() {
        #expect(read(String(repeating: "[", count: 100_000)).problems.map(\.type).contains(.syntax))
        #expect(read("a: " + String(repeating: "{a: ", count: 5000)).problems.map(\.type).contains(.syntax))
        var bomb = "a0: &a0 [x]\n"
        for level in 1..<30 { bomb += "a\(level): &a\(level) [*a\(level - 1), *a\(level - 1), *a\(level - 1), *a\(level - 1)]\n" }
        #expect(read(bomb).problems.map(\.type).contains(.syntax))
        #expect(ManifestReader.read([0xff, 0xfe, 0x00], file: "f").problems.count == 1)
        #expect(!ManifestReader.read(Array("a: \u{1}".utf8), file: "f").problems.isEmpty)
    }
}
