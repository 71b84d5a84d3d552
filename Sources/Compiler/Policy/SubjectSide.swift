import CFabricABI
import Model
import Net
import Policy

/// The peers of each rule, found once for all pods that it is about.
struct RuleResolver {
    let units: [PolicyPlan.Unit]
    private var peers: [UInt32: PeerSet?] = [:]

    init(units: [PolicyPlan.Unit]) { self.units = units }

    mutating func peers(of rule: PolicyRule, number: UInt32, _ resolver: inout PeerResolver) -> PeerSet? {
        if let found = peers[number] { return found }
        let found = resolver.peers(rule.peers)
        peers[number] = .some(found)
        return found
    }
}

/// One direction of one subject: the rules that are about it in the order of evaluation, and what holds when none matches.
struct SubjectSide: Sendable {
    struct Rule: Sendable {
        let number: UInt32
        let action: PolicyAction
        let isAdmin: Bool
        /// Counts for the subject's own node: a rule of the tier of NetworkPolicy.
        let holdsForHost: Bool
        /// Nil is everybody.
        let peers: PeerSet?
        let ports: [PortMatch]?
        let hasNamedPorts: Bool
    }

    let direction: PolicyDirection
    let rules: [Rule]
    /// Numbers of the policies that isolate the subject, sorted; empty when nothing does.
    let isolating: [UInt32]
    /// Of those, Cilium's: towards the subject's own node no other counts.
    let isolatingFromHost: [UInt32]

    init(
        _ direction: PolicyDirection, _ unitPlaces: [Int], _ kind: Int, _ resolved: inout RuleResolver, _ resolver: inout PeerResolver
    ) {
        var groups: [[Rule]] = [[], [], [], []]
        var isolating: Set<UInt32> = []
        var fromHost: Set<UInt32> = []
        for place in unitPlaces {
            let unit = resolved.units[place]
            if unit.spec.tier == .networkPolicy, unit.spec.isolates.contains(direction) {
                isolating.insert(unit.policy)
                if unit.spec.kind.isCilium { fromHost.insert(unit.policy) }
            }
            for (offset, rule) in unit.spec.rules.enumerated() where rule.direction == direction {
                let number = unit.firstRule + UInt32(offset)
                let group: Int
                switch (unit.spec.tier, rule.action) {
                case (.admin, _): group = 0
                case (.networkPolicy, .deny): group = 1
                case (.networkPolicy, _): group = 2
                case (.baseline, _): group = 3
                }
                groups[group].append(
                    Rule(
                        number: number, action: rule.action, isAdmin: group == 0, holdsForHost: group == 1 || group == 2,
                        peers: resolved.peers(of: rule, number: number, &resolver), ports: rule.ports,
                        hasNamedPorts: rule.ports?.contains(where: \.isNamed) ?? false))
            }
        }
        self.direction = direction
        self.isolating = isolating.sorted()
        isolatingFromHost = fromHost.sorted()
        // What isolates ends the evaluation.
        rules = groups[0] + groups[1] + groups[2] + (isolating.isEmpty ? groups[3] : [])
    }

    /// Rules that hold for nearly everybody: they are entries for any peer, and the others have entries of their own.
    func isWide(_ rule: Rule, _ all: [UInt32]) -> Bool {
        guard let peers = rule.peers, peers.numbers.count >= 32, !(rule.hasNamedPorts && direction == .egress) else { return false }
        return all.count - peers.numbers.count <= peers.numbers.count / 4
    }

    /// Feeds everything that entries follow from.
    func combine(into hash: inout SipHash, _ kind: Int, _ resolver: inout PeerResolver) {
        hash.combine(UInt32(direction.rawValue))
        hash.combine(rules.count)
        var hasWide = false
        for rule in rules {
            hash.combine(rule.number)
            if let peers = rule.peers {
                hash.combine(1)
                hash.combine(peers.print)
            } else {
                hash.combine(0)
            }
            hasWide = hasWide || isWide(rule, resolver.classes.all)
            guard rule.hasNamedPorts, direction == .egress else { continue }
            for case .named(_, let name) in rule.ports ?? [] {
                for holder in resolver.peers(withPort: name) where rule.peers?.contains(holder.number) ?? true {
                    hash.combine(holder.number)
                    Self.combine(resolver.ends.kinds[holder.kind].ports, into: &hash)
                }
            }
        }
        for set in [isolating, isolatingFromHost] {
            hash.combine(set.count)
            for policy in set { hash.combine(policy) }
        }
        if direction == .ingress, rules.contains(where: \.hasNamedPorts) { Self.combine(resolver.ends.kinds[kind].ports, into: &hash) }
        if direction == .egress {
            for number in resolver.classes.ofKind[resolver.ends.host] { hash.combine(number) }
        }
        if hasWide { hash.combine(resolver.everyone.print) }
    }

    private static func combine(_ ports: [ContainerPort], into hash: inout SipHash) {
        hash.combine(ports.count)
        for port in ports {
            hash.combine(port.name)
            hash.combine(Int(port.protocol.rawValue) << 16 | Int(port.port))
        }
    }
}
