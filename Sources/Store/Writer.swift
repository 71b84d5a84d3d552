internal import BPF
internal import CLinux
internal import Glibc

/// The only writer of a root, as long as it lives.
public struct Writer: ~Copyable, Sendable {
    public let root: Root
    private let lock: OwnedDescriptor

    init(root: Root, lock: consuming OwnedDescriptor) {
        self.root = root
        self.lock = lock
    }

    /// Closing would not do while a child that has not yet begun its own program holds the descriptor too.
    deinit { flock(lock.number, LOCK_UN) }

    /// Replaces the set of documents by one with these changes, at one instant. Killed anywhere, or failed, it leaves the old set or
    /// the new one, whole. All of the set is of one format: when any document is of an older one, `changes` must name them all.
    /// - Parameters:
    ///   - changes: new bytes by name. Bytes that are there already are no change.
    ///   - removals: names; those that are not there are ignored.
    ///   - areNew: the holder of the lock has read the whole set, and the bytes are known to differ from it.
    /// - Returns: false when nothing was to be changed, and nothing was.
    @discardableResult
    public func commit(changes: [String: [UInt8]], removals: Set<String> = [], areNew: Bool = false) throws(StoreError) -> Bool {
        for name in changes.keys { try checkName(name) }
        let isFirst = !root.isInstalled
        let present = isFirst ? [] : try kernel { () throws(BPFError) in try BPFFS.list(root.state).map(\.name) }
        let before = isFirst || areNew ? Snapshot() : try root.snapshot()
        let changed = changes.filter { name, bytes in before[name] != bytes || before.documents[name]?.version != DocumentFormat.version }
        let removed = removals.filter { present.contains($0) && changes[$0] == nil }
        if changed.isEmpty, removed.isEmpty, !isFirst { return false }

        try check(withErrno(mkdir(root.nextState, 0o700)), "create directory \(root.nextState)")
        do throws(StoreError) {
            for name in present where changed[name] == nil && !removed.contains(name) {
                try kernel { () throws(BPFError) in try BPFMap.open(pinned: "\(root.state)/\(name)").pin(at: "\(root.nextState)/\(name)") }
            }
            for (name, bytes) in changed {
                let map = try DocumentMap.make(name, bytes)
                try kernel { () throws(BPFError) in try map.pin(at: "\(root.nextState)/\(name)") }
            }
            if isFirst {
                try check(clinux_rename_noreplace(root.nextState, root.state), "rename \(root.nextState) to \(root.state)")
            } else {
                try check(clinux_rename_exchange(root.nextState, root.state), "exchange \(root.nextState) and \(root.state)")
            }
        } catch {
            if (try? clearLeftovers()) == nil { try? clearLeftovers() }
            throw error
        }
        // The new set is in force, whatever becomes of the old one: the next writer clears it if this one cannot.
        if (try? clearLeftovers()) == nil { try? clearLeftovers() }
        return true
    }

    /// Takes away a single document, at one instant.
    /// - Returns: whether it was there.
    @discardableResult
    public func remove(document name: String) throws(StoreError) -> Bool {
        try checkName(name)
        return try kernel { () throws(BPFError) in try BPFFS.unpin("\(root.state)/\(name)") }
    }

    /// Removes the root and all that is in it: attachments and programs first, so that none runs on maps that are gone.
    /// - Returns: what could not be removed, as lines.
    public consuming func destroy() -> [String] {
        var failures: [String] = []
        for path in [root.links, root.programs, root.path] { remove(tree: path, &failures) }
        return failures
    }

    /// The set that lost its name, or never got one. Never given a name again: a reader may still have it open.
    func clearLeftovers() throws(StoreError) {
        guard identity(ofDirectory: root.nextState) != nil else { return }
        var failures: [String] = []
        remove(tree: root.nextState, &failures)
        if let failure = failures.first { throw .kernel(BPFError(operation: failure, code: EBUSY)) }
    }

    private func remove(tree path: String, _ failures: inout [String]) {
        let entries: [PinEntry]
        do throws(BPFError) { entries = try BPFFS.list(path) } catch {
            if error.code != ENOENT { failures.append(error.description) }
            return
        }
        for entry in entries {
            let child = "\(path)/\(entry.name)"
            if entry.isDirectory {
                remove(tree: child, &failures)
            } else {
                do throws(BPFError) { try BPFFS.unpin(child) } catch { failures.append(error.description) }
            }
        }
        let code = withErrno(rmdir(path))
        if code < 0, code != -ENOENT { failures.append(BPFError(operation: "remove directory \(path)", code: -code).description) }
    }
}
