import Testing

@testable import Policy

/// What is wrong with admin policies, by path and class: the schemas and rules of the kinds' definitions.
@Suite struct AdminValidationTests {
    private func check(_ text: String, _ expected: [String], sourceLocation: SourceLocation = #_sourceLocation) {
        let found = ManifestReader.read(Array(text.utf8), file: "f").problems.map { "\($0.path) \($0.type.rawValue)" }
        #expect(found.sorted() == expected.sorted(), "\(text)", sourceLocation: sourceLocation)
    }

    private func many(_ element: String, _ count: Int) -> String { "[" + Array(repeating: element, count: count).joined(separator: ", ") + "]" }

    // MARK: v1alpha1

    private func anp(_ fields: String, _ expected: String..., sourceLocation: SourceLocation = #_sourceLocation) {
        check(
            "{apiVersion: policy.networking.k8s.io/v1alpha1, kind: AdminNetworkPolicy, metadata: {name: p}, spec: {\(fields)}}", expected,
            sourceLocation: sourceLocation)
    }

    private let start = "priority: 5, subject: {namespaces: {}}"

    private func anpRule(_ rule: String, _ expected: String..., sourceLocation: SourceLocation = #_sourceLocation) {
        check(
            "{apiVersion: policy.networking.k8s.io/v1alpha1, kind: AdminNetworkPolicy, metadata: {name: p}, spec: {\(start), egress: [{\(rule)}]}}",
            expected, sourceLocation: sourceLocation)
    }

    @Test func adminSpec() {
        anp(start)
        anp("subject: {namespaces: {}}", "spec.priority Required")
        anp("priority: 5", "spec.subject Required")
        anp("priority: 1001, subject: {namespaces: {}}", "spec.priority Invalid")
        anp("priority: -1, subject: {namespaces: {}}", "spec.priority Invalid")
        anp("priority: '5', subject: {namespaces: {}}", "spec.priority TypeMismatch")
        anp("priority: 1.5, subject: {namespaces: {}}", "spec.priority TypeMismatch")
        anp("priority: 0, subject: {}", "spec.subject Invalid")
        anp("priority: 1000, subject: {pods: {podSelector: {}}}", "spec.subject.pods.namespaceSelector Required")
        anp("priority: 1, subject: {pods: {namespaceSelector: {}}}", "spec.subject.pods.podSelector Required")
        anp("priority: 1, subject: {namespaces: {matchLabels: {a: 1}}}", "spec.subject.namespaces.matchLabels.a TypeMismatch")
        anp("priority: 1, subject: {namespaces: {matchExpressions: [{key: a}]}}", "spec.subject.namespaces.matchExpressions[0].operator Required")
        anp("\(start), tier: Admin", "spec.tier Unknown")
        anp("\(start), ingress: \(many("{action: Deny, from: [{namespaces: {}}]}", 100))")
        anp("\(start), ingress: \(many("{action: Deny, from: [{namespaces: {}}]}", 101))", "spec.ingress TooMany")
        check("{apiVersion: policy.networking.k8s.io/v1alpha1, kind: AdminNetworkPolicy, metadata: {name: p}}", ["spec Required"])
        check(
            "{apiVersion: policy.networking.k8s.io/v1alpha1, kind: AdminNetworkPolicy, metadata: {name: p, namespace: x}, spec: {\(start)}}",
            ["metadata.namespace Forbidden"])
    }

    @Test func adminRules() {
        anpRule("action: Allow, to: [{namespaces: {}}]")
        anpRule("to: [{namespaces: {}}]", "spec.egress[0].action Required")
        anpRule("action: Accept, to: [{namespaces: {}}]", "spec.egress[0].action NotSupported")
        anpRule("action: Deny", "spec.egress[0].to Required")
        anpRule("action: Deny, to: []", "spec.egress[0].to Invalid")
        anpRule("action: Deny, to: [{}]", "spec.egress[0].to[0] Invalid")
        anpRule("action: Deny, to: [null]", "spec.egress[0].to[0] TypeMismatch")
        anpRule("action: Deny, to: \(many("{nodes: {}}", 101))", "spec.egress[0].to TooMany")
        anpRule("action: Deny, name: \(String(repeating: "n", count: 100)), to: [{nodes: {}}]")
        anpRule("action: Deny, name: \(String(repeating: "n", count: 101)), to: [{nodes: {}}]", "spec.egress[0].name Invalid")
        anpRule("action: Deny, to: [{networks: []}]", "spec.egress[0].to[0].networks Invalid")
        anpRule("action: Deny, to: [{networks: ['::/0', '::/0']}]", "spec.egress[0].to[0].networks[1] Duplicate")
        anpRule("action: Deny, to: [{networks: ['::']}]", "spec.egress[0].to[0].networks[0] Invalid")
        anpRule("action: Deny, to: [{networks: [10.0.0.0/8, 10.0.0.0/33]}]", "spec.egress[0].to[0].networks[1] Invalid")
        let networks = (0..<26).map { "10.0.\($0).0/24" }.joined(separator: ", ")
        anpRule("action: Deny, to: [{networks: [\(networks)]}]", "spec.egress[0].to[0].networks TooMany")
        anpRule("action: Deny, to: [{domainNames: [a.com]}]", "spec.egress[0].to[0].domainNames Forbidden")
        anpRule("action: Deny, to: [{pods: {namespaceSelector: {}}}]", "spec.egress[0].to[0].pods.podSelector Required")
        anpRule("action: Deny, to: [{nodes: {matchLabels: {'-': a}}}]", "spec.egress[0].to[0].nodes.matchLabels Invalid")
        anp("\(start), ingress: [{action: Deny, from: [{nodes: {}}]}]", "spec.ingress[0].from[0].nodes Unknown")
    }

    @Test func adminPorts() {
        let rule = "action: Deny, to: [{namespaces: {}}], ports: "
        let path = "spec.egress[0].ports"
        anpRule(rule + "[{portNumber: {port: 80}}]")
        anpRule(rule + "[{portNumber: {protocol: SCTP, port: 80}}, {portRange: {start: 1, end: 65535}}, {namedPort: web}]")
        anpRule(rule + "[]", "\(path) Invalid")
        anpRule(rule + "[{}]", "\(path)[0] Invalid")
        anpRule(rule + "[{portNumber: {port: 80}, namedPort: a}]", "\(path)[0] Invalid")
        anpRule(rule + "[{portNumber: {protocol: TCP}}]", "\(path)[0].portNumber.port Required")
        anpRule(rule + "[{portNumber: {port: 0}}]", "\(path)[0].portNumber.port Invalid")
        anpRule(rule + "[{portNumber: {port: '80'}}]", "\(path)[0].portNumber.port TypeMismatch")
        anpRule(rule + "[{portNumber: {protocol: tcp, port: 80}}]", "\(path)[0].portNumber.protocol NotSupported")
        anpRule(rule + "[{portRange: {start: 80}}]", "\(path)[0].portRange.end Required")
        anpRule(rule + "[{portRange: {start: 0, end: 70000}}]", "\(path)[0].portRange.end Invalid", "\(path)[0].portRange.start Invalid")
        anpRule(rule + "[{port: 80}]", "\(path)[0].port Unknown")
        anpRule("action: Deny, to: [{namespaces: {}}], ports: \(many("{namedPort: a}", 101))", "\(path) TooMany")
        anpRule("action: Deny, to: [{namespaces: {}}, {nodes: {}}], ports: [{namedPort: a}]", "spec.egress[0] Invalid")
        anpRule("action: Deny, to: [{namespaces: {}}], protocols: []", "spec.egress[0].protocols Unknown")
    }

    @Test func baseline() {
        func check(_ name: String, _ spec: String, _ expected: String...) {
            self.check(
                "{apiVersion: policy.networking.k8s.io/v1alpha1, kind: BaselineAdminNetworkPolicy, metadata: {name: \(name)}, spec: {\(spec)}}",
                expected)
        }
        check("default", "subject: {namespaces: {}}, ingress: [{action: Allow, from: [{namespaces: {}}]}]")
        check("other", "subject: {namespaces: {}}", "metadata.name Invalid")
        check("default", "priority: 1, subject: {namespaces: {}}", "spec.priority Unknown")
        check("default", "subject: {namespaces: {}}, ingress: [{action: Pass, from: [{namespaces: {}}]}]", "spec.ingress[0].action NotSupported")
        check(
            "default", "subject: {namespaces: {}}, egress: [{action: Deny, to: [{domainNames: [a.b]}]}]", "spec.egress[0].to[0].domainNames Unknown")
    }

    // MARK: ClusterNetworkPolicy

    @Test(arguments: ["v1alpha2", "v1beta1"])
    func cluster(version: String) {
        func check(_ spec: String, _ expected: String...) {
            self.check(
                "{apiVersion: policy.networking.k8s.io/\(version), kind: ClusterNetworkPolicy, metadata: {name: p}, spec: {\(spec)}}", expected)
        }
        let start = "tier: Baseline, \(self.start)"
        func ports(_ protocols: String, _ expected: String...) {
            self.check(
                "{apiVersion: policy.networking.k8s.io/\(version), kind: ClusterNetworkPolicy, metadata: {name: p}, spec: {\(start), "
                    + "ingress: [{action: Pass, from: [{namespaces: {}}], protocols: \(protocols)}]}}",
                expected.map { "spec.ingress[0].protocols" + $0 })
        }
        check(start)
        check("tier: admin, \(self.start)", "spec.tier NotSupported")
        check("tier: Admin, subject: {pods: {podSelector: {}}}, priority: 0")
        check("tier: Admin, subject: {pods: {}}, priority: 0", "spec.subject.pods.podSelector Required")
        check("\(start), ingress: [{action: Allow, from: [{namespaces: {}}]}]", "spec.ingress[0].action NotSupported")
        check("\(start), ingress: \(many("{action: Deny, from: [{namespaces: {}}]}", 26))", "spec.ingress TooMany")
        check("\(start), egress: [{action: Deny, to: \(many("{namespaces: {}}", 26))}]", "spec.egress[0].to TooMany")
        check("\(start), egress: [{action: Deny, to: [{namespaces: {}}], ports: []}]", "spec.egress[0].ports Unknown")
        ports("[{tcp: {destinationPort: {number: 80}}}, {udp: {destinationPort: {range: {start: 1, end: 2}}}}, {destinationNamedPort: a}]")
        ports("[]", " Invalid")
        ports("[{}]", "[0] Invalid")
        ports("[{tcp: {}}]", "[0].tcp Invalid")
        ports("[{tcp: {destinationPort: {}}}]", "[0].tcp.destinationPort Invalid")
        ports("[{tcp: {destinationPort: {number: 1, range: {start: 1, end: 2}}}}]", "[0].tcp.destinationPort Invalid")
        ports("[{sctp: {destinationPort: {number: 65536}}}]", "[0].sctp.destinationPort.number Invalid")
        ports("[{udp: {destinationPort: {range: {start: 2, end: 2}}}}]", "[0].udp.destinationPort.range Invalid")
        ports("[{udp: {destinationPort: {range: {start: 3, end: 2}}}}]", "[0].udp.destinationPort.range Invalid")
        ports("[{udp: {destinationPort: {range: {end: 2}}}}]", "[0].udp.destinationPort.range.start Required")
        ports("[{TCP: {}}]", "[0].TCP Unknown")
        ports("[{tcp: {destinationPort: {number: 80}}, udp: {destinationPort: {number: 80}}}]", "[0] Invalid")
        ports(many("{destinationNamedPort: a}", 26), " TooMany")
    }
}
