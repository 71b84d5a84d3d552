import YAML

/// How a kind reads label selectors.
struct SelectorRules: Sendable {
    /// What a key means, and the text of it that must be a label's key.
    var key: @Sendable (String) -> (key: LabelKey, name: String)
    /// The schema has a list of the operators.
    var enumeratesOperators = false

    static func labels(of source: LabelKey.Source) -> SelectorRules {
        SelectorRules(key: { (LabelKey(source, $0), $0) })
    }
}

extension Field {
    /// A label selector's requirements: empty for `{}`, which selects everything.
    /// (`ValidateLabelSelector` in apimachinery/pkg/apis/meta/v1/validation)
    func selector(_ rules: SelectorRules) -> [Requirement] {
        guard let field = object(["matchLabels", "matchExpressions"]) else { return [] }
        var requirements: [Requirement] = []
        if let labels = field["matchLabels"] {
            for (text, value) in labels.labels(rules) { requirements.append(Requirement(rules.key(text).key, .in, [value])) }
        }
        for expression in field["matchExpressions"]?.elements() ?? [] {
            if let requirement = expression.requirement(rules) { requirements.append(requirement) }
        }
        return requirements
    }

    /// A map of labels. Complaints name the map, not the key, as the API server's do.
    func labels(_ rules: SelectorRules = .labels(of: .pod)) -> [(key: String, value: String)] {
        var labels: [(String, String)] = []
        for (key, field) in entries() ?? [] {
            for wrong in Names.labelKey(rules.key(key).name) {
                report.add(.invalid, at: field.keyPosition, path?.text ?? "", "label key \(Field.shown(key)): \(wrong)")
            }
            guard let value = field.labelText(of: key, in: path) else { continue }
            for wrong in Names.labelValue(value) {
                report.add(.invalid, at: field.node.position, path?.text ?? "", "value \(Field.shown(value)) of label \(Field.shown(key)): \(wrong)")
            }
            labels.append((key, value))
        }
        return labels
    }

    /// A value of a map of strings. Decoding names the map, schemas name the key.
    private func labelText(of key: String, in map: FieldPath?) -> String? {
        if let text = node.string { return text }
        if node.isNull, !report.isCustomResource { return "" }
        let path = report.isCustomResource ? self.path : map
        report.add(
            .typeMismatch, at: node.position, path?.text ?? "",
            "the value of \(Field.shown(key)) must be a string, not \(node.kind)" + (node.scalar == nil ? "" : ": put it in quotes"))
        return nil
    }

    /// An element of `matchExpressions`.
    private func requirement(_ rules: SelectorRules) -> Requirement? {
        guard let field = object(["key", "operator", "values"]) else { return nil }
        let key = field.key(rules)
        let operation = field.operation(rules)
        let values = field["values"]?.strings() ?? []
        let count = field["values"].map { $0.node.sequence?.count } ?? 0
        switch operation {
        case .in, .notIn:
            if count == 0 { fail(.required, key: "values", at: field["values"]?.keyPosition, "must be there when operator is In or NotIn") }
        case .exists, .doesNotExist:
            if let given = field["values"], let count, count > 0 {
                fail(.forbidden, key: "values", at: given.keyPosition, "must not be there when operator is Exists or DoesNotExist")
            }
        case nil: break
        }
        for (value, place) in values {
            for wrong in Names.labelValue(value) { place.fail(.invalid, "\(Field.shown(value)): \(wrong)") }
        }
        guard let key, let operation else { return nil }
        return Requirement(key, operation, values.map(\.text))
    }

    private func key(_ rules: SelectorRules) -> LabelKey? {
        guard let field = self["key"] else {
            fail(report.isCustomResource ? .required : .invalid, key: "key", "must be a label's key")
            return nil
        }
        guard let text = field.string() else { return nil }
        let (key, name) = rules.key(text)
        for wrong in Names.labelKey(name) { field.fail(.invalid, "\(Field.shown(text)): \(wrong)") }
        return key
    }

    private func operation(_ rules: SelectorRules) -> Requirement.Operator? {
        let allowed = Field.list(Requirement.Operator.allCases.map(\.name))
        guard let field = self["operator"] else {
            fail(report.isCustomResource ? .required : .invalid, key: "operator", allowed)
            return nil
        }
        guard let text = field.string() else { return nil }
        guard let operation = Requirement.Operator(name: text) else {
            field.fail(rules.enumeratesOperators ? .notSupported : .invalid, "\(Field.shown(text)) is no operator: \(allowed)")
            return nil
        }
        return operation
    }
}
