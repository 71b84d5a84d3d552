public import Model
import Net
public import Policy

/// A flow whose verdict is another than before.
public struct VerdictChange: Hashable, Sendable {
    public let pod: PodName
    public let direction: PolicyDirection
    public let peer: PeerDescription
    public let key: PortKey
    public let before: Bool
    public let after: Bool
    /// Number of the rule that decides afterwards.
    public let rule: UInt32
}

/// Compares what two states of a node's documents let through, pod by pod and peer by peer.
public struct PolicyDifference {
    private struct Side {
        let desired: Desired
        let plan: PolicyPlan
        let ids: [PodName: UInt32]
        let compiled: [UInt32: CompiledPolicy]
        let exact: [IPAddress: UInt32]

        init(_ desired: Desired, _ plan: PolicyPlan, pods: Set<PodName>) {
            self.desired = desired
            self.plan = plan
            ids = Dictionary(zip(desired.endpoints.map(\.pod), plan.ids(desired.policyRegistry)), uniquingKeysWith: { first, _ in first })
            let wanted = Set(pods.compactMap { [ids] in ids[$0] })
            compiled = Dictionary(
                plan.compiled(desired.policyRegistry, where: wanted.contains).map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
            exact = plan.exactPeers()
        }

        func policy(of pod: PodName) -> CompiledPolicy? { ids[pod].flatMap { compiled[$0] } }

        /// - Returns: whether it is allowed, and by which rule.
        func verdict(_ policy: CompiledPolicy?, _ direction: PolicyDirection, _ peer: UInt32, _ proto: UInt8, _ port: UInt16) -> (Bool, UInt32) {
            guard let policy else { return (true, 0) }
            guard let found = policy.decision(direction, peer: peer, proto: proto, port: port) else { return (false, 0) }
            return (found.entry.decision.isAllowed, found.entry.decision.rule)
        }
    }

    private let before: Side
    private let after: Side
    private let pods: [PodName]

    /// Both states have registered their policies.
    public init(_ before: Desired, _ after: Desired) {
        let plans = (PolicyPlan(before), PolicyPlan(after))
        let old = Dictionary(
            zip(before.endpoints.map(\.pod), plans.0.fingerprints()), uniquingKeysWith: { first, _ in first })
        let new = zip(after.endpoints.map(\.pod), plans.1.fingerprints())
        let pods = new.filter { old[$0.0] != $0.1 }.map(\.0)
        self.pods = pods
        self.before = Side(before, plans.0, pods: Set(pods))
        self.after = Side(after, plans.1, pods: Set(pods))
    }

    public func changes() -> [VerdictChange] {
        var out: [VerdictChange] = []
        var peers: [(description: PeerDescription, before: UInt32, after: UInt32)] = []
        var seen: Set<[UInt32]> = []
        for description in after.plan.peers() + before.plan.peers() {
            guard let example = description.example else {
                if seen.insert([description.number, description.number]).inserted {
                    peers.append((description, description.number, description.number))
                }
                continue
            }
            let (old, new) = (before.plan.peer(of: example, in: before.exact), after.plan.peer(of: example, in: after.exact))
            if seen.insert([old, new]).inserted { peers.append((description, old, new)) }
        }
        for pod in pods {
            let (old, new) = (before.policy(of: pod), after.policy(of: pod))
            for direction in PolicyDirection.allCases {
                for peer in peers where !(direction == .ingress && peer.description.role == .host) {
                    var keys: Set<PortKey> = [.everything]
                    for (policy, number) in [(old, peer.before), (new, peer.after)] {
                        for place in [CompiledPolicy.Place(direction, number), CompiledPolicy.Place(direction, 0)] {
                            keys.formUnion(policy?.tables[place]?.entries.map(\.key) ?? [])
                        }
                    }
                    for key in keys.sorted() {
                        guard let sample = Self.sample(key, keys) else { continue }
                        let was = before.verdict(old, direction, peer.before, sample.proto, sample.port)
                        let now = after.verdict(new, direction, peer.after, sample.proto, sample.port)
                        if was.0 != now.0 {
                            out.append(
                                VerdictChange(
                                    pod: pod, direction: direction, peer: peer.description, key: key, before: was.0, after: now.0, rule: now.1))
                        }
                    }
                }
            }
        }
        return out
    }

    /// A packet that of all keys this one is the longest for; nil when others have all of it.
    private static func sample(_ key: PortKey, _ keys: Set<PortKey>) -> (proto: UInt8, port: UInt16)? {
        let inside = keys.filter { $0 != key && key.contains($0) }
        if key.bits == 0 {
            let taken = Set(inside.map(\.proto))
            return [UInt8(255), 254, 253, 252, 251].first { !taken.contains($0) }.map { ($0, 0) }
        }
        var port = UInt32(key.ports.lowerBound)
        while port <= UInt32(key.ports.upperBound) {
            guard let covering = inside.first(where: { $0.contains(proto: key.proto, port: UInt16(port)) }) else { return (key.proto, UInt16(port)) }
            port = UInt32(covering.ports.upperBound) + 1
        }
        return nil
    }
}
