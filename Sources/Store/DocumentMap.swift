public import BPF

/// A map that holds one document, frozen.
public enum DocumentMap {
    /// Makes a map of a document.
    /// - Parameter version: other than `DocumentFormat.version` only to try how another one is read or refused.
    public static func make(_ name: String, _ bytes: [UInt8], version: UInt32 = DocumentFormat.version) throws(StoreError) -> BPFMap {
        try checkName(name)
        let elements = DocumentFormat.elements(of: bytes, version: version)
        return try kernel { () throws(BPFError) in
            let map = try BPFMap.create(
                .array, name: String(decoding: name.utf8.prefix(15).map { $0 == UInt8(ascii: "-") ? UInt8(ascii: "_") : $0 }, as: UTF8.self),
                keySize: 4, valueSize: DocumentFormat.elementSize, maxEntries: elements.count, flags: .mmapable)
            for (index, element) in elements.enumerated() {
                try map.update(bytes: withUnsafeBytes(of: UInt32(index)) { [UInt8]($0) }, element)
            }
            try map.freeze()
            return map
        }
    }

    /// Reads the document pinned at `path`.
    /// - Parameter name: for errors.
    public static func read(_ name: String, pinned path: String) throws(StoreError) -> Document {
        let map = try kernel { () throws(BPFError) in try BPFMap.open(pinned: path) }
        guard map.kind == .array, map.flags.contains(.mmapable), map.valueSize == DocumentFormat.elementSize else {
            throw .damaged(document: name, reason: "its map is not made as a document's")
        }
        let memory = try kernel { () throws(BPFError) in try map.mapMemory() }
        return try DocumentFormat.read(name, from: memory.bytes)
    }
}
