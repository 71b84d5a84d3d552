/// A capability of an OPEN message (RFC 5492). What its code means but its length denies, and every code unknown here, is kept as
/// bytes: shown, never obeyed.
public enum Capability: Hashable, Sendable {
    /// Code 1 (RFC 4760).
    case multiprotocol(AddressFamily)
    /// Code 2 (RFC 2918).
    case routeRefresh
    /// Code 3 (RFC 5291): recognised so that it can be named. fabctl never offers it, so it is never in force.
    case outboundRouteFiltering([UInt8])
    /// Code 5 (RFC 8950).
    case extendedNextHop([ExtendedNextHop])
    /// Code 6 (RFC 8654).
    case extendedMessage
    /// Code 9 (RFC 9234).
    case role(UInt8)
    /// Code 64 (RFC 4724, RFC 8538).
    case gracefulRestart(GracefulRestartCapability)
    /// Code 65 (RFC 6793).
    case fourOctetAS(UInt32)
    /// Code 69 (RFC 7911).
    case addPath([AddPath])
    /// Code 70 (RFC 7313).
    case enhancedRouteRefresh
    /// Code 73 (draft-walton-bgp-hostname-capability).
    case hostName(host: String, domain: String)
    /// Code 75 (draft-abraitis-bgp-version-capability).
    case softwareVersion(String)
    case unknown(code: UInt8, value: [UInt8])

    /// IPv4 (or other) routes whose next hops have addresses of another family (RFC 8950 section 4).
    public struct ExtendedNextHop: Hashable, Sendable {
        public let family: AddressFamily
        /// Address family of the next hop: 2 for IPv6.
        public let nextHopAFI: UInt16

        public init(family: AddressFamily, nextHopAFI: UInt16) {
            self.family = family
            self.nextHopAFI = nextHopAFI
        }
    }

    /// RFC 7911 section 4.
    public struct AddPath: Hashable, Sendable {
        public let family: AddressFamily
        /// 1 receive, 2 send, 3 both.
        public let mode: UInt8

        public init(family: AddressFamily, mode: UInt8) {
            self.family = family
            self.mode = mode
        }
    }
}

/// What a speaker says about its restarts (RFC 4724 section 3).
public struct GracefulRestartCapability: Hashable, Sendable {
    /// R: this speaker has restarted; do not wait for its peer's End-of-RIB.
    public var restarting: Bool
    /// N: NOTIFICATIONs and hold timer expiry are survived too, Hard Reset is not (RFC 8538 section 2).
    public var notification: Bool
    /// Seconds, 0...4095.
    public var restartTime: UInt16
    public var families: [Entry]

    public struct Entry: Hashable, Sendable {
        public let family: AddressFamily
        /// F: forwarding went on during the last restart.
        public let forwarding: Bool

        public init(family: AddressFamily, forwarding: Bool) {
            self.family = family
            self.forwarding = forwarding
        }
    }

    public init(restarting: Bool, notification: Bool, restartTime: UInt16, families: [Entry]) {
        self.restarting = restarting
        self.notification = notification
        self.restartTime = restartTime
        self.families = families
    }
}
