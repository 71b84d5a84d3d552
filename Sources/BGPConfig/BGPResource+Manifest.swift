import FoundationEssentials
public import YAML

extension BGPResource {
    /// The object as a manifest, fields in alphabetical order as kubectl prints them.
    public var structuredValue: StructuredValue {
        var fields: [StructuredValue.Field] = [
            .init("apiVersion", kind == .node ? "v1" : "cilium.io/v2"), .init("kind", .string(kind.rawValue)),
        ]
        if case .object(let rest) = encoded { fields += rest }
        return .object(fields)
    }

    /// `metadata` and `spec`.
    private var encoded: StructuredValue {
        switch self {
        case .clusterConfig(let value): Self.structured(value)
        case .peerConfig(let value): Self.structured(value)
        case .advertisement(let value): Self.structured(value)
        case .nodeConfigOverride(let value): Self.structured(value)
        case .node(let value): Self.structured(value)
        }
    }

    private static func structured(_ value: some Encodable) -> StructuredValue {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(value), let documents = try? YAMLReader.documents(in: Array(data), file: "") else { return .null }
        return documents.first?.root.structuredValue ?? .null
    }
}
