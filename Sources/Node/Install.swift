import BPF
import CFabricABI
import Compiler
import Datapath
import Glibc
public import Model
import Net
import Netlink
import Store

public struct InstallReport: Sendable {
    public let config: NodeConfig
    /// Whether something was installed here before.
    public let upgraded: Bool
    /// What is still wrong after it.
    public let problems: [Problem]
}

extension Node {
    /// Installs the datapath, or brings what is installed to this binary and these settings.
    public func install(_ request: InstallRequest, dryRun: Bool, timeout: UInt64) throws(NodeError) -> InstallReport {
        guard geteuid() == 0 else { throw NodeError(.permission, "install needs root", hint: "use sudo") }
        if HiddenBPFFS.isSo { throw NodeError(.unavailable, "\(path) is not on a bpffs", hint: HiddenBPFFS.hint) }
        let facts = try facts()
        if dryRun || !BPFFS.contains("\(path)/state") {
            // Nothing is made before it is known to be acceptable.
            var present: Desired?
            if BPFFS.contains("\(path)/state") {
                present = try Desired(documents: try documents())
                if let present { try requireLayout(present.config.layout, older: true) }
            }
            let planned = try plan(request, before: present, facts)
            if dryRun { return InstallReport(config: planned.config, upgraded: present != nil, problems: []) }
        }
        let writer = try enter(timeout)
        guard BPFFS.contains("\(path)/state") else { return try installFirst(request, facts, writer) }
        if let older = try olderLayout() { return try upgradeLayout(older, request, facts, writer) }
        guard let before = try finishPending(writer)?.desired else {
            // An uninstall that was killed is done now, and the directories that were made above went with it.
            return try install(request, dryRun: false, timeout: timeout)
        }
        let after = try plan(request, before: before, facts)
        var pending = Pending()
        pending.load = true
        pending.changes = ["upgrade"]
        try commit(after, pending, writer)
        do throws(NodeError) {
            try carryOut(after, pending)
        } catch {
            try putBack(before, after, because: error, writer)
            throw error
        }
        try removePending(writer)
        return report(after, upgraded: true)
    }

    /// The node's directory, made if need be, and the right to change it; or neither.
    private func enter(_ timeout: UInt64) throws(NodeError) -> Writer {
        do throws(NodeError) {
            try makeRoot()
            return try lock(timeout)
        } catch {
            if let writer = try? lock(0), !BPFFS.contains("\(path)/state") { removeRoot(writer) }
            throw error
        }
    }

    /// All is done by then: that the node cannot be looked at is a problem of it, and no failure to install.
    func report(_ after: Desired, upgraded: Bool) -> InstallReport {
        let found: [Problem]
        do throws(NodeError) {
            // What refused once may do it now.
            found = if let first = try? problems() { first } else { try problems() }
        } catch {
            found = [Problem("node", "could not be looked at: \(error.message)", remedy: "fabctl status")]
        }
        return InstallReport(config: after.config, upgraded: upgraded, problems: found.filter { $0.severity == .error })
    }

    /// All of it, or nothing: what was made is removed when the kernel refuses a part.
    private func installFirst(_ request: InstallRequest, _ facts: NodeFacts, _ writer: borrowing Writer) throws(NodeError) -> InstallReport {
        do throws(NodeError) {
            try clearPins()
            let after = try plan(request, before: nil, facts)
            var pending = Pending()
            pending.load = true
            pending.changes = ["install"]
            try commit(after, pending, writer)
            do throws(NodeError) {
                // Everything is new, and must succeed.
                var nothing = after.config
                nothing.podCIDRs = []
                try carryOut(after, pending, before: Desired(config: nothing))
                try removePending(writer)
            } catch {
                _ = try? removeEverything(after)
                throw error
            }
            return report(after, upgraded: false)
        } catch {
            if !BPFFS.contains("\(path)/state") { removeRoot(writer) }
            throw error
        }
    }

    /// The directories of a node that has no documents.
    private func removeRoot(_ writer: borrowing Writer) {
        for directory in remains() { _ = removeTree(directory) }
        rmdir(path)
    }

    /// What the node is to be, checked against all that is there.
    func plan(_ request: InstallRequest, before: Desired?, _ facts: NodeFacts) throws(NodeError) -> Desired {
        if let before { try requireOwnNamespace(before) }
        var config = try request.config(
            present: before?.config, facts: facts, hostname: Self.hostname, bootID: UInt64.random(in: 1...UInt64.max))
        if before == nil { try checkAlone(config, facts) }
        config.netns = try Self.currentNamespace()
        config.healthInterval = Self.healthInterval
        config.layout = UInt32(FABRIC_ABI_VERSION)
        config.imageChecksum = Loader.imageChecksum
        for (name, value) in Self.currentSysctls(config) where config.savedSysctls[name] == nil { config.savedSysctls[name] = value }
        var after = before ?? Desired(config: config)
        after.config = config
        try checkStillFits(after)
        do throws(CapacityError) {
            try after.register(now: monotonicNow(), limits: .maps)
        } catch {
            throw NodeError(error)
        }
        _ = after.planPolicies(now: monotonicNow())
        return after
    }

    /// A network namespace is one node's: a second would take the first one's routes for its own.
    private func checkAlone(_ config: NodeConfig, _ facts: NodeFacts) throws(NodeError) {
        let others = try mapping { () throws(BPFError) in try attachments.strangers(plan(Desired(config: config), links: facts.links)) }
        guard let hook = others.first else { return }
        throw NodeError(
            .invalid, "\(facts.name(of: hook.ifindex) ?? "device \(hook.ifindex)") is an uplink of another node in this network namespace",
            hint: "fabctl uninstall --bpffs its directory first, or name that directory")
    }

    /// A changed Pod CIDR or cluster prefix must still hold what was added under the old one.
    private func checkStillFits(_ desired: Desired) throws(NodeError) {
        for endpoint in desired.endpoints {
            for address in endpoint.addresses where !desired.config.podCIDRs.contains(where: { $0.contains(address) }) {
                throw NodeError(.invalid, "address \(address) of \(endpoint.pod) is outside the new Pod CIDR", hint: "delete the endpoint first")
            }
        }
        for uplink in desired.config.uplinks {
            if let owner = desired.endpoints.first(where: { $0.device == uplink.device }) {
                throw NodeError(.invalid, "uplink \(uplink.device) is \(owner.pod)'s device")
            }
        }
        let native = desired.config.nativeRoutingCIDRs
        for node in desired.nodes {
            if node.name == desired.config.name {
                throw NodeError(.invalid, "\(node.name) is the name of another node", hint: "fabctl node delete \(node.name) forgets it")
            }
            for prefix in node.podCIDRs {
                if native.contains(where: { $0.family == prefix.family }), !native.contains(where: { $0.contains(prefix) }) {
                    throw NodeError(
                        .invalid,
                        "Pod CIDR \(prefix) of node \(node.name) is outside the new native routing CIDR "
                            + native.map(\.description).joined(separator: ", "))
                }
                if let own = desired.config.podCIDRs.first(where: { $0.overlaps(prefix) }) {
                    throw NodeError(.invalid, "Pod CIDR \(own) overlaps \(prefix) of node \(node.name)")
                }
            }
        }
    }

    private static var hostname: String {
        var buffer = [CChar](repeating: 0, count: 256)
        guard gethostname(&buffer, 255) == 0 else { return "" }
        let bytes = buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        return String(decoding: bytes, as: UTF8.self).lowercased()
    }

    /// What this node's settings were before fabctl touched them.
    static func currentSysctls(_ config: NodeConfig) -> [String: String] {
        var out: [String: String] = [:]
        let names = NodeSysctls.wanted(config).map(\.name) + config.uplinks.map { NodeSysctls.advertisementSetting($0.device) }
        for name in names {
            if let value = Sysctl(name).flatMap({ try? $0.read() }) { out[name] = value }
        }
        return out
    }

    /// The root's directories; mounts bpffs where it belongs when it is not there.
    func makeRoot() throws(NodeError) {
        let usual = "/sys/fs/bpf"
        if !BPFFS.contains(parent(path)), !BPFFS.contains(path) {
            guard path.hasPrefix(usual + "/"), !BPFFS.contains(usual) else {
                throw NodeError(.unavailable, "\(parent(path)) is not on a bpffs", hint: "name a directory below a bpffs (\(usual))")
            }
            try mapping { () throws(BPFError) in try BPFFS.mount(at: usual) }
        }
        var directories = ["", "/maps", "/progs", "/links", "/observers"].map { path + $0 }
        for slot in 0..<Int(FABRIC_OBSERVERS) { directories.append("\(path)/observers/\(slot)") }
        if let name = path.split(separator: "/").last, name.contains(".") {
            throw NodeError(.invalid, "make \(path): a name on bpffs cannot hold a dot")
        }
        for directory in directories where mkdir(directory, 0o700) != 0 && errno != EEXIST {
            throw NodeError(errno == EPERM || errno == EACCES ? .permission : .system, "make \(directory): \(String(cString: strerror(errno)))")
        }
    }

    /// Removes pins that no documents speak of: what an install that was killed early left.
    private func clearPins() throws(NodeError) {
        try mapping { () throws(BPFError) in
            try attachments.detachOthers(AttachmentPlan())
            for directory in [links, programs, maps, nextMaps] where BPFFS.contains(directory) {
                for entry in try BPFFS.list(directory) where !entry.isDirectory { try BPFFS.unpin("\(directory)/\(entry.name)") }
            }
        }
    }
}
