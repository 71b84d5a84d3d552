import BPF
import CFabricABI
import Compiler
import Datapath
import Glibc
public import Model
import Net
import Netlink
import Store

/// One node: a directory on bpffs, and the network namespace that its commands run in.
public struct Node: Sendable {
    public static let defaultRoot = "/sys/fs/bpf/fabctl"

    /// The node's directory on bpffs.
    public let path: String

    public init(root path: String) {
        self.path = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
    }

    var maps: String { "\(path)/maps" }
    var programs: String { "\(path)/progs" }
    var links: String { "\(path)/links" }
    var attachments: Attachments { Attachments(links: links, programs: programs) }

    /// What the operator asked of this node.
    /// - Throws: `unavailable` when nothing is installed here, `stored` when this binary cannot read it.
    public func desired() throws(NodeError) -> Desired {
        try desired(try documents())
    }

    func desired(_ documents: [String: [UInt8]]) throws(NodeError) -> Desired {
        let desired = try Desired(documents: documents)
        guard desired.config.layout == UInt32(FABRIC_ABI_VERSION) else {
            throw NodeError(
                .stored, "the maps at \(path) have layout \(desired.config.layout), and this fabctl knows \(FABRIC_ABI_VERSION)",
                hint: "use the fabctl that installed it, or uninstall and install again")
        }
        return desired
    }

    func documents() throws(NodeError) -> [String: [UInt8]] {
        try requireInstalled()
        return try storing { () throws(StoreError) in try Root(path).snapshot() }.documents.mapValues(\.bytes)
    }

    /// Whether a change that was committed has not been carried out completely.
    func pendingChange(in documents: [String: [UInt8]]) throws(NodeError) -> Pending? {
        guard let bytes = documents[Pending.document] else { return nil }
        return try Pending(bytes: bytes)
    }

    func requireInstalled() throws(NodeError) {
        if BPFFS.contains("\(path)/state") { return }
        if geteuid() != 0 {
            throw NodeError(.permission, "reading \(path) needs root", hint: "use sudo")
        }
        guard BPFFS.contains(path) || BPFFS.contains(parent(path)) else {
            throw NodeError(
                .unavailable, "\(path) is not on a bpffs",
                hint: HiddenBPFFS.isSo ? HiddenBPFFS.hint : "fabctl install mounts one")
        }
        throw NodeError(
            .unavailable, "fabctl is not installed at \(path)",
            hint: "fabctl install --pod-cidr PREFIX does it; --bpffs or FABCTL_BPFFS name another node")
    }

    func parent(_ path: String) -> String {
        guard let slash = path.lastIndex(of: "/"), slash != path.startIndex else { return "/" }
        return String(path[..<slash])
    }

    /// Names of the devices of the calling thread's namespace.
    public func deviceNames() throws(NodeError) -> [String] {
        try kernel { (socket: inout NetlinkSocket) throws(NetlinkError) in try socket.links().map(\.name) }
    }

    /// Talks to the kernel's routing, in the calling thread's namespace.
    func kernel<R>(_ body: (inout NetlinkSocket) throws(NetlinkError) -> R) throws(NodeError) -> R {
        do throws(NetlinkError) {
            var socket = try NetlinkSocket()
            return try body(&socket)
        } catch {
            throw NodeError(error)
        }
    }
}

extension NodeError {
    init(_ error: NetlinkError) {
        if error.code == EEXIST {
            self.init(.invalid, error.description, hint: "the kernel has one that fabctl did not make: remove it first")
            return
        }
        self.init(error.code == EPERM || error.code == EACCES ? .permission : .system, error.description)
    }

    init(_ error: BPFError) {
        let hint = error.complaint.map { "the kernel says: \($0)" }
        self.init(error.code == EPERM || error.code == EACCES ? .permission : .system, error.description, hint: hint)
    }

    init(_ error: StoreError) {
        switch error {
        case .notInstalled, .notBPFFS: self.init(.unavailable, error.description, hint: "fabctl install --pod-cidr PREFIX installs a node")
        case .busy: self.init(.busy, error.description, hint: "try again, or wait longer with --timeout")
        case .unknownVersion: self.init(.stored, error.description, hint: "use the fabctl that wrote it, or one newer than that")
        case .damaged: self.init(.stored, error.description, hint: "fabctl uninstall, and install again")
        case .invalidName: self.init(.internal, error.description)
        case .kernel(let error): self.init(error)
        }
    }

    init(_ error: CapacityError) { self.init(.invalid, error.description) }
}

/// Runs what fails in another module's terms, in ours.
func mapping<R>(_ body: () throws(BPFError) -> R) throws(NodeError) -> R {
    do throws(BPFError) {
        return try body()
    } catch {
        throw NodeError(error)
    }
}

/// Runs what fails in the store's terms, in ours.
func storing<R: ~Copyable>(_ body: () throws(StoreError) -> R) throws(NodeError) -> R {
    do throws(StoreError) {
        return try body()
    } catch {
        throw NodeError(error)
    }
}

/// ns since the machine started, without its sleep (CLOCK_MONOTONIC).
public func monotonicNow() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}
