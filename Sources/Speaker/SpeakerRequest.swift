import FoundationEssentials

/// What a command asks of the speaker. A document of its own each, `request-ID`; the answer is `answer-ID`.
public struct SpeakerRequest: Codable, Hashable, Sendable {
    public enum Verb: String, Codable, Sendable {
        /// Ask the peers for their routes again.
        case refreshIn = "refresh-in"
        /// Tell the peers all routes again.
        case refreshOut = "refresh-out"
        /// End the sessions and begin them anew.
        case reset
        /// Write the documents `status` and `routes` now.
        case publish
    }

    public var verb: Verb
    /// Names, keys or addresses; empty: all.
    public var peers: [String]
    /// `ipv6`, `ipv4`; nil: both.
    public var family: String?
    /// For the peer's operator.
    public var text: String?

    public init(_ verb: Verb, peers: [String] = [], family: String? = nil, text: String? = nil) {
        self.verb = verb
        self.peers = peers
        self.family = family
        self.text = text
    }
}

/// What became of a request.
public struct SpeakerAnswer: Codable, Hashable, Sendable {
    /// Keys of the peers that it was done with.
    public var done: [String]
    /// Keys of those with which it could not be, and why.
    public var refused: [String: String]
    public var written: Timestamp
}
