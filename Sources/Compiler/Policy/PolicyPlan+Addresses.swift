public import CFabricABI
public import Model
public import Net
import Policy

extension PolicyPlan {
    /// Who every address and prefix is, to flows and to policy.
    func addresses(into tables: inout Tables, endpoints: [Endpoint]) {
        let ends = resolver.ends
        let classes = resolver.classes
        var owners: [IPAddress: UInt32] = [:]
        for endpoint in endpoints {
            for address in endpoint.addresses { owners[address] = endpoint.id }
        }
        tables.addresses.reserveCapacity(ends.addresses.count)
        for (end, place) in zip(ends.addresses, classes.ofAddress) {
            let kind = ends.kinds[end.kind]
            var value = fabric_address_value()
            value.identity = kind.identity
            value.peer = (classes.numbers[place], classes.numbers[place])
            if kind.role == .host {
                value.kind = FABRIC_ADDRESS_HOST.rawValue
            } else if let owner = owners[end.address] {
                value.kind = FABRIC_ADDRESS_ENDPOINT.rawValue
                value.endpoint = owner
            } else {
                value.kind = FABRIC_ADDRESS_REMOTE.rawValue
            }
            tables.addresses[end.address] = value
        }
        tables.prefixes = resolver.prefixes
    }

    /// What the map `prefixes` holds of documents, in each bank.
    public static func prefixes(_ desired: Desired) -> [Prefix: fabric_prefix_value] { PeerResolver(desired).prefixes }

    /// Whether two states may have different prefixes. Cheaper than to compare them.
    public static func prefixesMayDiffer(_ a: Desired, _ b: Desired) -> Bool {
        if a.config != b.config || a.ips != b.ips || a.policyRegistry.key != b.policyRegistry.key { return true }
        // Peers of prefixes are numbered after those of exact addresses.
        if a.endpoints != b.endpoints || a.nodes != b.nodes || a.cluster != b.cluster { return true }
        return a.policies != b.policies && Set(PeerResolver.blocks(a)) != Set(PeerResolver.blocks(b))
    }
}

extension PeerResolver {
    var prefixes: [Prefix: fabric_prefix_value] {
        var out: [Prefix: fabric_prefix_value] = [:]
        for (place, piece) in blocks.pieces.enumerated() {
            // A range has an entry whether or not policy tells it from what is around it: its identity may be another.
            let isRange = piece.range.map { ends.ranges[$0].prefix == piece.prefix } ?? false
            guard isRange || classes.isApart[place] else { continue }
            let index = classes.ofPiece[place]
            out[piece.prefix] = fabric_prefix_value(identity: ends.kinds[classes.classes[index].kind].identity, peer: classes.numbers[index])
        }
        return out
    }
}
