public import Net

/// Where a wanted route stands with one peer.
public struct AdvertisedRoute: Hashable, Sendable {
    public let prefix: Prefix
    public let attributes: RouteAttributes
    public let state: State
    /// The next hop that is announced, with the link-local one behind a global one; empty where the route is withheld.
    public let nextHops: [IPAddress]

    public enum State: Hashable, Sendable {
        /// The peer has been told (what the kernel still holds included).
        case announced
        /// Told as soon as the peer takes what is before it.
        case queued
        /// No more wanted, and the peer is still to be told.
        case withdrawing
        case withheld(Withholding)
    }

    /// Why a wanted route is not announced.
    public enum Withholding: String, Hashable, Sendable {
        case notEstablished = "session not established"
        case familyNotNegotiated = "address family not negotiated"
        case noNextHop = "no next hop of a family the peer accepts"
        case attributesTooLarge = "attributes do not fit a message"
    }
}

/// A route learnt from the peer, kept to be shown.
public struct ReceivedRoute: Hashable, Sendable {
    public let prefix: Prefix
    public let attributes: PathAttributes
    /// Held over a restart of the peer (RFC 4724 section 4.2).
    public let isStale: Bool
}
