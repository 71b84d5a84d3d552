/// All that a session has to know about itself and its peer. Whatever is about sockets (addresses, MD5, TTL) is the driver's.
public struct SessionConfiguration: Hashable, Sendable {
    public var localAS: UInt32
    /// 0 takes any AS.
    public var peerAS: UInt32
    /// Not 0.
    public var identifier: RouterID
    /// Supported families to negotiate: each is wanted, none is required.
    public var families: [AddressFamily]

    /// Waits for the peer to connect.
    public var isPassive = false
    /// Seconds: 0, or 3 and more (RFC 4271 section 4.2).
    public var holdTime: UInt16 = 90
    /// Seconds, at most; never more than a third of the negotiated hold time.
    public var keepaliveTime: UInt16 = 30
    /// Between attempts to connect, before jitter of a quarter either way. Never under a second.
    public var connectRetryTime: Nanoseconds = .seconds(2)
    /// DelayOpenTime (RFC 4271 section 8.1.1): how long to let the peer speak first. 0 speaks at once.
    public var openDelayTime: Nanoseconds = 0
    /// How long a peer may be silent before its OPEN ("a large value", RFC 4271 section 8.2.2).
    public var openHoldTime: Nanoseconds = .seconds(240)
    /// SendHoldTime (RFC 9687) at least; twice the negotiated hold time where that is more.
    public var sendHoldTime: Nanoseconds = .seconds(480)
    /// After an error: from the first to the second, doubled with each (DampPeerOscillations, RFC 4271 section 8.1.1).
    public var idleHoldTime: ClosedRange<Nanoseconds> = .seconds(1)...(.seconds(60))
    /// After a peer went over its maximum of prefixes, or we over the peer's.
    public var maximumPrefixIdleTime: Nanoseconds = .seconds(60)

    public var gracefulRestart: GracefulRestart?
    /// Offers IPv4 routes with IPv6 next hops (RFC 8950) when IPv4 is among the families.
    public var offersExtendedNextHop = true
    /// Offers to receive messages of up to 65,535 bytes (RFC 8654). None over 4,096 is ever sent.
    public var offersExtendedMessage = true
    /// Refuses paths whose first AS is not the peer's (RFC 4271 section 6.3).
    public var enforcesFirstAS = false
    /// Prefixes of one family that the peer may announce (RFC 4486 subcode 1).
    public var maximumPrefixes = 100_000

    /// Shown by the peer's operator tools; nothing is offered when empty.
    public var hostName = ""
    public var domainName = ""
    public var softwareVersion = ""
    /// Makes jitter repeatable: two sessions with the same seed and events do the same.
    public var seed: UInt64 = 0

    public init(localAS: UInt32, peerAS: UInt32, identifier: RouterID, families: [AddressFamily]) {
        self.localAS = localAS
        self.peerAS = peerAS
        self.identifier = identifier
        self.families = families
    }

    /// Both directions of RFC 4724.
    public struct GracefulRestart: Hashable, Sendable {
        /// Seconds that the peer keeps our routes without us, 0...4095.
        public var restartTime: UInt16
        /// N (RFC 8538): the peer keeps routes through NOTIFICATIONs and hold timer expiry too.
        public var notification: Bool
        /// R: this process follows one that the peer may still hold routes of. Said until the session is first established.
        public var isRestarting: Bool
        /// F: families whose forwarding outlived, and outlives, this process. It must be true.
        public var forwarding: Set<AddressFamily>
        /// Keeps what the peer announced over its restart, for at most the time it says.
        public var helps: Bool

        public init(
            restartTime: UInt16 = 120, notification: Bool = true, isRestarting: Bool, forwarding: Set<AddressFamily>, helps: Bool = true
        ) {
            self.restartTime = restartTime
            self.notification = notification
            self.isRestarting = isRestarting
            self.forwarding = forwarding
            self.helps = helps
        }
    }
}
