import BPF
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
    /// - Parameters:
    ///   - before: the state that is changed; nil: all is planned anew.
    ///   - now: ns, CLOCK_MONOTONIC.
    mutating func planPolicies(since before: Desired? = nil, now: UInt64) -> PolicyPlan {
        if policyRegistry.key == Fingerprint(high: 0, low: 0), !policies.isEmpty {
            policyRegistry.key = Fingerprint(high: .random(in: 1...(.max)), low: .random(in: 0...(.max)))
        }
        let plan = before.map { PolicyPlan(self, since: $0) } ?? PolicyPlan(self)
        plan.register(in: &policyRegistry, endpoints: endpoints, now: now, forgetAfter: Self.memory)
        return plan
    }

    /// What has to be written to maps that are as `before` says.
    func policyStep(since before: Desired, _ plan: PolicyPlan) -> PolicyStep {
        let old = Set(before.policyRegistry.compiled.map(\.id))
        let gone = old.subtracting(policyRegistry.compiled.map(\.id))
        var prefixes: [Prefix: fabric_prefix_value]?
        if !plan.isPart, PolicyPlan.prefixesMayDiffer(before, self) { prefixes = PolicyPlan.prefixes(before) }
        return .difference(
            added: plan.compiled(policyRegistry) { !old.contains($0) },
            gone: { gone.isEmpty ? [] : PolicyPlan(before, having: gone, before: plan).compiled(before.policyRegistry, where: gone.contains) },
            prefixes: prefixes)
    }
}

extension Node {
    /// Carries out a change of nothing but policies: work in proportion to what changes, on a node where all else is as `before` says.
    /// - Returns: false, with nothing done, when there is more to it.
    func carryOutPolicies(_ desired: Desired, before: Desired, _ plan: PolicyPlan) throws(NodeError) -> Bool {
        guard plan.isPart, desired.registry.nextHops == before.registry.nextHops, desired.registry.groups == before.registry.groups,
            desired.staticRoutes == before.staticRoutes
        else { return false }
        var changed: [UInt32: UInt32] = [:]
        for (old, new) in zip(before.policyRegistry.assigned, desired.policyRegistry.assigned) where old.compiled != new.compiled {
            changed[new.endpoint] = new.compiled
        }
        return try mapping { () throws(BPFError) in
            try MapSync(try DatapathMaps.open(directory: maps)).applyPolicies(
                changed, revision: desired.registry.revision, desired.policyStep(since: before, plan))
        }
    }
}
