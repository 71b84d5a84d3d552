import CFabricABI
import Model
import Net

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
        for (place, piece) in resolver.blocks.pieces.enumerated() {
            // A range has an entry whether or not policy tells it from what is around it: its identity may be another.
            let isRange = piece.range.map { ends.ranges[$0].prefix == piece.prefix } ?? false
            guard isRange || classes.isApart[place] else { continue }
            let index = classes.ofPiece[place]
            tables.prefixes[piece.prefix] = fabric_prefix_value(
                identity: ends.kinds[classes.classes[index].kind].identity, peer: classes.numbers[index])
        }
    }
}
