import CLinux
@preconcurrency import Glibc

/// Where labs keep what they must remember.
public struct LabPaths: Hashable, Sendable {
    /// Of records, locks and files handed to commands.
    public var records: String
    /// On bpffs: each lab has a directory in it, each node one in that.
    public var bpffs: String

    public static let standardRecords = "/run/fabctl/labs"
    public static let standardBPFFS = "/sys/fs/bpf/fabctl-lab"

    public init(records: String = Self.standardRecords, bpffs: String = Self.standardBPFFS) {
        self.records = records
        self.bpffs = bpffs
    }

    /// Of the environment (FABCTL_LAB_DIR, FABCTL_LAB_BPFFS) where it says.
    public static func fromEnvironment() -> LabPaths {
        LabPaths(
            records: variable("FABCTL_LAB_DIR") ?? standardRecords, bpffs: variable("FABCTL_LAB_BPFFS") ?? standardBPFFS)
    }

    private static func variable(_ name: String) -> String? {
        guard let value = getenv(name), let text = String(validatingCString: value), !text.isEmpty else { return nil }
        return text
    }
}

/// What tells a file or directory from another of the same name.
struct FileIdentity: Codable, Hashable {
    var device: UInt64
    var inode: UInt64
}

/// The few things that the lab does with files, each error naming the path.
enum Files {
    static func isDirectory(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// - Returns: nil when there is nothing at the path.
    static func identity(_ path: String) throws(LabError) -> FileIdentity? {
        var status = stat()
        if lstat(path, &status) == 0 { return FileIdentity(device: UInt64(status.st_dev), inode: UInt64(status.st_ino)) }
        if errno == ENOENT || errno == ENOTDIR { return nil }
        throw LabError("examine \(path)", code: errno)
    }

    /// Makes a directory and those above it.
    static func makeDirectories(_ path: String) throws(LabError) {
        if isDirectory(path) { return }
        let parent = path.split(separator: "/").dropLast().joined(separator: "/")
        if !parent.isEmpty { try makeDirectories(path.hasPrefix("/") ? "/\(parent)" : parent) }
        guard mkdir(path, 0o755) == 0 || errno == EEXIST else { throw LabError("make directory \(path)", code: errno) }
    }

    /// - Returns: nil when there is no such file.
    static func read(_ path: String) throws(LabError) -> [UInt8]? {
        let fd = open(path, O_RDONLY | O_CLOEXEC)
        guard fd >= 0 else {
            if errno == ENOENT { return nil }
            throw LabError("read \(path)", code: errno)
        }
        defer { close(fd) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = Glibc.read(fd, &buffer, buffer.count)
            guard count >= 0 else { throw LabError("read \(path)", code: errno) }
            if count == 0 { return bytes }
            bytes += buffer[..<count]
        }
    }

    /// Puts a whole file in the place of what was there: a reader sees the old one or the new one.
    static func write(_ bytes: [UInt8], to path: String) throws(LabError) {
        let draft = path + ".new"
        let fd = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard fd >= 0 else { throw LabError("write \(draft)", code: errno) }
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(fd, $0.baseAddress, $0.count) }
            guard count > 0 else {
                let code = errno
                close(fd)
                unlink(draft)
                throw LabError("write \(draft)", code: code)
            }
            rest = rest.dropFirst(count)
        }
        close(fd)
        guard rename(draft, path) == 0 else { throw LabError("replace \(path)", code: errno) }
    }

    /// Removes a file; it being gone already is success.
    static func remove(_ path: String) throws(LabError) {
        guard unlink(path) == 0 || errno == ENOENT else { throw LabError("remove \(path)", code: errno) }
    }

    /// Removes a directory and all in it, following no links and crossing into no other file system.
    static func removeTree(_ path: String) throws(LabError) {
        guard let own = try identity(path) else { return }
        for name in try names(in: path) {
            let entry = "\(path)/\(name)"
            var status = stat()
            guard lstat(entry, &status) == 0 else { continue }
            if status.st_mode & S_IFMT == S_IFDIR {
                guard UInt64(status.st_dev) == own.device else { throw LabError(.system, "remove \(entry): something is mounted there") }
                try removeTree(entry)
            } else {
                try remove(entry)
            }
        }
        guard rmdir(path) == 0 || errno == ENOENT else { throw LabError("remove directory \(path)", code: errno) }
    }

    /// Names in a directory, sorted.
    static func names(in path: String) throws(LabError) -> [String] {
        guard let folder = opendir(path) else { throw LabError("list \(path)", code: errno) }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }
}
