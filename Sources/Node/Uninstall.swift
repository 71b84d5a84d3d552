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
            pending.removeDevices = try pendingChange(in: (try? documents()) ?? [:])?.removeDevices ?? []
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
        try removeEverything(known, devices: pending.removeDevices)
        return try remains(known)
    }

    /// The lock is held.
    /// - Parameter devices: what an unfinished change had still to remove.
    func removeEverything(_ desired: Desired?, devices: [String] = []) throws(NodeError) {
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
                } else if let link = try socket.link(named: endpoint.device) {
                    // An adopted device stays; what was put on it goes.
                    for address in endpoint.addresses { try? socket.deleteNeighbour(address, ifindex: link.index) }
                    for gateway in [Gateway.ipv6, Gateway.ipv4] {
                        for address in try socket.addresses(ifindex: link.index) where address.address == gateway {
                            try? socket.deleteAddress(address)
                        }
                    }
                }
            }
            for device in devices { try PodDevice.remove(device, &socket) }
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

    private func remains(_ desired: Desired?) throws(NodeError) -> [String] {
        var out: [String] = []
        if BPFFS.contains("\(path)/maps") || BPFFS.contains("\(path)/state") { out.append("pins under \(path)") }
        out += try kernel { (socket: inout NetlinkSocket) throws(NetlinkError) in
            var left = try KernelRoutes.present(&socket).map { "route \($0.prefix) proto \(FABRIC_RTPROT)" }
            for endpoint in desired?.endpoints ?? [] where endpoint.netns != nil {
                if try socket.link(named: endpoint.device) != nil { left.append("device \(endpoint.device)") }
            }
            return left
        }
        return out
    }
}
