import Net
import YAML

/// Reads files of policy tests:
///
///     name: web-is-closed
///     cluster:
///       name: default                # optional: the value of Cilium's cluster label
///       nodes:      [{name: node1, ips: ["fd00:beef::1"], podCIDRs: ["fd00:cafe:0:1::/64"], labels: {}}]
///       namespaces: [{name: x, labels: {team: a}}]
///       pods:       [{namespace: x, name: a, node: node1, ips: ["fd00:cafe:0:1::a"], labels: {app: web},
///                     ports: [{name: http, port: 80, protocol: TCP}], hostNetwork: false, serviceAccount: web}]
///     policies: [...]                # manifests; or policyText, a text of them
///     probes:
///       - {from: x/a, to: "ip:2001:db8::1", protocol: TCP, port: 80, expect: deny}
///       - {from: x/a, to: "node:node1", protocol: ICMPv6, icmpType: 128, expect: allow}
///     expectInvalid:                 # instead of probes: what validation must name
///       - {path: "spec.ingress[0].ports[0].endPort", type: Invalid}
///     acceptablePaths: []
///
/// Of several documents each is a case.
public enum PolicyTestReader {
    private static let fields = [
        "name", "category", "source", "description", "sequence", "cluster", "policies", "policyText", "probes", "expectInvalid", "acceptablePaths",
        "reason",
    ]

    /// - Parameter file: how messages name the bytes.
    /// - Throws: everything that is wrong with the cases themselves; not what is wrong with their policies.
    public static func read(_ bytes: [UInt8], file: String) throws(PolicyProblems) -> [PolicyTestCase] {
        var problems: [PolicyProblem] = []
        var cases: [PolicyTestCase] = []
        for (index, result) in YAMLReader.recovering(bytes, file: file).enumerated() {
            let report = Report(file: file, document: index)
            switch result {
            case .failure(let error): report.add(.syntax, at: error.position, "", error.message)
            case .success(let document):
                guard !document.isEmpty else { continue }
                if let test = read(Field(root: document.root, report: report)) { cases.append(test) }
            }
            problems += report.problems
        }
        if cases.isEmpty, problems.isEmpty {
            let message = "there is no test in this file"
            problems.append(
                PolicyProblem(file: file, position: YAMLPosition(line: 1, column: 1), document: 0, path: "", type: .required, message: message))
        }
        if let problems = PolicyProblems(problems) { throw problems }
        return cases
    }

    private static func read(_ root: Field) -> PolicyTestCase? {
        guard let object = root.object(fields) else { return nil }
        root.reportRepeatedKeys(except: "policies")
        let report = root.report
        var test = PolicyTestCase(
            file: report.file, position: root.node.position, name: object["name"]?.string() ?? "", category: object["category"]?.string(),
            cluster: ClusterObjects(), manifests: ManifestSet(), probes: [], expectInvalid: [], acceptablePaths: [])
        if object["name"] == nil { object.fail(.required, key: "name", "must be there") }
        if let cluster = object["cluster"] { test.cluster = PolicyTestCluster.read(cluster) }
        for manifest in object["policies"]?.elements() ?? [] {
            ManifestReader.read(manifest.node, file: report.file, document: report.document, into: &test.manifests)
        }
        if let text = object["policyText"], let string = text.string() {
            if object["policies"] != nil { text.fail(.forbidden, "must not be there beside policies") }
            test.manifests.add(ManifestReader.read(Array(string.utf8), file: "\(report.file) policyText"))
        }
        for probe in object["probes"]?.elements() ?? [] {
            if let probe = PolicyTestCluster.probe(probe) { test.probes.append(probe) }
        }
        for element in object["expectInvalid"]?.elements() ?? [] {
            guard let fields = element.object(["path", "type"]) else { continue }
            let type = fields["type"]?.choice(PolicyProblem.Class.allCases.map(\.rawValue))
            guard let path = fields["path"] else {
                fields.fail(.required, key: "path", "must be there; '' is the whole document")
                continue
            }
            if let path = path.string() { test.expectInvalid.append(ExpectedProblem(path: path, type: type.flatMap { .init(rawValue: $0) })) }
        }
        test.acceptablePaths = object["acceptablePaths"]?.strings()?.map(\.text) ?? []
        if object["probes"] == nil, object["expectInvalid"] == nil { object.fail(.required, key: "probes", "must have probes or expectInvalid") }
        return test
    }
}

extension Field {
    /// Of this mapping and what is below, but for one key of it.
    fileprivate func reportRepeatedKeys(except key: String) {
        guard let mapping = node.mapping else { return }
        reportOwnRepeatedKeys()
        for entry in mapping where entry.key != key { self[entry.key]?.reportRepeatedKeys() }
    }
}
