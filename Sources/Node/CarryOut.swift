import BPF
import Compiler
import Datapath
import Model
import Net
import Netlink
import Store

extension Node {
    /// Makes the kernel agree with the documents. Done again, it changes nothing.
    ///
    /// What a change brings must succeed. What was there before and cannot be mended now (a pod's namespace that is gone, a route over an
    /// uplink that is down) stays as it is: `status` names it, and the rest works.
    /// - Parameters:
    ///   - before: the documents before the change; nil: mend everything.
    ///   - policies: the plan of a change to a node whose maps are as `before` says; nil: every compiled policy is compared.
    ///   - known: devices as they were a moment ago, if nothing was made or changed since.
    func carryOut(
        _ desired: Desired, _ pending: Pending, before: Desired? = nil, policies: PolicyPlan? = nil, links known: [String: LinkFact]? = nil
    ) throws(NodeError) {
        let tablesAt = pending.remake ? nextMaps : maps
        if pending.load {
            if pending.remake { try beginNextMaps() }
            try mapping { () throws(BPFError) in
                try Loader.load(sizes: desired.config.mapSizes, cpus: possibleCPUs, maps: tablesAt, programs: programs)
            }
        }
        try setSysctls(desired.config)
        let old = Set(before?.endpoints.map(\.id) ?? [])
        let touched = desired.endpoints.filter { !old.contains($0.id) }
        let mending = before == nil
        let links =
            touched.isEmpty && known != nil
            ? known ?? [:]
            : try kernel { (socket: inout NetlinkSocket) throws(NetlinkError) in
                for endpoint in touched {
                    do throws(NetlinkError) {
                        try PodDevice.prepare(endpoint, &socket)
                    } catch  where mending {
                        continue
                    }
                }
                return try NodeFacts.read(&socket).links
            }
        let tables: Tables
        let step: PolicyStep
        if let policies, let before, !pending.remake {
            tables = compile(desired, links: links, cpus: possibleCPUs, plan: policies)
            step = desired.policyStep(since: before, policies)
        } else {
            let policies = PolicyPlan(desired)
            tables = compile(desired, links: links, cpus: possibleCPUs, plan: policies)
            step = .all(policies.compiled(desired.policyRegistry))
        }
        let plan = plan(desired, links: links)
        try mapping { () throws(BPFError) in
            try MapSync(try DatapathMaps.open(directory: tablesAt)).apply(tables, step)
        }
        if pending.remake { try exchangeMaps() }
        try mapping { () throws(BPFError) in
            if pending.load {
                // Those that are there keep their names until all are replaced: there is a way back.
                try Attachments(links: self.links, programs: programs, prefix: Loader.nextPrefix).attach(plan)
                try Loader.replacePrograms(programs)
            } else {
                try attachments.attach(plan)
            }
        }
        try kernel { (socket: inout NetlinkSocket) throws(NetlinkError) in
            for endpoint in touched where links[endpoint.device] != nil {
                do throws(NetlinkError) {
                    try PodDevice.configure(endpoint, &socket)
                } catch  where mending {
                    continue
                }
            }
            let old = Set(before.map(kernelRoutes) ?? tables.kernelRoutes)
            let new = Set(tables.kernelRoutes).subtracting(old).map(\.prefix)
            try KernelRoutes.sync(tables, links: links, mustSucceed: Set(new), &socket)
            for device in pending.removeDevices { try PodDevice.remove(device, &socket) }
            for adopted in pending.releaseDevices { try PodDevice.release(adopted, &socket) }
        }
        try mapping { () throws(BPFError) in try attachments.detachOthers(plan) }
        if pending.remake { _ = removeTree(nextMaps) }
    }

    func plan(_ desired: Desired, links: [String: LinkFact]) -> AttachmentPlan {
        var plan = AttachmentPlan()
        for endpoint in desired.endpoints {
            if let link = links[endpoint.device] { plan.add(pod: link.ifindex) }
        }
        for uplink in desired.config.uplinks {
            if let link = links[uplink.device] { plan.add(uplink: link.ifindex) }
        }
        return plan
    }

    /// Carries out what an earlier command had committed and not finished. The lock is held.
    /// - Returns: the documents afterwards, and what was carried out; nil when the node was being uninstalled and now is.
    func finishPending(_ writer: borrowing Writer) throws(NodeError) -> (desired: Desired, pending: Pending?, isOld: Bool)? {
        try requireInstalled()
        let snapshot = try storing { () throws(StoreError) in try Root(path).snapshot() }
        let isOld = snapshot.documents.values.contains { $0.version != DocumentFormat.version }
        let documents = try Migration.contents(of: snapshot)
        guard let pending = try pendingChange(in: documents) else { return (try desired(documents), nil, isOld) }
        if pending.uninstall {
            try removeEverything(try? Desired(documents: documents), pending)
            return nil
        }
        let desired = try self.desired(documents)
        try carryOut(desired, pending)
        try removePending(writer)
        return (desired, pending, isOld)
    }

    private func setSysctls(_ config: NodeConfig) throws(NodeError) {
        for (name, value) in NodeSysctls.wanted(config) {
            guard let setting = Sysctl(name) else { continue }
            do throws(NetlinkError) {
                if try setting.read() != value { try setting.write(value) }
            } catch {
                throw NodeError(error)
            }
        }
        for uplink in config.uplinks {
            guard let setting = Sysctl(NodeSysctls.advertisementSetting(uplink.device)), let value = try? setting.read() else { continue }
            if value == "1" { try? setting.write("2") }
        }
    }
}
