internal import BPF
internal import CLinux
internal import Glibc

/// All documents of a node as of one instant.
public struct Snapshot: Equatable, Sendable {
    /// By name.
    public let documents: [String: Document]

    public init(documents: [String: Document] = [:]) { self.documents = documents }

    /// The bytes of a document; nil when there is none of this name.
    public subscript(name: String) -> [UInt8]? { documents[name]?.bytes }
}

extension Root {
    /// Reads all documents as one consistent set, also while a command replaces them.
    /// - Parameter only: those to be read; nil for all.
    /// - Throws: `notInstalled` before the first commit, `busy` when the state changes faster than it can be read.
    public func snapshot(only: Set<String>? = nil) throws(StoreError) -> Snapshot {
        for _ in 0..<1000 {
            if let snapshot = try snapshotOnce(only) { return snapshot }
        }
        throw .busy(what: "the state at \(state) changes faster than it can be read")
    }

    /// The documents, or an empty set before the first commit.
    public func snapshotOrEmpty() throws(StoreError) -> Snapshot { isInstalled ? try snapshot() : Snapshot() }

    /// - Returns: nil when a command replaced the set meanwhile.
    private func snapshotOnce(_ only: Set<String>?) throws(StoreError) -> Snapshot? {
        let number = open(state, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        if number < 0, errno == ENOENT { throw .notInstalled(root: path) }
        try check(withErrno(number), "open \(state)")
        let directory = OwnedDescriptor(number)
        // This directory, whatever its name is now: a set is exchanged as a whole and never added to.
        let here = "/proc/self/fd/\(directory.number)"
        let names = try kernel { () throws(BPFError) in try BPFFS.list(here).map(\.name) }
        // Documents are taken away only after the set has lost its name. While it has it, the list was complete.
        guard let listed = identity(of: directory.number), listed == identity(ofDirectory: state) else { return nil }
        var documents: [String: Document] = [:]
        for name in names where only?.contains(name) ?? true {
            do throws(StoreError) {
                documents[name] = try DocumentMap.read(name, pinned: "\(here)/\(name)")
            } catch .kernel(let error) where error.code == ENOENT {
                return nil
            } catch {
                throw error
            }
        }
        return Snapshot(documents: documents)
    }
}
