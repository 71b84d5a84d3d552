import BPF
import CFabricABI
import Compiler
import Datapath
import Glibc
import Model
public import Net
import Netlink

/// A route as the maps have it.
public struct RouteView: Sendable {
    public struct Hop: Sendable, Hashable {
        /// nil: on link.
        public let via: IPAddress?
        public let device: String
        public let weight: Int
        /// The name of the switch that has the address.
        public let name: String?
        /// State of the neighbour entry, as iproute2 calls it; nil when there is none or the kernel cannot be asked.
        public let neighbour: String?
        public let id: UInt32
    }

    public let prefix: Prefix
    /// `local`, `remote`, `blackhole` or `unreachable`.
    public let kind: String
    /// `config`, `node`, `static` or `bgp`.
    public let source: String
    public let hops: [Hop]
    /// Bytes; nil for a route that goes nowhere.
    public let mtu: Int?
    /// Whether the kernel's route says the same; nil when the kernel cannot be asked.
    public let kernel: Bool?
}

extension Node {
    /// Every route, sorted by prefix. Needs nothing but the pins; neighbours and agreement are asked of the kernel where it can be.
    public func routes() throws(NodeError) -> [RouteView] {
        let desired = try desired()
        return try routes(desired, isOwnNamespace(desired) ? try? facts() : nil)
    }

    /// - Parameter facts: nil when the kernel cannot be asked.
    func routes(_ desired: Desired, _ facts: NodeFacts?) throws(NodeError) -> [RouteView] {
        let live = facts.flatMap { try? LiveRouting.read(self, desired, $0) }
        let (routes, groups, hops) = try mapping { () throws(BPFError) in
            (
                try BPFMap.open(pinned: "\(maps)/routes", readOnly: true).entries(keys: fabric_prefix_key.self, values: fabric_route.self),
                try BPFMap.open(pinned: "\(maps)/groups", readOnly: true).entries(keys: UInt32.self, values: fabric_group.self),
                try BPFMap.open(pinned: "\(maps)/nexthops", readOnly: true).entries(keys: UInt32.self, values: fabric_nexthop.self)
            )
        }
        let groupByIndex = Dictionary(groups.map { ($0.key, $0.value) }) { $1 }
        let hopByID = Dictionary(hops.map { ($0.value.id, $0.value) }) { $1 }
        let names = SwitchNames(desired)
        let weights = Dictionary(desired.registry.groups.map { ($0.index, $0.nextHops) }) { $1 }
        return routes.compactMap { key, route -> RouteView? in
            guard let prefix = key.prefix else { return nil }
            var list: [RouteView.Hop] = []
            var mtu: Int?
            if route.kind == UInt8(FABRIC_ROUTE_REMOTE.rawValue), let group = groupByIndex[route.group] {
                for id in group.ids {
                    guard let hop = hopByID[id], let registered = desired.registry.nextHops.first(where: { $0.id == id }) else { continue }
                    let weight = weights[route.group]?.first { $0.via == registered.via && $0.device == registered.device }?.weight ?? 1
                    list.append(
                        RouteView.Hop(
                            via: registered.via, device: registered.device, weight: weight,
                            name: registered.via.flatMap { names.name(of: $0, device: registered.device) },
                            neighbour: live?.neighbour(registered.via, device: registered.device), id: id))
                    mtu = min(mtu ?? Int(hop.mtu), route.mtu != 0 ? Int(route.mtu) : Int(hop.mtu))
                }
            }
            return RouteView(
                prefix: prefix, kind: Self.kindName(route.kind), source: Self.sourceName(route.source), hops: list, mtu: mtu,
                kernel: live?.agrees(prefix))
        }.sorted { $0.prefix < $1.prefix }
    }

    private static func kindName(_ kind: UInt8) -> String {
        switch UInt32(kind) {
        case FABRIC_ROUTE_LOCAL.rawValue: "local"
        case FABRIC_ROUTE_REMOTE.rawValue: "remote"
        case FABRIC_ROUTE_BLACKHOLE.rawValue: "blackhole"
        case FABRIC_ROUTE_UNREACHABLE.rawValue: "unreachable"
        default: "unknown"
        }
    }

    private static func sourceName(_ source: UInt8) -> String {
        switch UInt32(source) {
        case FABRIC_SOURCE_CONFIG.rawValue: "config"
        case FABRIC_SOURCE_NODE.rawValue: "node"
        case FABRIC_SOURCE_STATIC.rawValue: "static"
        case FABRIC_SOURCE_BGP.rawValue: "bgp"
        default: "unknown"
        }
    }

    /// The route that an address has, and the next hop that a flow takes.
    /// - Parameter flow: the 5-tuple; nil when only the route is asked for.
    public func route(
        to address: IPAddress, flow: (source: IPAddress, proto: UInt8, sourcePort: UInt16, destinationPort: UInt16)?
    ) throws(NodeError)
        -> (route: RouteView, hop: RouteView.Hop?)?
    {
        let best = try routes().filter { $0.prefix.contains(address) }.max { $0.prefix.length < $1.prefix.length }
        guard let best else { return nil }
        guard let flow else { return (best, best.hops.count == 1 ? best.hops.first : nil) }
        return (best, try choice(best, address, flow))
    }

    /// The next hop that the route map has for each of several flows to an address: what `route(to:flow:)` says, read once.
    /// - Returns: in the order of the flows; nil where no next hop is chosen.
    public func nextHops(
        to address: IPAddress, flows: [(source: IPAddress, proto: UInt8, sourcePort: UInt16, destinationPort: UInt16)]
    ) throws(NodeError) -> [RouteView.Hop?] {
        let best = try routes().filter { $0.prefix.contains(address) }.max { $0.prefix.length < $1.prefix.length }
        var hops: [RouteView.Hop?] = []
        for flow in flows { hops.append(try best.flatMap { best throws(NodeError) in try choice(best, address, flow) }) }
        return hops
    }

    private func choice(
        _ best: RouteView, _ address: IPAddress, _ flow: (source: IPAddress, proto: UInt8, sourcePort: UInt16, destinationPort: UInt16)
    ) throws(NodeError) -> RouteView.Hop? {
        if best.hops.isEmpty { return nil }
        let key = fabric_flow_key.of(
            source: flow.source, destination: address, sourcePort: flow.sourcePort, destinationPort: flow.destinationPort, proto: flow.proto
        ).key
        // What an established flow took stays what it takes.
        if let id = try nextHop(of: key, from: flow.source), let hop = best.hops.first(where: { $0.id == id }) { return hop }
        let group = fabric_group(members: best.hops.map { ($0.id, max(1, $0.weight)) })
        let id = group.nextHop(hash: key.hash, dead: try deadNextHops(Set(best.hops.map(\.id))))
        return best.hops.first { $0.id == id }
    }

    private func nextHop(of key: fabric_flow_key, from source: IPAddress) throws(NodeError) -> UInt32? {
        try mapping { () throws(BPFError) -> UInt32? in
            for name in [MapName.flows, .halfopen] {
                let map = try BPFMap.open(pinned: "\(maps)/\(name.rawValue)", readOnly: true)
                guard let flow: fabric_flow = try map.lookup(key) else { continue }
                let half = key.address.0.ipAddress == source ? flow.half.0 : flow.half.1
                if half.output == UInt8(FABRIC_OUTPUT_NEXTHOP.rawValue) { return half.target }
            }
            return nil
        }
    }
}

/// Names of switches by their addresses.
struct SwitchNames {
    private var names: [IPAddress: [String]] = [:]

    init(_ desired: Desired) {
        for item in desired.switches {
            for address in item.addresses { names[address, default: []].append(item.name) }
        }
    }

    /// nil when several switches share the (link-local) address.
    func name(of address: IPAddress, device: String) -> String? {
        let found = Set(names[address] ?? [])
        return found.count == 1 ? found.first : nil
    }
}

/// Whether the kernel's routes say what ours say.
struct RouteAgreement {
    private let disagreeing: Set<Prefix>
    private let base: Set<Prefix>
    private let wantedBase: Set<Prefix>

    init(_ desired: Desired, _ tables: Tables, _ facts: NodeFacts) {
        let present = facts.routes.filter { $0.proto == KernelRoutes.proto }
        let difference = KernelRoutes.difference(KernelRoutes.wanted(tables, links: facts.links), present)
        disagreeing = Set((difference.missing + difference.wrong).map(\.prefix))
        base = Set(Set(facts.baseRoutes(uplinks: Set(desired.config.uplinks.map(\.device)))).intersection(desired.config.baseRoutes).map(\.prefix))
        wantedBase = Set(desired.config.baseRoutes.map(\.prefix))
    }

    func agrees(_ prefix: Prefix) -> Bool { wantedBase.contains(prefix) ? base.contains(prefix) : !disagreeing.contains(prefix) }
}

/// What rtnetlink says of routes and neighbours.
private struct LiveRouting {
    let neighbours: [String: String]
    let agreement: RouteAgreement

    static func read(_ node: Node, _ desired: Desired, _ facts: NodeFacts) throws(NodeError) -> LiveRouting {
        let neighbours = try node.kernel { (socket: inout NetlinkSocket) throws(NetlinkError) in try socket.neighbours() }
        var states: [String: String] = [:]
        for neighbour in neighbours {
            guard let device = facts.name(of: neighbour.ifindex) else { continue }
            states["\(neighbour.address)%\(device)"] = neighbour.state.description
        }
        let tables = compile(desired, links: facts.links, cpus: possibleCPUs)
        return LiveRouting(neighbours: states, agreement: RouteAgreement(desired, tables, facts))
    }

    func neighbour(_ address: IPAddress?, device: String) -> String? { address.flatMap { neighbours["\($0)%\(device)"] } }

    func agrees(_ prefix: Prefix) -> Bool { agreement.agrees(prefix) }
}
