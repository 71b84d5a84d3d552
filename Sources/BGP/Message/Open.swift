/// An OPEN message (RFC 4271 section 4.2).
public struct Open: Hashable, Sendable {
    /// The AS, of four octets where the sender has them (RFC 6793).
    public var asNumber: UInt32
    /// Seconds; 0 for no KEEPALIVEs at all.
    public var holdTime: UInt16
    public var identifier: RouterID
    /// In the order of the message, duplicates included.
    public var capabilities: [Capability]

    public init(asNumber: UInt32, holdTime: UInt16, identifier: RouterID, capabilities: [Capability]) {
        self.asNumber = asNumber
        self.holdTime = holdTime
        self.identifier = identifier
        self.capabilities = capabilities
    }
}
