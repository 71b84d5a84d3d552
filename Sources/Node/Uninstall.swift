import BPF
import CFabricABI
import Compiler
import Datapath
import Glibc
import Model
import Net
import Netlink
import Store

extension Node {
    /// Removes every trace of fabctl from the node.
    /// - Returns: what could not be removed, one line each.
    public func uninstall(dryRun: Bool, timeout: UInt64) throws(NodeError) -> [String] {
        guard geteuid() == 0 else { throw NodeError(.permission, "uninstall needs root", hint: "use sudo") }
        guard BPFFS.contains(path), BPFFS.contains("\(path)/maps") || BPFFS.contains("\(path)/state") else {
            try requireInstalled()
            return []
        }
        let writer = try lock(timeout)
        var known: Desired?
        var pending = Pending()
        if BPFFS.contains("\(path)/state") {
            // A node that cannot be read any more can still be removed: pins, programs and routes tell what there is.
            known = try? Desired(documents: try documents())
            if let known { try requireOwnNamespace(known) }
            if dryRun { return [] }
            // With what a command that was killed had still to remove.
            pending = (try? pendingChange(in: try documents())) ?? Pending()
            pending.uninstall = true
            if known != nil {
                let set = [Pending.document: try pending.bytes]
                do throws(StoreError) {
                    _ = try writer.commit(changes: set)
                } catch {
                    throw NodeError(error)
                }
            }
        }
        if dryRun { return [] }
        // Whose devices they are, and whether fabctl made them, only documents tell: they are listed, and left.
        let strangers = known == nil ? (try? podDevices()) ?? [] : []
        try removeEverything(known, pending)
        return try remains(known, devices: pending.removeDevices + strangers)
    }

    /// Devices that programs know as pods'.
    private func podDevices() throws(NodeError) -> [String] {
        let indexes = try mapping { () throws(BPFError) in
            try BPFMap.open(pinned: "\(maps)/devices", readOnly: true).entries(keys: UInt32.self, values: fabric_device.self)
        }.filter { $0.value.kind == FABRIC_DEVICE_ENDPOINT.rawValue }.map { Int($0.key) }
        let facts = try facts()
        return indexes.compactMap(facts.name(of:)).sorted()
    }

    /// The lock is held.
    /// - Parameter pending: what an unfinished change had still to remove.
    func removeEverything(_ desired: Desired?, _ pending: Pending = Pending()) throws(NodeError) {
        var isClsact = false
        var hooked: Set<Int> = []
        try mapping { () throws(BPFError) in
            guard BPFFS.contains(links) else { return }
            isClsact = try attachments.kind() == .clsact
            hooked = Set(try attachments.pinned().map(\.ifindex))
            try attachments.detachOthers(AttachmentPlan())
        }
        try kernel { (socket: inout NetlinkSocket) throws(NetlinkError) in
            for endpoint in desired?.endpoints ?? [] {
                if endpoint.netns != nil {
                    try PodDevice.remove(endpoint.device, &socket)
                } else {
                    try PodDevice.release(Pending.Release(endpoint), &socket)
                }
            }
            for device in pending.removeDevices { try PodDevice.remove(device, &socket) }
            for adopted in pending.releaseDevices { try PodDevice.release(adopted, &socket) }
            if isClsact {
                // Also what an earlier uninstall had taken off before it was killed.
                for uplink in desired?.config.uplinks ?? [] {
                    if let link = try socket.link(named: uplink.device) { hooked.insert(link.index) }
                }
            }
            for device in hooked where isClsact {
                do throws(NetlinkError) {
                    try socket.removeIdleClsact(ifindex: device)
                } catch  where error.code == ENODEV {
                    // The device went, and its qdisc with it.
                }
            }
            for route in try KernelRoutes.present(&socket) { try socket.deleteRoute(route) }
        }
        for (name, value) in desired?.config.savedSysctls ?? [:] {
            if let setting = Sysctl(name), let present = try? setting.read(), present != value { try? setting.write(value) }
        }
        // The documents last: as long as they are there, another command knows what is left to do.
        for directory in ["links", "progs", "maps", "observers", "state_next", "state"] { removeTree("\(path)/\(directory)") }
        rmdir(path)
    }

    /// Unlinks pins and directories below a directory on bpffs, and itself; `pending` last.
    private func removeTree(_ directory: String) {
        guard BPFFS.contains(directory), let entries = try? BPFFS.list(directory) else { return }
        for entry in entries.sorted(by: { ($0.name == Pending.document ? 1 : 0) < ($1.name == Pending.document ? 1 : 0) }) {
            let path = "\(directory)/\(entry.name)"
            if entry.isDirectory { removeTree(path) } else { _ = try? BPFFS.unpin(path) }
        }
        rmdir(directory)
    }

    private func remains(_ desired: Desired?, devices: [String]) throws(NodeError) -> [String] {
        var out: [String] = []
        if BPFFS.contains("\(path)/maps") || BPFFS.contains("\(path)/state") { out.append("pins under \(path)") }
        out += try kernel { (socket: inout NetlinkSocket) throws(NetlinkError) in
            var left = try KernelRoutes.present(&socket).map { "route \($0.prefix) proto \(FABRIC_RTPROT)" }
            for device in devices + (desired?.endpoints ?? []).filter({ $0.netns != nil }).map(\.device) {
                if try socket.link(named: device) != nil { left.append("device \(device)") }
            }
            return left
        }
        return out
    }
}
