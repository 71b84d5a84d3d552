public import YAML

/// Something wrong with a manifest, at one place. Prints as `FILE:LINE:COLUMN: path: message`.
public struct PolicyProblem: Error, Hashable, Sendable, Comparable, CustomStringConvertible {
    /// What is wrong, in the words of the API server's field errors (`k8s.io/apimachinery/pkg/util/validation/field`) and of strict decoding.
    public enum Class: String, CaseIterable, Sendable {
        /// Not YAML.
        case syntax = "Syntax"
        /// An apiVersion and kind that are not known.
        case noMatch = "NoMatch"
        /// A key that is there twice, or an object that is.
        case duplicate = "Duplicate"
        /// A field that the kind does not have.
        case unknown = "Unknown"
        /// A value of another type than the field's.
        case typeMismatch = "TypeMismatch"
        /// A field that must be there.
        case required = "Required"
        /// A value that its field cannot have.
        case invalid = "Invalid"
        /// None of the field's few values.
        case notSupported = "NotSupported"
        /// A field that must not be there: beside another, or because it is not enforced here.
        case forbidden = "Forbidden"
        /// More elements than the field may have.
        case tooMany = "TooMany"
    }

    /// As the operator named it.
    public var file: String
    /// From 1.
    public var position: YAMLPosition
    /// The document of the file, from 0.
    public var document: Int
    /// As the API server names the field: `spec.ingress[0].ports[0].endPort`; empty for a document as a whole.
    public var path: String
    public var type: Class
    /// What is wrong, and what is allowed.
    public var message: String

    public init(file: String, position: YAMLPosition, document: Int, path: String, type: Class, message: String) {
        self.file = file
        self.position = position
        self.document = document
        self.path = path
        self.type = type
        self.message = message
    }

    public var description: String { "\(file):\(position): " + (path.isEmpty ? message : "\(printablePath): \(message)") }

    /// Keys are the operator's, or whoever wrote the manifest's: none of them drives a terminal.
    private var printablePath: String {
        let isPlain = path.unicodeScalars.allSatisfy { scalar in
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned, .surrogate: false
            default: true
            }
        }
        return isPlain
            ? path
            : path.unicodeScalars.map { $0.isASCII && $0.value >= 0x20 && $0.value != 0x7f ? "\($0)" : "\\u{\(String($0.value, radix: 16))}" }
                .joined()
    }

    /// By place.
    public static func < (a: PolicyProblem, b: PolicyProblem) -> Bool {
        if a.file != b.file { return a.file < b.file }
        return a.position != b.position ? a.position < b.position : (a.path, a.message) < (b.path, b.message)
    }
}

extension PolicyProblem: StructuredValueConvertible {
    public var structuredValue: StructuredValue {
        [
            "file": .string(file), "line": .int(position.line), "column": .int(position.column), "document": .int(document), "path": .string(path),
            "type": .string(type.rawValue), "message": .string(message),
        ]
    }
}

/// Manifests that cannot be accepted. Prints a line for each problem.
public struct PolicyProblems: Error, Hashable, Sendable, CustomStringConvertible {
    /// All that is wrong, by place; never empty.
    public let problems: [PolicyProblem]

    /// - Returns: nil when there is none.
    public init?(_ problems: [PolicyProblem]) {
        guard !problems.isEmpty else { return nil }
        self.problems = problems.sorted()
    }

    public var description: String { problems.map(\.description).joined(separator: "\n") }
}
