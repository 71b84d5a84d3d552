import FoundationEssentials

/// What a speaker sees: document `status` of the directory `bgp`.
public struct SpeakerStatus: Codable, Hashable, Sendable {
    public static let document = "status"

    public struct Listener: Codable, Hashable, Sendable {
        public var address: String
        public var error: String?
    }

    public struct Problem: Codable, Hashable, Sendable {
        public var subject: String
        public var message: String
    }

    public var version: String
    public var pid: Int32
    public var node: String
    public var routerID: String
    /// What the configuration is read from: `document`, or a file's path.
    public var source: String
    public var started: Timestamp
    public var written: Timestamp
    /// Set when the speaker has ended in good order.
    public var stopped: Bool
    /// Routes of a process before this one were taken over.
    public var restarted: Bool
    /// The first of them, in order.
    public var podCIDRs: [String]
    /// Nil from a speaker that names all.
    public var podCIDRCount: Int?
    public var listeners: [Listener]
    public var problems: [Problem]
    public var peers: [PeerStatus]

    public init(bytes: [UInt8]) throws { self = try JSONDecoder().decode(Self.self, from: Data(bytes)) }

    public func bytes() throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return Array(try encoder.encode(self))
    }

    /// Pod CIDRs that a status names: it is written again and again.
    static let shownPodCIDRs = 100

    init(
        version: String, pid: Int32, node: String, routerID: String, source: String, started: Timestamp, stopped: Bool, restarted: Bool,
        podCIDRs: [String], podCIDRCount: Int, listeners: [Listener], problems: [Problem], peers: [PeerStatus]
    ) {
        self.version = version
        self.pid = pid
        self.node = node
        self.routerID = routerID
        self.source = source
        self.started = started
        self.written = .now
        self.stopped = stopped
        self.restarted = restarted
        self.podCIDRs = podCIDRs
        self.podCIDRCount = podCIDRCount
        self.listeners = listeners
        self.problems = problems
        self.peers = peers
    }
}

/// A peer as the speaker sees it.
public struct PeerStatus: Codable, Hashable, Sendable {
    public struct Family: Codable, Hashable, Sendable {
        /// As in `ipv6/unicast`.
        public var family: String
        public var negotiated: Bool
        public var wanted: Int
        public var announced: Int
        public var received: Int
    }

    public struct Event: Codable, Hashable, Sendable {
        public var at: Timestamp
        public var reason: String
    }

    public struct Notification: Codable, Hashable, Sendable {
        public var at: Timestamp
        public var code: Int
        public var subcode: Int
        public var name: String
        /// What an operator wrote (RFC 9003), or what a Hard Reset holds.
        public var text: String?
    }

    public struct Timers: Codable, Hashable, Sendable {
        public var connectRetry: Int
        public var hold: Int
        public var keepAlive: Int
        public var negotiatedHold: Int?
        public var negotiatedKeepAlive: Int?
    }

    public struct Messages: Codable, Hashable, Sendable {
        public var opens: Int
        public var updates: Int
        public var notifications: Int
        public var keepalives: Int
        public var routeRefreshes: Int
        public var total: Int
        public var bytes: Int
    }

    public struct Capability: Codable, Hashable, Sendable {
        public var code: Int
        public var name: String
        public var value: String?
    }

    public struct GracefulRestart: Codable, Hashable, Sendable {
        /// Seconds that the peer keeps our routes; nil when it was not negotiated.
        public var restartTime: Int
        public var notification: Bool
        public var negotiated: Bool
        /// Of the peer's own restarts.
        public var peerRestartTime: Int?
    }

    public var name: String
    public var instance: String
    /// In brackets, with its interface: `[fe80::1%eth0]`; the interface alone while the router there is not known.
    public var address: String
    public var port: Int
    public var interface: String?
    public var localAddress: String?
    public var localASN: UInt32
    /// As configured; 0 for any.
    public var peerASN: UInt32
    /// As the peer said.
    public var remoteASN: UInt32?
    public var remoteRouterID: String?
    public var remoteHostName: String?
    public var remoteVersion: String?
    /// As in `open-sent`.
    public var state: String
    public var since: Timestamp
    public var established: Timestamp?
    public var isInternal: Bool
    public var isPassive: Bool
    /// Whether packets are signed, and where the password is; never what it is.
    public var authentication: String?
    public var ttlSecurity: Int?
    public var multihop: Int
    public var timers: Timers
    public var gracefulRestart: GracefulRestart?
    public var families: [Family]
    public var sent: Messages
    public var received: Messages
    public var sessions: Int
    public var flaps: Int
    public var connectAttempts: Int
    public var connectFailures: Int
    public var collisions: Int
    public var lastDown: Event?
    public var lastSent: Notification?
    public var lastReceived: Notification?
    public var lastConnectFailure: Event?
    /// Malformed updates that did not cost the session, the newest last.
    public var faults: [Event]
    public var treatedAsWithdrawn: Int
    public var attributesDiscarded: Int
    /// Why no connection is made at present.
    public var obstacle: String?
    public var retryAt: Timestamp?
    /// What the operator may want to look at.
    public var hints: [String]
    public var localCapabilities: [Capability]
    public var remoteCapabilities: [Capability]

    /// Names the peer among all of the node.
    public var key: String { "\(instance)/\(name)" }
}
