import BPF
import Compiler
import Datapath
import Glibc
import Model
import Net
import Netlink
import Store

extension Node {
    /// Makes the kernel agree with the documents, whatever happened to it, and takes over what the node's own network says now
    /// (addresses, default routes, MTU of uplinks).
    /// - Returns: the problems that were there.
    public func repair(dryRun: Bool, timeout: UInt64) throws(NodeError) -> [Problem] {
        guard geteuid() == 0 else { throw NodeError(.permission, "repair needs root", hint: "use sudo") }
        try requireInstalled()
        let writer = try lock(timeout)
        let problems = try problems()
        if dryRun { return problems }
        guard let before = try finishPending(writer)?.desired else { throw NodeError(.unavailable, "fabctl is not installed at \(path)") }
        try requireOwnNamespace(before)
        try makeRoot()
        let facts = try facts()
        var after = before
        after.config = try InstallRequest().config(present: before.config, facts: facts, hostname: before.config.name, bootID: before.config.bootID)
        var pending = Pending()
        pending.load = pinsAreMissing()
        if pending.load { after.config.imageChecksum = Loader.imageChecksum }
        if after != before || !problems.isEmpty {
            do throws(CapacityError) {
                try after.register(now: monotonicNow(), limits: .maps)
            } catch {
                throw NodeError(error)
            }
            _ = after.planPolicies(now: monotonicNow())
            try commit(after, pending, writer)
            try carryOut(after, pending)
            try removePending(writer)
        }
        return problems
    }

    private func pinsAreMissing() -> Bool {
        MapName.allCases.contains { !BPFFS.contains("\(maps)/\($0.rawValue)") }
            || ProgramName.allCases.contains { !BPFFS.contains("\(programs)/\($0.rawValue)") }
    }
}
