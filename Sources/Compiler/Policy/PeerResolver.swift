import Model
import Net
import Policy

/// From the peers in rules to the numbers of peers, each selector and block looked up once.
struct PeerResolver: Sendable {
    let ends: PolicyEnds
    let blocks: AddressBlocks
    let classes: PeerClasses
    /// Every number there is.
    let everyone: PeerSet
    private let key: Fingerprint
    private let blockPlaces: [CIDRBlock: Int]
    private let podKinds: [Int]
    private let nodeKinds: [Int]
    private var pods: SelectorIndex<EndKind>
    private var nodes: SelectorIndex<EndKind>
    private var named: [String: [(number: UInt32, kind: Int)]]?

    init(_ desired: Desired) {
        key = desired.policyRegistry.key
        ends = PolicyEnds(desired)
        let list = Self.blocks(desired)
        blockPlaces = Dictionary(list.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
        var blocks = AddressBlocks(list, ranges: ends.ranges.map(\.prefix), key: key)
        classes = PeerClasses(ends, &blocks, key: key)
        self.blocks = blocks
        everyone = PeerSet(classes.all, key: key)
        let kinds = ends.kinds
        podKinds = kinds.indices.filter { kinds[$0].role == .pod }
        nodeKinds = kinds.indices.filter { kinds[$0].role == .node || kinds[$0].role == .host }
        pods = SelectorIndex(podKinds.map { kinds[$0] })
        nodes = SelectorIndex(nodeKinds.map { kinds[$0] })
    }

    /// The CIDR blocks that rules name, each once.
    static func blocks(_ desired: Desired) -> [CIDRBlock] {
        var seen: Set<CIDRBlock> = []
        var list: [CIDRBlock] = []
        for policy in desired.policies {
            for spec in policy.specs {
                for rule in spec.rules {
                    for case .cidr(let block) in rule.peers ?? [] where seen.insert(block).inserted { list.append(block) }
                }
            }
        }
        return list
    }

    /// - Returns: nil for everybody.
    mutating func peers(_ peers: [Peer]?) -> PeerSet? {
        guard let peers, !peers.contains(.entity(.all)) else { return nil }
        if peers.count == 1 { return PeerSet(numbers(peers[0]), key: key) }
        var union: Set<UInt32> = []
        for peer in peers { union.formUnion(numbers(peer)) }
        return PeerSet(union.sorted(), key: key)
    }

    private mutating func numbers(_ peer: Peer) -> [UInt32] {
        switch peer {
        case .pods(let selector): numbers(ofKinds: pods.places(selector).map { podKinds[$0] })
        case .nodes(let selector): numbers(ofKinds: nodes.places(selector).map { nodeKinds[$0] })
        case .cidr(let block): blockPlaces[block].map { classes.ofBlock[$0] } ?? []
        case .entity(let entity): numbers(ofKinds: ends.kinds.indices.filter { Self.isMember(ends.kinds[$0], of: entity) })
        }
    }

    private func numbers(ofKinds kinds: [Int]) -> [UInt32] {
        if kinds.count == 1 { return classes.ofKind[kinds[0]] }
        var out: [UInt32] = []
        out.reserveCapacity(kinds.count)
        var isSorted = true
        for kind in kinds {
            for number in classes.ofKind[kind] {
                if let last = out.last, last > number { isSorted = false }
                out.append(number)
            }
        }
        if !isSorted { out.sort() }
        return out
    }

    private static func isMember(_ kind: EndKind, of entity: Entity) -> Bool {
        switch (entity, kind.role) {
        case (.all, _), (.world, .world), (.worldIPv4, .world(.ipv4)), (.worldIPv6, .world(.ipv6)), (.host, .host), (.remoteNode, .node): true
        case (.cluster, .pod), (.cluster, .host), (.cluster, .node), (.cluster, .unmanaged): true
        case (.kubeAPIServer, _): kind.isAPIServer
        default: false
        }
    }

    /// Peers with a port of a name, each with the kind that it is of.
    mutating func peers(withPort name: String) -> [(number: UInt32, kind: Int)] {
        if let named { return named[name] ?? [] }
        var found: [String: [(number: UInt32, kind: Int)]] = [:]
        for kind in podKinds {
            for port in Set(ends.kinds[kind].ports.map(\.name)) {
                found[port, default: []] += classes.ofKind[kind].map { (number: $0, kind: kind) }
            }
        }
        named = found
        return found[name] ?? []
    }

}
