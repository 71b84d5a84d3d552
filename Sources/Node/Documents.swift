import FoundationEssentials
public import Model

/// The documents under `<root>/state`: which part of the desired state each holds. Those that do not grow with the cluster are JSON, the others
/// are packed (`Packer`); older fabctls wrote JSON alone.
public enum Document: String, CaseIterable, Sendable {
    case config, endpoints, nodes, ips, identities, registry, routes, policies, cluster, policy_registry

    /// Those that came with network policy.
    static let ofPolicy: Set<Document> = [.policies, .cluster, .policy_registry]
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
    /// - Parameter before: a state whose documents are there already: what is the same is left out.
    public func documents(since before: Desired? = nil) throws(NodeError) -> [Document: [UInt8]] {
        var out: [Document: [UInt8]] = [:]
        func packed(_ body: (inout Packer) -> Void) -> [UInt8] {
            var packer = Packer()
            body(&packer)
            return packer.bytes
        }
        for document in Document.allCases where before.map({ differs(from: $0, document) }) ?? true {
            switch document {
            case .config: out[document] = try encoded(config)
            case .endpoints:
                out[document] = packed {
                    $0.list(endpoints) { $0.endpoint($1) }
                    $0.list(departed) { $0.departed($1) }
                }
            case .nodes: out[document] = try encoded(NodesDocument(nodes: nodes, switches: switches))
            case .ips: out[document] = packed { $0.list(ips) { $0.ip($1) } }
            case .identities: out[document] = packed { $0.identities(identities) }
            case .registry: out[document] = try encoded(registry)
            case .routes: out[document] = try encoded(staticRoutes)
            case .policies: out[document] = packed { $0.list(policies) { $0.policy($1) } }
            case .cluster: out[document] = packed { $0.cluster(cluster) }
            case .policy_registry: out[document] = packed { $0.registry(policyRegistry) }
            }
        }
        return out
    }

    private func differs(from before: Desired, _ document: Document) -> Bool {
        switch document {
        case .config: config != before.config
        case .endpoints: endpoints != before.endpoints || departed != before.departed
        case .nodes: nodes != before.nodes || switches != before.switches
        case .ips: ips != before.ips
        case .identities: identities != before.identities
        case .registry: registry != before.registry
        case .routes: staticRoutes != before.staticRoutes
        case .policies: policies != before.policies
        case .cluster: cluster != before.cluster
        case .policy_registry: policyRegistry != before.policyRegistry
        }
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
        let pods = try read(try bytes(.endpoints), .endpoints, EndpointsDocument.self) { (unpacker: inout Unpacker) throws(UnpackError) in
            let endpoints = try unpacker.list { (unpacker: inout Unpacker) throws(UnpackError) in try unpacker.endpoint() }
            let departed = try unpacker.list { (unpacker: inout Unpacker) throws(UnpackError) in try unpacker.departed() }
            return EndpointsDocument(endpoints: endpoints, departed: departed)
        }
        endpoints = pods.endpoints
        departed = pods.departed
        let others = try decode(NodesDocument.self, try bytes(.nodes), .nodes)
        nodes = others.nodes
        switches = others.switches
        ips = try read(try bytes(.ips), .ips, [IPEntry].self) { (unpacker: inout Unpacker) throws(UnpackError) in
            try unpacker.list { (unpacker: inout Unpacker) throws(UnpackError) in try unpacker.ip() }
        }
        identities = try read(try bytes(.identities), .identities, IdentityTable.self) { (unpacker: inout Unpacker) throws(UnpackError) in
            try unpacker.identities()
        }
        registry = try decode(Registry.self, try bytes(.registry), .registry)
        staticRoutes = try decode([StaticRoute].self, try bytes(.routes), .routes)
        policies = try unpack(try bytes(.policies), .policies) { (unpacker: inout Unpacker) throws(UnpackError) in
            try unpacker.list { (unpacker: inout Unpacker) throws(UnpackError) in try unpacker.policy() }
        }
        cluster = try unpack(try bytes(.cluster), .cluster) { (unpacker: inout Unpacker) throws(UnpackError) in try unpacker.cluster() }
        policyRegistry = try unpack(try bytes(.policy_registry), .policy_registry) { (unpacker: inout Unpacker) throws(UnpackError) in
            try unpacker.registry()
        }
    }
}

private func unpack<T>(
    _ bytes: [UInt8], _ document: Document, _ body: (inout Unpacker) throws(UnpackError) -> T
) throws(NodeError) -> T {
    do throws(UnpackError) {
        var unpacker = try Unpacker(bytes)
        let value = try body(&unpacker)
        try unpacker.finish()
        return value
    } catch {
        throw unreadable(document.rawValue, "\(error)")
    }
}

/// Packed, or JSON as older fabctls wrote it.
private func read<T: Decodable>(
    _ bytes: [UInt8], _ document: Document, _ type: T.Type, _ body: (inout Unpacker) throws(UnpackError) -> T
) throws(NodeError) -> T {
    bytes.first == Packer.magic ? try unpack(bytes, document, body) : try decode(type, bytes, document)
}

private func unreadable(_ document: String, _ why: String) -> NodeError {
    NodeError(
        .stored, "document \(document) cannot be read: \(why)", hint: "use the fabctl that wrote it, or fabctl uninstall and install again")
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
        throw unreadable(document, "\(error)")
    }
}
