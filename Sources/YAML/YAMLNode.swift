/// A node of a document's tree. Aliases are already replaced by what they stand for.
public struct YAMLNode: Sendable {
    public enum Content: Sendable {
        case scalar(YAMLScalar)
        case sequence([YAMLNode])
        case mapping(YAMLMapping)
    }

    public var content: Content
    /// Where the node's own text begins: for what an alias brought in, the place of its anchor.
    public var position: YAMLPosition

    public init(_ content: Content, at position: YAMLPosition) {
        self.content = content
        self.position = position
    }

    public var scalar: YAMLScalar? {
        if case .scalar(let scalar) = content { scalar } else { nil }
    }

    public var sequence: [YAMLNode]? {
        if case .sequence(let elements) = content { elements } else { nil }
    }

    public var mapping: YAMLMapping? {
        if case .mapping(let mapping) = content { mapping } else { nil }
    }

    /// A string that was written as one: quoted, or plain and nothing else. Nil for numbers, truth values and null.
    public var string: String? {
        if case .string(let text) = scalar?.value { text } else { nil }
    }

    public var bool: Bool? {
        if case .bool(let value) = scalar?.value { value } else { nil }
    }

    /// An integer, or a floating-point number without a fraction, as a JSON number would be read.
    public var int: Int? { scalar?.value.int }

    public var isNull: Bool {
        if case .null = scalar?.value { true } else { false }
    }

    /// What kind of value this is, for messages: `a mapping`, `the string "web"`, `the number 5`.
    public var kind: String {
        switch content {
        case .sequence: "a list"
        case .mapping: "a mapping"
        case .scalar(let scalar): scalar.value.kind
        }
    }
}

/// A scalar: its text, how it was written, and what it means.
public struct YAMLScalar: Hashable, Sendable {
    public enum Style: Hashable, Sendable {
        case plain, singleQuoted, doubleQuoted, literal, folded
    }

    /// What a scalar means under the rules of the YAML library that Kubernetes uses (sigs.k8s.io/yaml).
    public enum Value: Hashable, Sendable {
        case null
        case bool(Bool)
        case int(Int)
        /// Only what `int` cannot hold.
        case unsigned(UInt64)
        case double(Double)
        case string(String)
    }

    /// The characters, unquoted and unescaped, not interpreted.
    public var text: String
    public var style: Style
    /// The tag as written, resolved to its long form (`tag:yaml.org,2002:str`), or nil.
    public var tag: String?
    public var value: Value

    public init(text: String, style: Style, tag: String?, value: Value) {
        self.text = text
        self.style = style
        self.tag = tag
        self.value = value
    }
}

extension YAMLScalar.Value {
    /// An integer, or a floating-point number that is one.
    public var int: Int? {
        switch self {
        case .int(let value): value
        case .double(let value): Int(exactly: value)
        default: nil
        }
    }

    /// For messages: `the string "web"`.
    public var kind: String {
        switch self {
        case .null: "null"
        case .bool(let value): "the truth value \(value)"
        case .int(let value): "the number \(value)"
        case .unsigned(let value): "the number \(value)"
        case .double(let value): "the number \(StructuredValue.text(of: value) ?? "\(value)")"
        case .string(let text): "the string \(StructuredValue.quoted(text.count <= 60 ? text : text.prefix(57) + "..."))"
        }
    }
}

/// A mapping with its keys in the order of the text. Each key is there once.
public struct YAMLMapping: Sendable, RandomAccessCollection {
    public struct Entry: Sendable {
        /// The key as Kubernetes reads it: an integer in decimal, `yes` as `true`, all else as written.
        public var key: String
        public var keyPosition: YAMLPosition
        public var value: YAMLNode

        public init(key: String, keyPosition: YAMLPosition, value: YAMLNode) {
            self.key = key
            self.keyPosition = keyPosition
            self.value = value
        }
    }

    private var entries: [Entry] = []
    /// Where each key is, once there are enough of them that looking at all is slower than hashing.
    private var places: [String: Int] = [:]
    /// Entries of keys that were there already, in the order of the text: nothing but a complaint comes of them.
    public private(set) var repeated: [Entry] = []

    private static let few = 8

    public init() {}

    public var startIndex: Int { entries.startIndex }
    public var endIndex: Int { entries.endIndex }
    public subscript(position: Int) -> Entry { entries[position] }

    public subscript(key: String) -> YAMLNode? { entry(key)?.value }

    public func entry(_ key: String) -> Entry? {
        places.isEmpty ? entries.first { $0.key == key } : places[key].map { entries[$0] }
    }

    /// Adds an entry at the end.
    /// - Returns: false, and nothing is changed, when the key is there already.
    @discardableResult
    public mutating func append(_ entry: Entry) -> Bool {
        guard self.entry(entry.key) == nil else { return false }
        if !places.isEmpty {
            places[entry.key] = entries.count
        } else if entries.count == Self.few {
            for (place, known) in entries.enumerated() { places[known.key] = place }
            places[entry.key] = entries.count
        }
        entries.append(entry)
        return true
    }

    /// Keeps an entry that `append` refused.
    mutating func `repeat`(_ entry: Entry) { repeated.append(entry) }
}

/// One document of a stream.
public struct YAMLDocument: Sendable {
    public var file: String
    public var root: YAMLNode

    public init(file: String, root: YAMLNode) {
        self.file = file
        self.root = root
    }

    /// A document with nothing but comments in it.
    public var isEmpty: Bool { root.isNull }
    /// The root, for walking down with the path kept.
    public var cursor: YAMLCursor { YAMLCursor(file: file, root: root) }
}
