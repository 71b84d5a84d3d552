import BPF
import CFabricABI
import CLinux
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
    /// Where maps of a new layout are made, and those of the old one wait for their end.
    var nextMaps: String { "\(path)/maps_next" }
    /// What of the node's directory is there.
    func remains() -> [String] {
        ["links", "progs", "maps", "maps_next", "observers", "state_next", "state"].map { "\(path)/\($0)" }.filter(BPFFS.contains)
    }
    var attachments: Attachments { Attachments(links: links, programs: programs) }

    /// What the operator asked of this node.
    /// - Throws: `unavailable` when nothing is installed here, `stored` when this binary cannot read it.
    public func desired() throws(NodeError) -> Desired {
        try desired(try documents())
    }

    func desired(_ documents: [String: [UInt8]]) throws(NodeError) -> Desired {
        let desired = try Desired(documents: documents)
        try requireLayout(desired.config.layout, older: false)
        return desired
    }

    /// - Parameter older: whether maps of an older layout will do too, as for an install, which makes them anew.
    func requireLayout(_ layout: UInt32, older: Bool) throws(NodeError) {
        let known = UInt32(FABRIC_ABI_VERSION)
        if layout == known || (older && layout < known) { return }
        throw NodeError(
            .stored, "the maps at \(path) have layout \(layout), and this fabctl knows \(known)",
            hint: layout < known ? "fabctl install brings them to it, while packets go on" : "use the fabctl that installed it, or a newer one")
    }

    func documents() throws(NodeError) -> [String: [UInt8]] {
        try requireInstalled()
        return try Migration.contents(of: try storing { () throws(StoreError) in try Root(path).snapshot() })
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
        if !remains().isEmpty {
            throw Root(path).isLocked
                ? NodeError(.unavailable, "fabctl is not installed at \(path) yet: another command is at work there", hint: "try again")
                : NodeError(
                    .unavailable, "fabctl is not installed at \(path); a command that was killed left pins there",
                    hint: "fabctl uninstall removes them, fabctl install begins anew")
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
