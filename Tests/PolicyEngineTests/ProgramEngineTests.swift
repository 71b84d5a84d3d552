import Model
import Policy
import PolicyTest
import Testing

@Suite(.enabled(if: isRoot, "needs root: loads programs"))
struct ProgramEngineTests {
    /// Every probe of every acceptance case, as packets through the programs.
    @Test func programsDoWhatTheCasesExpect() throws {
        try ProgramEngine.with { engine in
            for category in Cases.categories {
                for name in Cases.index[category] ?? [] {
                    for test in try Cases.read(category, name) {
                        try engine.load(try TestCluster(test.cluster, policies: [StoredPolicy](test.manifests.policies)))
                        var wrong: [String] = []
                        for probe in test.probes {
                            let verdict = try engine.verdict(probe)
                            if verdict.isAllowed != probe.expectsAllow { wrong.append("\(probe): \(verdict.reason)") }
                        }
                        #expect(wrong.isEmpty, "\(name): \(wrong.count) of \(test.probes.count): \(wrong.prefix(5))")
                    }
                }
            }
        }
    }
}
