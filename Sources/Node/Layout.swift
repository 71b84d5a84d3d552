import BPF
import CFabricABI
import CLinux
import Compiler
import Datapath
import Glibc
import Model
import Netlink
import Store

/// Maps of an older layout (FABRIC_ABI_VERSION) than this binary's programs know.
///
/// All maps are made anew beside the old ones and filled from the documents; then programs over the new maps take the place of those over
/// the old ones, hook by hook, each at one instant. No packet is lost or passes unjudged: what differs is that flows are judged again, and
/// that counters and the flow history begin anew.
extension Node {
    /// What is stored, when its maps have an older layout.
    func olderLayout() throws(NodeError) -> (desired: Desired, pending: Pending?)? {
        let documents = try documents()
        let pending = try pendingChange(in: documents)
        if pending?.uninstall == true { return nil }
        let desired = try Desired(documents: documents)
        try requireLayout(desired.config.layout, older: true)
        return desired.config.layout == UInt32(FABRIC_ABI_VERSION) ? nil : (desired, pending)
    }

    /// The lock is held. What an older fabctl had left pending is carried out with it.
    func upgradeLayout(
        _ older: (desired: Desired, pending: Pending?), _ request: InstallRequest, _ facts: NodeFacts, _ writer: borrowing Writer
    ) throws(NodeError) -> InstallReport {
        let after = try plan(request, before: older.desired, facts)
        var pending = older.pending ?? Pending()
        pending.load = true
        pending.remake = true
        pending.changes = ["upgrade from layout \(older.desired.config.layout)"]
        let present = identity(of: maps)
        try commit(after, pending, writer)
        do throws(NodeError) {
            try carryOut(after, pending)
        } catch {
            try goBack(older, exchanged: identity(of: maps) != present, because: error, writer)
            throw error
        }
        try removePending(writer)
        return report(after, upgraded: true)
    }

    /// The kernel refused: the old programs and maps are all there still.
    private func goBack(
        _ older: (desired: Desired, pending: Pending?), exchanged: Bool, because error: NodeError, _ writer: borrowing Writer
    ) throws(NodeError) {
        do throws(NodeError) {
            let links = try facts().links
            if exchanged {
                try exchangeMaps()
                try mapping { () throws(BPFError) in try attachments.attach(plan(older.desired, links: links)) }
            }
            Loader.dropNextPrograms(programs)
            _ = removeTree(nextMaps)
            try kernel { (socket: inout NetlinkSocket) throws(NetlinkError) in
                try KernelRoutes.sync(compile(older.desired, links: links, cpus: possibleCPUs), links: links, mustSucceed: [], &socket)
            }
            try commit(older.desired, older.pending, writer)
        } catch let second {
            throw NodeError(
                error.kind, "\(error.message); putting back what was there failed too: \(second.message)", hint: "fabctl install tries again")
        }
    }

    func beginNextMaps() throws(NodeError) {
        if let failure = removeTree(nextMaps).first { throw NodeError(.system, failure) }
        guard mkdir(nextMaps, 0o700) == 0 else { throw NodeError(.system, "make \(nextMaps): \(String(cString: strerror(errno)))") }
    }

    func exchangeMaps() throws(NodeError) {
        let code = clinux_rename_exchange(nextMaps, maps)
        if code < 0 { throw NodeError(.system, "exchange \(nextMaps) and \(maps): \(String(cString: strerror(-code)))") }
    }

    private func identity(of directory: String) -> UInt64? {
        var status = stat()
        return stat(directory, &status) == 0 ? UInt64(status.st_ino) : nil
    }
}
