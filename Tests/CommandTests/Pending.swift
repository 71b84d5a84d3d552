import FoundationEssentials
import Model
import NodeTestSupport
import Store
@testable import Node

extension Fabric {
    /// Leaves the node as a command does that is killed right after its change was committed.
    /// - Parameter change: what it changed in the documents.
    func leavePending(uninstalling: Bool = false, removing devices: [String] = [], _ change: (inout Desired) -> Void = { _ in }) throws {
        var desired = try Node(root: root).desired()
        change(&desired)
        var pending = Pending()
        pending.uninstall = uninstalling
        pending.removeDevices = devices
        var documents: [String: [UInt8]] = [Pending.document: try pending.bytes]
        for (document, bytes) in try desired.documents() { documents[document.rawValue] = bytes }
        try Root(root).lock(timeout: .seconds(5)).commit(changes: documents)
    }
}
