import CLinux
import Capture
import Glibc
import Netlink

extension Lab {
    /// What `down` found and did.
    public struct DownReport: Sendable {
        /// Whether there was a lab.
        public var existed = false
        /// Names of the namespaces removed.
        public var namespaces: [String] = []
        /// What the operator should know: names that now belong to others, programs that still run inside.
        public var notes: [String] = []
    }

    /// Removes everything that the lab made, also what an interrupted `up` made, and nothing else. A lab that is not there is fine.
    /// - Parameter patience: seconds to wait for another command that works on this lab.
    public func down(patience: Double = Lab.standardPatience) throws(LabError) -> DownReport {
        try Self.requireRoot()
        guard Files.isDirectory(paths.records) else { return DownReport() }
        // To be interrupted would leave the rest for the next `down`.
        let signals = try StopSignals.held()
        let store = try LabStore(name: name, paths: paths, patience: patience)
        defer { _ = signals }
        guard let record = try store.read() else {
            // Perhaps an `up` was killed before its record was in place: then there is nothing else.
            try store.remove()
            return DownReport()
        }
        return try Teardown.run(record, store)
    }
}

extension Lab {
    /// What `down` would look for and remove.
    public func made() throws(LabError) -> [String] {
        guard let record = try LabStore.read(name, paths) else { return [] }
        return record.namespaces.map { "network namespace \($0.name)" } + (record.bpffs.map { [$0.path] } ?? []) + ["\(paths.records)/\(name)"]
    }
}

/// Removes what a record lists, each thing only if it is the very one that was made.
enum Teardown {
    static func run(_ record: LabRecord, _ store: borrowing LabStore) throws(LabError) -> Lab.DownReport {
        var report = Lab.DownReport(existed: true)
        // After a boot nothing of it is left, and its numbers belong to others.
        if record.boot == (try LabStore.boot()) {
            let own = Set(record.namespaces.map(\.identity.inode))
            if let daemons = record.daemons { SwitchDaemons.end(in: own, directories: [daemons] + (record.bpffs.map { [$0.path] } ?? [])) }
            let processes = Processes.inside(own)
            for entry in record.namespaces { try remove(entry, processes[entry.identity.inode] ?? [], &report) }
            try removeBPFFS(record, &report)
        }
        try removeFiles(record, store)
        try store.remove()
        return report
    }

    private static func remove(_ entry: LabRecord.NamespaceEntry, _ processes: [Processes.Process], _ report: inout Lab.DownReport) throws(LabError) {
        let path = NetworkNamespace.path(of: entry.name)
        guard try Files.identity(path) != nil else { return }
        do throws(NetlinkError) {
            let namespace = try NetworkNamespace(named: entry.name)
            guard try kernelIdentity(namespace) == entry.identity else {
                report.notes.append("network namespace \(entry.name) is left alone: it is not the one that this lab made")
                return
            }
            if !processes.isEmpty {
                // They keep the namespace alive: at least its cables go.
                try cut(namespace)
                let list = processes.map { "\($0.name) (\($0.id))" }.joined(separator: ", ")
                report.notes.append("still running in what was network namespace \(entry.name): \(list)")
            }
        } catch  where error.code == EINVAL {
            // A file with no namespace bound over it: `up` was killed between the two.
        } catch {
            throw LabError(error)
        }
        try kernel { () throws(NetlinkError) in try NetworkNamespace.delete(named: entry.name) }
        report.namespaces.append(entry.name)
    }

    private static func kernelIdentity(_ namespace: borrowing NetworkNamespace) throws(NetlinkError) -> NamespaceIdentity {
        do throws(LabError) {
            return try NamespaceIdentity(namespace)
        } catch {
            throw NetlinkError(operation: "identify network namespace \(namespace.label)", code: EIO, message: error.message)
        }
    }

    private static func cut(_ namespace: borrowing NetworkNamespace) throws(NetlinkError) {
        var socket = try NetlinkSocket(in: namespace)
        for link in try socket.links() where link.kind == "veth" {
            do throws(NetlinkError) {
                try socket.deleteLink(link.index)
            } catch  where error.code == ENODEV {
                continue
            }
        }
    }

    private static func removeBPFFS(_ record: LabRecord, _ report: inout Lab.DownReport) throws(LabError) {
        guard let entry = record.bpffs, let found = try Files.identity(entry.path) else { return }
        if entry.identity == found {
            try Files.removeTree(entry.path)
        } else if entry.identity != nil || rmdir(entry.path) != 0 {
            report.notes.append("\(entry.path) is left alone: it is not the directory that this lab made")
        }
        // Shared by all labs: the last one removes it.
        if entry.path.hasPrefix(LabPaths.standardBPFFS + "/") { rmdir(LabPaths.standardBPFFS) }
    }

    private static func removeFiles(_ record: LabRecord, _ store: borrowing LabStore) throws(LabError) {
        let directory = store.directory
        guard Files.isDirectory(directory) else { return }
        var files = [Provision.valuesFile(directory)]
        for node in record.plan.members(.node) {
            files += [Provision.clusterFile(directory, node), Provision.bgpFile(directory, node), Provision.logFile(directory, node)]
        }
        for file in files {
            try Files.remove(file)
            try Files.remove(file + ".new")
        }
        if record.daemons != nil {
            for member in record.plan.members where member.kind.isSwitch { try Files.removeTree(SwitchDaemons.directory(directory, member)) }
        }
        guard rmdir(directory) == 0 || errno == ENOENT || errno == ENOTEMPTY else { throw LabError("remove directory \(directory)", code: errno) }
    }
}

/// Programs by the network namespace that they are in.
enum Processes {
    struct Process: Hashable {
        let id: Int32
        let name: String
    }

    /// - Parameter inodes: of namespaces.
    static func inside(_ inodes: Set<UInt64>) -> [UInt64: [Process]] {
        guard let names = try? Files.names(in: "/proc") else { return [:] }
        var found: [UInt64: [Process]] = [:]
        for id in names.compactMap({ Int32($0) }) {
            // A process that ends meanwhile is none.
            var status = stat()
            guard stat("/proc/\(id)/ns/net", &status) == 0, inodes.contains(UInt64(status.st_ino)) else { continue }
            let name = (try? Files.read("/proc/\(id)/comm")) ?? []
            found[UInt64(status.st_ino), default: []].append(Process(id: id, name: String(decoding: name.prefix { $0 != 10 }, as: UTF8.self)))
        }
        return found
    }
}
