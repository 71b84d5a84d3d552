import BPF
import FoundationEssentials
import Glibc
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

extension Fabric {
    /// Makes the node one whose maps have another layout: its documents say so.
    func setLayout(_ layout: UInt32) throws {
        var desired = try Node(root: root).desired()
        desired.config.layout = layout
        try Root(root).lock(timeout: .seconds(5)).commit(changes: [Document.config.rawValue: try desired.documents()[.config] ?? []])
    }

    /// Writes the documents as another fabctl does, of this format.
    /// - Parameter change: their text, by name.
    func rewrite(version: UInt32, _ change: (inout [String: String]) -> Void = { _ in }) throws {
        let bytes = try Root(root).snapshot().documents.mapValues(\.bytes)
        // Packed ones are no text.
        var texts = bytes.filter { $0.value.first != Packer.magic }.mapValues { String(decoding: $0, as: UTF8.self) }
        change(&texts)
        for name in Set(bytes.keys).union(texts.keys) {
            let next = "\(root)/state/\(name)_next"
            try DocumentMap.make(name, texts[name].map { Array($0.utf8) } ?? bytes[name] ?? [], version: version).pin(at: next)
            guard rename(next, "\(root)/state/\(name)") == 0 else { throw Failure("rename \(next): \(errno)") }
        }
    }
}
