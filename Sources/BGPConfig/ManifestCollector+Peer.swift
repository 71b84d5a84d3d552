import YAML

extension ManifestCollector {
    mutating func peerConfig(_ root: YAMLCursor) -> BGPResource? {
        guard let object = fields.mapping(root, ["apiVersion", "kind", "metadata", "spec", "status"]) else { return nil }
        let metadata = metadata(object, annotations: BGPAnnotation.ofPeerConfig)
        if let metadata, let cursor = object["metadata"]?["annotations"] { check(metadata.annotations ?? [:], cursor) }
        guard let specField = fields.field(object, "spec", required: true),
            let spec = fields.mapping(
                specField, ["transport", "timers", "authSecretRef", "gracefulRestart", "ebgpMultihop", "families"],
                refused: ["bfd": "fabctl has no BFD yet"])
        else { return nil }
        var result = BGPPeerConfig.Spec()
        if let field = fields.field(spec, "transport"), let cursor = transport(field) {
            result.transport = .init(peerPort: port(cursor, "peerPort"), sourceInterface: interface(cursor, "sourceInterface"))
        }
        if let field = fields.field(spec, "timers") { result.timers = timers(field) }
        result.authSecretRef = fields.string(spec, "authSecretRef", length: 1...253)
        if let text = result.authSecretRef, text.contains("/"), let field = spec["authSecretRef"] {
            fields.fail(field, "\(StructuredValue.quoted(text)) is no name of a Secret")
        }
        if let field = fields.field(spec, "gracefulRestart"), let cursor = fields.mapping(field, ["enabled", "restartTimeSeconds"]) {
            let enabled = fields.bool(cursor, "enabled", required: true)
            let time = fields.int(cursor, "restartTimeSeconds", 1...4095)
            if let enabled { result.gracefulRestart = .init(enabled: enabled, restartTimeSeconds: time) }
        }
        result.ebgpMultihop = fields.int(spec, "ebgpMultihop", 1...255).map { UInt8($0) }
        if let multihop = result.ebgpMultihop, multihop > 1, metadata?.annotations?[BGPAnnotation.ttlSecurity] != nil,
            let field = spec["ebgpMultihop"]
        {
            fields.fail(field, "does not go with the annotation \(BGPAnnotation.ttlSecurity), which says the distance itself")
        }
        var families: Set<BGPFamily> = []
        result.families = fields.elements(spec, "families")?.compactMap { family($0, &families) }
        return metadata.map { .peerConfig(BGPPeerConfig(metadata: $0, spec: result)) }
    }

    private mutating func transport(_ field: YAMLCursor) -> YAMLCursor? {
        fields.mapping(
            field, ["peerPort", "sourceInterface"],
            refused: ["localPort": "the kernel picks the port of outgoing connections; listen with localPort of the instance"])
    }

    private mutating func timers(_ field: YAMLCursor) -> BGPPeerConfig.Timers? {
        guard let cursor = fields.mapping(field, ["connectRetryTimeSeconds", "holdTimeSeconds", "keepAliveTimeSeconds"]) else { return nil }
        let timers = BGPPeerConfig.Timers(
            connectRetryTimeSeconds: fields.int(cursor, "connectRetryTimeSeconds", 1...2_147_483_647),
            holdTimeSeconds: fields.int(cursor, "holdTimeSeconds", 3...65535),
            keepAliveTimeSeconds: fields.int(cursor, "keepAliveTimeSeconds", 1...65535))
        let hold = timers.holdTimeSeconds ?? BGPPeer.Timers.cilium.hold
        // An own hold time without a keepalive time gets a third of itself.
        if let keepAlive = timers.keepAliveTimeSeconds, keepAlive > hold, let field = cursor["keepAliveTimeSeconds"] {
            fields.fail(field, "\(keepAlive) is more than the hold time, \(hold)")
        }
        return timers
    }

    private mutating func family(_ element: YAMLCursor, _ seen: inout Set<BGPFamily>) -> BGPPeerConfig.Family? {
        guard let cursor = fields.mapping(element, ["afi", "safi", "advertisements"]) else { return nil }
        let only = "fabctl speaks ipv4 and ipv6, both unicast"
        let afi: BGPFamily? = fields.choice(cursor, "afi", required: true, refused: ["l2vpn": only, "ls": only, "opaque": only])
        let selector = fields.selector(cursor, "advertisements")
        let safi = fields.string(cursor, "safi", required: true)
        if let safi, safi != "unicast", let field = cursor["safi"] {
            fields.fail(field, .unsupported, "\(StructuredValue.quoted(safi)) is not supported: \(only)")
        }
        guard let afi, let safi else { return nil }
        if !seen.insert(afi).inserted { fields.fail(cursor, .duplicate, "\(afi.rawValue) \(safi) is here twice") }
        return .init(afi: afi, safi: safi, advertisements: selector)
    }

    private mutating func interface(_ cursor: YAMLCursor, _ key: String) -> String? {
        guard let field = fields.field(cursor, key), let text = fields.string(field) else { return nil }
        guard isInterfaceName(text) else {
            fields.fail(field, "\(StructuredValue.quoted(text)) is no name of an interface")
            return nil
        }
        return text
    }

    private mutating func check(_ annotations: [String: String], _ cursor: YAMLCursor) {
        for (key, text) in annotations.sorted(by: { $0.key < $1.key }) {
            guard let field = cursor[key] else { continue }
            switch key {
            case BGPAnnotation.ttlSecurity:
                if !(1...254).contains(decimal(text) ?? 0) { fields.fail(field, "expected a number of hops within 1 to 254") }
            case BGPAnnotation.maximumPrefixes:
                if (decimal(text) ?? UInt32(0)) == 0 { fields.fail(field, "expected a number of prefixes") }
            default:
                if text != "true", text != "false" { fields.fail(field, "expected \"true\" or \"false\"") }
            }
        }
    }
}
