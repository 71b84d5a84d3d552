/// What Cilium's kinds have no field for, as annotations of a CiliumBGPPeerConfig.
public enum BGPAnnotation {
    static let domain = "bgp.fabctl.io/"

    /// Hops that the peer is away: packets that came further are ignored (RFC 5082). `1`: on the link.
    public static let ttlSecurity = domain + "ttl-security"
    /// Prefixes of a family that the peer may announce before it is shut out (RFC 4486 subcode 1).
    public static let maximumPrefixes = domain + "maximum-prefixes"
    /// Whether graceful restart also covers NOTIFICATIONs (the N bit, RFC 8538): `true` or `false`.
    public static let gracefulNotification = domain + "graceful-notification"
    /// Whether to wait for the peer to connect: `true` or `false`.
    public static let passive = domain + "passive"

    static let ofPeerConfig = [gracefulNotification, maximumPrefixes, passive, ttlSecurity]
}
