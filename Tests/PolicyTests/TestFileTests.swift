import Net
import Testing
import YAML

@testable import Policy

/// Files of policy tests.
@Suite struct TestFileTests {
    private func problems(_ text: String) -> [String] {
        do throws(PolicyProblems) {
            _ = try PolicyTestReader.read(Array(text.utf8), file: "t.yaml")
            return []
        } catch {
            return error.problems.map(\.description)
        }
    }

    @Test func whatACaseSays() throws {
        let text = """
            name: a
            cluster:
              name: east
              nodes: [{name: n1, ips: ["fd00::1"], podCIDRs: ["fd00:1::/64"], labels: {zone: a}}]
              namespaces: [{name: x}]
              pods: [{namespace: x, name: p, node: n1, ips: ["fd00:1::1"], labels: {a: b}, ports: [{name: web, port: 80}], serviceAccount: s}]
            policies: [{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: q}, spec: {}}]
            probes:
              - {from: x/p, to: "node:n1", protocol: SCTP, port: 7, expect: allow, family: ipv4}
              - {from: "ip:192.0.2.1", to: x/p, protocol: ICMP, icmpType: 8, expect: deny}
            ---
            name: b
            policyText: "a: ["
            expectInvalid: [{path: "", type: Syntax}]
            """
        let cases = try PolicyTestReader.read(Array(text.utf8), file: "t.yaml")
        #expect(cases.map(\.name) == ["a", "b"] && cases.map(\.position.line) == [1, 12])
        let cluster = cases[0].cluster
        #expect(cluster.name == "east" && cluster.pods.first?.serviceAccount == "s" && cluster.nodes.first?.labels == ["zone": "a"])
        #expect(cluster.pods.first?.ports == [ContainerPort(name: "web", port: 80)])
        #expect(cases[0].manifests.networkPolicies.map(\.key.description) == ["default/q"])
        let probes = cases[0].probes
        #expect(
            probes[0].from == .pod(namespace: "x", name: "p") && probes[0].to == .node("n1") && probes[0].family == .ipv4 && probes[0].expectsAllow)
        #expect(probes[0].traffic == .transport(.sctp, port: 7) && probes[0].position.line == 9)
        #expect(probes[1].traffic == .icmp(type: 8) && probes[1].family == .ipv4 && !probes[1].expectsAllow)
        #expect(probes[1].description == "ip:192.0.2.1 -> x/p ICMP type 8 over IPv4")
        #expect(cases[1].expectsRefusal && cases[1].unnamed.isEmpty)
    }

    /// Everything at once, each with its place.
    @Test func whatIsWrongWithAFile() {
        #expect(problems("") == ["t.yaml:1:1: there is no test in this file"])
        #expect(
            problems("name: a\nprobs: []\n") == [
                "t.yaml:1:1: probes: must have probes or expectInvalid",
                "t.yaml:2:1: probs: unknown field (did you mean probes?); fields here are name, category, source, description, sequence, cluster, policies, "
                    + "policyText, probes, expectInvalid, acceptablePaths, reason",
            ])
        #expect(problems("name: a\nname: b\nprobes: []\n") == ["t.yaml:2:1: name: already set at line 1: a key may be there once"])
        let probes = [
            "{from: a, to: x/p, port: 1, expect: allow}", "{from: x/p, to: 'ip:1.2.3', port: 1, expect: allow}",
            "{from: x/p, to: x/p, expect: allow}",
            "{from: x/p, to: x/p, protocol: ICMPv6, expect: deny}", "{from: x/p, to: x/p, port: 1, expect: drop}", "{to: x/p, port: 1, expect: deny}",
            "{from: x/p, to: 'ip:10.0.0.1', protocol: ICMPv6, icmpType: 1, expect: deny}",
        ]
        #expect(
            problems("name: a\nprobes:\n" + probes.map { "- \($0)\n" }.joined()) == [
                "t.yaml:3:10: probes[0].from: \"a\" must be NAMESPACE/POD, node:NAME or ip:ADDRESS",
                "t.yaml:4:19: probes[1].to: \"ip:1.2.3\" must be NAMESPACE/POD, node:NAME or ip:ADDRESS",
                "t.yaml:5:3: probes[2].port: must be there with TCP", "t.yaml:6:3: probes[3].icmpType: must be there with ICMPv6",
                "t.yaml:7:41: probes[4].expect: \"drop\" is not supported: supported values are allow, deny",
                "t.yaml:8:3: probes[5].from: must be there",
                "t.yaml:9:44: probes[6].protocol: ICMPv6 is not a protocol of IPv4",
            ])
        #expect(problems("name: a\nexpectInvalid: [{type: Wrong}]\n").count == 2)
    }

    @Test func whatNamesAPath() {
        func problem(_ path: String, _ type: PolicyProblem.Class = .invalid) -> PolicyProblem {
            PolicyProblem(file: "f", position: .init(line: 1, column: 1), document: 0, path: path, type: type, message: "m")
        }
        #expect(PolicyTestCase.names(problem("spec.a[0]"), path: "spec.a[0]", isTypeMismatch: false))
        #expect(!PolicyTestCase.names(problem("spec.a[0]"), path: "spec.a[1]", isTypeMismatch: false))
        #expect(PolicyTestCase.names(problem("spec.a[0].b"), path: "spec.a.b", isTypeMismatch: true))
        #expect(PolicyTestCase.names(problem("", .syntax), path: "", isTypeMismatch: false))
        #expect(PolicyTestCase.names(problem("kind", .noMatch), path: "", isTypeMismatch: false))
        #expect(!PolicyTestCase.names(problem("spec"), path: "", isTypeMismatch: false))
    }

    /// A key from a manifest cannot drive the terminal that a problem is printed on, nor fill it.
    @Test func hostileKeysAndValues() {
        let text =
            "{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: \"\(String(repeating: "A", count: 5000))\"}, \"a\\x1b[2J\": 1}"
        let problems = ManifestReader.read(Array(text.utf8), file: "f").problems.map(\.description)
        #expect(problems.count == 3)
        #expect(problems.allSatisfy { $0.utf8.allSatisfy { $0 >= 0x20 } && $0.count < 400 }, "\(problems)")
        #expect(problems.contains { $0.contains("a\\u{1b}[2J: unknown field") })
    }
}
