import Net
import YAML

extension ManifestCollector {
    mutating func clusterConfig(_ root: YAMLCursor) -> BGPResource? {
        guard let object = fields.mapping(root, ["apiVersion", "kind", "metadata", "spec", "status"]) else { return nil }
        let metadata = metadata(object)
        guard let specField = fields.field(object, "spec", required: true), let spec = fields.mapping(specField, ["nodeSelector", "bgpInstances"])
        else { return nil }
        let selector = fields.selector(spec, "nodeSelector")
        var names: Set<String> = []
        let instances = (fields.elements(spec, "bgpInstances", required: true, count: 1...16) ?? []).compactMap { instance($0, &names) }
        guard let metadata else { return nil }
        return .clusterConfig(BGPClusterConfig(metadata: metadata, spec: .init(nodeSelector: selector, bgpInstances: instances)))
    }

    private mutating func instance(_ element: YAMLCursor, _ names: inout Set<String>) -> BGPClusterConfig.Instance? {
        let refused = ["bmpServers": "fabctl has no BGP monitoring protocol (RFC 7854)"]
        guard let cursor = fields.mapping(element, ["name", "localASN", "localPort", "peers"], refused: refused) else { return nil }
        let name = fields.uniqueName(cursor, among: &names)
        let asn = asn(cursor, "localASN", from: 1)
        let port = port(cursor, "localPort")
        var peerNames: Set<String> = []
        let peers = fields.elements(cursor, "peers")?.compactMap { peer($0, &peerNames) }
        guard let name else { return nil }
        return .init(name: name, localASN: asn, localPort: port, peers: peers)
    }

    private mutating func peer(_ element: YAMLCursor, _ names: inout Set<String>) -> BGPClusterConfig.Peer? {
        guard let cursor = fields.mapping(element, ["name", "peerAddress", "peerASN", "autoDiscovery", "peerConfigRef"]) else { return nil }
        let name = fields.uniqueName(cursor, among: &names)
        let address = fields.field(cursor, "peerAddress").flatMap { scopedAddress($0) }
        let asn = asn(cursor, "peerASN", from: 0)
        let discovery = fields.field(cursor, "autoDiscovery").flatMap { autoDiscovery($0) }
        if cursor["peerAddress"].map({ !$0.isNull }) == (cursor["autoDiscovery"].map { !$0.isNull }) {
            fields.fail(cursor, cursor["peerAddress"] == nil ? "needs peerAddress or autoDiscovery" : "has both peerAddress and autoDiscovery")
        }
        if let address, address.address.isLinkLocal, !address.address.isIPv4, address.interface == nil, let field = cursor["peerAddress"] {
            fields.fail(field, "\(address) is link-local: name the interface (\(address)%eth0)")
        }
        var reference: BGPClusterConfig.Reference?
        if let field = fields.field(cursor, "peerConfigRef"), let target = fields.mapping(field, ["name"], refused: Self.referenceFields) {
            reference = fields.string(target, "name", required: true, length: 1...253).map { .init(name: $0) }
        }
        guard let name else { return nil }
        return .init(name: name, peerAddress: address, peerASN: asn, autoDiscovery: discovery, peerConfigRef: reference)
    }

    /// Of v2alpha1, with one possible value each.
    private static let referenceFields = ["group": "give the name alone", "kind": "give the name alone"]

    private mutating func autoDiscovery(_ field: YAMLCursor) -> BGPClusterConfig.AutoDiscovery? {
        guard let cursor = fields.mapping(field, ["mode", "defaultGateway", "unnumbered"]) else { return nil }
        guard let mode: BGPClusterConfig.AutoDiscovery.Mode = fields.choice(cursor, "mode", required: true) else { return nil }
        var discovery = BGPClusterConfig.AutoDiscovery(mode: mode)
        if let gateway = fields.field(cursor, "defaultGateway", required: mode == .defaultGateway),
            let cursor = fields.mapping(gateway, ["addressFamily"]),
            let family: BGPFamily = fields.choice(cursor, "addressFamily", required: true)
        {
            discovery.defaultGateway = .init(addressFamily: family)
        }
        if let unnumbered = fields.field(cursor, "unnumbered", required: mode == .unnumbered), let cursor = fields.mapping(unnumbered, ["interface"]),
            let name = fields.field(cursor, "interface", required: true), let text = fields.string(name)
        {
            if isInterfaceName(text) {
                discovery.unnumbered = .init(interface: text)
            } else {
                fields.fail(name, "\(StructuredValue.quoted(text)) is no name of an interface")
            }
        }
        let other = mode == .unnumbered ? "defaultGateway" : "unnumbered"
        if let field = fields.field(cursor, other) { fields.fail(field, "does not go with mode \(mode.rawValue)") }
        return discovery
    }

    // MARK: Overrides

    mutating func nodeConfigOverride(_ root: YAMLCursor) -> BGPResource? {
        guard let object = fields.mapping(root, ["apiVersion", "kind", "metadata", "spec"]) else { return nil }
        let metadata = metadata(object)
        guard let specField = fields.field(object, "spec", required: true), let spec = fields.mapping(specField, ["bgpInstances"]) else { return nil }
        var names: Set<String> = []
        let instances = (fields.elements(spec, "bgpInstances", required: true, count: 1...16) ?? []).compactMap { override($0, &names) }
        guard let metadata else { return nil }
        return .nodeConfigOverride(BGPNodeConfigOverride(metadata: metadata, spec: .init(bgpInstances: instances)))
    }

    private mutating func override(_ element: YAMLCursor, _ names: inout Set<String>) -> BGPNodeConfigOverride.Instance? {
        let refused = ["srv6Responder": "fabctl has no SRv6"]
        guard let cursor = fields.mapping(element, ["name", "routerID", "localPort", "localASN", "peers"], refused: refused) else { return nil }
        let name = fields.uniqueName(cursor, among: &names)
        var routerID: IPAddress?
        if let field = fields.field(cursor, "routerID"), let text = fields.string(field) {
            routerID = IPAddress(text).flatMap { $0.isIPv4 && !$0.isUnspecified ? $0 : nil }
            if routerID == nil { fields.fail(field, "\(StructuredValue.quoted(text)) is no BGP identifier (an IPv4 address other than 0.0.0.0)") }
        }
        let port = port(cursor, "localPort")
        let asn = asn(cursor, "localASN", from: 1)
        var peerNames: Set<String> = []
        let peers = fields.elements(cursor, "peers")?.compactMap { element -> BGPNodeConfigOverride.Peer? in
            // localPort has no effect in Cilium either, and is deprecated.
            guard let cursor = fields.mapping(element, ["name", "localAddress", "localPort"]) else { return nil }
            let name = fields.uniqueName(cursor, among: &peerNames)
            let local = fields.field(cursor, "localAddress").flatMap { scopedAddress($0) }
            return name.map { .init(name: $0, localAddress: local) }
        }
        guard let name else { return nil }
        return .init(name: name, routerID: routerID, localPort: port, localASN: asn, peers: peers)
    }

    // MARK: Values

    private mutating func scopedAddress(_ field: YAMLCursor) -> ScopedAddress? {
        guard let text = fields.string(field) else { return nil }
        let trimmed = text.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed()
        guard let value = ScopedAddress(String(trimmed)) else {
            fields.fail(field, "\(StructuredValue.quoted(text)) is no address")
            return nil
        }
        if value.address.isUnspecified || value.address.isMulticast || value.address.isLoopback {
            fields.fail(field, "\(value) is no address that a peer can have")
            return nil
        }
        return value
    }

    private mutating func asn(_ cursor: YAMLCursor, _ key: String, from lowest: Int) -> UInt32? {
        fields.int(cursor, key, lowest...Int(UInt32.max)).map { UInt32($0) }
    }

    mutating func port(_ cursor: YAMLCursor, _ key: String) -> UInt16? {
        fields.int(cursor, key, 1...65535).map { UInt16($0) }
    }
}
