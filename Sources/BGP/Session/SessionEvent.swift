public import Net

/// One TCP connection of a session. A session has at most a few at a time.
public enum ConnectionID: Hashable, Sendable {
    /// Ours, numbered by the session.
    case outgoing(UInt64)
    /// The peer's, numbered by the driver; a number is never used twice.
    case incoming(UInt64)
}

/// Addresses at this end of a connection, from which next hops are made (RFC 2545, RFC 8950).
public struct LocalAddresses: Hashable, Sendable {
    /// The connection's own local address.
    public var local: IPAddress
    /// The address at the other end.
    public var peer: IPAddress
    /// A global IPv6 address by which the peer reaches this node, when there is one.
    public var global: IPAddress?
    /// The link-local address on the link shared with the peer; nil when the peer is further away.
    public var linkLocal: IPAddress?
    /// An IPv4 address by which the peer reaches this node, when there is one.
    public var ipv4: IPAddress?

    public init(local: IPAddress, peer: IPAddress, global: IPAddress? = nil, linkLocal: IPAddress? = nil, ipv4: IPAddress? = nil) {
        self.local = local
        self.peer = peer
        self.global = global
        self.linkLocal = linkLocal
        self.ipv4 = ipv4
    }
}

/// What can happen to a session (RFC 4271 section 8.1).
public enum SessionEvent: Sendable {
    /// ManualStart. Connects at once, unless passive. Nothing when started.
    case start
    /// ManualStop and its kin. What is left to be said is said by actions of the same call.
    case stop(StopReason)
    /// Something changed for the better (interface up, address or neighbour found): connects at once if it was waiting to, but for the
    /// rest that follows an error of the peer's.
    case connectNow

    /// The connection asked for by `.connect` is there.
    case connected(ConnectionID, LocalAddresses)
    /// It could not be made; the reason is kept to be shown.
    case connectFailed(ConnectionID, reason: String)
    /// The peer has connected to us. May be answered by `.close` at once.
    case accepted(ConnectionID, LocalAddresses)
    /// Bytes, however they were cut.
    case received(ConnectionID, [UInt8])
    /// So many bytes of what `.send` gave are with the kernel now.
    case sent(ConnectionID, bytes: Int)
    /// The connection ended without our doing. Nil where the peer closed it orderly.
    case closed(ConnectionID, reason: String?)

    /// `deadline` has come. Deliver bytes that have arrived before this. Early calls do no harm.
    case timer

    /// What the peer is to have from now on.
    case export(ExportTable)
    /// Ask the peer for all its routes of a family again; of all families when nil (RFC 2918).
    case requestRefresh(AddressFamily?)
    /// Tell the peer all our routes of a family again; of all families when nil.
    case resend(AddressFamily?)
}

/// Why a session is to end.
public enum StopReason: Hashable, Sendable {
    /// Cease/Administrative Shutdown with a text of at most 255 bytes (RFC 9003), in a Hard Reset where N was negotiated: leaves for
    /// good, the peer withdraws at once.
    case shutdown(String)
    /// Cease/Administrative Reset with a text: comes back at once.
    case reset(String)
    /// Cease/Peer De-configured, in a Hard Reset where N was negotiated.
    case deconfigured
    /// Cease/Other Configuration Change: comes back at once.
    case configurationChange
    /// Cease/BFD Down (RFC 9384): comes back after a pause.
    case bfdDown
    /// Closes without a word, so that a peer with graceful restart keeps our routes for the process that follows.
    case restart
}
