import ArgumentParser
import Model
import Node
import Policy
import PolicyTest
import YAML

@preconcurrency import Glibc

/// `fabctl policy test`
struct PolicyTestCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test", abstract: "Runs tests of policies: which traffic they let through.",
        discussion: """
            A file holds a cluster, the manifests of policies, and probes with what is expected of them:

              name: web-is-closed
              cluster:
                nodes:      [{name: node1, ips: ["fd00:beef::1"], podCIDRs: ["fd00:cafe:0:1::/64"]}]
                namespaces: [{name: shop, labels: {team: a}}]
                pods:
                  - {namespace: shop, name: web, node: node1, ips: ["fd00:cafe:0:1::a"], labels: {app: web}}
                  - {namespace: shop, name: db, node: node1, ips: ["fd00:cafe:0:1::b"], labels: {app: db}}
              policies:
                - apiVersion: networking.k8s.io/v1
                  kind: NetworkPolicy
                  metadata: {name: closed, namespace: shop}
                  spec: {podSelector: {matchLabels: {app: db}}}
              probes:
                - {from: shop/web, to: shop/db, protocol: TCP, port: 5432, expect: deny}
                - {from: "ip:2001:db8::1", to: shop/web, protocol: TCP, port: 80, expect: allow}

            Ends are NAMESPACE/POD, node:NAME or ip:ADDRESS; protocol is TCP, UDP or SCTP with port, ICMP or ICMPv6 with icmpType. In place of \
            probes, expectInvalid lists the paths of the fields that validation must name.

            The engine bpf gives every probe to the programs that enforce policy on nodes, as packets of both ends and an answer, over maps of \
            their own; it needs root. The engine model asks the compiled entries, and needs nothing. The exit code is 1 when a probe fails, \
            65 when a file cannot be used.
            """)

    enum Engine: String, ExpressibleByArgument, CaseIterable { case bpf, model }
    enum Format: String, ExpressibleByArgument, CaseIterable { case text, json, junit }

    @Argument(help: ArgumentHelp("Files of tests, or directories of them.", valueName: "file"), completion: .file())
    var files: [String]
    @Option(help: "What answers: the programs themselves, or the entries that they read. Default: bpf for root, model otherwise.")
    var engine: Engine?
    @Option(name: [.customShort("o", allowingJoined: true), .customLong("output")], help: "Output format.")
    var format: Format = .text

    func run() throws {
        var report = PolicyTestReport()
        var tests: [PolicyTestCase] = []
        let sources = ManifestFiles(isRecursive: true, namespace: ManifestReader.defaultNamespace)
        try reporting { () throws(NodeError) in
            for file in try sources.paths(files) {
                report.files += 1
                do throws(PolicyProblems) {
                    tests += try PolicyTestReader.read(try readTests(file), file: file == "-" ? "standard input" : file)
                } catch {
                    report.problems += error.problems
                }
            }
        }
        do {
            switch engine ?? (geteuid() == 0 ? .bpf : .model) {
            case .model: for test in tests { report.add(test, try judge(test) { ModelEngine($0).verdict }) }
            case .bpf:
                try ProgramEngine.with { engine in
                    for test in tests {
                        report.add(
                            test,
                            try judge(test) {
                                try engine.load($0)
                                return engine.verdict
                            })
                    }
                }
            }
        } catch {
            throw report.problems.isEmpty ? fabctl.report(NodeError(.system, "\(error)", hint: "--engine model needs no kernel")) : ExitCode(65)
        }
        switch format {
        case .text: Output.write(report.text)
        case .json: Output.write(report.structured.json(pretty: true) + "\n")
        case .junit: Output.write(report.junit)
        }
        if !report.problems.isEmpty { throw ExitCode(NodeError.Kind.invalid.rawValue) }
        if !report.failures.isEmpty { throw ExitCode(1) }
    }

    private func readTests(_ file: String) throws(PolicyProblems) -> [UInt8] {
        do throws(NodeError) {
            return try readInput(file)
        } catch {
            let problem = PolicyProblem(
                file: file, position: YAMLPosition(line: 1, column: 1), document: 0, path: "", type: .required, message: error.message)
            if let problems = PolicyProblems([problem]) { throw problems }
            return []
        }
    }

    /// - Parameter engine: makes what answers for a cluster.
    private func judge(
        _ test: PolicyTestCase, _ engine: (TestCluster) throws -> (PolicyProbe) throws(TestError) -> Verdict
    ) throws -> [Verdict] {
        guard !test.expectsRefusal, test.manifests.problems.isEmpty, !test.probes.isEmpty else { return [] }
        do {
            let answer = try engine(try TestCluster(test.cluster, policies: [StoredPolicy](test.manifests.policies)))
            var verdicts: [Verdict] = []
            for probe in test.probes {
                do throws(TestError) {
                    verdicts.append(try answer(probe))
                } catch {
                    verdicts.append(Verdict(failure: error.description))
                }
            }
            return verdicts
        }
    }
}
