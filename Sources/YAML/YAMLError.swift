/// A place in a text: line and column, both from 1. Columns count Unicode scalars, so a tab is one.
public struct YAMLPosition: Hashable, Comparable, Sendable, CustomStringConvertible {
    public var line: Int
    public var column: Int

    public init(line: Int, column: Int) {
        self.line = line
        self.column = column
    }

    public static func < (a: YAMLPosition, b: YAMLPosition) -> Bool {
        a.line != b.line ? a.line < b.line : a.column < b.column
    }

    public var description: String { "\(line):\(column)" }
}

/// A text that is not YAML, or not the YAML that was asked for. Prints as `FILE:LINE:COLUMN: message`.
public struct YAMLError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The file's name as the operator gave it.
    public var file: String
    public var position: YAMLPosition
    public var message: String

    public init(file: String, position: YAMLPosition, message: String) {
        self.file = file
        self.position = position
        self.message = message
    }

    public var line: Int { position.line }
    public var column: Int { position.column }

    public var description: String { "\(file):\(position): \(message)" }
}
