/// What the driver is to do, in this order.
public enum SessionAction: Sendable {
    /// Begin a connection; answer with `.connected` or `.connectFailed`.
    case connect(ConnectionID)
    /// Queue bytes behind what is queued; answer with `.sent` as the kernel takes them.
    case send(ConnectionID, [UInt8])
    /// End the connection, which may still be connecting. Nothing about it is reported afterwards.
    case close(ConnectionID, Closing)

    /// To be shown or logged.
    case stateChanged(SessionState)
    /// The session is up; routes and refresh work now.
    case established(Negotiated)
    /// The session was up and is down.
    case down(DownReason)
    /// All routes wanted and the End-of-RIB of this family have been given to `.send` for the first time in this session.
    case initialUpdateSent(AddressFamily)
    /// The peer's routes changed. `Session.received` has them already.
    case learnt(Update)

    public enum Closing: Hashable, Sendable {
        /// Send what is queued, then close; give up on that after a second.
        case orderly
        /// Drop what is queued, reset the connection.
        case abort
    }
}

/// States of RFC 4271 section 8.2.2. A session is in the furthest state of its connections.
public enum SessionState: String, Hashable, Sendable, Comparable, CaseIterable {
    case idle
    case connect
    case active
    case openSent = "open-sent"
    case openConfirm = "open-confirm"
    case established

    public static func < (a: SessionState, b: SessionState) -> Bool {
        let order = Self.allCases
        return (order.firstIndex(of: a) ?? 0) < (order.firstIndex(of: b) ?? 0)
    }
}

/// Why a session went down, or did not come up.
public enum DownReason: Hashable, Sendable {
    case sent(Notification)
    case received(Notification)
    /// The TCP connection ended; what the system said, or nil when the peer closed it.
    case connectionLost(String?)
    /// Stopped without a NOTIFICATION, for a restart.
    case restart
    /// A new connection of a peer that restarted took over (RFC 4724 section 4.2).
    case replaced
}

/// What both sides agreed on.
public struct Negotiated: Hashable, Sendable {
    public let peerAS: UInt32
    public let peerIdentifier: RouterID
    public let isInternal: Bool
    /// Seconds; 0 for none.
    public let holdTime: UInt16
    /// Seconds before jitter; 0 for none.
    public let keepaliveTime: UInt16
    public let families: [AddressFamily]
    /// AS numbers have four octets.
    public let fourOctetAS: Bool
    public let routeRefresh: Bool
    public let enhancedRouteRefresh: Bool
    /// IPv4 routes may have IPv6 next hops.
    public let extendedNextHop: Bool
    /// Messages of more than 4,096 bytes may be received.
    public let extendedMessage: Bool
    /// Both keep state over NOTIFICATIONs, except for Hard Reset (RFC 8538).
    public let notificationRestart: Bool
    /// What the peer said about its restarts, when graceful restart is in use.
    public let gracefulRestart: GracefulRestartCapability?
}
