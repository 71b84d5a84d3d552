import YAML

/// Reads manifests of Cilium's BGP kinds, also inside a `kind: List`, as YAML or JSON.
public enum BGPManifestReader {
    /// - Parameter file: how messages name the text.
    /// - Throws: all that is wrong with the text.
    public static func read(_ bytes: [UInt8], file: String) throws(BGPConfigError) -> [BGPResource] {
        var collector = ManifestCollector(file: file)
        do throws(YAMLError) {
            var limits = YAMLReader.Limits()
            limits.nodes = 4_000_000
            let (documents, duplicates) = try YAMLReader.collecting(bytes, file: file, limits: limits)
            for error in duplicates { collector.fields.fail(problem(error, .duplicate)) }
            for (index, document) in documents.enumerated() where !document.isEmpty {
                collector.fields.document = index + 1
                collector.read(document.cursor)
            }
        } catch {
            throw BGPConfigError([problem(error, .syntax)])
        }
        if !collector.fields.problems.isEmpty { throw BGPConfigError(collector.fields.problems) }
        return collector.resources
    }

    private static func problem(_ error: YAMLError, _ kind: BGPConfigProblem.Kind) -> BGPConfigProblem {
        BGPConfigProblem(file: error.file, position: error.position, document: 1, path: "", kind: kind, message: error.message)
    }
}

/// Goes over a text once.
struct ManifestCollector {
    var fields: FieldReader
    var resources: [BGPResource] = []
    private var seen: Set<String> = []

    init(file: String) { fields = FieldReader(file: file) }

    /// Kinds of Cilium and Kubernetes that belong to BGP and mean nothing here.
    private static let refused = [
        "CiliumBGPPeeringPolicy": "Cilium's first BGP API; write CiliumBGPClusterConfig, CiliumBGPPeerConfig and CiliumBGPAdvertisement",
        "CiliumBGPNodeConfig": "Cilium's operator makes it; apply the CiliumBGPClusterConfig and its overrides instead",
        "Secret": "passwords never enter documents: put them in a file that bgp run reads (--secrets)",
        "CiliumLoadBalancerIPPool": "services are not announced", "CiliumPodIPPool": "fabctl has no pools of pod addresses",
        "Service": "services are not announced",
    ]

    mutating func read(_ root: YAMLCursor) {
        guard root.node.mapping != nil else {
            fields.fail(root, "expected an object of Kubernetes, found \(root.node.kind)")
            return
        }
        guard let kindField = fields.field(root, "kind", required: true), let kind = fields.string(kindField) else { return }
        let isList = kind == "List" || (kind.hasSuffix("List") && root["items"] != nil)
        if isList {
            _ = fields.mapping(root, ["apiVersion", "kind", "metadata", "items"])
            for item in fields.elements(root, "items", required: true) ?? [] { read(item) }
            return
        }
        if let reason = Self.refused[kind] {
            fields.fail(kindField, .unsupported, "\(kind) is not supported: \(reason)")
            return
        }
        guard let known = kind == "CiliumNode" ? .node : BGPResource.Kind(rawValue: kind) else {
            let kinds = BGPResource.Kind.allCases.map(\.rawValue).joined(separator: ", ")
            fields.fail(kindField, "\(StructuredValue.quoted(kind)) is none of \(kinds), CiliumNode, List")
            return
        }
        checkVersion(root, kind: kind)
        let before = fields.problems.count
        let resource: BGPResource? =
            switch known {
            case .clusterConfig: clusterConfig(root)
            case .peerConfig: peerConfig(root)
            case .advertisement: advertisement(root)
            case .nodeConfigOverride: nodeConfigOverride(root)
            case .node: node(root, isCilium: kind == "CiliumNode")
            }
        guard let resource, fields.problems.count == before else { return }
        if !seen.insert("\(kind)/\(resource.name)").inserted {
            fields.fail(root["metadata"]?["name"] ?? root, .duplicate, "\(kind) \(resource.name) is here twice")
            return
        }
        resources.append(resource)
    }

    private mutating func checkVersion(_ root: YAMLCursor, kind: String) {
        guard let field = fields.field(root, "apiVersion", required: true), let text = fields.string(field) else { return }
        let allowed = kind == "Node" ? ["v1"] : kind == "CiliumNode" ? ["cilium.io/v2"] : ["cilium.io/v2", "cilium.io/v2alpha1"]
        guard !allowed.contains(text) else { return }
        fields.fail(field, "\(StructuredValue.quoted(text)) is not a version of \(kind) that is known here (\(allowed.joined(separator: ", ")))")
    }

    /// `metadata`, of which Kubernetes fills in more than anybody writes.
    /// - Parameter annotations: those that mean something for this kind.
    mutating func metadata(_ root: YAMLCursor, annotations known: [String] = []) -> BGPMetadata? {
        guard let field = fields.field(root, "metadata", required: true) else { return nil }
        let fromServer: Set = [
            "annotations", "creationTimestamp", "deletionGracePeriodSeconds", "deletionTimestamp", "finalizers", "generateName", "generation",
            "labels",
            "managedFields", "name", "namespace", "ownerReferences", "resourceVersion", "selfLink", "uid",
        ]
        guard let metadata = fields.mapping(field, fromServer) else { return nil }
        let labels = fields.stringMap(metadata, "labels")
        let annotations = readAnnotations(metadata, known: known)
        guard let nameField = fields.field(metadata, "name", required: true), let name = fields.string(nameField, length: 1...253) else { return nil }
        let isName =
            name.utf8.allSatisfy { (97...122).contains($0) || (48...57).contains($0) || $0 == 45 || $0 == 46 }
            && ![45, 46].contains(name.utf8.first) && ![45, 46].contains(name.utf8.last)
        guard isName else {
            fields.fail(nameField, "\(StructuredValue.quoted(name)) is no name of an object (small letters, digits, '-' and '.')")
            return nil
        }
        return BGPMetadata(name: name, labels: labels, annotations: annotations)
    }

    private mutating func readAnnotations(_ metadata: YAMLCursor, known: [String]) -> [String: String]? {
        guard let all = fields.stringMap(metadata, "annotations"), let cursor = metadata["annotations"] else { return nil }
        for key in all.keys.sorted() where key.hasPrefix(BGPAnnotation.domain) && !known.contains(key) {
            let path = YAMLCursor.path(cursor.path, key)
            let choices = known.isEmpty ? "this kind has none" : "known here are \(known.joined(separator: ", "))"
            fields.fail(at: cursor[key]?.keyPosition ?? cursor.position, path, .unknownField, "unknown annotation, \(choices)")
        }
        let kept = all.filter { known.contains($0.key) }
        return kept.isEmpty ? nil : kept
    }
}
