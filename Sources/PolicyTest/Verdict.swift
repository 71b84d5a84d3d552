public import Model
public import Policy

/// What became of a probe.
public struct Verdict: Hashable, Sendable {
    /// One end's say.
    public struct Side: Hashable, Sendable {
        public let direction: PolicyDirection
        public let isAllowed: Bool
        /// Denied because nothing allows it.
        public let isDefault: Bool
        /// Number of the deciding rule; 0 when no policy says anything.
        public let rule: UInt32
        public let meaning: RuleMeaning?
    }

    /// Those of ends that are pods, the source's first.
    public var sides: [Side]
    /// Why packets did not get through for other reasons than policy; nil when they did.
    public var failure: String?
    /// It could not be sent: there is no verdict.
    public let isError: Bool

    /// Of a probe that could not be sent.
    public init(failure: String) {
        sides = []
        self.failure = failure
        isError = true
    }

    init(sides: [Side], failure: String?) {
        self.sides = sides
        self.failure = failure
        isError = false
    }

    public var isAllowed: Bool { failure == nil && sides.allSatisfy(\.isAllowed) }

    /// The end that denied it.
    public var denial: Side? { sides.first { !$0.isAllowed } }

    /// What decided, for people: `denied by ingress rule default/web ingress[0]`.
    public var reason: String {
        if let failure { return failure }
        if let denial { return Self.text(denial) }
        let spoken = sides.filter { $0.rule != 0 }.map(Self.text)
        return spoken.isEmpty ? "no policy says anything" : spoken.joined(separator: ", ")
    }

    private static func text(_ side: Side) -> String {
        let way = side.direction.name
        switch side.meaning {
        case .rule(let key, let path, _): return "\(way) \(side.isAllowed ? "allowed" : "denied") by \(key.kind.rawValue) \(key) \(path)"
        case .isolation(let keys):
            return "\(way) denied: isolated by " + keys.map { "\($0.kind.rawValue) \($0)" }.joined(separator: ", ") + ", and no rule allows it"
        case nil: return "\(way) \(side.isAllowed ? "allowed" : "denied")"
        }
    }
}
