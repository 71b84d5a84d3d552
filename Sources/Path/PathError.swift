import Glibc
public import Netlink

/// Why a path could not be looked for: one line.
public struct PathError: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Kind: Sendable {
        /// What was asked cannot be done: families that differ, a destination without a route.
        case invalid
        /// An expectation that does not parse.
        case expectation
        case permission
        case system
    }

    public let kind: Kind
    public let description: String

    public init(_ kind: Kind, _ description: String) {
        self.kind = kind
        self.description = description
    }

    public init(_ error: NetlinkError) {
        self.init(error.code == EPERM || error.code == EACCES ? .permission : .system, error.description)
    }

    /// - Parameter code: an errno.
    init(_ operation: String, code: Int32) {
        let unreachable = [ENETUNREACH, EHOSTUNREACH, EADDRNOTAVAIL].contains(code)
        let kind: Kind = code == EPERM || code == EACCES ? .permission : unreachable ? .invalid : .system
        self.init(kind, "\(operation): \(String(cString: strerror(code)))")
    }
}
