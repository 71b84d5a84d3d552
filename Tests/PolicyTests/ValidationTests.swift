import Testing

@testable import Policy

/// What is wrong with one policy each, by path and class. Beside the cases: the rest of what the API servers' and the agent's own checks say.
@Suite struct ValidationTests {
    struct Sample: Sendable, CustomTestStringConvertible {
        var text: String
        var expected: [String]
        var testDescription: String { text }
    }

    private static func sample(_ text: String, _ expected: String...) -> Sample { Sample(text: text, expected: expected) }

    private func problems(_ text: String) -> [String] {
        ManifestReader.read(Array(text.utf8), file: "f").problems.sorted().map { "\($0.path) \($0.type.rawValue)" }
    }

    private func check(_ text: String, _ expected: [String], sourceLocation: SourceLocation = #_sourceLocation) {
        let found = problems(text)
        #expect(found.sorted() == expected.sorted(), "\(text)", sourceLocation: sourceLocation)
    }

    // MARK: NetworkPolicy

    private static func networkPolicy(_ spec: String) -> String {
        "{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: p}, spec: \(spec)}"
    }

    static let networkPolicies = [
        sample("{}"),
        sample("{podSelector: null, ingress: null, egress: [], policyTypes: null}"),
        sample("{podSelector: {matchLabels: {app: null}}}"),
        sample("{podSelector: {matchLabels: {app: ''}}}"),
        sample("{podSelector: {matchLabels: {app: 1}}}", "spec.podSelector.matchLabels TypeMismatch"),
        sample("{podSelector: {matchLabels: {app: yes}}}", "spec.podSelector.matchLabels TypeMismatch"),
        sample("{podSelector: {matchLabels: [app]}}", "spec.podSelector.matchLabels TypeMismatch"),
        sample("{podSelector: []}", "spec.podSelector TypeMismatch"),
        sample("{podSelector: web}", "spec.podSelector TypeMismatch"),
        sample("{podSelector: {matchLabels: {app: 'a b'}}}", "spec.podSelector.matchLabels Invalid"),
        sample("{podSelector: {matchLabels: {'a/b/c': x}}}", "spec.podSelector.matchLabels Invalid"),
        sample("{podSelector: {matchLabels: {'/a': x}}}", "spec.podSelector.matchLabels Invalid"),
        sample("{podSelector: {matchLabels: {'example.com/': x}}}", "spec.podSelector.matchLabels Invalid"),
        sample("{podSelector: {matchLabels: {'k8s:app': x}}}", "spec.podSelector.matchLabels Invalid"),
        sample("{podSelector: {matchLabels: {\(String(repeating: "a", count: 63)): x}}}"),
        sample("{podSelector: {matchLabels: {\(String(repeating: "a", count: 64)): x}}}", "spec.podSelector.matchLabels Invalid"),
        sample("{podSelector: {matchLabels: {a: \(String(repeating: "a", count: 63))}}}"),
        sample("{podSelector: {matchLabels: {a: \(String(repeating: "a", count: 64))}}}", "spec.podSelector.matchLabels Invalid"),
        sample("{podSelector: {matchExpressions: [{key: a, operator: In}]}}", "spec.podSelector.matchExpressions[0].values Required"),
        sample("{podSelector: {matchExpressions: [{key: a, operator: NotIn, values: []}]}}", "spec.podSelector.matchExpressions[0].values Required"),
        sample("{podSelector: {matchExpressions: [{key: a, operator: In, values: ['']}]}}"),
        sample(
            "{podSelector: {matchExpressions: [{key: a, operator: In, values: [b, '-c']}]}}", "spec.podSelector.matchExpressions[0].values[1] Invalid"
        ),
        sample(
            "{podSelector: {matchExpressions: [{key: a, operator: In, values: [1]}]}}", "spec.podSelector.matchExpressions[0].values[0] TypeMismatch"),
        sample("{podSelector: {matchExpressions: [{key: a, operator: In, values: b}]}}", "spec.podSelector.matchExpressions[0].values TypeMismatch"),
        sample(
            "{podSelector: {matchExpressions: [{key: a, operator: DoesNotExist, values: [b]}]}}",
            "spec.podSelector.matchExpressions[0].values Forbidden"),
        sample("{podSelector: {matchExpressions: [{key: a, operator: Exists, values: []}]}}"),
        sample("{podSelector: {matchExpressions: [{key: a, operator: in, values: [b]}]}}", "spec.podSelector.matchExpressions[0].operator Invalid"),
        sample("{podSelector: {matchExpressions: [{key: a, operator: Gt, values: ['1']}]}}", "spec.podSelector.matchExpressions[0].operator Invalid"),
        sample("{podSelector: {matchExpressions: [{key: a}]}}", "spec.podSelector.matchExpressions[0].operator Invalid"),
        sample("{podSelector: {matchExpressions: [{operator: Exists}]}}", "spec.podSelector.matchExpressions[0].key Invalid"),
        sample("{podSelector: {matchExpressions: {key: a}}}", "spec.podSelector.matchExpressions TypeMismatch"),
        sample("{podSelector: {matchExpressions: [{key: a, operator: Exists, value: b}]}}", "spec.podSelector.matchExpressions[0].value Unknown"),
        sample("{policyTypes: [ingress]}", "spec.policyTypes[0] NotSupported"),
        sample("{policyTypes: [Ingress, Both]}", "spec.policyTypes[1] NotSupported"),
        sample("{policyTypes: [Ingress, Egress, Ingress]}", "spec.policyTypes Invalid"),
        sample("{policyTypes: [Ingress, Ingress]}"),
        sample("{policyTypes: Ingress}", "spec.policyTypes TypeMismatch"),
        sample("{policyType: [Ingress]}", "spec.policyType Unknown"),
        sample("{ingress: {}}", "spec.ingress TypeMismatch"),
        sample("{ingress: [null]}"),
        sample("{ingress: [{to: []}]}", "spec.ingress[0].to Unknown"),
        sample("{egress: [{from: []}]}", "spec.egress[0].from Unknown"),
        sample("{ingress: [{from: {}}]}", "spec.ingress[0].from TypeMismatch"),
        sample("{ingress: [{from: [{podselector: {}}]}]}", "spec.ingress[0].from[0].podselector Unknown"),
        sample("{ingress: [{from: [null]}]}", "spec.ingress[0].from[0] Required"),
        sample("{ingress: [{from: [{podSelector: null}]}]}", "spec.ingress[0].from[0] Required"),
        sample("{ingress: [{from: [{namespaceSelector: {}, ipBlock: {cidr: '::/0'}}]}]}", "spec.ingress[0].from[0] Forbidden"),
        sample("{ingress: [{from: [{ipBlock: {}}]}]}", "spec.ingress[0].from[0].ipBlock.cidr Required"),
        sample("{ingress: [{from: [{ipBlock: {cidr: ''}}]}]}", "spec.ingress[0].from[0].ipBlock.cidr Required"),
        sample("{ingress: [{from: [{ipBlock: {cidr: 10.0.0.1}}]}]}", "spec.ingress[0].from[0].ipBlock.cidr Invalid"),
        sample("{ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/33}}]}]}", "spec.ingress[0].from[0].ipBlock.cidr Invalid"),
        sample("{ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/-1}}]}]}", "spec.ingress[0].from[0].ipBlock.cidr Invalid"),
        sample("{ingress: [{from: [{ipBlock: {cidr: 'fd00::/129'}}]}]}", "spec.ingress[0].from[0].ipBlock.cidr Invalid"),
        sample("{ingress: [{from: [{ipBlock: {cidr: 'fd00::g/64'}}]}]}", "spec.ingress[0].from[0].ipBlock.cidr Invalid"),
        sample("{ingress: [{from: [{ipBlock: {cidr: 1}}]}]}", "spec.ingress[0].from[0].ipBlock.cidr TypeMismatch"),
        sample("{ingress: [{from: [{ipBlock: {cidr: 10.0.0.1/24, except: [10.0.0.128/25]}}]}]}"),
        sample("{ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/24, except: [10.0.0.0/24]}}]}]}", "spec.ingress[0].from[0].ipBlock.except[0] Invalid"),
        sample("{ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/24, except: ['fd00::/64']}}]}]}", "spec.ingress[0].from[0].ipBlock.except[0] Invalid"),
        sample("{ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/24, except: 10.0.0.0/25}}]}]}", "spec.ingress[0].from[0].ipBlock.except TypeMismatch"),
        sample("{ingress: [{from: [{ipBlock: {except: [10.0.0.0/25]}}]}]}", "spec.ingress[0].from[0].ipBlock.cidr Required"),
        sample("{ingress: [{ports: [{port: 0}]}]}", "spec.ingress[0].ports[0].port Invalid"),
        sample("{ingress: [{ports: [{port: 65536}]}]}", "spec.ingress[0].ports[0].port Invalid"),
        sample("{ingress: [{ports: [{port: -1}]}]}", "spec.ingress[0].ports[0].port Invalid"),
        sample("{ingress: [{ports: [{port: 99999999999}]}]}", "spec.ingress[0].ports[0].port TypeMismatch"),
        sample("{ingress: [{ports: [{port: true}]}]}", "spec.ingress[0].ports[0].port TypeMismatch"),
        sample("{ingress: [{ports: [{port: '80'}]}]}", "spec.ingress[0].ports[0].port Invalid"),
        sample("{ingress: [{ports: [{port: ''}]}]}", "spec.ingress[0].ports[0].port Invalid", "spec.ingress[0].ports[0].port Invalid"),
        sample("{ingress: [{ports: [{port: HTTP}]}]}", "spec.ingress[0].ports[0].port Invalid", "spec.ingress[0].ports[0].port Invalid"),
        sample("{ingress: [{ports: [{port: a--b}]}]}", "spec.ingress[0].ports[0].port Invalid"),
        sample("{ingress: [{ports: [{port: -a}]}]}", "spec.ingress[0].ports[0].port Invalid"),
        sample("{ingress: [{ports: [{port: 80.0}]}]}"),
        sample("{ingress: [{ports: [{port: 80, endPort: 80}]}]}"),
        sample("{ingress: [{ports: [{port: 80, endPort: 65536}]}]}", "spec.ingress[0].ports[0].endPort Invalid"),
        sample(
            "{ingress: [{ports: [{port: 80, endPort: 0}]}]}", "spec.ingress[0].ports[0].endPort Invalid", "spec.ingress[0].ports[0].endPort Invalid"),
        sample("{ingress: [{ports: [{protocol: ICMP}]}]}", "spec.ingress[0].ports[0].protocol NotSupported"),
        sample("{ingress: [{ports: [{protocol: 6}]}]}", "spec.ingress[0].ports[0].protocol TypeMismatch"),
        sample("{ingress: [{ports: [null]}]}"),
        sample("{ingress: [{ports: [80]}]}", "spec.ingress[0].ports[0] TypeMismatch"),
        sample("{egress: [{ports: [{ports: 80}]}]}", "spec.egress[0].ports[0].ports Unknown"),
        sample("[]", "spec TypeMismatch"),
    ]

    @Test(arguments: networkPolicies) func networkPolicy(sample: Sample) { check(Self.networkPolicy(sample.text), sample.expected) }

    // MARK: Metadata, kinds

    static let objects = [
        sample("{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: p, namespace: x}}"),
        sample("{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy}", "metadata.name Required"),
        sample("{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {}}", "metadata.name Required"),
        sample("{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: ''}}", "metadata.name Required"),
        sample("{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {generateName: a-}}", "metadata.name Required"),
        sample("{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: 1}}", "metadata.name TypeMismatch"),
        sample("{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: a.b-c}}"),
        sample("{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: A}}", "metadata.name Invalid"),
        sample("{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: a..b}}", "metadata.name Invalid"),
        sample("{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: a-}}", "metadata.name Invalid"),
        sample("{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: a_b}}", "metadata.name Invalid"),
        sample(
            "{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: \(String(repeating: "a", count: 254))}}",
            "metadata.name Invalid"),
        sample("{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: p, namespace: a.b}}", "metadata.namespace Invalid"),
        sample("{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: p, labels: {'a b': c}}}", "metadata.labels Invalid"),
        sample("{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: p, labels: {a: 1}}}", "metadata.labels TypeMismatch"),
        sample("{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: p, annotations: {A/B: 'x y'}}}"),
        sample(
            "{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: p, annotations: {'a b': x}}}", "metadata.annotations Invalid"),
        sample(
            "{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: p, annotations: {a: 1}}}", "metadata.annotations TypeMismatch"),
        sample("{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: p, label: {}}}", "metadata.label Unknown"),
        sample("{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: p}", "metadata TypeMismatch"),
        sample("{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: p}, sepc: {}}", "sepc Unknown"),
        sample(
            "{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, status: {}, metadata: {name: p, creationTimestamp: null, uid: 1b3f-a, managedFields: [{}], "
                + "generation: 3, resourceVersion: '7', ownerReferences: [], finalizers: [a/b]}}"),
        sample("{apiVersion: networking.k8s.io/v1beta1, kind: NetworkPolicy, metadata: {name: p}}", "apiVersion NoMatch"),
        sample("{apiVersion: v1, kind: NetworkPolicy, metadata: {name: p}}", "apiVersion NoMatch"),
        sample("{apiVersion: projectcalico.org/v3, kind: GlobalNetworkPolicy, metadata: {name: p}}", "kind NoMatch"),
        sample("{apiVersion: networking.k8s.io/v1, kind: networkpolicy, metadata: {name: p}}", "kind NoMatch"),
        sample("{apiVersion: networking.k8s.io/v1, metadata: {name: p}}", "kind Required"),
        sample("{kind: NetworkPolicy, metadata: {name: p}}", "apiVersion Required"),
        sample("{apiVersion: 1, kind: NetworkPolicy, metadata: {name: p}}", "apiVersion TypeMismatch"),
        sample("[]", " TypeMismatch"),
        sample("text", " TypeMismatch"),
        sample("{a: [}", " Syntax"),
        sample("{apiVersion: apps/v1, kind: Deployment, what: ever}"),
        sample("{apiVersion: v1, kind: Namespace, metadata: {name: A}}", "metadata.name Invalid"),
        sample("{apiVersion: v1, kind: Namespace, metadata: {name: a, namespace: b}}", "metadata.namespace Forbidden"),
        sample(
            "{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: [{ports: [{containerPort: 0}]}]}}",
            "spec.containers[0].ports[0].containerPort Invalid"),
        sample(
            "{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: [{ports: [{name: a}]}]}}",
            "spec.containers[0].ports[0].containerPort Required"),
        sample("{apiVersion: v1, kind: Pod, metadata: {name: a}, status: {podIPs: [{ip: x}]}}", "status.podIPs[0].ip Invalid"),
        sample("{apiVersion: v1, kind: List, items: {}}", "items TypeMismatch"),
        sample("{apiVersion: v1, kind: List, item: []}", "item Unknown"),
        sample("{apiVersion: v1, kind: List, items: [{kind: List, apiVersion: v1, items: [{kind: X, apiVersion: z}]}]}", "kind NoMatch"),
        sample(
            "{apiVersion: networking.k8s.io/v1, kind: NetworkPolicyList, items: [{metadata: {name: p}, spec: {policyTypes: [x]}}]}",
            "spec.policyTypes[0] NotSupported"),
    ]

    @Test(arguments: objects) func object(sample: Sample) { check(sample.text, sample.expected) }
}
