/// A ROUTE-REFRESH message (RFC 2918, RFC 7313).
public struct RouteRefresh: Hashable, Sendable {
    public var family: AddressFamily
    public var kind: Kind

    public init(family: AddressFamily, kind: Kind) {
        self.family = family
        self.kind = kind
    }

    /// The octet that RFC 2918 reserved and RFC 7313 section 3.2 calls the message subtype.
    public enum Kind: Hashable, Sendable {
        /// 0: send everything again.
        case request
        /// 1: what follows is everything again.
        case begin
        /// 2: that was everything.
        case end
        /// Ignored.
        case unknown(UInt8)
    }
}
