internal import BPF
internal import CLinux
internal import Glibc

/// A directory of a root for what a long-running command has to tell and to be told: documents that come and go one by one, beside the
/// set that the operator's intent is. Also where no datapath is installed.
public struct RuntimeDirectory: Hashable, Sendable {
    public let root: Root
    public let name: String
    public var path: String { "\(root.path)/\(name)" }

    /// Names a directory; nothing is looked at.
    public init(_ name: String, of root: Root) {
        self.root = root
        self.name = name
    }

    /// Makes the directory as far as it is missing, and mounts a bpffs at /sys/fs/bpf where that is the place and none is there.
    /// - Throws: `notBPFFS` when the nearest directory that is there is not in one.
    public func create() throws(StoreError) {
        if !BPFFS.contains(root.path), root.path.hasPrefix("/sys/fs/bpf/") {
            try kernel { () throws(BPFError) in try BPFFS.mount(at: "/sys/fs/bpf") }
        }
        try root.createDirectories([path])
    }

    public var exists: Bool { identity(ofDirectory: path) != nil }

    // MARK: Documents

    /// Replaces a document at one instant.
    public func write(_ document: String, _ bytes: [UInt8]) throws(StoreError) {
        let map = try DocumentMap.make(document, bytes)
        let next = "\(path)/next-\(document)"
        try kernel { () throws(BPFError) in
            // What a killed writer has left; there is one writer of a document.
            try BPFFS.unpin(next)
            try map.pin(at: next)
        }
        guard rename(next, "\(path)/\(document)") == 0 else {
            throw .kernel(BPFError(operation: "rename \(next)", code: errno))
        }
    }

    /// - Returns: nil when there is none.
    public func read(_ document: String) throws(StoreError) -> Document? {
        do throws(StoreError) {
            return try DocumentMap.read(document, pinned: "\(path)/\(document)")
        } catch .kernel(let error) where error.code == ENOENT {
            return nil
        } catch {
            throw error
        }
    }

    /// Names of the documents, sorted; none when there is no such directory.
    public func documents() throws(StoreError) -> [String] {
        do throws(BPFError) {
            return try BPFFS.list(path).filter { !$0.isDirectory && !$0.name.hasPrefix("next-") }.map(\.name)
        } catch {
            if error.code == ENOENT { return [] }
            throw .kernel(error)
        }
    }

    /// - Returns: whether it was there.
    @discardableResult
    public func remove(_ document: String) throws(StoreError) -> Bool {
        try checkName(document)
        return try kernel { () throws(BPFError) in try BPFFS.unpin("\(path)/\(document)") }
    }

    // MARK: Its one owner

    /// Held by the command that writes here, for as long as it runs: the kernel lets it go however that ends.
    public struct Lock: ~Copyable, Sendable {
        private let directory: OwnedDescriptor

        fileprivate init(_ directory: consuming OwnedDescriptor) { self.directory = directory }

        deinit { flock(directory.number, LOCK_UN) }
    }

    /// - Returns: nil when another command holds it.
    public func lock() throws(StoreError) -> Lock? {
        // Somebody who only asks holds it for an instant.
        for _ in 0..<100 {
            let directory = try open()
            if try tryLock(directory, LOCK_EX) { return Lock(directory) }
            usleep(2000)
        }
        return nil
    }

    /// Whether a command holds the lock.
    public func isLocked() throws(StoreError) -> Bool {
        guard exists else { return false }
        let directory = try open()
        guard try tryLock(directory, LOCK_SH) else { return true }
        flock(directory.number, LOCK_UN)
        return false
    }

    private func open() throws(StoreError) -> OwnedDescriptor {
        let number = Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        try check(withErrno(number), "open \(path)")
        return OwnedDescriptor(number)
    }

    private func tryLock(_ directory: borrowing OwnedDescriptor, _ kind: Int32) throws(StoreError) -> Bool {
        while flock(directory.number, kind | LOCK_NB) != 0 {
            if errno == EWOULDBLOCK { return false }
            guard errno == EINTR else { throw .kernel(BPFError(operation: "lock \(path)", code: errno)) }
        }
        return true
    }
}

extension Root {
    /// An inotify queue that tells of documents of the operator's that change, and of documents that come into runtime directories.
    /// To be read, and its contents ignored: look again at whatever may have changed, and call `watch` with it again.
    /// - Returns: a descriptor for the caller to close.
    public static func openQueue() throws(StoreError) -> Int32 {
        let number = inotify_init1(Int32(IN_CLOEXEC | IN_NONBLOCK))
        try check(withErrno(number), "watch for changes")
        return number
    }

    /// Adds what there is of this root to a queue. Again is no harm.
    public func watch(_ queue: Int32, runtime: RuntimeDirectory) {
        // The directory above, for a root that is to come.
        let above = path.split(separator: "/").dropLast().reduce("") { "\($0)/\($1)" }
        _ = inotify_add_watch(queue, above, UInt32(IN_CREATE | IN_DELETE | IN_ONLYDIR))
        _ = inotify_add_watch(queue, path, UInt32(IN_MOVED_TO | IN_ONLYDIR))
        _ = inotify_add_watch(queue, state, UInt32(IN_DELETE | IN_ONLYDIR))
        _ = inotify_add_watch(queue, runtime.path, UInt32(IN_MOVED_TO | IN_ONLYDIR))
    }
}
