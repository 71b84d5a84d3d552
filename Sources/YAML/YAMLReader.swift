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
        var documents: [YAMLDocument] = []
        let duplicates = try read(bytes, file: file, limits: limits, into: &documents)
        return (documents, duplicates)
    }

    /// Reads all that can be read: a document that is not YAML becomes an error, and reading goes on at the next line that begins with `---`.
    /// Keys that are there twice are in `YAMLMapping.repeated`.
    /// - Returns: in the order of the text; at most `errors` errors, with the last of which reading ends.
    public static func recovering(
        _ bytes: [UInt8], file: String, limits: Limits = Limits(), errors: Int = 20
    ) -> [Result<YAMLDocument, YAMLError>] {
        var results: [Result<YAMLDocument, YAMLError>] = []
        var text = bytes
        var start = 0
        var last: YAMLPosition?
        for _ in 0..<errors {
            var documents: [YAMLDocument] = []
            do throws(YAMLError) {
                _ = try read(text, file: file, limits: limits, into: &documents)
                return results + documents.map { .success($0) }
            } catch {
                results += documents.map { .success($0) }
                // An error at the line that begins the next document may be of either: reading the next one on its own tells.
                if error.position != last { results.append(.failure(error)) }
                last = error.position
                guard let next = line(ofDocumentFrom: max(error.line, start + 1), in: bytes) else { return results }
                start = next.number
                text = [UInt8](repeating: UInt8(ascii: "\n"), count: start - 1) + bytes[next.index...]
            }
        }
        return results
    }

    /// The first line that begins a document, not before `first`.
    private static func line(ofDocumentFrom first: Int, in bytes: [UInt8]) -> (number: Int, index: Int)? {
        var index = bytes.startIndex
        var number = 1
        while index < bytes.endIndex {
            if number >= first, bytes[index...].starts(with: "---".utf8) { return (number, index) }
            guard let end = bytes[index...].firstIndex(of: UInt8(ascii: "\n")) else { return nil }
            index = end + 1
            number += 1
        }
        return nil
    }

    private static func read(
        _ bytes: [UInt8], file: String, limits: Limits, into documents: inout [YAMLDocument]
    ) throws(YAMLError) -> [YAMLError] {
        guard bytes.count <= limits.size else {
            throw YAMLError(file: file, position: YAMLPosition(line: 1, column: 1), message: "larger than \(limits.size) bytes")
        }
        let text = JSONSurrogates(bytes)
        return try text.bytes.withUnsafeBufferPointer { (input: UnsafeBufferPointer<UInt8>) throws(YAMLError) in
            var composer = Composer(events: try EventReader(input, file: file, surrogates: text), file: file, limits: limits)
            try composer.stream(into: &documents)
            return composer.duplicates
        }
    }
}
