import BPF
import Compiler
import Datapath
public import Model
import Net
import Netlink
import Store

extension Node {
    /// Changes the documents and carries the change out: all of it, or nothing.
    /// - Parameters:
    ///   - dryRun: check and return, but change nothing.
    ///   - timeout: ns to wait for another command that changes the node.
    ///   - asksKernel: false when `body` needs no facts, and is given none.
    ///   - body: edits a copy of the documents.
    public func change<R>(
        dryRun: Bool, timeout: UInt64, asksKernel: Bool = true, _ body: (inout Desired, NodeFacts) throws(NodeError) -> R
    ) throws(NodeError) -> R {
        try requireInstalled()
        let writer = try lock(timeout)
        let before: Desired
        var isOld = false
        var carriedOut: Set<String> = []
        if dryRun {
            before = try desired()
        } else {
            guard let found = try finishPending(writer) else { throw NodeError(.unavailable, "fabctl is not installed at \(path)") }
            before = found.desired
            isOld = found.isOld
            carriedOut = Set(found.pending?.changes ?? [])
        }
        try requireOwnNamespace(before)
        var facts = asksKernel ? try facts() : NodeFacts(devices: [], addresses: [], routes: [])
        facts.carriedOut = carriedOut
        var after = before
        let result = try body(&after, facts)
        guard after != before else { return result }
        do throws(CapacityError) {
            try after.register(now: monotonicNow(), limits: .maps)
        } catch {
            throw NodeError(error)
        }
        let policies = after.planPolicies(since: before, now: monotonicNow())
        if dryRun { return result }
        var pending = Pending()
        let gone = before.endpoints.filter { endpoint in !after.endpoints.contains { $0.device == endpoint.device } }
        pending.removeDevices = gone.filter { $0.netns != nil }.map(\.device)
        pending.releaseDevices = gone.filter { $0.netns == nil }.map(Pending.Release.init)
        pending.changes = after.changes(from: before)
        try commit(after, pending, writer, since: isOld ? nil : before)
        do throws(NodeError) {
            if try !carryOutPolicies(after, before: before, policies) {
                try carryOut(after, pending, before: before, policies: policies, links: asksKernel ? facts.links : nil)
            }
        } catch {
            try putBack(before, after, because: error, writer)
            throw error
        }
        try removePending(writer)
        return result
    }

    /// The kernel refused a part of a change: commits what was there before and carries that out.
    func putBack(_ before: Desired, _ after: Desired, because error: NodeError, _ writer: borrowing Writer) throws(NodeError) {
        var old = before
        // Numbers stay used, and the revision moves on: flows judged meanwhile are judged again.
        old.registry.nextEndpointID = after.registry.nextEndpointID
        old.registry.nextNextHopID = after.registry.nextNextHopID
        old.registry.revision = after.registry.revision + 1
        old.identities.nextLabels = after.identities.nextLabels
        old.identities.nextCIDR = after.identities.nextCIDR
        old.policyRegistry.nextNumber = after.policyRegistry.nextNumber
        old.policyRegistry.nextCompiled = after.policyRegistry.nextCompiled
        var pending = Pending()
        let made = after.endpoints.filter { endpoint in !before.endpoints.contains { $0.device == endpoint.device } }
        pending.removeDevices = made.filter { $0.netns != nil }.map(\.device)
        pending.releaseDevices = made.filter { $0.netns == nil }.map(Pending.Release.init)
        pending.changes = before.changes(from: after)
        Loader.dropNextPrograms(programs)
        do throws(NodeError) {
            try commit(old, pending, writer)
            try carryOut(old, pending)
            try removePending(writer)
        } catch let second {
            throw NodeError(
                error.kind, "\(error.message); putting back what was there failed too: \(second.message)", hint: "fabctl repair tries again")
        }
    }

    /// - Parameters:
    ///   - pending: nil when nothing is left to do.
    ///   - before: what is stored, in the present format; nil: all is written.
    func commit(_ desired: Desired, _ pending: Pending?, _ writer: borrowing Writer, since before: Desired? = nil) throws(NodeError) {
        var changes: [String: [UInt8]] = [:]
        for (document, bytes) in try desired.documents(since: before) { changes[document.rawValue] = bytes }
        if let pending { changes[Pending.document] = try pending.bytes }
        do throws(StoreError) {
            _ = try writer.commit(changes: changes, removals: pending == nil ? [Pending.document] : [], areNew: before != nil)
        } catch {
            throw NodeError(error)
        }
    }

    func removePending(_ writer: borrowing Writer) throws(NodeError) {
        do throws(StoreError) {
            do throws(StoreError) {
                _ = try writer.remove(document: Pending.document)
            } catch {
                // All is done: what is left is to say so, in the other way that there is.
                _ = try writer.commit(changes: [:], removals: [Pending.document])
            }
        } catch {
            throw NodeError(error)
        }
    }

    /// - Parameter timeout: ns.
    func lock(_ timeout: UInt64) throws(NodeError) -> Writer {
        try storing { () throws(StoreError) in try Root(path).lock(timeout: .nanoseconds(Int64(clamping: timeout))) }
    }

    /// What the kernel says of the node.
    public func facts() throws(NodeError) -> NodeFacts {
        try kernel { (socket: inout NetlinkSocket) throws(NetlinkError) in try NodeFacts.read(&socket) }
    }

    /// The calling thread's network namespace, as documents name it.
    static func currentNamespace() throws(NodeError) -> String {
        do throws(NetlinkError) {
            let identity = try NetworkNamespace.current().identity()
            return "\(identity.device):\(identity.inode)"
        } catch {
            throw NodeError(error)
        }
    }

    func isOwnNamespace(_ desired: Desired) -> Bool {
        (try? Self.currentNamespace()) == desired.config.netns
    }

    func requireOwnNamespace(_ desired: Desired) throws(NodeError) {
        guard try Self.currentNamespace() == desired.config.netns else {
            throw NodeError(
                .invalid, "\(path) is a node in another network namespace",
                hint: "run the command there (nsenter --net=...), or name another node with --bpffs")
        }
    }
}
