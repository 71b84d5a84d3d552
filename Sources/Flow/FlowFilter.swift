/// A filter option whose value cannot be accepted.
public struct FlowFilterError: Error, Hashable, Sendable, CustomStringConvertible {
    public let description: String

    init(_ field: FlowFilter.Field, _ value: String, _ reason: String, suggestion: String? = nil) {
        description = "--\(field.rawValue) \(value): \(reason)" + (suggestion.map { " (did you mean \($0)?)" } ?? "")
    }

    init(_ description: String) { self.description = description }
}

/// Which events are wanted.
///
/// Values of the same option are alternatives; different options must all be met; every negated value excludes on its own. An option
/// without a direction (`--pod`) is met by either end, independently of the others: `--pod default/web --port 80` is what web has
/// to do with port 80, at whichever end.
public struct FlowFilter: Sendable {
    /// The options, by the names of their flags.
    public enum Field: String, CaseIterable, Sendable {
        case pod
        case fromPod = "from-pod"
        case toPod = "to-pod"
        case namespace
        case fromNamespace = "from-namespace"
        case toNamespace = "to-namespace"
        case ip
        case fromIP = "from-ip"
        case toIP = "to-ip"
        case port
        case fromPort = "from-port"
        case toPort = "to-port"
        case identity
        case fromIdentity = "from-identity"
        case toIdentity = "to-identity"
        case label
        case fromLabel = "from-label"
        case toLabel = "to-label"
        case `protocol`
        case verdict
        case dropReason = "drop-reason-desc"
        case type
        case trafficDirection = "traffic-direction"
        case reply
        case tcpFlags = "tcp-flags"
        case icmpType = "icmp-type"
        case ipVersion = "ip-version"
        case interface
        case nextHop = "next-hop"
        case nodeName = "node-name"

        /// - Parameter flag: with or without its dashes; short flags and other spellings too.
        public init?(flag: String) {
            let name = String(flag.drop { $0 == "-" })
            switch name {
            case "n": self = .namespace
            case "l": self = .label
            case "t": self = .type
            case "drop-reason": self = .dropReason
            default:
                guard let field = Field(rawValue: name) else { return nil }
                self = field
            }
        }
    }

    struct Entry: Sendable {
        var field: Field
        var conditions: [FlowCondition]
    }

    private(set) var wanted: [Entry] = []
    private(set) var unwanted: [FlowCondition] = []
    private var usesNames = false

    public init() {}

    /// Whether every event is wanted.
    public var isEmpty: Bool { wanted.isEmpty && unwanted.isEmpty }

    /// Adds one value of an option.
    /// - Parameter isNegated: excludes events that meet it.
    /// - Throws: when the value is not one of the option's.
    public mutating func add(_ field: Field, _ value: String, isNegated: Bool = false) throws(FlowFilterError) {
        let conditions = try FlowCondition.parse(field, value)
        usesNames = usesNames || conditions.contains(where: \.usesNames)
        if isNegated {
            unwanted += conditions
        } else if let index = wanted.firstIndex(where: { $0.field == field }) {
            wanted[index].conditions += conditions
        } else {
            wanted.append(Entry(field: field, conditions: conditions))
        }
    }

    /// - Parameter negation: the value of `--not` after `joiningNegations`: `FLAG=VALUE`.
    public mutating func add(negation: String) throws(FlowFilterError) {
        guard let equals = negation.firstIndex(of: "=") else { throw FlowFilterError("--not \(negation): write --not --FLAG VALUE") }
        let flag = String(negation[..<equals])
        guard let field = Field(flag: flag) else {
            let nearest = Suggestion.nearest(to: flag, in: Field.allCases.map(\.rawValue)).map { " (did you mean --\($0)?)" } ?? ""
            throw FlowFilterError("--not --\(flag): not a filter\(nearest)")
        }
        try add(field, String(negation[negation.index(after: equals)...]), isNegated: true)
    }

    public func matches(_ event: FlowEvent, names: Names) -> Bool {
        if isEmpty { return true }
        let context = FlowCondition.Context(
            event: event, names: names, source: usesNames ? names.sourceIndex(event) : nil,
            destination: usesNames ? names.destinationIndex(event) : nil)
        return wanted.allSatisfy { $0.conditions.contains { $0.matches(context) } } && !unwanted.contains { $0.matches(context) }
    }

    /// Hubble's `--not` negates the flag that follows it, which parsers of options cannot express: turns `--not --pod X` and
    /// `--not --pod=X` into `--not pod=X`, which they can. Nothing else is touched, nor anything after `--`.
    /// - Throws: when no filter follows a `--not`.
    public static func joiningNegations(in arguments: [String]) throws(FlowFilterError) -> [String] {
        var result: [String] = []
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            if argument == "--" { return result + [argument] + rest }
            guard argument == "--not" else {
                result.append(argument)
                continue
            }
            guard let flag = rest.popFirst() else { throw FlowFilterError("--not: a filter must follow") }
            result += ["--not", try negation(flag, &rest)]
        }
        return result
    }

    private static func negation(_ flag: String, _ rest: inout ArraySlice<String>) throws(FlowFilterError) -> String {
        guard flag != "--not" else { throw FlowFilterError("--not --not: a filter must follow") }
        if flag == "-4" || flag == "--ipv4" { return "ip-version=4" }
        if flag == "-6" || flag == "--ipv6" { return "ip-version=6" }
        // Joined already, or joined by the user.
        guard flag.hasPrefix("-") else { return flag }
        let text = String(flag.drop { $0 == "-" })
        if text.contains("=") { return text }
        guard let value = rest.popFirst() else { throw FlowFilterError("--not \(flag): a value must follow") }
        return "\(text)=\(value)"
    }
}
