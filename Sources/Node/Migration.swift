import FoundationEssentials
import Model
import Store

/// What older fabctls have stored, as this one reads it. It is written in the new format with the next commit.
enum Migration {
    /// A step turns a set of one format into the next format's. A document, or a member of one, that this fabctl cannot do without and older
    /// ones did not write is added here, and `DocumentFormat.version` raised.
    private static let steps: [UInt32: @Sendable (inout [String: StoredValue]) -> Void] = [
        1: { documents in
            documents[Pending.document]?.add("changes", .array([]))
            documents[Pending.document]?.add("remake", .bool(false))
        },
        // Next hops are asked whether they live once an install has said so.
        2: { documents in documents[Document.config.rawValue]?.add("healthInterval", .signed(0)) },
    ]

    /// - Returns: the documents' contents by name, in the present format.
    /// - Throws: `stored` when a document is not JSON.
    static func contents(of snapshot: Snapshot) throws(NodeError) -> [String: [UInt8]] {
        let oldest = snapshot.documents.values.map(\.version).min() ?? DocumentFormat.version
        let contents = snapshot.documents.mapValues(\.bytes)
        return oldest < DocumentFormat.version ? try upgrade(contents, from: oldest) : contents
    }

    static func upgrade(_ contents: [String: [UInt8]], from version: UInt32) throws(NodeError) -> [String: [UInt8]] {
        var documents: [String: StoredValue] = [:]
        // What is packed has been written since.
        let packed = contents.filter { $0.value.first == Packer.magic }
        for (name, bytes) in contents where packed[name] == nil { documents[name] = try decode(StoredValue.self, bytes, name) }
        for step in version..<DocumentFormat.version { steps[step]?(&documents) }
        var out = packed
        for (name, value) in documents { out[name] = try encoded(value) }
        if version < 3 {
            // No policies yet.
            let empty = Desired(config: NodeConfig(name: "", podCIDRs: [], nativeRoutingCIDRs: [], bootID: 0))
            for (document, bytes) in try empty.documents() where Document.ofPolicy.contains(document) && out[document.rawValue] == nil {
                out[document.rawValue] = bytes
            }
        }
        return out
    }
}
