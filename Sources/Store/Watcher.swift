internal import BPF
internal import CLinux
internal import Glibc

/// Tells when the documents of a root have changed. Make it first, then read a snapshot, then wait: no change is missed.
public struct Watcher: ~Copyable, Sendable {
    private let root: Root
    private let queue: OwnedDescriptor

    /// - Throws: `notInstalled` when there is no such root.
    public init(_ root: Root) throws(StoreError) {
        self.root = root
        queue = try Self.queue(watching: root)
        watchDocuments()
    }

    /// A descriptor to poll(2) for input, for those who wait for more than this. Call `wait` with no time when there is some.
    public var descriptor: Int32 { queue.number }

    /// Waits for a change. One commit may be told more than once, and several at once.
    /// - Returns: false when there was none in time.
    public func wait(timeout: Duration) throws(StoreError) -> Bool {
        let deadline = ContinuousClock.now + timeout
        while true {
            if drain() {
                watchDocuments()
                return true
            }
            let left = deadline - ContinuousClock.now
            let milliseconds = left.components.seconds * 1000 + (left.components.attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000
            if milliseconds <= 0 { return false }
            var descriptor = pollfd(fd: queue.number, events: Int16(POLLIN), revents: 0)
            let code = withErrno(poll(&descriptor, 1, Int32(clamping: milliseconds)))
            if code != -EINTR { try check(code, "watch \(root.path)") }
        }
    }

    private static func queue(watching root: Root) throws(StoreError) -> OwnedDescriptor {
        let number = inotify_init1(Int32(IN_CLOEXEC | IN_NONBLOCK))
        try check(withErrno(number), "watch \(root.path)")
        let queue = OwnedDescriptor(number)
        let code = withErrno(inotify_add_watch(number, root.path, UInt32(IN_MOVED_TO | IN_DELETE_SELF | IN_ONLYDIR)))
        if code == -ENOENT { throw .notInstalled(root: root.path) }
        try check(code, "watch \(root.path)")
        return queue
    }

    /// A single document is removed in the set itself, which another directory takes the place of with each commit.
    private func watchDocuments() {
        _ = inotify_add_watch(queue.number, root.state, UInt32(IN_DELETE | IN_ONLYDIR))
    }

    /// - Returns: whether there was anything.
    private func drain() -> Bool {
        var found = false
        while true {
            let count = withUnsafeTemporaryAllocation(byteCount: 4096, alignment: 8) { read(queue.number, $0.baseAddress, $0.count) }
            if count <= 0 { return found }
            found = true
        }
    }
}
