import CFabricABI
public import Model
import Net
import Policy

/// What the policies in the documents come to on this node: who the peers are, and for each pod the rules that are about it. Entries are
/// made of it pod by pod, so that what is compiled already costs no more than its fingerprint.
public struct PolicyPlan: Sendable {
    /// One `spec`, with the numbers of its rules.
    struct Unit: Sendable {
        let policy: StoredPolicy
        let spec: NetworkPolicy
        let firstRule: UInt32
    }

    /// Pods that the same policies are about, and that are alike to them.
    struct Subject: Sendable {
        let kind: Int
        let sides: [SubjectSide]
        let fingerprint: Fingerprint
    }

    var resolver: PeerResolver
    let units: [Unit]
    private(set) var subjects: [Subject] = []
    /// By place of the endpoint in the documents, its subject; nil when no policy is about it.
    public private(set) var subjectOfEndpoint: [Int?] = []

    /// Of the way in which rules become entries: entries compiled in another way are not taken for these.
    private static let version: UInt32 = 1

    public init(_ desired: Desired) {
        var units: [Unit] = []
        for policy in desired.policies {
            var first = policy.number + 1
            for spec in policy.specs {
                units.append(Unit(policy: policy, spec: spec, firstRule: first))
                first += UInt32(spec.rules.count)
            }
        }
        // Stable: equal priorities by the names of the policies.
        units = units.enumerated().sorted {
            ($0.element.spec.tier, $0.element.spec.priority, $0.offset) < ($1.element.spec.tier, $1.element.spec.priority, $1.offset)
        }.map(\.element)
        self.units = units
        resolver = PeerResolver(desired)
        let kinds = resolver.ends.endpoints
        subjectOfEndpoint = Array(repeating: nil, count: kinds.count)
        guard !units.isEmpty, !kinds.isEmpty else { return }

        let present = Array(Set(kinds)).sorted()
        var index = SelectorIndex(present.map { [ends = resolver.ends.kinds] in ends[$0].pod })
        var unitsOf: [[Int]] = Array(repeating: [], count: present.count)
        for (place, unit) in units.enumerated() {
            for subject in index.places(unit.spec.subject) { unitsOf[subject].append(place) }
        }
        var rules = RuleResolver(units: units)
        var places: [Int: Int] = [:]
        for (place, kind) in present.enumerated() where !unitsOf[place].isEmpty {
            let sides = PolicyDirection.allCases.map { SubjectSide($0, unitsOf[place], kind, &rules, &resolver) }
            var hash = SipHash(key: desired.policyRegistry.key)
            hash.combine(Self.version)
            for side in sides { side.combine(into: &hash, kind, &resolver) }
            places[kind] = subjects.count
            subjects.append(Subject(kind: kind, sides: sides, fingerprint: hash.finish()))
        }
        subjectOfEndpoint = kinds.map { places[$0] }
    }

    /// Gives ids to what is to be compiled and numbers to sets of isolating policies, and lets those go that are no longer used.
    /// - Parameters:
    ///   - now: ns, CLOCK_MONOTONIC.
    ///   - forgetAfter: ns after which the history no longer mentions what is gone.
    public func register(in registry: inout PolicyRegistry, now: UInt64, forgetAfter: UInt64) {
        let wanted = Set(subjects.map(\.fingerprint))
        registry.compiled.removeAll { !wanted.contains($0.fingerprint) }
        var known = Set(registry.compiled.map(\.fingerprint))
        for subject in subjects where known.insert(subject.fingerprint).inserted {
            registry.compiled.append(PolicyRegistry.Compiled(id: registry.nextCompiled, fingerprint: subject.fingerprint))
            registry.nextCompiled += 1
        }
        let sets = Set(subjects.flatMap { $0.sides.flatMap { [$0.isolating, $0.isolatingFromHost] } }.filter { !$0.isEmpty })
        var numbered: Set<[UInt32]> = []
        for index in registry.isolations.indices {
            let isUsed = sets.contains(registry.isolations[index].policies)
            registry.isolations[index].unusedSince = isUsed ? nil : registry.isolations[index].unusedSince ?? now
            numbered.insert(registry.isolations[index].policies)
        }
        for set in sets.subtracting(numbered).sorted(by: { $0.lexicographicallyPrecedes($1) }) {
            registry.isolations.append(PolicyRegistry.Isolation(number: registry.nextNumber, policies: set))
            registry.nextNumber += 1
        }
        registry.isolations.removeAll { $0.unusedSince.map { now &- $0 > forgetAfter } ?? false }
        registry.retired.removeAll { now &- $0.since > forgetAfter }
    }

    /// What has no id yet lets nothing through.
    public static let unregistered = UInt32.max

    /// Ids of the compiled policies by place of the endpoint; 0 when no policy is about it.
    public func ids(_ registry: PolicyRegistry) -> [UInt32] {
        let ids = Dictionary(registry.compiled.map { ($0.fingerprint, $0.id) }, uniquingKeysWith: { first, _ in first })
        return subjectOfEndpoint.map { place in place.map { ids[subjects[$0].fingerprint] ?? Self.unregistered } ?? 0 }
    }

    /// The entries of each id that is asked for.
    public func compiled(_ registry: PolicyRegistry, where wanted: (UInt32) -> Bool = { _ in true }) -> [CompiledPolicy] {
        let ids = Dictionary(registry.compiled.map { ($0.fingerprint, $0.id) }, uniquingKeysWith: { first, _ in first })
        let isolations = Dictionary(registry.isolations.map { ($0.policies, $0.number) }, uniquingKeysWith: { first, _ in first })
        var done: Set<UInt32> = []
        var out: [CompiledPolicy] = []
        var resolver = resolver
        for subject in subjects {
            guard let id = ids[subject.fingerprint], wanted(id), done.insert(id).inserted else { continue }
            var policy = CompiledPolicy(id: id)
            for side in subject.sides { side.compile(into: &policy, subject.kind, isolations: isolations, &resolver) }
            out.append(policy)
        }
        return out
    }
}
