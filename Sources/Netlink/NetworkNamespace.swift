import CLinux
import Glibc

/// A network namespace, held open by a descriptor (man 7 network_namespaces).
///
/// The namespace lives at least as long as this value. Threads of the caller are never moved: what must happen inside runs on a thread made
/// for it.
public struct NetworkNamespace: ~Copyable {
    /// The descriptor, as `VethEnd.namespace` and `LinkChange.namespace` want it. Closed with this value.
    public let descriptor: Int32
    /// How the namespace was found: its name, a path or a process, for messages.
    public let label: String

    /// Takes over an open descriptor of a network namespace.
    init(owning descriptor: Int32, label: String) {
        self.descriptor = descriptor
        self.label = label
    }

    deinit { close(descriptor) }

    // MARK: - Finding

    /// Opens a namespace by path: `/run/netns/NAME`, `/proc/PID/ns/net`, or wherever one is bound.
    /// - Throws: EINVAL when what is there is no network namespace.
    public init(path: String) throws(NetlinkError) {
        try self.init(path: path, label: path)
    }

    /// Opens a namespace by the name that `ip netns add` or `create` gave it.
    public init(named name: String) throws(NetlinkError) {
        try self.init(path: Self.path(of: name), label: name)
    }

    /// Opens the namespace of a process.
    public init(processID: Int32) throws(NetlinkError) {
        try self.init(path: "/proc/\(processID)/ns/net", label: "process \(processID)")
    }

    /// Opens the calling thread's namespace.
    public static func current() throws(NetlinkError) -> NetworkNamespace {
        try NetworkNamespace(path: "/proc/thread-self/ns/net", label: "the current one")
    }

    private init(path: String, label: String) throws(NetlinkError) {
        let operation = "open network namespace \(label)"
        // The path may come from an operator: a pipe or a terminal must not hold us up.
        let fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
        guard fd >= 0 else { throw NetlinkError(operation: operation, code: errno) }
        // A file without a namespace bound over it, as an interrupted `ip netns add` leaves, opens as well.
        let kind = clinux_ns_type(fd)
        guard kind == CLONE_NEWNET else {
            close(fd)
            throw NetlinkError(operation: operation, code: EINVAL, message: "not a network namespace")
        }
        self.init(owning: fd, label: label)
    }

    // MARK: - Identity

    /// What tells namespaces apart, however they were opened: the file behind the descriptor.
    public struct Identity: Hashable, Sendable {
        public let device: UInt64
        public let inode: UInt64
    }

    /// - Throws: when the descriptor cannot be examined.
    public func identity() throws(NetlinkError) -> Identity {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw NetlinkError(operation: "examine network namespace \(label)", code: errno) }
        return Identity(device: UInt64(status.st_dev), inode: UInt64(status.st_ino))
    }

    // MARK: - Going in

    /// Runs `body` on a thread of its own inside the namespace and waits for it. Sockets opened there belong to the namespace for ever.
    /// - Throws: NetlinkError when the namespace cannot be entered, and what `body` throws.
    public func run<R: ~Copyable>(_ body: () throws -> R) throws -> R {
        try result(of: body).get()
    }

    /// As `run(_:)`, for typed throws: what `body` throws is in the result, what this module refuses is thrown. When both are NetlinkError,
    /// `try namespace.result { () throws(NetlinkError) in ... }.get()` throws that type alone.
    public func result<R: ~Copyable, E: Error>(of body: () throws(E) -> R) throws(NetlinkError) -> Result<R, E> {
        var refusal: NetlinkError?
        let outcome = try NamespaceThread.run { () -> Result<R, E>? in
            do throws(NetlinkError) {
                try enter()
            } catch {
                refusal = error
                return nil
            }
            do throws(E) {
                return .success(try body())
            } catch {
                return .failure(error)
            }
        }
        if let refusal { throw refusal }
        switch consume outcome {
        case .success(let value):
            guard let value else { throw NetlinkError(operation: "enter network namespace \(label)", code: ECANCELED) }
            return value
        }
    }

    /// Moves the calling thread into the namespace. Only for a thread of one's own, or a process about to become another program.
    func enter() throws(NetlinkError) {
        let code = clinux_setns(descriptor, CLONE_NEWNET)
        guard code == 0 else { throw NetlinkError(operation: "enter network namespace \(label)", code: -code) }
    }
}
