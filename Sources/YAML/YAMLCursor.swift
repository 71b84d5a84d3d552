/// A node together with the way to it, so that whatever is wrong there can be said with file, line, column and field path
/// (`policy.yaml:12:9: spec.ingress[0].ports[0].port: expected an integer, found the string "x"`).
public struct YAMLCursor: Sendable {
    public let file: String
    public let node: YAMLNode
    /// As in `spec.ingress[0].ports[0].port`; empty at the root.
    public let path: String
    /// Where the key of this value is; the value's own place for elements of lists and the root.
    public let keyPosition: YAMLPosition

    public init(file: String, root: YAMLNode) {
        self.init(file: file, node: root, path: "", keyPosition: root.position)
    }

    private init(file: String, node: YAMLNode, path: String, keyPosition: YAMLPosition) {
        self.file = file
        self.node = node
        self.path = path
        self.keyPosition = keyPosition
    }

    public var position: YAMLPosition { node.position }
    public var isNull: Bool { node.isNull }

    /// The path of `key` below `path`. Keys that are no plain names are put in brackets: `labels["app.kubernetes.io/name"]`.
    public static func path(_ path: String, _ key: String) -> String {
        let isName = !key.isEmpty && key.utf8.allSatisfy { ($0 | 32) >= 97 && ($0 | 32) <= 122 || (48...57).contains($0) || $0 == 45 || $0 == 95 }
        if !isName { return "\(path)[\(StructuredValue.quoted(key))]" }
        return path.isEmpty ? key : "\(path).\(key)"
    }

    private func child(_ entry: YAMLMapping.Entry) -> YAMLCursor {
        YAMLCursor(file: file, node: entry.value, path: Self.path(path, entry.key), keyPosition: entry.keyPosition)
    }

    // MARK: Going down

    /// The value of a key; nil when there is no such key or this is no mapping. A null value is given as it is.
    public subscript(key: String) -> YAMLCursor? { node.mapping?.entry(key).map(child) }

    /// The value of a key, nil when it is absent or null, as Kubernetes treats both alike.
    /// - Throws: when this is no mapping.
    public func optional(_ key: String) throws(YAMLError) -> YAMLCursor? {
        guard let entry = try mapping().entry(key), !entry.value.isNull else { return nil }
        return child(entry)
    }

    /// The value of a key.
    /// - Throws: when it is absent or null, or this is no mapping.
    public func required(_ key: String) throws(YAMLError) -> YAMLCursor {
        guard let value = try optional(key) else {
            throw YAMLError(file: file, position: self[key]?.position ?? position, message: "\(Self.path(path, key)): missing")
        }
        return value
    }

    /// The entries of a mapping, in the order of the text.
    public func entries() throws(YAMLError) -> [(key: String, value: YAMLCursor)] {
        try mapping().map { ($0.key, child($0)) }
    }

    /// The elements of a list.
    public func elements() throws(YAMLError) -> [YAMLCursor] {
        guard let elements = node.sequence else { throw mismatch("a list") }
        return elements.enumerated().map { YAMLCursor(file: file, node: $1, path: "\(path)[\($0)]", keyPosition: $1.position) }
    }

    // MARK: Values

    public func mapping() throws(YAMLError) -> YAMLMapping {
        guard let mapping = node.mapping else { throw mismatch("a mapping") }
        return mapping
    }

    /// A string: quoted, or plain text that is nothing else.
    public func string() throws(YAMLError) -> String {
        guard let text = node.string else { throw mismatch("a string") }
        return text
    }

    public func bool() throws(YAMLError) -> Bool {
        guard let value = node.bool else { throw mismatch("true or false") }
        return value
    }

    /// An integer within `range`. A number such as `1e3`, which JSON calls the same, is one too.
    public func int(in range: ClosedRange<Int> = .min ... .max) throws(YAMLError) -> Int {
        guard let value = node.int else { throw mismatch("an integer") }
        guard range.contains(value) else { throw error("\(value) is not within \(range.lowerBound) to \(range.upperBound)") }
        return value
    }

    public func double() throws(YAMLError) -> Double {
        switch node.scalar?.value {
        case .double(let value): return value
        case .int(let value): return Double(value)
        case .unsigned(let value): return Double(value)
        default: throw mismatch("a number")
        }
    }

    /// A list of strings.
    public func strings() throws(YAMLError) -> [String] {
        var strings: [String] = []
        for element in try elements() { strings.append(try element.string()) }
        return strings
    }

    /// A mapping of strings to strings, such as labels. Null counts as empty.
    public func stringMap() throws(YAMLError) -> [String: String] {
        if isNull { return [:] }
        var map: [String: String] = [:]
        for (key, value) in try entries() { map[key] = try value.string() }
        return map
    }

    /// One of the values of an enumeration of strings.
    public func choice<Choice: RawRepresentable<String> & CaseIterable>(_ type: Choice.Type = Choice.self) throws(YAMLError) -> Choice {
        let text = try string()
        guard let choice = Choice(rawValue: text) else {
            throw error("\(StructuredValue.quoted(text)) is none of \(Choice.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        return choice
    }

    /// - Throws: at the first key that is none of `known`.
    public func allow(only known: Set<String>) throws(YAMLError) {
        for (key, value) in try entries() where !known.contains(key) {
            throw YAMLError(file: file, position: value.keyPosition, message: "\(value.path): unknown field")
        }
    }

    // MARK: Errors

    /// An error about this value, its path before `message`.
    public func error(_ message: String) -> YAMLError {
        YAMLError(file: file, position: position, message: path.isEmpty ? message : "\(path): \(message)")
    }

    /// An error that says what was expected and what is here.
    public func mismatch(_ expected: String) -> YAMLError { error("expected \(expected), found \(node.kind)") }
}
