/// A session with one peer: state machine, collision detection, timers and routes (RFC 4271 section 8).
///
/// Pure: what happens comes in as events with a time, what is to be done goes out as actions. After each call the driver arms its
/// one timer for `deadline`.
public struct Session: Sendable {
    public let configuration: SessionConfiguration
    public internal(set) var state: SessionState = .idle
    /// When `.timer` is due; nil when nothing is waited for.
    public internal(set) var deadline: Nanoseconds?
    public internal(set) var counters = SessionCounters()
    /// While established.
    public internal(set) var negotiated: Negotiated?
    /// While established: since when.
    public internal(set) var establishedAt: Nanoseconds?
    /// Why the session was last down, and when.
    public internal(set) var lastDown: (reason: DownReason, at: Nanoseconds)?
    /// The last NOTIFICATION of each direction, and when. Kept for ever.
    public internal(set) var lastSent: (notification: Notification, at: Nanoseconds)?
    public internal(set) var lastReceived: (notification: Notification, at: Nanoseconds)?
    /// Why the last attempt to connect failed.
    public internal(set) var lastConnectFailure: (reason: String, at: Nanoseconds)?
    /// Connections in a row that the peer ended without a word, our OPEN at the most between.
    public internal(set) var connectionsUnanswered = 0
    /// The last UPDATE faults, newest last, at most 16.
    public internal(set) var faults: [(fault: UpdateFault, at: Nanoseconds)] = []
    /// The OPEN sent and received last.
    public internal(set) var localOpen: Open?
    public internal(set) var peerOpen: Open?
    /// Started and not stopped.
    public internal(set) var isStarted = false
    /// Until when no connection is made after an error.
    public internal(set) var idleUntil: Nanoseconds?

    /// In the order they came to be. At most one of ours, two of the peer's and one parked.
    var connections: [Connection] = []
    var actions: [SessionAction] = []
    var nextNumber: UInt64 = 0
    /// When to connect next, or to give an attempt up for the next one.
    var connectAt: Nanoseconds?
    /// Errors in a row: each doubles the rest that follows.
    var errors = 0
    /// The rest follows the peer's decision, not its error: the peer ends it by connecting, and so does a change for the better.
    var peerMayWake = false
    var jitter: Jitter
    /// R is said in OPENs (RFC 4724 section 3): until the first session of this process.
    var saysRestarting: Bool
    /// When routes kept over the peer's restart are removed (RFC 4724 section 4.2).
    var staleDeadline: Nanoseconds?
    var ribOut = AdjRIBOut()
    var ribIn: AdjRIBIn

    public init(_ configuration: SessionConfiguration) {
        self.configuration = configuration
        jitter = Jitter(seed: configuration.seed)
        saysRestarting = configuration.gracefulRestart?.isRestarting ?? false
        ribIn = AdjRIBIn(maximumPrefixes: configuration.maximumPrefixes)
    }

    /// Takes one event.
    /// - Parameter now: monotonic; never less than before.
    public mutating func handle(_ event: SessionEvent, now: Nanoseconds) -> [SessionAction] {
        switch event {
        case .start: start(now)
        case .stop(let reason): stop(reason, now)
        case .connectNow: connectSoon(now)
        case .connected(let id, let addresses): connected(id, addresses, now)
        case .connectFailed(let id, let reason): connectFailed(id, reason, now)
        case .accepted(let id, let addresses): accepted(id, addresses, now)
        case .received(let id, let bytes): received(id, bytes, now)
        case .sent(let id, let bytes): sent(id, bytes, now)
        case .closed(let id, let reason): closed(id, reason, now)
        case .timer: fire(now)
        case .export(let table): ribOut.want(table)
        case .requestRefresh(let family): requestRefresh(family, now)
        case .resend(let family): resend(family)
        }
        connectIfDue(now)
        pump(now)
        settle()
        defer { actions = [] }
        return actions
    }

    /// What is wanted and how far it got, ascending, with what is being withdrawn.
    public var advertised: [AdvertisedRoute] { ribOut.advertised }
    /// What the peer announced, ascending.
    public var received: [ReceivedRoute] { ribIn.received }
    /// Counts by family, without making lists.
    public func announcedCount(_ family: AddressFamily) -> Int { ribOut.announcedCount(family) }
    public func receivedCount(_ family: AddressFamily) -> Int { ribIn.count(family) }
    public func wantedCount(_ family: AddressFamily) -> Int { ribOut.wanted.range(of: family).count }

    /// State and deadline follow from everything else.
    private mutating func settle() {
        let furthest = connections.map(\.phase).filter { $0 != .parked }.max()
        let now: SessionState =
            switch furthest {
            case .established: .established
            case .openConfirm: .openConfirm
            case .openSent: .openSent
            // The FSM of a connection that waits to speak is in Active (RFC 4271 section 8.2.2).
            case .delaying: .active
            case .connecting: .connect
            case .parked, nil: isStarted && idleUntil == nil ? .active : .idle
            }
        if now != state {
            state = now
            actions.append(.stateChanged(now))
        }
        deadline = ([idleUntil, staleDeadline] + connections.map(\.deadline) + [wantsToConnect ? connectAt : nil]).compactMap { $0 }.min()
    }
}
