import YAML

/// A value in a manifest: what it is, where it is, and where to complain.
struct Field {
    let node: YAMLNode
    let path: FieldPath?
    /// Where the key of this value is; the value's own place for elements of lists and the root.
    let keyPosition: YAMLPosition
    let report: Report

    init(root: YAMLNode, report: Report) {
        self.init(node: root, path: nil, keyPosition: root.position, report: report)
    }

    private init(node: YAMLNode, path: FieldPath?, keyPosition: YAMLPosition, report: Report) {
        self.node = node
        self.path = path
        self.keyPosition = keyPosition
        self.report = report
    }

    /// The same place with another value.
    func replacingNode(_ node: YAMLNode) -> Field { Field(node: node, path: path, keyPosition: keyPosition, report: report) }

    // MARK: Complaints

    func fail(_ type: PolicyProblem.Class, _ message: String) { report.add(type, at: node.position, path?.text ?? "", message) }

    /// About a field of this mapping that is not there, or about a key of it.
    func fail(_ type: PolicyProblem.Class, key: String, at position: YAMLPosition? = nil, _ message: String) {
        report.add(type, at: position ?? node.position, FieldPath.key(key, below: path).text, message)
    }

    func mismatch(_ expected: String) { fail(.typeMismatch, "must be \(expected), not \(node.kind)") }

    /// About a field that is known and that nothing here enforces.
    func refuse(_ what: String) {
        report.add(.forbidden, at: keyPosition, path?.text ?? "", "\(what) not enforced here: the policy is refused rather than applied in part")
    }

    // MARK: Going down

    /// The value of a key; null counts as missing.
    subscript(key: String) -> Field? {
        guard let entry = node.mapping?.entry(key), !entry.value.isNull else { return nil }
        return child(entry)
    }

    private func child(_ entry: YAMLMapping.Entry) -> Field {
        Field(node: entry.value, path: .key(entry.key, below: path), keyPosition: entry.keyPosition, report: report)
    }

    /// This value as a mapping with no other fields than `known`.
    /// - Returns: nil, and it is reported, when it is something else.
    func object(_ known: [String]) -> Field? {
        guard let mapping = node.mapping else {
            mismatch("a mapping")
            return nil
        }
        for entry in mapping where !known.contains(entry.key) {
            let meant = report.nearest(entry.key, among: known).map { " (did you mean \($0)?)" } ?? ""
            fail(.unknown, key: entry.key, at: entry.keyPosition, "unknown field\(meant); fields here are \(known.joined(separator: ", "))")
        }
        return self
    }

    /// Whether this mapping has a field that is none of `known`, which `object` has reported.
    func hasUnknown(beside known: [String]) -> Bool { node.mapping?.contains { !known.contains($0.key) } ?? false }

    /// Entries of a mapping whose keys are the operator's own, null ones too.
    func entries() -> [(key: String, field: Field)]? {
        guard let mapping = node.mapping else {
            mismatch("a mapping")
            return nil
        }
        return mapping.map { ($0.key, child($0)) }
    }

    /// - Returns: nil, and it is reported, when this is no list.
    func elements() -> [Field]? {
        guard let elements = node.sequence else {
            mismatch("a list")
            return nil
        }
        return elements.enumerated().map { Field(node: $1, path: .index($0, below: path), keyPosition: $1.position, report: report) }
    }

    // MARK: Values

    func string() -> String? {
        guard let text = node.string else {
            let isScalar = node.scalar != nil && !node.isNull
            fail(.typeMismatch, "must be a string, not \(node.kind)" + (isScalar ? ": put it in quotes" : ""))
            return nil
        }
        return text
    }

    func strings() -> [(text: String, field: Field)]? {
        elements()?.compactMap { element in element.string().map { ($0, element) } }
    }

    func bool() -> Bool? {
        guard let value = node.bool else {
            mismatch("true or false")
            return nil
        }
        return value
    }

    /// An integer of 32 bits, as all numbers of these kinds are.
    func int32() -> Int32? {
        guard let value = node.int else {
            mismatch("an integer")
            return nil
        }
        guard let small = Int32(exactly: value) else {
            fail(.typeMismatch, "\(value) is no 32-bit integer")
            return nil
        }
        return small
    }

    /// An integer of `range`.
    func int(in range: ClosedRange<Int>) -> Int? {
        guard let value = int32() else { return nil }
        guard range.contains(Int(value)) else {
            fail(.invalid, "\(value) is not between \(range.lowerBound) and \(range.upperBound)")
            return nil
        }
        return Int(value)
    }

    /// One of a few words.
    func choice(_ allowed: [String]) -> String? {
        guard let text = string() else { return nil }
        guard allowed.contains(text) else {
            fail(.notSupported, "\(Field.shown(text)) is not supported: \(Field.list(allowed))")
            return nil
        }
        return text
    }

    /// Complains when there are more elements than allowed, or none although there must be one.
    func check(count: Int, in range: ClosedRange<Int>) {
        if count > range.upperBound { fail(.tooMany, "\(count) elements: must have at most \(range.upperBound)") }
        if count < range.lowerBound { fail(.invalid, "must have at least \(range.lowerBound) element" + (range.lowerBound == 1 ? "" : "s")) }
    }

    /// A text of the operator's within a message: quoted, control characters escaped, and not all of it when it is long.
    static func shown(_ text: String) -> String { StructuredValue.quoted(text.count <= 80 ? text : text.prefix(77) + "...") }

    /// `supported values are A, B, C`
    static func list(_ allowed: [String]) -> String { "supported values are \(allowed.joined(separator: ", "))" }
}

extension Field {
    /// Reports every key that is there twice, here and below.
    func reportRepeatedKeys() {
        guard node.hasRepeatedKeys else { return }
        switch node.content {
        case .scalar: break
        case .sequence: for element in elements() ?? [] { element.reportRepeatedKeys() }
        case .mapping(let mapping):
            reportOwnRepeatedKeys()
            for entry in mapping { child(entry).reportRepeatedKeys() }
        }
    }

    /// Of this mapping alone.
    func reportOwnRepeatedKeys() {
        guard let mapping = node.mapping else { return }
        for entry in mapping.repeated {
            let line = mapping.entry(entry.key)?.keyPosition.line ?? node.position.line
            fail(.duplicate, key: entry.key, at: entry.keyPosition, "already set at line \(line): a key may be there once")
        }
    }
}

extension YAMLNode {
    fileprivate var hasRepeatedKeys: Bool {
        switch content {
        case .scalar: false
        case .sequence(let elements): elements.contains(where: \.hasRepeatedKeys)
        case .mapping(let mapping): !mapping.repeated.isEmpty || mapping.contains { $0.value.hasRepeatedKeys }
        }
    }
}
