public import Net

/// What an UPDATE message (RFC 4271 section 4.3, RFC 4760) comes to once its errors are handled as RFC 7606 says: first the
/// withdrawals take effect, then the announcements.
public struct Update: Hashable, Sendable {
    /// Prefixes of negotiated families that are reachable no more, those of routes that are treated as withdrawn included.
    public var withdrawn: [Prefix] = []
    public var announced: [Announcement] = []
    /// Set by an End-of-RIB marker (RFC 4724 section 2).
    public var endOfRIB: AddressFamily?
    /// What was wrong, in the order found. Each was survivable.
    public var faults: [UpdateFault] = []

    public init() {}

    /// Prefixes of one family that share attributes and next hop.
    public struct Announcement: Hashable, Sendable {
        public let family: AddressFamily
        public let prefixes: [Prefix]
        public let attributes: PathAttributes
    }
}

/// A malformed or unusable part of an UPDATE that did not cost the session (RFC 7606).
public struct UpdateFault: Hashable, Sendable {
    /// The attribute's type code, or nil when not one attribute is at fault.
    public let attribute: UInt8?
    public let handling: Handling
    /// What is wrong, in words.
    public let reason: String

    public enum Handling: String, Hashable, Sendable {
        /// The routes of the message are withdrawn.
        case treatAsWithdraw = "treat-as-withdraw"
        /// The attribute is left out, the routes stay.
        case attributeDiscard = "attribute-discard"
        /// The routes may not be used here (own AS, unusable next hop), so they are not kept; no error of the peer's.
        case unusable
    }
}
