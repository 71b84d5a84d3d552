import CFabricABI
import Compiler
import Datapath
import Model
import Net
import Policy

extension Desired {
    /// How long the history can mention what is gone, in nanoseconds.
    private static let memory: UInt64 = 24 * 3600 * 1_000_000_000

    /// Plans what policies come to, and registers the numbers that it takes. To be called once on every change.
    /// - Parameter now: ns, CLOCK_MONOTONIC.
    mutating func planPolicies(now: UInt64) -> PolicyPlan {
        if policyRegistry.key == Fingerprint(high: 0, low: 0), !policies.isEmpty {
            policyRegistry.key = Fingerprint(high: .random(in: 1...(.max)), low: .random(in: 0...(.max)))
        }
        let plan = PolicyPlan(self)
        plan.register(in: &policyRegistry, now: now, forgetAfter: Self.memory)
        return plan
    }

    /// What has to be written to maps that are as `before` says.
    func policyStep(since before: Desired, _ plan: PolicyPlan) -> PolicyStep {
        let old = Set(before.policyRegistry.compiled.map(\.id))
        let gone = old.subtracting(policyRegistry.compiled.map(\.id))
        var prefixes: [Prefix: fabric_prefix_value]?
        if PolicyPlan.prefixesMayDiffer(before, self) { prefixes = PolicyPlan.prefixes(before) }
        return .difference(
            added: plan.compiled(policyRegistry) { !old.contains($0) },
            gone: { gone.isEmpty ? [] : PolicyPlan(before).compiled(before.policyRegistry, where: gone.contains) }, prefixes: prefixes)
    }
}
