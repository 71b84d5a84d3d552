/// A Kubernetes label selector over labels as Hubble writes them (`SOURCE:KEY=VALUE`): terms joined by commas, all of which must be met.
///
/// `app=web`, `app==web`, `app!=web`, `app`, `!app`, `app in (web, api)`, `app notin (web)`; with a source (`k8s:app=web`,
/// `reserved:world`) or without one, which then may be any. As in Kubernetes, `!=` and `notin` are met by whoever lacks the key.
struct LabelSelector: Hashable, Sendable {
    enum Operation: Hashable, Sendable {
        case exists
        case isOneOf([String])
    }

    struct Term: Hashable, Sendable {
        /// Nil: any.
        var source: String?
        var key: String
        var operation: Operation
        var isNegated: Bool
    }

    private let terms: [Term]

    /// - Returns: nil when it is malformed.
    init?(_ text: String) {
        var terms: [Term] = []
        for part in Self.split(text) {
            guard let term = Self.term(part) else { return nil }
            terms.append(term)
        }
        guard !terms.isEmpty else { return nil }
        self.terms = terms
    }

    func matches(_ labels: [String]) -> Bool {
        let parsed = labels.map(Label.init)
        return terms.allSatisfy { term in
            parsed.contains { label in
                guard label.key == term.key, term.source == nil || term.source == label.source else { return false }
                switch term.operation {
                case .exists: return true
                case .isOneOf(let values): return values.contains(label.value)
                }
            } != term.isNegated
        }
    }

    private struct Label {
        var source: String
        var key: String
        var value: String

        init(_ text: String) {
            let colon = text.firstIndex(of: ":")
            source = colon.map { String(text[..<$0]) } ?? ""
            let rest = colon.map { text[text.index(after: $0)...] } ?? text[...]
            let equals = rest.firstIndex(of: "=")
            key = String(rest[..<(equals ?? rest.endIndex)])
            value = equals.map { String(rest[rest.index(after: $0)...]) } ?? ""
        }
    }

    /// At commas outside parentheses.
    private static func split(_ text: String) -> [String] {
        var parts: [String] = [""]
        var depth = 0
        for character in text {
            if character == "(" { depth += 1 }
            if character == ")" { depth -= 1 }
            if character == ",", depth == 0 {
                parts.append("")
            } else {
                parts[parts.count - 1].append(character)
            }
        }
        return parts.map(trimmed)
    }

    private static func trimmed(_ text: some StringProtocol) -> String {
        var rest = Substring(text)
        while rest.first == " " { rest.removeFirst() }
        while rest.last == " " { rest.removeLast() }
        return String(rest)
    }

    private static func term(_ text: String) -> Term? {
        if let open = text.firstIndex(of: "(") {
            guard text.last == ")" else { return nil }
            let values = text[text.index(after: open)...].dropLast().split(separator: ",", omittingEmptySubsequences: false).map(trimmed)
            let head = text[..<open].split(separator: " ").map(String.init)
            guard head.count == 2, head[1] == "in" || head[1] == "notin", !values.contains(where: { $0.contains("(") }) else { return nil }
            return make(head[0], .isOneOf(values), isNegated: head[1] == "notin")
        }
        guard let equals = text.firstIndex(of: "=") else {
            return text.hasPrefix("!") ? make(trimmed(text.dropFirst()), .exists, isNegated: true) : make(text, .exists, isNegated: false)
        }
        var key = text[..<equals]
        var value = text[text.index(after: equals)...]
        let isNegated = key.last == "!"
        if isNegated { key.removeLast() }
        if !isNegated, value.first == "=" { value.removeFirst() }
        return make(trimmed(key), .isOneOf([trimmed(value)]), isNegated: isNegated)
    }

    private static func make(_ key: String, _ operation: Operation, isNegated: Bool) -> Term? {
        var source: String?
        var name = key
        // A key of Kubernetes has no colon: what stands before one is a source. `any` is Cilium's word for all of them.
        if let colon = key.firstIndex(of: ":") {
            source = String(key[..<colon])
            if source == "any" { source = nil }
            name = String(key[key.index(after: colon)...])
        }
        guard !name.isEmpty, !name.contains(where: { " !=()".contains($0) }) else { return nil }
        return Term(source: source, key: name, operation: operation, isNegated: isNegated)
    }
}
