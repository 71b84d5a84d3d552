import CLinux
import FoundationEssentials
import Glibc
import Netlink

/// What a lab has made, noted before it is made: what `lab down` goes by.
public struct LabRecord: Codable, Sendable {
    static let currentVersion = 1

    public enum Stage: String, Codable, Sendable {
        /// `lab up` is at work, or was ended there.
        case building
        /// Namespaces and links.
        case linked
        /// Installed as well, pods attached.
        case installed
    }

    var version = Self.currentVersion
    /// Of the boot in which the lab was made: identities are good for that one.
    var boot: String
    public var stage = Stage.building
    public var plan: LabPlan
    var namespaces: [NamespaceEntry] = []
    /// The lab's directory on bpffs; nil when the name was found taken.
    var bpffs: DirectoryEntry?
    /// The directory of routing daemons' files, one for each switch below it; their processes have it on their command line. nil: there are
    /// none.
    var daemons: String?

    struct NamespaceEntry: Codable, Hashable {
        var name: String
        var identity: NamespaceIdentity
    }

    struct DirectoryEntry: Codable, Hashable {
        var path: String
        /// Nil until it has been made: then only an empty directory is taken for it.
        var identity: FileIdentity?
    }

    /// - Throws: when this is no record, or one of a version that this program does not know.
    init(json bytes: [UInt8], path: String) throws(LabError) {
        struct Version: Decodable { var version: Int }
        do {
            let data = Data(bytes)
            let version = try JSONDecoder().decode(Version.self, from: data).version
            guard version == Self.currentVersion else {
                throw LabError(.stored, "\(path): a lab's record of version \(version), and this fabctl knows \(Self.currentVersion)")
            }
            self = try JSONDecoder().decode(LabRecord.self, from: data)
        } catch let error as LabError {
            throw error
        } catch {
            throw LabError(.stored, "\(path): not a lab's record", hint: "what the lab made can only be removed by hand: see /run/netns")
        }
    }

    init(plan: LabPlan, boot: String, bpffs: String) {
        self.plan = plan
        self.boot = boot
        self.bpffs = DirectoryEntry(path: bpffs)
    }

    func json() throws(LabError) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        do {
            return Array(try encoder.encode(self))
        } catch {
            throw LabError(.internal, "encode the record of lab \(plan.name): \(error)")
        }
    }
}

/// What tells a network namespace from all others of this boot.
struct NamespaceIdentity: Codable, Hashable {
    /// Of the file behind the namespace: what /proc/PID/ns/net of a process inside shows.
    var inode: UInt64
    /// The kernel's number for the namespace (SO_NETNS_COOKIE, Linux 5.14). Unlike inodes, none is given twice.
    var cookie: UInt64

    init(_ namespace: borrowing NetworkNamespace) throws(LabError) {
        inode = try kernel { () throws(NetlinkError) in try namespace.identity() }.inode
        cookie = try kernel { () throws(NetlinkError) in
            let outcome = try namespace.result { () throws(NetlinkError) -> UInt64 in
                let operation = "read the cookie of a network namespace"
                let fd = socket(AF_INET6, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
                guard fd >= 0 else { throw NetlinkError(operation: operation, code: errno) }
                defer { close(fd) }
                var cookie: UInt64 = 0
                var length = socklen_t(MemoryLayout<UInt64>.size)
                guard getsockopt(fd, SOL_SOCKET, SO_NETNS_COOKIE, &cookie, &length) == 0 else {
                    throw NetlinkError(operation: operation, code: errno)
                }
                return cookie
            }
            return try outcome.get()
        }
    }
}

/// A lab's files, held by one command at a time.
struct LabStore: ~Copyable {
    let name: String
    let paths: LabPaths
    private let lock: Int32

    private var recordPath: String { "\(paths.records)/\(name).json" }
    private var lockPath: String { "\(paths.records)/\(name).lock" }
    /// Values, cluster files and logs of commands.
    var directory: String { "\(paths.records)/\(name)" }

    /// Takes the lab's lock. It stays with programs that this process starts, so that what a killed `lab up` had begun ends first.
    /// - Parameter patience: seconds.
    /// - Throws: busy when another command holds it for longer than `patience`.
    init(name: String, paths: LabPaths, patience: Double) throws(LabError) {
        self.name = name
        self.paths = paths
        try Files.makeDirectories(paths.records)
        let path = "\(paths.records)/\(name).lock"
        for attempt in 0... {
            let fd = open(path, O_RDWR | O_CREAT, 0o600)
            guard fd >= 0 else { throw LabError("open \(path)", code: errno) }
            if flock(fd, LOCK_EX | LOCK_NB) == 0 {
                var held = stat()
                // Whoever held the lock before may have removed the file.
                if fstat(fd, &held) == 0, try Files.identity(path)?.inode == UInt64(held.st_ino) {
                    lock = fd
                    return
                }
            }
            close(fd)
            guard Double(attempt) * 0.05 < patience else { break }
            usleep(50_000)
        }
        throw LabError(.busy, "lab \(name): another fabctl lab command is at work", hint: "try again when it has ended")
    }

    deinit { close(lock) }

    /// Runs `body` so that programs which it starts do not keep the lock: those that stay.
    func releasing<R>(_ body: () throws(LabError) -> R) throws(LabError) -> R {
        _ = fcntl(lock, F_SETFD, FD_CLOEXEC)
        defer { _ = fcntl(lock, F_SETFD, 0) }
        return try body()
    }

    static func read(_ name: String, _ paths: LabPaths) throws(LabError) -> LabRecord? {
        let path = "\(paths.records)/\(name).json"
        guard let bytes = try Files.read(path) else { return nil }
        return try LabRecord(json: bytes, path: path)
    }

    func read() throws(LabError) -> LabRecord? { try Self.read(name, paths) }

    func write(_ record: LabRecord) throws(LabError) { try Files.write(try record.json(), to: recordPath) }

    /// Forgets the lab.
    func remove() throws(LabError) {
        try Files.remove(recordPath + ".new")
        try Files.remove(recordPath)
        try Files.remove(lockPath)
    }

    /// The number of this boot.
    static func boot() throws(LabError) -> String {
        let bytes = try Files.read("/proc/sys/kernel/random/boot_id") ?? []
        return String(decoding: bytes.prefix { $0 != 10 }, as: UTF8.self)
    }

    /// Names of all labs that have a record, sorted.
    static func names(_ paths: LabPaths) throws(LabError) -> [String] {
        guard Files.isDirectory(paths.records) else { return [] }
        return try Files.names(in: paths.records).filter { $0.hasSuffix(".json") }.map { String($0.dropLast(5)) }
    }
}
