internal import BPF
internal import CLinux
internal import Glibc

/// The bpffs directory that holds all there is of one node.
public struct Root: Hashable, Sendable {
    public let path: String

    /// Names a root; nothing is looked at.
    public init(_ path: String) {
        self.path = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
    }

    /// Documents: what the operator wants.
    public var state: String { path + "/state" }
    /// Compiled state, read and written by programs.
    public var maps: String { path + "/maps" }
    /// Attachments.
    public var links: String { path + "/links" }
    /// Loaded programs, to be attached to devices that come later.
    public var programs: String { path + "/progs" }
    /// A directory for each slot that an observer may take.
    public var observers: String { path + "/observers" }
    /// Where the next set of documents is put together. What is found here was left by a command that was killed.
    var nextState: String { path + "/state_next" }

    /// Whether a first commit has been made.
    public var isInstalled: Bool { identity(ofDirectory: state) != nil }

    /// Whether there is a set of documents that is not, or no longer, in force: a command is at work, or one was killed.
    public var hasLeftovers: Bool { identity(ofDirectory: nextState) != nil }

    /// Whether a command that writes is at work at this moment. Asking makes one that begins just now wait a few milliseconds at most.
    public var isLocked: Bool {
        let number = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard number >= 0 else { return false }
        let directory = OwnedDescriptor(number)
        guard flock(directory.number, LOCK_SH | LOCK_NB) == 0 else { return errno == EWOULDBLOCK }
        flock(directory.number, LOCK_UN)
        return false
    }

    /// Makes the root and its directories as far as they are missing, and those above it.
    /// - Throws: `notBPFFS` when the nearest directory that is there is not in one.
    public func create() throws(StoreError) {
        try createDirectories([maps, links, programs, observers])
    }

    /// Makes the root and directories in it.
    func createDirectories(_ directories: [String]) throws(StoreError) {
        var missing: [String] = []
        var present = path
        while identity(ofDirectory: present) == nil, let slash = present.lastIndex(of: "/"), slash != present.startIndex {
            missing.append(present)
            present = String(present[..<slash])
        }
        guard BPFFS.contains(present) else { throw .notBPFFS(path: present) }
        for directory in missing.reversed() + directories {
            if mkdir(directory, 0o700) != 0, errno != EEXIST {
                throw .kernel(BPFError(operation: "create directory \(directory)", code: errno))
            }
        }
    }

    /// Waits until no other command writes, and keeps others from it until the writer goes. Clears what a killed one has left.
    /// - Throws: `busy` after the timeout, `notInstalled` when there is no such directory.
    public func lock(timeout: Duration = .seconds(10)) throws(StoreError) -> Writer {
        let deadline = ContinuousClock.now + timeout
        while true {
            let number = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
            if number < 0, errno == ENOENT { throw .notInstalled(root: path) }
            try check(withErrno(number), "open \(path)")
            let directory = OwnedDescriptor(number)
            guard BPFFS.contains(path) else { throw .notBPFFS(path: path) }
            while flock(number, LOCK_EX | LOCK_NB) != 0 {
                guard errno == EWOULDBLOCK || errno == EINTR else { throw .kernel(BPFError(operation: "lock \(path)", code: errno)) }
                if ContinuousClock.now >= deadline { throw .busy(what: "another command is at work on \(path)") }
                usleep(5000)
            }
            // The holder before may have removed the root, and a root of the same name may be another one by now.
            guard let locked = identity(of: number), locked == identity(ofDirectory: path) else { continue }
            let writer = Writer(root: self, lock: directory)
            try writer.clearLeftovers()
            return writer
        }
    }
}

/// Tells one directory from another, also of the same name.
struct DirectoryIdentity: Hashable, Sendable {
    let device: UInt64
    let inode: UInt64

    init(_ status: stat) {
        device = UInt64(status.st_dev)
        inode = UInt64(status.st_ino)
    }
}

func identity(of descriptor: Int32) -> DirectoryIdentity? {
    var status = stat()
    return fstat(descriptor, &status) == 0 ? DirectoryIdentity(status) : nil
}

func identity(ofDirectory path: String) -> DirectoryIdentity? {
    var status = stat()
    return stat(path, &status) == 0 ? DirectoryIdentity(status) : nil
}

/// A system call's result with errno, as one number.
func withErrno(_ result: Int32) -> Int32 { result < 0 ? -errno : result }
