import CFabricABI
import Policy

extension SubjectSide {
    /// Makes the entries.
    ///
    /// Rules about everybody (and those about nearly everybody) go into the table for any peer, with what holds when none matches; a peer that
    /// other rules name has a table of those, and programs compare precedences. Where that would not do, a peer's table is complete
    /// and above all else: where a `pass` takes part, for whom a rule about nearly everybody is not, and for the subject's own node.
    func compile(into policy: inout CompiledPolicy, _ kind: Int, isolations: [[UInt32]: UInt32], _ resolver: inout PeerResolver) {
        var maker = TableMaker(self, ownPorts: resolver.ends.kinds[kind].ports, isolations)
        let all = resolver.classes.all
        let wide = rules.indices.filter { isWide(rules[$0], all) }
        var apart: Set<UInt32> = []
        for rule in wide { apart.formUnion(rules[rule].peers?.complement(in: all) ?? []) }

        var own: [UInt32: [Int]] = [:]
        var general: [Int] = []
        for (place, rule) in rules.enumerated() {
            if let peers = rule.peers {
                if wide.contains(place) {
                    general.append(place)
                    for number in apart where peers.contains(number) { own[number, default: []].append(place) }
                } else {
                    for number in peers.numbers { own[number, default: []].append(place) }
                }
            } else {
                general.append(place)
                guard rule.hasNamedPorts, direction == .egress else { continue }
                // Everybody who has a port of that name.
                var holders: Set<UInt32> = []
                for case .named(_, let name) in rule.ports ?? [] { holders.formUnion(resolver.peers(withPort: name).map(\.number)) }
                for number in holders { own[number, default: []].append(place) }
            }
        }
        let everybody = general.filter { rules[$0].peers == nil }
        let anyPasses = general.contains { rules[$0].action == .pass }
        policy.set(direction, UInt32(FABRIC_PEER_ANY), maker.table(general, named: [], isComplete: true, isAbove: false))

        var portsOf: [UInt32: [ContainerPort]] = [:]
        if direction == .egress {
            for rule in rules where rule.hasNamedPorts {
                for case .named(_, let name) in rule.ports ?? [] {
                    for holder in resolver.peers(withPort: name) { portsOf[holder.number] = resolver.ends.kinds[holder.kind].ports }
                }
            }
        }
        for number in apart where own[number] == nil { own[number] = [] }
        let hosts = direction == .egress ? resolver.classes.ofKind[resolver.ends.host] : []
        for number in hosts { own[number] = nil }
        for (number, places) in own {
            let isComplete = apart.contains(number) || anyPasses || places.contains { rules[$0].action == .pass }
            let list = isComplete ? Array(Set(everybody + (apart.contains(number) ? [] : general) + places)).sorted() : places
            policy.set(direction, number, maker.table(list, named: portsOf[number] ?? [], isComplete: isComplete, isAbove: isComplete))
        }
        // Programs let everything in from the node, and ask for what goes out to it.
        for number in hosts { policy.set(direction, number, maker.hostTable(number)) }
    }
}

/// Makes tables of rules, the same one once.
private struct TableMaker {
    private let side: SubjectSide
    private let ownPorts: [ContainerPort]
    private var ranked: [RankedRule]
    private let fallback: Int
    private let isolations: [[UInt32]: UInt32]
    private var keys: [Int: [PortKey]] = [:]
    private var made: [Asked: PortTable] = [:]

    private struct Asked: Hashable {
        let places: [Int]
        let named: [ContainerPort]
        let isComplete: Bool
        let isAbove: Bool
    }

    /// Above every rule.
    private static let above = UInt32.max

    init(_ side: SubjectSide, ownPorts: [ContainerPort], _ isolations: [[UInt32]: UInt32]) {
        self.side = side
        self.ownPorts = ownPorts
        self.isolations = isolations
        let count = UInt32(side.rules.count)
        ranked = side.rules.enumerated().map { place, rule in
            if rule.action == .pass, rule.isAdmin { return RankedRule(outcome: .pass, isAdmin: true) }
            let decision = Decision(
                isAllowed: rule.action != .deny, isDefault: false, rule: rule.number, precedence: count + 1 - UInt32(place))
            return RankedRule(outcome: .decided(decision), isAdmin: rule.isAdmin)
        }
        fallback = ranked.count
        ranked.append(Self.fallback(side.isolating, isolations))
    }

    private static func fallback(_ isolating: [UInt32], _ isolations: [[UInt32]: UInt32]) -> RankedRule {
        RankedRule(
            outcome: .decided(
                Decision(
                    isAllowed: isolating.isEmpty, isDefault: !isolating.isEmpty, rule: isolating.isEmpty ? 0 : isolations[isolating] ?? 0,
                    precedence: 1)), isAdmin: false)
    }

    /// - Parameters:
    ///   - places: rules, in order.
    ///   - named: named ports of the peer; the subject's own count on ingress.
    ///   - isComplete: with what holds when no rule matches.
    ///   - isAbove: it decides, whatever the table for any peer says.
    mutating func table(_ places: [Int], named: [ContainerPort], isComplete: Bool, isAbove: Bool) -> PortTable {
        let needsPorts = side.direction == .egress && places.contains { side.rules[$0].hasNamedPorts }
        let asked = Asked(places: places, named: needsPorts ? named : [], isComplete: isComplete, isAbove: isAbove)
        if let found = made[asked] { return found }
        var claims: [(key: PortKey, rule: Int)] = isComplete ? [(.everything, fallback)] : []
        for place in places { claims += portKeys(place, named).map { ($0, place) } }
        let table = PortTable(claims, rules: ranked, precedence: isAbove ? Self.above : nil)
        made[asked] = table
        return table
    }

    private mutating func portKeys(_ place: Int, _ named: [ContainerPort]) -> [PortKey] {
        let rule = side.rules[place]
        guard let ports = rule.ports else { return [.everything] }
        let isOfPeer = side.direction == .egress && rule.hasNamedPorts
        if !isOfPeer, let found = keys[place] { return found }
        let responder = side.direction == .ingress ? ownPorts : named
        let found = ports.flatMap { PortKey.keys(of: $0, responder: responder) }
        if !isOfPeer { keys[place] = found }
        return found
    }

    /// Towards the subject's own node: Cilium's policies isolate, and what any policy of their tier says counts then. Otherwise allowed.
    mutating func hostTable(_ number: UInt32) -> PortTable {
        var rules = ranked
        rules[fallback] = Self.fallback(side.isolatingFromHost, isolations)
        var claims: [(key: PortKey, rule: Int)] = [(.everything, fallback)]
        for (place, rule) in side.rules.enumerated() where rule.holdsForHost && rule.peers?.contains(number) ?? true {
            claims += portKeys(place, []).map { ($0, place) }
        }
        return PortTable(claims, rules: rules, precedence: Self.above)
    }
}
