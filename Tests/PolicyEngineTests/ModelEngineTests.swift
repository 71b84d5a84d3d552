import Policy
import PolicyTest
import Model
import Testing

@Suite struct ModelEngineTests {
    /// Every probe of every acceptance case.
    @Test(arguments: Cases.categories)
    func compiledEntriesSayWhatTheCasesExpect(category: String) throws {
        for name in Cases.index[category] ?? [] {
            for test in try Cases.read(category, name) {
                let engine = ModelEngine(try TestCluster(test.cluster, policies: [StoredPolicy](test.manifests.policies)))
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
