public import YAML

/// Something wrong at one place of a manifest. Prints as `FILE:LINE:COLUMN: path: message`.
public struct BGPConfigProblem: Error, Hashable, Comparable, Sendable, CustomStringConvertible, StructuredValueConvertible {
    public enum Kind: String, Sendable, Hashable {
        /// The text is no YAML.
        case syntax
        /// A field that no Cilium kind has here.
        case unknownField = "unknown-field"
        /// A value of the wrong type or outside its range.
        case invalid
        case missing
        /// Cilium knows it, and fabctl does not do it.
        case unsupported
        /// Twice the same name.
        case duplicate
        /// A name that nothing has.
        case reference
    }

    /// As the operator gave it.
    public var file: String
    /// From 1; 0 when nothing of the text is meant.
    public var line: Int
    /// From 1, in Unicode scalars.
    public var column: Int
    /// Of the stream, from 1.
    public var document: Int
    /// As in `spec.bgpInstances[0].localASN`; empty when the document as a whole is meant.
    public var path: String
    public var kind: Kind
    public var message: String

    public init(file: String, position: YAMLPosition, document: Int, path: String, kind: Kind, message: String) {
        self.file = file
        self.line = position.line
        self.column = position.column
        self.document = document
        self.path = path
        self.kind = kind
        self.message = message
    }

    public var description: String {
        (line > 0 ? "\(file):\(line):\(column): " : "\(file): ") + (path.isEmpty ? message : "\(path): \(message)")
    }

    public var structuredValue: StructuredValue {
        [
            "file": .string(file), "line": .int(line), "column": .int(column), "document": .int(document), "path": .string(path),
            "type": .string(kind.rawValue), "message": .string(message),
        ]
    }

    /// By place in the file.
    public static func < (a: Self, b: Self) -> Bool {
        (a.line, a.column) != (b.line, b.column) ? (a.line, a.column) < (b.line, b.column) : (a.path, a.message) < (b.path, b.message)
    }
}

/// Manifests that cannot be accepted: all that is wrong with them, in the order of the text; never empty.
public struct BGPConfigError: Error, Hashable, Sendable, CustomStringConvertible {
    public var problems: [BGPConfigProblem]

    public init(_ problems: [BGPConfigProblem]) { self.problems = problems.sorted() }

    public var description: String { problems.map(\.description).joined(separator: "\n") }

    /// `{"errors": [...]}`.
    public var structuredValue: StructuredValue { ["errors": .init(problems)] }
}
