import CFabricABI
import FuzzSupport
import Model
import Net
import Policy
import PolicyTest
import Testing

@testable import Compiler

/// Planning a change, which looks at no more than what the change is about, comes to what planning everything comes to.
@Suite struct ChangePlanTests {
    private static let now: UInt64 = 1

    /// Policies come and go on every node of random clusters, some with blocks that no other names.
    @Test func aChangeIsPlannedAsTheWholeIs() throws {
        var parts = 0, all = 0
        for seed in UInt64(900_000)..<900_120 {
            var generator = Seeded(seed)
            let random = RandomCase(seed: seed, probes: 0)
            let pool = random.policies + RandomCase(seed: seed + 1_000_000, probes: 0).policies.map { Self.renamed($0) }
            for node in try TestCluster(random.cluster, policies: []).nodes {
                var desired = node.desired
                desired.policyRegistry.key = Fingerprint(high: 1, low: 2)
                PolicyPlan(desired).register(in: &desired.policyRegistry, endpoints: desired.endpoints, now: Self.now, forgetAfter: 0)
                for _ in 0..<8 {
                    let before = desired
                    Self.change(&desired, pool, &generator)
                    let plan = PolicyPlan(desired, since: before)
                    plan.register(in: &desired.policyRegistry, endpoints: desired.endpoints, now: Self.now, forgetAfter: 0)
                    all += 1
                    parts += plan.isPart ? 1 : 0
                    try Self.compare(plan, desired, before)
                }
            }
        }
        #expect(parts > all / 3 && parts < all, "\(parts) of \(all)")
    }

    private static func compare(_ plan: PolicyPlan, _ desired: Desired, _ before: Desired) throws {
        let whole = PolicyPlan(desired)
        let ids = whole.ids(desired.policyRegistry)
        #expect(ids == plan.ids(desired.policyRegistry))
        #expect(ids == desired.policyRegistry.assigned.map(\.compiled))
        // Registering everything finds everything registered.
        var registry = desired.policyRegistry
        whole.register(in: &registry, endpoints: desired.endpoints, now: now, forgetAfter: 0)
        #expect(registry == desired.policyRegistry)
        // What is new is compiled to the same, and what goes is what there was.
        let old = Set(before.policyRegistry.compiled.map(\.id)), new = Set(desired.policyRegistry.compiled.map(\.id))
        #expect(
            tables(plan.compiled(desired.policyRegistry) { !old.contains($0) })
                == tables(whole.compiled(desired.policyRegistry) { !old.contains($0) }))
        let gone = old.subtracting(new)
        #expect(
            tables(PolicyPlan(before, having: gone).compiled(before.policyRegistry, where: gone.contains))
                == tables(PolicyPlan(before).compiled(before.policyRegistry, where: gone.contains)))
        if plan.isPart {
            let was = compile(before, links: [:], cpus: 1), now = compile(desired, links: [:], cpus: 1)
            #expect(was.addresses.mapValues(\.peer.0) == now.addresses.mapValues(\.peer.0))
            #expect(was.prefixes.mapValues(\.peer) == now.prefixes.mapValues(\.peer))
        }
    }

    private static func tables(_ compiled: [CompiledPolicy]) -> [UInt32: [CompiledPolicy.Place: PortTable]] {
        Dictionary(uniqueKeysWithValues: compiled.map { ($0.id, $0.tables) })
    }

    private static func change(_ desired: inout Desired, _ pool: [NetworkPolicy], _ random: inout Seeded) {
        for _ in 0..<Int.random(in: 1...2, using: &random) {
            guard let policy = pool.randomElement(using: &random) else { return }
            if let place = desired.policies.firstIndex(where: { $0.key == policy.key }) {
                desired.policies.remove(at: place)
            } else {
                var stored = StoredPolicy(key: policy.key, specs: [policy])
                stored.number = desired.policyRegistry.nextNumber
                desired.policyRegistry.nextNumber += stored.numbers
                desired.policies.append(stored)
                desired.policies.sort { $0.key < $1.key }
            }
        }
    }

    private static func renamed(_ policy: NetworkPolicy) -> NetworkPolicy {
        var policy = policy
        policy.name = "other-\(policy.name)"
        return policy
    }
}
