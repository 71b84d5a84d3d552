import FoundationEssentials
public import Model

/// The documents under `<root>/state`: which part of the desired state each holds, as JSON.
public enum Document: String, CaseIterable, Sendable {
    case config, endpoints, nodes, ips, identities, registry, routes
}

private struct EndpointsDocument: Codable {
    var endpoints: [Endpoint]
    var departed: [DepartedEndpoint]
}

private struct NodesDocument: Codable {
    var nodes: [RemoteNode]
    var switches: [Switch]
}

extension Desired {
    /// Every document's contents. Equal states have equal bytes.
    public func documents() throws(NodeError) -> [Document: [UInt8]] {
        var out: [Document: [UInt8]] = [:]
        for document in Document.allCases {
            switch document {
            case .config: out[document] = try encoded(config)
            case .endpoints: out[document] = try encoded(EndpointsDocument(endpoints: endpoints, departed: departed))
            case .nodes: out[document] = try encoded(NodesDocument(nodes: nodes, switches: switches))
            case .ips: out[document] = try encoded(ips)
            case .identities: out[document] = try encoded(identities)
            case .registry: out[document] = try encoded(registry)
            case .routes: out[document] = try encoded(staticRoutes)
            }
        }
        return out
    }

    /// - Throws: `stored` when a document is missing or is not what this binary reads.
    public init(documents: [String: [UInt8]]) throws(NodeError) {
        func bytes(_ document: Document) throws(NodeError) -> [UInt8] {
            guard let found = documents[document.rawValue] else {
                throw NodeError(.stored, "document \(document.rawValue) is missing", hint: "run fabctl uninstall and install again")
            }
            return found
        }
        self.init(config: try decode(NodeConfig.self, try bytes(.config), .config))
        let pods = try decode(EndpointsDocument.self, try bytes(.endpoints), .endpoints)
        endpoints = pods.endpoints
        departed = pods.departed
        let cluster = try decode(NodesDocument.self, try bytes(.nodes), .nodes)
        nodes = cluster.nodes
        switches = cluster.switches
        ips = try decode([IPEntry].self, try bytes(.ips), .ips)
        identities = try decode(IdentityTable.self, try bytes(.identities), .identities)
        registry = try decode(Registry.self, try bytes(.registry), .registry)
        staticRoutes = try decode([StaticRoute].self, try bytes(.routes), .routes)
    }
}

func encoded(_ value: some Encodable) throws(NodeError) -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    do {
        return Array(try encoder.encode(value))
    } catch {
        throw NodeError(.internal, "encode a document: \(error)")
    }
}

private func decode<T: Decodable>(_ type: T.Type, _ bytes: [UInt8], _ document: Document) throws(NodeError) -> T {
    try decode(type, bytes, document.rawValue)
}

/// - Parameter document: its name, for the error.
func decode<T: Decodable>(_ type: T.Type, _ bytes: [UInt8], _ document: String) throws(NodeError) -> T {
    do {
        return try JSONDecoder().decode(type, from: Data(bytes))
    } catch {
        throw NodeError(
            .stored, "document \(document) cannot be read: \(error)",
            hint: "use the fabctl that wrote it, or fabctl uninstall and install again")
    }
}
