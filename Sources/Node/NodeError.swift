/// Why a command could not do what it was asked: one line, a hint, and the exit code that the manual documents.
public struct NodeError: Error, Sendable, CustomStringConvertible {
    public enum Kind: Int32, Sendable {
        /// The answer is no.
        case negative = 1
        /// What was asked cannot be accepted: nothing was changed.
        case invalid = 65
        /// Not installed here, or no bpffs.
        case unavailable = 69
        case `internal` = 70
        /// The kernel refused.
        case system = 74
        case busy = 75
        case permission = 77
        /// What is stored on the node cannot be used.
        case stored = 78
    }

    public let kind: Kind
    public let message: String
    public let hint: String?

    public init(_ kind: Kind, _ message: String, hint: String? = nil) {
        self.kind = kind
        self.message = message
        self.hint = hint
    }

    public var description: String { message }
}
