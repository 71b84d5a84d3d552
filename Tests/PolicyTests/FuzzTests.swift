import FoundationEssentials
import Testing
import YAML

@testable import Policy

/// Mutated manifests: no crash, no silence about what is refused, and what is accepted is whole.
/// `FABCTL_POLICY_MUTATIONS` sets how many (`make fuzz`), `FABCTL_POLICY_SEED` where they begin.
@Suite struct FuzzTests {
    private static func setting(_ name: String, or value: Int) -> Int { ProcessInfo.processInfo.environment[name].flatMap { Int($0) } ?? value }

    /// The manifests of every case, valid and invalid, one text each.
    private static let texts: [[UInt8]] = {
        var texts: [[UInt8]] = []
        for test in Cases.valid where !test.manifests.policies.isEmpty {
            texts.append(Array(test.manifests.policies.map { $0.manifest.yaml() }.joined(separator: "---\n").utf8))
        }
        for name in Cases.invalid {
            guard let bytes = try? Cases.bytes("invalid", name), let document = try? YAMLReader.documents(in: bytes, file: name).first,
                let text = document.cursor["policyText"]?.node.string
            else { continue }
            texts.append(Array(text.utf8))
        }
        return texts.filter { $0.count < 4000 }
    }()

    @Test func mutatedManifests() throws {
        #expect(Self.texts.count > 150)
        var mutation = Mutation(seed: UInt64(Self.setting("FABCTL_POLICY_SEED", or: 1)))
        var accepted = 0
        var refused = 0
        let count = Self.setting("FABCTL_POLICY_MUTATIONS", or: 3000)
        for _ in 0..<count {
            let base = Self.texts[mutation.below(Self.texts.count)]
            let text = mutation.mutate(base, other: Self.texts[mutation.below(Self.texts.count)])
            let set = ManifestReader.read(text, file: "f")
            if set.problems.isEmpty { accepted += 1 } else { refused += 1 }
            check(set, text)
        }
        // Both happen, or the mutations are of no use.
        #expect(accepted > count / 50 && refused > count / 4, "\(accepted) accepted, \(refused) refused")
    }

    private func check(_ set: ManifestSet, _ bytes: [UInt8]) {
        let text = { String(decoding: bytes, as: UTF8.self) }
        // The parser puts the end of a text on a line of its own.
        let lines = bytes.count { $0 == UInt8(ascii: "\n") } + 2
        for problem in set.problems where problem.message.isEmpty || problem.position.line < 1 || problem.position.column < 1 {
            Issue.record("a problem without place or message: \(problem) in \(text())")
        }
        // Marks of other line ends (CR, NEL, LS, PS) count as lines too.
        if !bytes.contains(where: { $0 == 0x0d || $0 >= 0x80 }) {
            for problem in set.problems where problem.position.line > lines { Issue.record("a place beyond the text: \(problem) in \(text())") }
        }
        guard set.problems.isEmpty else { return }
        let policies = set.networkPolicies
        // Written again as YAML and as JSON, it says the same.
        for form in [{ (value: StructuredValue) in value.yaml() }, { $0.json() }] {
            let again = set.policies.map { ManifestReader.read(Array(form($0.manifest).utf8), file: "f") }
            if again.flatMap(\.networkPolicies) != policies || again.contains(where: { !$0.problems.isEmpty }) {
                Issue.record("written again it is read as another: \(text())")
            }
        }
    }
}
