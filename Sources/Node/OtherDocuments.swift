import Store

/// Documents of the operator's intent that the datapath is not compiled from: each its own module's.
extension Node {
    /// The bytes of a document; nil when there is none of this name.
    public func document(_ name: String) throws(NodeError) -> [UInt8]? { try documents()[name] }

    /// Replaces a document, at one instant, alone or not at all.
    /// - Parameters:
    ///   - dryRun: check and return, but change nothing.
    ///   - timeout: ns to wait for another command that changes the node.
    ///   - body: given the bytes (nil when there is none), edits them; nil takes the document away.
    public func changeDocument<R>(
        _ name: String, dryRun: Bool, timeout: UInt64, _ body: (inout [UInt8]?) throws(NodeError) -> R
    ) throws(NodeError) -> R {
        try requireInstalled()
        let writer = try lock(timeout)
        if !dryRun, try finishPending(writer) == nil { throw NodeError(.unavailable, "fabctl is not installed at \(path)") }
        let before = try documents()[name]
        var after = before
        let result = try body(&after)
        guard !dryRun, after != before else { return result }
        do throws(StoreError) {
            if let after {
                try writer.commit(changes: [name: after])
            } else {
                try writer.commit(changes: [:], removals: [name])
            }
        } catch {
            throw NodeError(error)
        }
        return result
    }
}
