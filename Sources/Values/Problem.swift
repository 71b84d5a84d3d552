public import YAML

/// Something wrong, or worth a look, at one place of a values file. Prints as `FILE:LINE:COLUMN: path: message`.
public struct Problem: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// As the operator gave it.
    public var file: String
    /// From 1.
    public var line: Int
    /// From 1, in Unicode scalars.
    public var column: Int
    /// The field, as in `ipv6.nativeRoutingCIDR`; empty when the file as a whole is meant.
    public var path: String
    public var message: String
    /// What to do about it.
    public var hint: String?

    public init(file: String, position: YAMLPosition, path: String, message: String, hint: String? = nil) {
        self.file = file
        self.line = position.line
        self.column = position.column
        self.path = path
        self.message = message
        self.hint = hint
    }

    public var position: YAMLPosition { YAMLPosition(line: line, column: column) }

    public var description: String { "\(file):\(line):\(column): " + (path.isEmpty ? message : "\(path): \(message)") }

    /// By place in the file.
    public static func < (a: Problem, b: Problem) -> Bool {
        a.position != b.position ? a.position < b.position : (a.path, a.message) < (b.path, b.message)
    }
}

/// A values file that cannot be accepted. Prints one line for each problem, its hint on a line of its own.
public enum ValuesError: Error, Hashable, Sendable, CustomStringConvertible {
    /// All that is wrong, in the order of the file; never empty.
    case invalid([Problem])

    public var problems: [Problem] {
        switch self {
        case .invalid(let problems): problems
        }
    }

    public var description: String {
        problems.map { problem in problem.description + (problem.hint.map { "\n  hint: \($0)" } ?? "") }.joined(separator: "\n")
    }
}

/// A key that was read and changes nothing here.
public struct IgnoredKey: Hashable, Sendable, CustomStringConvertible {
    /// The key, or the one above it when all below that is without meaning (`hubble`).
    public var path: String
    /// Of its first occurrence, from 1.
    public var line: Int

    public init(path: String, line: Int) {
        self.path = path
        self.line = line
    }

    public var description: String { path }
}
