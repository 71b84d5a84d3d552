import CFabricABI
public import Model
import Net
import Policy

/// What the policies in the documents come to on this node: who the peers are, and for each pod the rules that are about it. Entries are
/// made of it pod by pod, so that what is compiled already costs no more than its fingerprint.
public struct PolicyPlan: Sendable {
    /// One `spec`, with the numbers of its rules.
    struct Unit: Sendable {
        /// The policy's number.
        let policy: UInt32
        let spec: NetworkPolicy
        let firstRule: UInt32
    }

    /// Pods that the same policies are about, and that are alike to them.
    struct Subject: Sendable {
        let kind: Int
        let sides: [SubjectSide]
        let fingerprint: Fingerprint

        /// Sets of isolating policies that its entries name.
        var isolations: [[UInt32]] { sides.flatMap { [$0.isolating, $0.isolatingFromHost] }.filter { !$0.isEmpty } }
    }

    var resolver: PeerResolver
    private(set) var subjects: [Subject] = []
    /// By place of the endpoint in the documents.
    private var holders: [Holder]
    /// It is a part: who addresses are is as before, and the other endpoints have what they had.
    public let isPart: Bool

    /// An endpoint, and what it has.
    private enum Holder {
        /// No policy is about it.
        case nothing
        case subject(Int)
        /// It is not of this plan.
        case asBefore
    }

    /// Of the way in which rules become entries: entries compiled in another way are not taken for these.
    static let version: UInt32 = 1

    /// Everything.
    public init(_ desired: Desired) { self.init(desired, only: nil) }

    /// - Parameters:
    ///   - only: places of endpoints; nil for all.
    ///   - resolver: of documents with the same ends and blocks, if there is one already.
    init(_ desired: Desired, only places: [Int]?, _ resolver: PeerResolver? = nil) {
        self.resolver = resolver ?? PeerResolver(desired)
        isPart = places != nil
        let kinds = self.resolver.ends.endpoints
        holders = Array(repeating: places == nil ? .nothing : .asBefore, count: kinds.count)
        let present = Array(Set(places?.map { kinds[$0] } ?? kinds)).sorted()
        for place in places ?? [] { holders[place] = .nothing }
        let units = Self.units(desired)
        guard !units.isEmpty, !present.isEmpty else { return }
        var index = SelectorIndex(present.map { [ends = self.resolver.ends.kinds] in ends[$0] })
        var unitsOf: [[Int]] = Array(repeating: [], count: present.count)
        for (place, unit) in units.enumerated() {
            for subject in index.places(unit.spec.subject) { unitsOf[subject].append(place) }
        }
        var rules = RuleResolver(units: units)
        var subjectOfKind: [Int: Int] = [:]
        for (place, kind) in present.enumerated() where !unitsOf[place].isEmpty {
            let sides = PolicyDirection.allCases.map { SubjectSide($0, unitsOf[place], kind, &rules, &self.resolver) }
            var hash = SipHash(key: desired.policyRegistry.key)
            hash.combine(Self.version)
            for side in sides { side.combine(into: &hash, kind, &self.resolver) }
            subjectOfKind[kind] = subjects.count
            subjects.append(Subject(kind: kind, sides: sides, fingerprint: hash.finish()))
        }
        for place in places ?? Array(kinds.indices) { holders[place] = subjectOfKind[kinds[place]].map { .subject($0) } ?? .nothing }
    }

    /// In the order of evaluation; of equal priorities by the names of the policies.
    private static func units(_ desired: Desired) -> [Unit] {
        var units: [Unit] = []
        units.reserveCapacity(desired.policies.count)
        for policy in desired.policies {
            var first = policy.number + 1
            for spec in policy.specs {
                units.append(Unit(policy: policy.number, spec: spec, firstRule: first))
                first += UInt32(spec.rules.count)
            }
        }
        let order = units.indices.sorted {
            (units[$0].spec.tier, units[$0].spec.priority, $0) < (units[$1].spec.tier, units[$1].spec.priority, $1)
        }
        return order.map { units[$0] }
    }

    /// Gives ids to what is to be compiled and numbers to sets of isolating policies, and lets those go that are no longer used.
    /// - Parameters:
    ///   - registry: of a part, that of the state before.
    ///   - endpoints: of the same documents.
    ///   - now: ns, CLOCK_MONOTONIC.
    ///   - forgetAfter: ns after which the history no longer mentions what is gone.
    public func register(in registry: inout PolicyRegistry, endpoints: [Endpoint], now: UInt64, forgetAfter: UInt64) {
        var places = Dictionary(registry.compiled.enumerated().map { ($1.fingerprint, $0) }, uniquingKeysWith: { first, _ in first })
        for subject in subjects where places[subject.fingerprint] == nil {
            places[subject.fingerprint] = registry.compiled.count
            registry.compiled.append(PolicyRegistry.Compiled(id: registry.nextCompiled, fingerprint: subject.fingerprint))
            registry.nextCompiled += 1
        }
        registry.assigned = zip(endpoints, holders).enumerated().map { place, item in
            switch item.1 {
            case .nothing: PolicyRegistry.Assignment(endpoint: item.0.id, compiled: 0)
            case .subject(let subject):
                PolicyRegistry.Assignment(
                    endpoint: item.0.id, compiled: places[subjects[subject].fingerprint].map { registry.compiled[$0].id } ?? 0)
            case .asBefore: registry.assigned[place]
            }
        }
        registry.compiler = Self.version

        let sets = Set(subjects.flatMap(\.isolations))
        var numbers = Dictionary(registry.isolations.map { ($0.policies, $0.number) }, uniquingKeysWith: { first, _ in first })
        for set in sets.subtracting(numbers.keys).sorted(by: { $0.lexicographicallyPrecedes($1) }) {
            registry.isolations.append(PolicyRegistry.Isolation(number: registry.nextNumber, policies: set))
            numbers[set] = registry.nextNumber
            registry.nextNumber += 1
        }
        for subject in subjects {
            guard let place = places[subject.fingerprint] else { continue }
            registry.compiled[place].isolations = Set(subject.isolations.compactMap { numbers[$0] }).sorted()
        }
        let held = Set(registry.assigned.map(\.compiled))
        registry.compiled.removeAll { !held.contains($0.id) }
        let used = Set(registry.compiled.flatMap(\.isolations))
        for index in registry.isolations.indices {
            let isUsed = used.contains(registry.isolations[index].number)
            registry.isolations[index].unusedSince = isUsed ? nil : registry.isolations[index].unusedSince ?? now
        }
        registry.isolations.removeAll { $0.unusedSince.map { now &- $0 > forgetAfter } ?? false }
        registry.retired.removeAll { now &- $0.since > forgetAfter }
    }

    /// What has no id yet lets nothing through.
    public static let unregistered = UInt32.max

    /// Ids of the compiled policies by place of the endpoint; 0 when no policy is about it.
    public func ids(_ registry: PolicyRegistry) -> [UInt32] {
        let ids = Dictionary(registry.compiled.map { ($0.fingerprint, $0.id) }, uniquingKeysWith: { first, _ in first })
        return holders.enumerated().map { place, holder in
            switch holder {
            case .nothing: 0
            case .subject(let subject): ids[subjects[subject].fingerprint] ?? Self.unregistered
            case .asBefore: registry.assigned[place].compiled
            }
        }
    }

    /// Of each endpoint's compiled policy; nil when no policy is about it.
    func fingerprints() -> [Fingerprint?] {
        holders.map { holder in
            if case .subject(let place) = holder { return subjects[place].fingerprint }
            return nil
        }
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
