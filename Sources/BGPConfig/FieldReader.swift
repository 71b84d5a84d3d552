import YAML

/// Reads fields and gathers what is wrong with them, so that one run tells all. What is wrong reads as nil.
struct FieldReader {
    let file: String
    /// The document that is being read, from 1.
    var document = 1
    private(set) var problems: [BGPConfigProblem] = []

    init(file: String) { self.file = file }

    mutating func fail(_ problem: BGPConfigProblem) { problems.append(problem) }

    mutating func fail(_ cursor: YAMLCursor, _ message: String) { fail(cursor, .invalid, message) }

    mutating func fail(_ cursor: YAMLCursor, _ kind: BGPConfigProblem.Kind, _ message: String) {
        fail(at: cursor.position, cursor.path, kind, message)
    }

    mutating func fail(at position: YAMLPosition, _ path: String, _ kind: BGPConfigProblem.Kind, _ message: String) {
        problems.append(BGPConfigProblem(file: file, position: position, document: document, path: path, kind: kind, message: message))
    }

    // MARK: Structure

    /// A mapping with these fields and no others.
    /// - Parameter refused: fields that Cilium has and fabctl does not do, with the reason.
    mutating func mapping(_ cursor: YAMLCursor, _ known: Set<String>, refused: [String: String] = [:]) -> YAMLCursor? {
        guard let mapping = cursor.node.mapping else {
            fail(cursor, "expected a mapping, found \(cursor.node.kind)")
            return nil
        }
        for entry in mapping where !known.contains(entry.key) {
            let path = YAMLCursor.path(cursor.path, entry.key)
            if let reason = refused[entry.key] {
                if !entry.value.isNull { fail(at: entry.keyPosition, path, .unsupported, "is not supported: \(reason)") }
            } else {
                fail(at: entry.keyPosition, path, .unknownField, "unknown field, known here are \(known.sorted().joined(separator: ", "))")
            }
        }
        return cursor
    }

    /// The value of a field; null is as absent.
    mutating func field(_ cursor: YAMLCursor, _ key: String, required: Bool = false) -> YAMLCursor? {
        if let found = cursor[key], !found.isNull { return found }
        if required {
            fail(at: cursor[key]?.position ?? cursor.position, YAMLCursor.path(cursor.path, key), .missing, "missing")
        }
        return nil
    }

    mutating func elements(_ cursor: YAMLCursor, _ key: String, required: Bool = false, count: ClosedRange<Int> = 0...Int.max) -> [YAMLCursor]? {
        guard let list = field(cursor, key, required: required) else { return nil }
        guard list.node.sequence != nil, let elements = try? list.elements() else {
            fail(list, "expected a list, found \(list.node.kind)")
            return nil
        }
        if elements.count < count.lowerBound { fail(list, "has \(elements.count) elements, \(count.lowerBound) are needed at least") }
        if elements.count > count.upperBound { fail(list, "has \(elements.count) elements, \(count.upperBound) are allowed at most") }
        return elements
    }

    // MARK: Values

    mutating func string(_ cursor: YAMLCursor, _ key: String, required: Bool = false, length: ClosedRange<Int> = 0...Int.max) -> String? {
        field(cursor, key, required: required).flatMap { string($0, length: length) }
    }

    mutating func string(_ cursor: YAMLCursor, length: ClosedRange<Int> = 0...Int.max) -> String? {
        guard let text = cursor.node.string else {
            fail(cursor, "expected a string, found \(cursor.node.kind)")
            return nil
        }
        guard length.contains(text.utf8.count) else {
            fail(cursor, text.isEmpty ? "is empty" : "is \(text.utf8.count) bytes long, \(length.upperBound) are allowed")
            return nil
        }
        return text
    }

    mutating func int(_ cursor: YAMLCursor, _ key: String, _ range: ClosedRange<Int>, required: Bool = false) -> Int? {
        guard let field = field(cursor, key, required: required) else { return nil }
        guard let value = field.node.int else {
            fail(field, "expected an integer, found \(field.node.kind)")
            return nil
        }
        guard range.contains(value) else {
            fail(field, "\(value) is not within \(range.lowerBound) to \(range.upperBound)")
            return nil
        }
        return value
    }

    mutating func bool(_ cursor: YAMLCursor, _ key: String, required: Bool = false) -> Bool? {
        guard let field = field(cursor, key, required: required) else { return nil }
        guard let value = field.node.bool else {
            fail(field, "expected true or false, found \(field.node.kind)")
            return nil
        }
        return value
    }

    /// One of an enumeration's values.
    /// - Parameter refused: values that Cilium has and fabctl does not do, with the reason.
    mutating func choice<Choice: RawRepresentable<String> & CaseIterable>(
        _ cursor: YAMLCursor, _ key: String, required: Bool = false, refused: [String: String] = [:], _ type: Choice.Type = Choice.self
    ) -> Choice? {
        guard let field = field(cursor, key, required: required), let text = string(field) else { return nil }
        if let choice = Choice(rawValue: text) { return choice }
        if let reason = refused[text] {
            fail(field, .unsupported, "\(StructuredValue.quoted(text)) is not supported: \(reason)")
        } else {
            fail(field, "\(StructuredValue.quoted(text)) is none of \(Choice.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        return nil
    }

    mutating func stringMap(_ cursor: YAMLCursor, _ key: String) -> [String: String]? {
        guard let field = field(cursor, key) else { return nil }
        guard let entries = try? field.entries() else {
            fail(field, "expected a mapping, found \(field.node.kind)")
            return nil
        }
        var map: [String: String] = [:]
        for (key, value) in entries {
            if let text = string(value) { map[key] = text }
        }
        return map
    }

    /// A name within a list that no other element has.
    mutating func uniqueName(_ cursor: YAMLCursor, among names: inout Set<String>) -> String? {
        guard let name = string(cursor, "name", required: true, length: 1...255) else { return nil }
        if !names.insert(name).inserted {
            fail(at: cursor["name"]?.position ?? cursor.position, YAMLCursor.path(cursor.path, "name"), .duplicate, "\(name) is here twice")
        }
        return name
    }

    // MARK: Selectors

    mutating func selector(_ cursor: YAMLCursor, _ key: String) -> LabelSelector? {
        guard let field = field(cursor, key), let selector = mapping(field, ["matchLabels", "matchExpressions"]) else { return nil }
        let labels = stringMap(selector, "matchLabels")
        let expressions = elements(selector, "matchExpressions")?.compactMap { expression($0) }
        return LabelSelector(matchLabels: labels, matchExpressions: expressions)
    }

    private mutating func expression(_ element: YAMLCursor) -> LabelSelector.Expression? {
        guard let cursor = mapping(element, ["key", "operator", "values"]) else { return nil }
        let key = string(cursor, "key", required: true, length: 1...317)
        let test: LabelSelector.Expression.Operator? = choice(cursor, "operator", required: true)
        let values = elements(cursor, "values")?.compactMap { string($0) }
        guard let key, let test else { return nil }
        let wantsValues = test == .in || test == .notIn
        if wantsValues == (values ?? []).isEmpty {
            fail(cursor, wantsValues ? "operator \(test.rawValue) needs values" : "operator \(test.rawValue) takes no values")
        }
        return LabelSelector.Expression(key: key, operator: test, values: values)
    }
}
