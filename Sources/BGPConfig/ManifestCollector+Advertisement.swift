import BGP
import Net
import YAML

extension ManifestCollector {
    mutating func advertisement(_ root: YAMLCursor) -> BGPResource? {
        guard let object = fields.mapping(root, ["apiVersion", "kind", "metadata", "spec"]) else { return nil }
        let metadata = metadata(object)
        guard let specField = fields.field(object, "spec", required: true), let spec = fields.mapping(specField, ["advertisements"]) else {
            return nil
        }
        let items = (fields.elements(spec, "advertisements", required: true) ?? []).compactMap { item($0) }
        return metadata.map { .advertisement(BGPAdvertisement(metadata: $0, spec: .init(advertisements: items))) }
    }

    private mutating func item(_ element: YAMLCursor) -> BGPAdvertisement.Item? {
        guard
            let cursor = fields.mapping(
                element, ["advertisementType", "interface", "attributes", "selector", "service"])
        else { return nil }
        let type: BGPAdvertisement.Item.Kind? = fields.choice(
            cursor, "advertisementType", required: true,
            refused: [
                "Service": "fabctl does not announce services yet; announce addresses with type Interface, or fabctl bgp prefix add",
                "CiliumPodIPPool": "fabctl has no pools of pod addresses",
            ])
        let attributes = fields.field(cursor, "attributes").flatMap { self.attributes($0) }
        guard let type else { return nil }
        // Whatever they say about what was refused above is part of that.
        for key in ["selector", "service"] {
            if let field = fields.field(cursor, key) { fields.fail(field, "does not go with advertisementType \(type.rawValue)") }
        }
        var interface: BGPAdvertisement.Item.Interface?
        if let field = fields.field(cursor, "interface", required: type == .interface), let target = fields.mapping(field, ["name"]),
            let name = fields.string(target, "name", required: true)
        {
            if !isInterfaceName(name), let field = target["name"] {
                fields.fail(field, "\(StructuredValue.quoted(name)) is no name of an interface")
            }
            interface = .init(name: name)
        }
        if type != .interface, let field = cursor["interface"], interface != nil {
            fields.fail(field, "does not go with advertisementType \(type.rawValue)")
        }
        return .init(advertisementType: type, interface: interface, attributes: attributes)
    }

    private mutating func attributes(_ field: YAMLCursor) -> BGPAdvertisement.Attributes? {
        guard let cursor = fields.mapping(field, ["communities", "localPreference"]) else { return nil }
        var attributes = BGPAdvertisement.Attributes()
        attributes.localPreference = fields.int(cursor, "localPreference", 0...Int(UInt32.max)).map { UInt32($0) }
        if let field = fields.field(cursor, "communities"), let cursor = fields.mapping(field, ["standard", "wellKnown", "large"]) {
            attributes.communities = .init(
                standard: communities(cursor, "standard", "a community (65001:100, or one number)") {
                    Community($0) != nil && $0.utf8.allSatisfy { $0 < 97 }
                },
                wellKnown: communities(cursor, "wellKnown", "one of \(Community.wellKnownNames.sorted().joined(separator: ", "))") {
                    Community.wellKnownNames.contains($0)
                },
                large: communities(cursor, "large", "a large community (65001:1:2)") { LargeCommunity($0) != nil })
        }
        return attributes
    }

    private mutating func communities(_ cursor: YAMLCursor, _ key: String, _ what: String, _ isGood: (String) -> Bool) -> [String]? {
        fields.elements(cursor, key)?.compactMap { element in
            // A community of one number need not be quoted.
            guard let text = element.node.string ?? element.node.scalar.flatMap({ $0.value.int == nil ? nil : $0.text }) else {
                fields.fail(element, "expected a string, found \(element.node.kind)")
                return nil
            }
            if !isGood(text) { fields.fail(element, "\(StructuredValue.quoted(text)) is not \(what)") }
            return text
        }
    }

    // MARK: Nodes

    /// A Node or CiliumNode as an API server has it: only what concerns BGP is looked at.
    mutating func node(_ root: YAMLCursor, isCilium: Bool) -> BGPResource? {
        guard let metadata = metadata(root) else { return nil }
        var prefixes: [Prefix] = []
        if let spec = fields.field(root, "spec") {
            guard spec.node.mapping != nil else {
                fields.fail(spec, "expected a mapping, found \(spec.node.kind)")
                return nil
            }
            let holder = isCilium ? fields.field(spec, "ipam") : spec
            var elements = holder.flatMap { fields.elements($0, "podCIDRs") } ?? []
            // The older field holds the first of them.
            if elements.isEmpty, let one = fields.field(spec, "podCIDR") { elements = [one] }
            for element in elements {
                guard let text = fields.string(element) else { continue }
                if let prefix = Prefix(text) {
                    prefixes.append(prefix)
                } else {
                    fields.fail(element, "\(StructuredValue.quoted(text)) is no prefix without host bits")
                }
            }
        }
        return .node(BGPNodeObject(metadata: metadata, spec: prefixes.isEmpty ? nil : .init(podCIDRs: prefixes)))
    }
}
