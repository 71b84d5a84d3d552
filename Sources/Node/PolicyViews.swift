import BPF
import CFabricABI
public import Compiler
import Datapath
public import Model
import Net
public import Policy

/// A policy in force.
public struct PolicyView: Sendable {
    public let key: PolicyKey
    public let number: UInt32
    /// `admin`, `networkPolicy` or `baseline`.
    public let tier: String
    /// Of the tiers that have one.
    public let priority: Int32?
    public let rules: Int
    /// Directions in which its pods are denied what no rule allows.
    public let isolates: [String]
    /// Of this node, that it is about.
    public let pods: [PodName]
}

/// An entry of the map of compiled policies.
public struct PolicyEntryView: Sendable {
    public let policy: UInt32
    /// Of this node, that have it.
    public let pods: [PodName]
    public let direction: PolicyDirection
    /// 0: any peer.
    public let peer: UInt32
    public let description: PeerDescription?
    public let labels: [String]
    public let key: PortKey
    public let isAllowed: Bool
    public let isDefault: Bool
    public let rule: UInt32
    public let meaning: RuleMeaning?
    public let precedence: UInt32
    public let packets: UInt64
}

/// What `policy verify` found.
public struct PolicyVerification: Sendable {
    public let revision: UInt32
    public let policies: Int
    public let compiled: Int
    public let entries: Int
    public let problems: [Problem]
}

extension Node {
    /// The policies of the documents, sorted.
    public func policyViews() throws(NodeError) -> [PolicyView] {
        let desired = try desired()
        let selections = PolicyPlan(desired).selections(desired).filter(\.isSubject)
        return desired.policies.map { policy in
            let first = policy.specs.first
            let subjects = Set(policy.specs.map(\.subject.description))
            let pods = Set(selections.filter { $0.policies.contains(policy.key) && subjects.contains($0.selector) }.flatMap(\.pods))
            let isolates = PolicyDirection.allCases.filter { direction in policy.specs.contains { $0.isolates.contains(direction) } }
            return PolicyView(
                key: policy.key, number: policy.number, tier: first.map { "\($0.tier)" } ?? "",
                priority: first.flatMap { $0.tier == .networkPolicy ? nil : $0.priority }, rules: policy.rules.count,
                isolates: isolates.map(\.name), pods: pods.sorted())
        }
    }

    /// Whom the selectors of all policies select.
    public func policySelections() throws(NodeError) -> [Selection] {
        let desired = try desired()
        return PolicyPlan(desired).selections(desired)
    }

    /// Every entry of the map of compiled policies.
    /// - Parameter pod: only what it has.
    public func policyEntries(pod: PodName?) throws(NodeError) -> [PolicyEntryView] {
        let desired = try desired()
        if let pod, !desired.endpoints.contains(where: { $0.pod == pod }) {
            throw NodeError(.invalid, "there is no endpoint \(pod)", hint: "fabctl endpoint list shows them")
        }
        let (active, records, entries) = try mapping { () throws(BPFError) in
            let active: fabric_active? = try BPFMap.open(pinned: "\(maps)/active", readOnly: true).lookup(UInt32(0))
            return (
                active ?? fabric_active(),
                try BPFMap.open(pinned: "\(maps)/endpoints", readOnly: true).entries(keys: UInt32.self, values: fabric_endpoint.self),
                try BPFMap.open(pinned: "\(maps)/policies", readOnly: true).entries(keys: fabric_policy_key.self, values: fabric_policy_value.self)
            )
        }
        let names = Dictionary(desired.endpoints.map { ($0.id, $0.pod) }, uniquingKeysWith: { first, _ in first })
        var podsOf: [UInt32: [PodName]] = [:]
        for (_, record) in records {
            guard record.id != 0, let name = names[record.id] else { continue }
            podsOf[active.bank & 1 == 0 ? record.policy.0 : record.policy.1, default: []].append(name)
        }
        let peers = Dictionary(PolicyPlan(desired).peers().map { ($0.number, $0) }, uniquingKeysWith: { first, _ in first })
        let identities = Dictionary(desired.identities.identities.map { ($0.number, $0.labels) }, uniquingKeysWith: { first, _ in first })
        let meanings = RuleMeanings(desired)
        var out: [PolicyEntryView] = []
        for (key, value) in entries {
            let pods = podsOf[key.policy]?.sorted() ?? []
            if let pod, !pods.contains(pod) { continue }
            let description = peers[key.peer]
            let identity = description?.identity ?? 0
            out.append(
                PolicyEntryView(
                    policy: key.policy, pods: pods, direction: key.direction == UInt8(FABRIC_DIRECTION_INGRESS.rawValue) ? .ingress : .egress,
                    peer: key.peer, description: description,
                    labels: identities[identity] ?? (description == nil ? [] : desired.identities.labels(of: identity) ?? []), key: key.portKey,
                    isAllowed: value.verdict == UInt8(FABRIC_POLICY_ALLOW.rawValue), isDefault: value.is_default != 0, rule: value.rule,
                    meaning: meanings[value.rule], precedence: value.precedence, packets: value.packets))
        }
        return out.sorted { ($0.policy, $0.direction.rawValue, $0.peer, $0.key) < ($1.policy, $1.direction.rawValue, $1.peer, $1.key) }
    }

    /// Compares documents, what they come to, and the kernel.
    public func verifyPolicies() throws(NodeError) -> PolicyVerification {
        let documents = try documents()
        let desired = try self.desired(documents)
        var problems: [Problem] = []
        if let pending = try pendingChange(in: documents) { problems.append(pending.problem) }
        let plan = PolicyPlan(desired)
        let compiled = plan.compiled(desired.policyRegistry)
        if plan.ids(desired.policyRegistry).contains(PolicyPlan.unregistered) {
            problems.append(Problem("policy", "policies are not compiled for every pod: those pods are refused everything"))
        }
        let facts = try facts()
        let tables = compile(desired, links: facts.links, cpus: possibleCPUs, plan: plan)
        let drift = try mapping { () throws(BPFError) in try MapSync(try DatapathMaps.open(directory: maps)).drift(tables, compiled) }
        let relevant: Set<String> = ["policies", "addresses", "prefixes", "endpoints", "active"]
        for map in drift where relevant.contains(map.map) {
            problems.append(Problem("map \(map.map)", "\(map.missing) entries missing, \(map.wrong) wrong, \(map.extra) too many"))
        }
        return PolicyVerification(
            revision: desired.registry.revision, policies: desired.policies.count, compiled: compiled.count,
            entries: compiled.reduce(0) { $0 + $1.count }, problems: problems)
    }

    /// Which flows would have another verdict.
    public func policyDifference(
        applying policies: [StoredPolicy], _ objects: ClusterObjects, deleting keys: [PolicyKey]
    ) throws(NodeError) -> (changes: [VerdictChange], after: Desired) {
        let before = try desired()
        var after = before
        _ = try after.apply(policies, objects, now: monotonicNow())
        if !keys.isEmpty { _ = after.delete(keys, ClusterObjects(), now: monotonicNow()) }
        _ = after.planPolicies(now: monotonicNow())
        return (PolicyDifference(before, after).changes(), after)
    }
}
