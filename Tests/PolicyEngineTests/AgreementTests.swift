import Glibc
import Model
import Policy
import PolicyTest
import Testing

let isRoot = geteuid() == 0

/// Three that must say the same: the meaning of the APIs taken word by word, the compiled entries, and the programs.
@Suite struct AgreementTests {
    /// Probes to be asked: FABCTL_FUZZ, or a share that takes seconds.
    private static let wanted = getenv("FABCTL_FUZZ").flatMap { Int(String(cString: $0)) } ?? 4000
    private static let probesOfACase = 40
    /// Of a run that is asked to be long, another one each time.
    private static let seed: UInt64 = getenv("FABCTL_FUZZ_SEED").flatMap { UInt64(String(cString: $0)) } ?? 20_261_126

    private func check(_ engine: (TestCluster) throws -> (PolicyProbe) throws -> Verdict) throws {
        var asked = 0
        var seed = Self.seed
        var wrong: [String] = []
        while asked < Self.wanted, wrong.count < 10 {
            let random = RandomCase(seed: seed, probes: Self.probesOfACase)
            let naive = NaiveEvaluator(random.cluster, random.policies)
            let stored = [StoredPolicy](specs: random.policies.map { ($0.key, [$0]) })
            let answer = try engine(try TestCluster(random.cluster, policies: stored))
            for probe in random.probes {
                let verdict = try answer(probe)
                asked += 1
                if verdict.isAllowed != naive.allows(probe) {
                    wrong.append("seed \(seed): \(probe): \(verdict.isAllowed ? "allowed" : "denied"): \(verdict.reason)")
                }
            }
            seed &+= 1
        }
        #expect(wrong.isEmpty, "\(wrong.joined(separator: "\n"))")
    }

    @Test func compiledEntriesMeanWhatTheAPIsMean() throws {
        try check { ModelEngine($0).verdict }
    }

    @Test(.enabled(if: isRoot, "needs root: loads programs")) func programsDoWhatTheAPIsMean() throws {
        try ProgramEngine.with { engine in
            try check {
                try engine.load($0)
                return engine.verdict
            }
        }
    }
}
