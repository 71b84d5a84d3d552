import Glibc

/// What failed, on what, and why. Thrown by everything in this module.
///
/// Prints one line: `add route fd00:2::/64 via fe80::1 dev eth0: No route to host (Gateway is not reachable)`.
public struct NetlinkError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What was tried and on what, as an operator would say it: `set eth0 up`.
    public let operation: String
    /// The errno of the kernel's refusal, positive.
    public let code: Int32
    /// The kernel's own words (extended acknowledgement, NLMSGERR_ATTR_MSG), or ours where the kernel was not asked. May be empty.
    public let message: String

    public init(operation: String, code: Int32, message: String = "") {
        self.operation = operation
        self.code = code
        self.message = message
    }

    public var description: String {
        let reason = String(cString: strerror(code))
        return message.isEmpty ? "\(operation): \(reason)" : "\(operation): \(reason) (\(message))"
    }
}

/// A reply that does not hold what its header promises. Becomes a `NetlinkError` with EBADMSG at the socket.
struct MalformedMessage: Error, Hashable {
    let reason: String

    init(_ reason: String) { self.reason = reason }
}
