/// What compiled entries say of one peer: by port keys, of which the longest that holds a packet decides.
public struct PortTable: Hashable, Sendable {
    public struct Entry: Hashable, Sendable {
        public let key: PortKey
        public let decision: Decision
    }

    /// Sorted by key.
    public let entries: [Entry]

    /// The entry for a packet; nil when there is none.
    public func entry(proto: UInt8, port: UInt16) -> Entry? {
        var best: Entry?
        for entry in entries where entry.key.contains(proto: proto, port: port) {
            if best.map({ entry.key.bits > $0.key.bits }) ?? true { best = entry }
        }
        return best
    }
}

/// A verdict with its reason.
public struct Decision: Hashable, Sendable {
    public let isAllowed: Bool
    /// Denied because nothing allows it.
    public let isDefault: Bool
    /// Number of the rule, or of the set of isolating policies; 0: no policy says anything.
    public let rule: UInt32
    /// The higher decides between the entries of the peer and those for any peer.
    public var precedence: UInt32
}

/// A rule as the compiler has it: its place in the list is its place in evaluation.
struct RankedRule {
    enum Outcome { case decided(Decision), pass }
    let outcome: Outcome
    /// In the admin tier, of which `pass` leaves the rest out.
    let isAdmin: Bool
}

extension PortTable {
    /// Resolves overlapping rules: each entry is what evaluation would say of everything in its key.
    /// - Parameters:
    ///   - claims: keys, each with the place of the rule that names it.
    ///   - rules: in the order of evaluation.
    ///   - precedence: for all entries; nil: each that of its rule.
    init(_ claims: [(key: PortKey, rule: Int)], rules: [RankedRule], precedence: UInt32? = nil) {
        struct Open {
            let key: PortKey
            /// The first rule of the admin tier, and the first of those below.
            var admin: Int
            var other: Int
            /// What was written for it or around it.
            var decided: Int
        }
        func claim(_ open: inout Open, _ rule: Int) {
            if rules[rule].isAdmin { open.admin = min(open.admin, rule) } else { open.other = min(open.other, rule) }
        }
        let sorted = claims.sorted { $0.key < $1.key }
        var entries: [Entry] = []
        var stack: [Open] = []
        var next = 0
        while next < sorted.count {
            let key = sorted[next].key
            while let top = stack.last, !top.key.contains(key) { stack.removeLast() }
            var open =
                stack.last.map { Open(key: key, admin: $0.admin, other: $0.other, decided: $0.decided) }
                ?? Open(key: key, admin: .max, other: .max, decided: .max)
            while next < sorted.count, sorted[next].key == key {
                claim(&open, sorted[next].rule)
                next += 1
            }
            var place = open.other
            if open.admin != .max, case .decided = rules[open.admin].outcome { place = open.admin }
            if place != .max, place != open.decided, case .decided(var decision) = rules[place].outcome {
                if let precedence { decision.precedence = precedence }
                entries.append(Entry(key: key, decision: decision))
                open.decided = place
            }
            stack.append(open)
        }
        self.entries = entries
    }
}
