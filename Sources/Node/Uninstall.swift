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
        if remains().isEmpty {
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
            if let known { try commit(known, pending, writer) }
        }
        if dryRun { return [] }
        // Whose devices they are, and whether fabctl made them, only documents tell: they are listed, and left.
        let strangers = known == nil ? (try? podDevices()) ?? [] : []
        let left = try removeEverything(known, pending)
        return left + unremoved(of: known, devices: pending.removeDevices + strangers)
    }

    /// All is done by then: that the kernel cannot be asked is worth a line, and no failure to uninstall.
    private func unremoved(of known: Desired?, devices: [String]) -> [String] {
        do throws(NodeError) {
            // What refused once may do it now.
            return if let first = try? remains(known, devices: devices) { first } else { try remains(known, devices: devices) }
        } catch {
            return ["what is left of routes and devices is not known: \(error.message)"]
        }
    }

    /// Devices that programs know as pods'.
    private func podDevices() throws(NodeError) -> [String] {
        let indexes = try mapping { () throws(BPFError) in
            try BPFMap.open(pinned: "\(maps)/devices", readOnly: true).entries(keys: UInt32.self, values: fabric_device.self)
        }.filter { $0.value.kind == FABRIC_DEVICE_ENDPOINT.rawValue }.map { Int($0.key) }
        let facts = try facts()
        return indexes.compactMap(facts.name(of:)).sorted()
    }

    /// The lock is held. When the kernel refuses a part, documents say what is left to do.
    /// - Parameter pending: what an unfinished change had still to remove.
    /// - Returns: pins that could not be removed, and why.
    @discardableResult
    func removeEverything(_ desired: Desired?, _ pending: Pending = Pending()) throws(NodeError) -> [String] {
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
        var unset: [String] = []
        for (name, value) in desired?.config.savedSysctls ?? [:] {
            // One that cannot be read went with its device.
            guard let setting = Sysctl(name), let present = try? setting.read(), present != value else { continue }
            if (try? setting.write(value)) == nil, (try? setting.write(value)) == nil {
                unset.append("setting \(setting) is \(present), was \(value)")
            }
        }
        // The documents last: as long as they are there, another command knows what is left to do.
        // What a speaker told goes first: it is no command's work, and a speaker alone may make it again.
        for directory in ["\(path)/bgp"] + remains() {
            let left = retire(directory) + removeTree(directory == "\(path)/state" ? nextState : directory)
            if !left.isEmpty { return unset + left }
        }
        rmdir(path)
        return unset
    }

    private var nextState: String { "\(path)/state_next" }

    /// Documents go out of force all at once, as they come: whoever reads sees all of them or none.
    private func retire(_ directory: String) -> [String] {
        guard directory == "\(path)/state" else { return [] }
        // What refused once may do it now.
        if rename(directory, nextState) == 0 || rename(directory, nextState) == 0 { return [] }
        return ["\(directory): \(String(cString: strerror(errno)))"]
    }

    /// Unlinks pins and directories below a directory on bpffs, and itself.
    /// - Returns: what could not be removed, and why.
    func removeTree(_ directory: String) -> [String] {
        guard BPFFS.contains(directory) else { return [] }
        func failure(_ path: String) -> String { "\(path): \(String(cString: strerror(errno)))" }
        guard let entries = try? BPFFS.list(directory) else { return [failure(directory)] }
        for entry in entries {
            let path = "\(directory)/\(entry.name)"
            if entry.isDirectory {
                let left = removeTree(path)
                if !left.isEmpty { return left }
            } else if unlink(path) != 0, errno != ENOENT, unlink(path) != 0 {
                return [failure(path)]
            }
        }
        // What refused once may do it now.
        if rmdir(directory) == 0 || errno == ENOENT || rmdir(directory) == 0 { return [] }
        return [failure(directory)]
    }

    private func remains(_ desired: Desired?, devices: [String]) throws(NodeError) -> [String] {
        try kernel { (socket: inout NetlinkSocket) throws(NetlinkError) in
            var left = try KernelRoutes.present(&socket).map { "route \($0.prefix) proto \(FABRIC_RTPROT)" }
            for device in devices + (desired?.endpoints ?? []).filter({ $0.netns != nil }).map(\.device) {
                if try socket.link(named: device) != nil { left.append("device \(device)") }
            }
            return left
        }
    }
}
