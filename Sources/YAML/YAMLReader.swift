/// Reads YAML text, and JSON as a part of it, into trees.
public enum YAMLReader {
    /// What a text may ask for at most. A text beyond is refused, whoever wrote it.
    public struct Limits: Sendable {
        /// In bytes.
        public var size = 64 << 20
        /// Sequences and mappings inside one another.
        public var depth = 128
        /// Nodes of all documents together, keys included, each alias counted as all that it stands for.
        public var nodes = 1_000_000

        public init() {}
    }

    /// Reads every document of a stream. A stream without a document gives none.
    /// - Parameter file: how messages name the text.
    /// - Throws: for text that is not YAML, for a key that is twice in a mapping, an unknown alias, a tag outside the core
    ///   types, or a text beyond `limits`.
    public static func documents(in text: String, file: String, limits: Limits = Limits()) throws(YAMLError) -> [YAMLDocument] {
        try documents(in: Array(text.utf8), file: file, limits: limits)
    }

    /// As `documents(in:file:limits:)` on bytes: UTF-8, or UTF-16 with a byte order mark.
    public static func documents(in bytes: [UInt8], file: String, limits: Limits = Limits()) throws(YAMLError) -> [YAMLDocument] {
        let (documents, duplicates) = try collecting(bytes, file: file, limits: limits)
        if let first = duplicates.first { throw first }
        return documents
    }

    /// As `documents(in:file:limits:)`, but keys that are there twice are returned beside the documents (which hold the first), so
    /// that a caller can report them with what else is wrong.
    public static func collecting(
        _ bytes: [UInt8], file: String, limits: Limits = Limits()
    ) throws(YAMLError) -> (documents: [YAMLDocument], duplicates: [YAMLError]) {
        guard bytes.count <= limits.size else {
            throw YAMLError(file: file, position: YAMLPosition(line: 1, column: 1), message: "larger than \(limits.size) bytes")
        }
        let text = JSONSurrogates(bytes)
        return try text.bytes.withUnsafeBufferPointer { (input: UnsafeBufferPointer<UInt8>) throws(YAMLError) in
            var composer = Composer(events: try EventReader(input, file: file, surrogates: text), file: file, limits: limits)
            let documents = try composer.stream()
            return (documents, composer.duplicates)
        }
    }
}
