/// Policies as bytes, for keeping: a thousand are read in a few milliseconds, which JSON is too slow for.
///
/// A format version, every string once (count, then length and UTF-8 of each), then the policies, which name strings by number. Numbers are
/// LEB128. Encoding the same policies gives the same bytes.
public enum PolicyCoding {
    private static let version: UInt8 = 1

    public static func encode(_ policies: [NetworkPolicy]) -> [UInt8] {
        var writer = PolicyWriter()
        writer.list(policies) { $0.encode(to: &$1) }
        return [version] + writer.table + writer.bytes
    }

    /// - Throws: for bytes that `encode` did not make, or that of another version did.
    public static func decode(_ bytes: [UInt8]) throws(PolicyCodingError) -> [NetworkPolicy] {
        guard let first = bytes.first else { throw PolicyCodingError(message: "there are no bytes where policies should be") }
        guard first == version else { throw PolicyCodingError(message: "policies of format \(first), where only \(version) is known") }
        var reader = try PolicyReader(bytes[1...])
        let policies = try reader.list { (reader) throws(PolicyCodingError) in try NetworkPolicy(from: &reader) }
        guard reader.isAtEnd else { throw reader.damaged }
        return policies
    }
}

/// Bytes that are no policies, or not of this version.
public struct PolicyCodingError: Error, Hashable, Sendable, CustomStringConvertible {
    public var message: String
    public var description: String { message }
}
