/// Counts since the session was made. Never reset.
public struct SessionCounters: Hashable, Sendable {
    public struct Messages: Hashable, Sendable {
        public var opens = 0
        public var updates = 0
        public var notifications = 0
        public var keepalives = 0
        public var routeRefreshes = 0

        public init() {}

        public var total: Int { opens + updates + notifications + keepalives + routeRefreshes }
    }

    public var sent = Messages()
    public var received = Messages()
    public var bytesSent = 0
    public var bytesReceived = 0
    /// Times that the session came up.
    public var established = 0
    /// Times that it went down after that.
    public var flaps = 0
    public var connectAttempts = 0
    public var connectFailures = 0
    public var collisions = 0
    /// UPDATEs whose routes were treated as withdrawn, and attributes discarded (RFC 7606).
    public var treatedAsWithdrawn = 0
    public var attributesDiscarded = 0

    public init() {}
}
