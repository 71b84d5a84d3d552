/// A session with one peer: state machine, collision detection, timers and routes (RFC 4271 section 8).
///
/// Pure: what happens comes in as events with a time, what is to be done goes out as actions. After each call the driver arms its
/// one timer for `deadline`.
public struct Session: Sendable {
    public let configuration: SessionConfiguration
    public private(set) var state: SessionState = .idle
    /// When `.timer` is due; nil when nothing is waited for.
    public private(set) var deadline: Nanoseconds?
    public private(set) var counters = SessionCounters()
    /// While established.
    public private(set) var negotiated: Negotiated?
    /// While established: since when.
    public private(set) var establishedAt: Nanoseconds?
    /// Why the session was last down, and when.
    public private(set) var lastDown: (reason: DownReason, at: Nanoseconds)?
    /// The last NOTIFICATION of each direction, and when. Kept for ever.
    public private(set) var lastSent: (notification: Notification, at: Nanoseconds)?
    public private(set) var lastReceived: (notification: Notification, at: Nanoseconds)?
    /// Why the last attempt to connect failed.
    public private(set) var lastConnectFailure: (reason: String, at: Nanoseconds)?
    /// The last UPDATE faults, newest last, at most 16.
    public private(set) var faults: [(fault: UpdateFault, at: Nanoseconds)] = []
    /// The OPEN sent and received last.
    public private(set) var localOpen: Open?
    public private(set) var peerOpen: Open?
    /// Started and not stopped.
    public private(set) var isStarted = false
    /// Until when no connection is made after an error.
    public private(set) var idleUntil: Nanoseconds?

    public init(_ configuration: SessionConfiguration) {
        self.configuration = configuration
    }

    /// Takes one event.
    /// - Parameter now: monotonic; never less than before.
    public mutating func handle(_ event: SessionEvent, now: Nanoseconds) -> [SessionAction] {
        []
    }

    /// What is wanted and how far it got, ascending, with what is being withdrawn.
    public var advertised: [AdvertisedRoute] { [] }
    /// What the peer announced, ascending.
    public var received: [ReceivedRoute] { [] }
    /// Counts by family, without making lists.
    public func announcedCount(_ family: AddressFamily) -> Int { 0 }
    public func receivedCount(_ family: AddressFamily) -> Int { 0 }
    public func wantedCount(_ family: AddressFamily) -> Int { 0 }
}
