import Testing

@testable import Policy

/// What is wrong with Cilium's policies, by path and class: the schema of the kind's definition, the agent's checks, and what is not enforced.
@Suite struct CiliumValidationTests {
    private func check(_ spec: String, _ expected: [String], kind: String, sourceLocation: SourceLocation) {
        let text = "{apiVersion: cilium.io/v2, kind: \(kind), metadata: {name: p}, \(spec)}"
        let found = ManifestReader.read(Array(text.utf8), file: "f").problems.map { "\($0.path) \($0.type.rawValue)" }
        #expect(found.sorted() == expected.sorted(), "\(text)", sourceLocation: sourceLocation)
    }

    private func policy(_ fields: String, _ expected: String..., sourceLocation: SourceLocation = #_sourceLocation) {
        check("spec: {\(fields)}", expected, kind: "CiliumNetworkPolicy", sourceLocation: sourceLocation)
    }

    /// One rule of a section.
    private func rule(_ section: String, _ fields: String, _ expected: String..., sourceLocation: SourceLocation = #_sourceLocation) {
        check(
            "spec: {endpointSelector: {}, \(section): [{\(fields)}]}", expected.map { "spec.\(section)[0]" + $0 }, kind: "CiliumNetworkPolicy",
            sourceLocation: sourceLocation)
    }

    @Test func specs() {
        policy("endpointSelector: {}")
        policy("endpointSelector: {}, description: a, labels: [{key: a, value: b, source: k8s}], log: {value: a}")
        policy("nodeSelector: {}", "spec.nodeSelector Forbidden")
        policy("nodeSelector: {}, endpointSelector: {}", "spec.nodeSelector Forbidden", "spec Invalid")
        policy("endpointSelector: {matchExpressions: [{key: a, operator: Gt}]}", "spec.endpointSelector.matchExpressions[0].operator NotSupported")
        policy("endpointSelector: {matchExpressions: [{operator: Exists}]}", "spec.endpointSelector.matchExpressions[0].key Required")
        policy("endpointSelector: {matchLabels: {'k8s:app': web, 'any:b': c, 'reserved:init': ''}}")
        policy("endpointSelector: {matchLabels: {'k8s:-': web}}", "spec.endpointSelector.matchLabels Invalid")
        policy("endpointSelector: {}, enableDefaultDeny: {ingress: 1}", "spec.enableDefaultDeny.ingress TypeMismatch")
        policy("endpointSelector: {}, enableDefaultDeny: {both: true}", "spec.enableDefaultDeny.both Unknown")
        policy("endpointSelector: {}, podSelector: {}", "spec.podSelector Unknown")
        let kind = "CiliumNetworkPolicy"
        check("specs: [{endpointSelector: {}}, {}]", ["specs[1].endpointSelector Required"], kind: kind, sourceLocation: #_sourceLocation)
        check("status: {}", ["spec Required"], kind: kind, sourceLocation: #_sourceLocation)
        check(
            "spec: {endpointSelector: {}, ingress: [{fromEndpoints: [{}]}]}", [], kind: "CiliumClusterwideNetworkPolicy",
            sourceLocation: #_sourceLocation
        )
    }

    @Test func peers() {
        rule("ingress", "fromEndpoints: [{matchLabels: {a: b}}]")
        rule("ingress", "toEndpoints: []", ".toEndpoints Unknown")
        rule("ingress", "fromEndpoints: {}", ".fromEndpoints TypeMismatch")
        rule("ingress", "fromEndpoints: [a]", ".fromEndpoints[0] TypeMismatch")
        rule("ingress", "fromEntities: [all, world, cluster, host, init, ingress, unmanaged, remote-node, health, none, kube-apiserver]")
        rule("ingress", "fromEntities: [World]", ".fromEntities[0] NotSupported")
        rule("egress", "toCIDR: ['::/0', 10.0.0.0/8]")
        rule("egress", "toCIDR: [10.0.0.1]", ".toCIDR[0] Invalid")
        rule("egress", "toCIDR: ['']", ".toCIDR[0] Invalid")
        rule("egress", "toCIDR: [10.0.0.0/33]", ".toCIDR[0] Invalid")
        rule("egress", "toCIDR: 10.0.0.0/8", ".toCIDR TypeMismatch")
        rule("egress", "toCIDRSet: [{cidr: 10.0.0.0/8, except: [10.1.0.0/16]}]")
        rule("egress", "toCIDRSet: [{cidr: 10.0.0.0/8, except: [11.1.0.0/16]}]", ".toCIDRSet[0].except[0] Invalid")
        rule("egress", "toCIDRSet: [{cidr: 10.0.0.0/8, except: ['fd00::/64']}]", ".toCIDRSet[0].except[0] Invalid")
        rule("egress", "toCIDRSet: [{cidr: 10.0.0.0/8, except: [x]}]", ".toCIDRSet[0].except[0] Invalid")
        rule("egress", "toCIDRSet: [{except: []}]", ".toCIDRSet[0].cidr Required")
        rule("egress", "toCIDRSet: [{cidrGroupRef: a}]", ".toCIDRSet[0].cidrGroupRef Forbidden")
        rule("egress", "toCIDR: ['::/0'], toEntities: [world]", " Invalid")
        rule("egress", "toCIDR: [], toEntities: [world]")
        rule("egressDeny", "toCIDR: ['::/0'], toEndpoints: [{}]", " Invalid")
    }

    @Test func refused() {
        rule("egress", "toFQDNs: [{matchName: a.com}]", ".toFQDNs Forbidden")
        rule("egressDeny", "toFQDNs: []", ".toFQDNs Unknown")
        rule("egress", "toServices: [{k8sService: {serviceName: a}}]", ".toServices Forbidden")
        rule("egress", "toGroups: [{}]", ".toGroups Forbidden")
        rule("egress", "toNodes: [{}]", ".toNodes Forbidden")
        rule("egress", "toRequires: [{}]", ".toRequires Forbidden")
        rule("ingress", "fromRequires: [{}]", ".fromRequires Forbidden")
        rule("ingress", "fromGroups: [{}]", ".fromGroups Forbidden")
        rule("ingress", "fromEndpoints: [{}], authentication: {mode: required}", ".authentication Forbidden")
        rule("ingress", "fromEndpoints: [{}], authentication: {mode: disabled}")
        rule("ingress", "fromEndpoints: [{}], authentication: {mode: other}", ".authentication.mode NotSupported")
        rule("ingressDeny", "fromEndpoints: [{}], authentication: {mode: required}", ".authentication Unknown")
        let port = "{port: '80', protocol: TCP}"
        rule("ingress", "toPorts: [{ports: [\(port)], rules: {http: [{path: /}]}}]", ".toPorts[0].rules Forbidden")
        rule("ingress", "toPorts: [{ports: [\(port)], rules: {}}]")
        rule("ingressDeny", "toPorts: [{ports: [\(port)], rules: {}}]", ".toPorts[0].rules Unknown")
        rule("ingress", "toPorts: [{ports: [\(port)], terminatingTLS: {secret: {name: a}}}]", ".toPorts[0].terminatingTLS Forbidden")
        rule("ingress", "toPorts: [{ports: [\(port)], originatingTLS: {secret: {name: a}}}]", ".toPorts[0].originatingTLS Forbidden")
        rule("ingress", "toPorts: [{ports: [\(port)], serverNames: [a.com]}]", ".toPorts[0].serverNames Forbidden")
        rule("ingress", "toPorts: [{ports: [\(port)], listener: {name: a}}]", ".toPorts[0].listener Forbidden")
    }

    @Test func ports() {
        func port(_ port: String, _ expected: String..., sourceLocation: SourceLocation = #_sourceLocation) {
            check(
                "spec: {endpointSelector: {}, ingress: [{toPorts: [{ports: [\(port)]}]}]}",
                expected.map { "spec.ingress[0].toPorts[0].ports[0]" + $0 }, kind: "CiliumNetworkPolicy", sourceLocation: sourceLocation)
        }
        port("{port: '80'}")
        port("{port: '0', protocol: ANY}")
        port("{port: http, protocol: UDP}")
        port("{port: HTTP-2, protocol: SCTP}")
        port("{port: '80', endPort: 90}")
        port("{port: '80', endPort: 0}")
        port("{protocol: TCP}", ".port Required")
        port("{port: ''}", ".port Invalid")
        port("{port: '65536'}", ".port Invalid")
        port("{port: '-1'}", ".port Invalid")
        port("{port: '080'}", ".port Invalid")
        port("{port: '80-90'}", ".port Invalid")
        port("{port: '8000,9000'}", ".port Invalid")
        port("{port: a--b}", ".port Invalid")
        port("{port: '\(String(repeating: "a", count: 16))'}", ".port Invalid")
        port("{port: '80', endPort: 70}", ".endPort Invalid")
        port("{port: '80', endPort: 65536}", ".endPort Invalid")
        port("{port: '80', endPort: -1}", ".endPort Invalid")
        port("{port: '80', endPort: '90'}", ".endPort TypeMismatch")
        port("{port: http, endPort: 90}", ".endPort Invalid")
        port("{port: '80', protocol: tcp}", ".protocol NotSupported")
        port("{port: '80', protocol: ''}", ".protocol NotSupported")
        port("{port: '8', protocol: ICMP}")
        port("{port: '256', protocol: ICMPv6}", ".port Invalid")
        port("{port: '0', protocol: VRRP}", ".protocol Forbidden")
        port("{protocol: IGMP}", ".protocol Forbidden")
        port("{ports: 80}", ".ports Unknown", ".port Required")
        let many = Array(repeating: "{port: '80'}", count: 41).joined(separator: ", ")
        rule("ingress", "toPorts: [{ports: [\(many)]}]", ".toPorts[0].ports TooMany")
        rule("ingress", "toPorts: {}", ".toPorts TypeMismatch")
        rule("ingress", "toPorts: [{port: '80'}]", ".toPorts[0].port Unknown")
    }

    @Test func icmp() {
        rule("ingress", "icmps: [{fields: [{type: 8}, {family: IPv4, type: EchoReply}, {family: IPv6, type: PacketTooBig}, {type: '8'}]}]")
        rule("ingress", "icmps: [{fields: [{family: IPv4}]}]", ".icmps[0].fields[0].type Required")
        rule("ingress", "icmps: [{fields: [{type: 256}]}]", ".icmps[0].fields[0].type Invalid")
        rule("ingress", "icmps: [{fields: [{type: -1}]}]", ".icmps[0].fields[0].type Invalid")
        rule("ingress", "icmps: [{fields: [{type: 1.5}]}]", ".icmps[0].fields[0].type TypeMismatch")
        rule("ingress", "icmps: [{fields: [{type: echo}]}]", ".icmps[0].fields[0].type Invalid")
        rule("ingress", "icmps: [{fields: [{type: PacketTooBig}]}]", ".icmps[0].fields[0].type Invalid")
        rule("ingress", "icmps: [{fields: [{family: ipv6, type: 1}]}]", ".icmps[0].fields[0].family NotSupported")
        rule("ingress", "icmps: [{fields: [{type: 8, code: 0}]}]", ".icmps[0].fields[0].code Unknown")
        rule("ingress", "icmps: [{fields: [{type: 8}]}], toPorts: [{ports: [{port: '80'}]}]", " Invalid")
        let many = Array(repeating: "{type: 8}", count: 41).joined(separator: ", ")
        rule("ingress", "icmps: [{fields: [\(many)]}]", ".icmps[0].fields TooMany")
    }
}
