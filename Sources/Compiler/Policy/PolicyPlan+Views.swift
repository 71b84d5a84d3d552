public import Model
public import Net
public import Policy

/// Who a peer's number stands for.
public struct PeerDescription: Hashable, Sendable {
    public enum Role: String, Sendable { case pod, host, node = "remote-node", world, unmanaged }

    public let number: UInt32
    public let role: Role
    public let identity: UInt32
    /// Blocks of rules that the addresses are in: `10.0.0.0/8`, `0.0.0.0/0 except 10.0.0.0/8`.
    public let blocks: [String]
    /// One of its addresses, for asking what policy says; nil when none is known.
    public let example: IPAddress?
}

/// A selector in a policy, and whom it selects.
public struct Selection: Hashable, Sendable {
    public let selector: String
    /// Whose subject it is, or one of whose peers.
    public let isSubject: Bool
    /// Of nodes, in place of pods.
    public let selectsNodes: Bool
    public let policies: [PolicyKey]
    /// Of this node, sorted.
    public let pods: [PodName]
    /// Elsewhere, sorted.
    public let remotePods: [PodName]
    public let nodes: [String]
}

extension PolicyPlan {
    /// Every peer there is.
    public func peers() -> [PeerDescription] {
        let classes = resolver.classes
        var examples: [Int: IPAddress] = [:]
        for (end, place) in zip(resolver.ends.addresses, classes.ofAddress) where examples[place] == nil { examples[place] = end.address }
        for (piece, place) in zip(resolver.blocks.pieces, classes.ofPiece) where examples[place] == nil { examples[place] = piece.prefix.address }
        return classes.classes.indices.map { place in
            let item = classes.classes[place]
            let kind = resolver.ends.kinds[item.kind]
            let role: PeerDescription.Role =
                switch kind.role {
                case .pod: .pod
                case .host: .host
                case .node: .node
                case .world: .world
                case .unmanaged: .unmanaged
                }
            let blocks = resolver.blocks.covers[item.cover].map { resolver.blocks.blocks[Int($0)].text }
            return PeerDescription(
                number: classes.numbers[place], role: role, identity: kind.identity, blocks: blocks.sorted(), example: examples[place])
        }
    }

    /// The number of an address, as programs find it.
    public func peer(of address: IPAddress, in exact: [IPAddress: UInt32]) -> UInt32 {
        if let found = exact[address] { return found }
        guard let piece = resolver.blocks.piece(of: address) else {
            return resolver.classes.ofKind[resolver.ends.world[address.family] ?? 0].first ?? 0
        }
        return resolver.classes.numbers[resolver.classes.ofPiece[piece]]
    }

    /// The numbers of exact addresses.
    public func exactPeers() -> [IPAddress: UInt32] {
        Dictionary(
            zip(resolver.ends.addresses, resolver.classes.ofAddress).map { ($0.address, resolver.classes.numbers[$1]) },
            uniquingKeysWith: { $1 })
    }

    /// Whom the selectors of all policies select.
    public func selections(_ desired: Desired) -> [Selection] {
        struct Use: Hashable {
            let selector: Selector
            let isSubject: Bool
            let selectsNodes: Bool
        }
        var uses: [Use: Set<PolicyKey>] = [:]
        for policy in desired.policies {
            for spec in policy.specs {
                uses[Use(selector: spec.subject, isSubject: true, selectsNodes: false), default: []].insert(policy.key)
                for peer in spec.rules.flatMap({ $0.peers ?? [] }) {
                    switch peer {
                    case .pods(let selector): uses[Use(selector: selector, isSubject: false, selectsNodes: false), default: []].insert(policy.key)
                    case .nodes(let selector): uses[Use(selector: selector, isSubject: false, selectsNodes: true), default: []].insert(policy.key)
                    case .cidr, .entity: break
                    }
                }
            }
        }
        let kinds = resolver.ends.kinds
        let local = zip(desired.endpoints, resolver.ends.endpoints).map { (pod: $0.pod, kind: $1) }
        let remote = zip(desired.ips, resolver.ends.ips).compactMap { entry, kind in entry.pod.map { (pod: $0, kind: kind) } }
        let nodes = desired.cluster.nodes
        return uses.map { use, policies in
            func selected(_ list: [(pod: PodName, kind: Int)]) -> [PodName] {
                use.selectsNodes ? [] : Set(list.filter { use.selector.matches(kinds[$0.kind].pod) }.map(\.pod)).sorted()
            }
            return Selection(
                selector: use.selector.description, isSubject: use.isSubject, selectsNodes: use.selectsNodes, policies: policies.sorted(),
                pods: selected(local), remotePods: use.isSubject ? [] : selected(remote),
                nodes: use.selectsNodes ? nodes.filter { use.selector.matches($0) }.map(\.name) : [])
        }.sorted {
            ($0.isSubject ? 0 : 1, $0.selector, $0.policies.first?.description ?? "") < (
                $1.isSubject ? 0 : 1, $1.selector, $1.policies.first?.description ?? ""
            )
        }
    }
}

extension CIDRBlock {
    /// As people read it.
    public var text: String {
        except.isEmpty ? prefix.description : "\(prefix) except \(except.map(\.description).joined(separator: ","))"
    }
}
