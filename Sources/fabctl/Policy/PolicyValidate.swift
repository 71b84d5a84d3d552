import ArgumentParser
import Node
import Policy
import YAML

/// `fabctl policy validate`
struct PolicyValidate: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "validate", abstract: "Says everything that is wrong with manifests of policies.",
        discussion: """
            Judges as the API server does, with unknown and repeated fields refused. Each problem has its place and the path of its field:

              web.yaml:12:20: spec.ingress[0].ports[0].endPort: 70 must not be less than port, 80

            Nothing is changed, and nothing need be installed. The exit code is 65 when anything is wrong, in every format.
            """)

    @OptionGroup var manifests: ManifestOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let set = manifests.read()
        output.write(PolicyProblems.structured(set.problems)) { text(set) }
        if output.format == .text, set.problems.isEmpty, !set.skipped.isEmpty {
            let kinds = Set(set.skipped.map(\.kind)).sorted().joined(separator: ", ")
            Output.note("Note: \(set.skipped.count) of other kinds were passed over: \(kinds)")
        }
        if !set.problems.isEmpty { throw ExitCode(NodeError.Kind.invalid.rawValue) }
    }

    private func text(_ set: ManifestSet) -> String {
        guard set.problems.isEmpty else { return set.problems.map { "\($0)\n" }.joined() }
        let counts = [
            (set.policies.count, "policy", "policies"), (set.cluster.namespaces.count, "namespace", "namespaces"),
            (set.cluster.pods.count, "pod", "pods"), (set.cluster.nodes.count, "node", "nodes"),
        ]
        let parts = counts.filter { $0.0 > 0 }.map { "\($0.0) \($0.0 == 1 ? $0.1 : $0.2)" }
        return (parts.isEmpty ? "no policies" : parts.joined(separator: ", ")) + ": valid\n"
    }
}
