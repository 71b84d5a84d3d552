/// One thing that `lab verify` looked at.
public struct LabCheck: Hashable, Sendable {
    public enum Kind: String, Sendable, CaseIterable {
        /// An echo request is answered.
        case ping
        /// Every flow takes a shortest way, and every shortest way has a flow.
        case path
        /// Packets as large as the smallest link of the way get there.
        case mtu
        /// A connection is allowed or denied as the topology says.
        case policy
    }

    public var kind: Kind
    public var from: String
    public var to: String
    /// What was tried: `IPv6`, `tcp 5432`.
    public var subject: String
    /// What was found, for a table.
    public var found: String
    /// nil: as it should be.
    public var failure: String?
    /// ns that it took.
    public var time: UInt64
}

/// What `lab verify` found.
public struct LabVerification: Sendable {
    public var lab: String
    /// Pair by pair, in the order of the topology; policy last.
    public var checks: [LabCheck]

    public var failures: Int { checks.count { $0.failure != nil } }
}
