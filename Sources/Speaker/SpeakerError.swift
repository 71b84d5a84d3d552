/// Why the speaker could not be started, or a command could not reach it: one line and a hint.
public struct SpeakerError: Error, Sendable, CustomStringConvertible {
    public enum Kind: Sendable {
        /// What was asked cannot be accepted.
        case invalid
        /// No bpffs, nothing installed, or no speaker running.
        case unavailable
        /// The kernel refused.
        case system
        /// Another speaker is at work, or none answered in time.
        case busy
        case permission
        /// What is stored cannot be used.
        case stored
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
