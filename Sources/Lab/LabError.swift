import Glibc
public import Netlink

/// Why the lab could not do what it was asked: one line, a hint, and the exit code that the manual documents.
public struct LabError: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Kind: Int32, Sendable {
        /// The answer is no: something in the lab is down.
        case negative = 1
        /// The topology, a name or a link cannot be accepted, or the lab exists (or does not).
        case invalid = 65
        /// There is no bpffs.
        case unavailable = 69
        case `internal` = 70
        /// The kernel refused, or a command inside the lab failed.
        case system = 74
        /// Another command works on this lab.
        case busy = 75
        case permission = 77
        /// The lab's record cannot be read.
        case stored = 78
        case interrupted = 130
        /// As shells have it, of a command to run on a member: it cannot be run, there is none.
        case notRunnable = 126
        case noCommand = 127
    }

    public let kind: Kind
    public let message: String
    public let hint: String?

    public init(_ kind: Kind, _ message: String, hint: String? = nil) {
        self.kind = kind
        self.message = message
        self.hint = hint
    }

    public init(_ error: NetlinkError) {
        let refused = error.code == EPERM || error.code == EACCES
        self.init(refused ? .permission : .system, error.description, hint: refused ? "the lab needs root" : nil)
    }

    /// - Parameter code: an errno.
    init(_ operation: String, code: Int32) {
        self.init(NetlinkError(operation: operation, code: code))
    }

    public var description: String { message }
}

/// Runs what speaks to the kernel, its errors turned into the lab's.
func kernel<R: ~Copyable>(_ body: () throws(NetlinkError) -> R) throws(LabError) -> R {
    do throws(NetlinkError) {
        return try body()
    } catch {
        throw LabError(error)
    }
}
