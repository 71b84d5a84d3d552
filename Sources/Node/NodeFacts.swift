import Compiler
public import Model
public import Net
import Netlink

/// What the kernel of the calling thread's namespace says of the node.
public struct NodeFacts: Sendable {
    public struct Device: Sendable, Hashable {
        public let name: String
        public let ifindex: Int
        public let mtu: Int
        public let isUp: Bool
        public let hasCarrier: Bool
        public let isLoopback: Bool
        public let mac: MACAddress?
        /// This namespace's number for that of the other end of a veth pair; nil when it is the same, or there is none.
        var peerNamespace: Int? = nil
    }

    public let devices: [Device]
    /// Global addresses of the node, IPv6 first.
    public let addresses: [IPAddress]
    /// The main table's.
    let routes: [Route]
    /// Those of them whose addresses are on a link, the longest prefixes first: many next hops are looked for among few.
    private let connected: [Route]
    /// All of them, link-local ones too.
    let interfaceAddresses: [InterfaceAddress]
    /// What this command has just carried out for one that was killed, in the words of `Pending.changes`: asked for again, it is done.
    public internal(set) var carriedOut: Set<String> = []

    init(devices: [Device], addresses: [IPAddress], routes: [Route], interfaceAddresses: [InterfaceAddress] = []) {
        (self.devices, self.addresses, self.routes, self.interfaceAddresses) = (devices, addresses, routes, interfaceAddresses)
        connected = routes.filter { $0.kind == .unicast && $0.nextHops.contains { $0.via == nil } }
            .sorted { $0.prefix.length > $1.prefix.length }
    }

    var links: [String: LinkFact] {
        Dictionary(devices.map { ($0.name, LinkFact(ifindex: $0.ifindex, mtu: $0.mtu)) }) { first, _ in first }
    }

    func name(of ifindex: Int) -> String? { devices.first { $0.ifindex == ifindex }?.name }

    static func read(_ socket: inout NetlinkSocket) throws(NetlinkError) -> NodeFacts {
        let devices = try socket.links().map {
            Device(
                name: $0.name, ifindex: $0.index, mtu: $0.mtu, isUp: $0.isUp, hasCarrier: $0.hasCarrier, isLoopback: $0.isLoopback,
                mac: $0.macAddress,
                peerNamespace: $0.peerNamespaceID)
        }
        let all = try socket.addresses()
        let addresses = all.filter {
            !$0.address.isLinkLocal && !$0.address.isLoopback && !$0.address.isMulticast && $0.scope != .host && $0.scope != .link
        }.map(\.address)
        return NodeFacts(
            devices: devices, addresses: Array(Set(addresses)).sorted(), routes: try socket.routes(table: Route.mainTable),
            interfaceAddresses: all)
    }

    /// Devices of the default routes, in name order.
    public var defaultRouteDevices: [String] {
        let indexes = routes.filter { $0.prefix.isDefault && $0.kind == .unicast }.flatMap { $0.nextHops.map(\.ifindex) }
        return Array(Set(indexes.compactMap(name(of:)))).sorted()
    }

    /// The routes over `uplinks` that pods' traffic follows as well: default routes with their next hops, and connected prefixes.
    /// Of several for one prefix the one with the lowest metric counts.
    func baseRoutes(uplinks: Set<String>) -> [BaseRoute] {
        var best: [Prefix: (metric: UInt32, hops: [NextHop])] = [:]
        for route in routes where route.kind == .unicast && route.proto != KernelRoutes.proto {
            let prefix = route.prefix
            guard !prefix.address.isLinkLocal, !prefix.address.isMulticast, !(prefix.length >= 8 && prefix.address.isLoopback) else { continue }
            let hops = route.nextHops.compactMap { hop in
                name(of: hop.ifindex).flatMap { uplinks.contains($0) ? NextHop(via: hop.via, device: $0, weight: max(1, hop.weight)) : nil }
            }
            guard !hops.isEmpty else { continue }
            if let present = best[prefix] {
                if present.metric < route.metric { continue }
                // IPv6 lists the siblings of a multipath route made by router advertisements one by one.
                if present.metric == route.metric {
                    best[prefix] = (route.metric, present.hops + hops.filter { !present.hops.contains($0) })
                    continue
                }
            }
            best[prefix] = (route.metric, hops)
        }
        return best.map { BaseRoute(prefix: $0.key, nextHops: $0.value.hops.sorted(by: NextHop.inOrder)) }.sorted { $0.prefix < $1.prefix }
    }
}

extension NodeFacts {
    /// A next hop by a neighbour's address, its device found by the connected prefixes when it is not given.
    public func nextHop(_ address: IPAddress, device: String?) throws(NodeError) -> NextHop {
        guard !address.isUnspecified, !address.isMulticast, !address.isLoopback else {
            throw NodeError(.invalid, "next hop \(address) is no neighbour's address")
        }
        if addresses.contains(address) { throw NodeError(.invalid, "next hop \(address) is this node's own address") }
        if let device {
            return NextHop(via: address, device: try usable(device, for: "next hop \(address)%\(device)"))
        }
        guard !address.isLinkLocal else {
            throw NodeError(.invalid, "next hop \(address) is link-local: on which device?", hint: "write \(address)%DEV")
        }
        let route = connected.first { $0.prefix.contains(address) }
        guard let ifindex = route?.nextHops.first?.ifindex, let name = name(of: ifindex) else {
            throw NodeError(.invalid, "next hop \(address) is on no link of this node", hint: "write ADDRESS%DEV")
        }
        return NextHop(via: address, device: name)
    }

    public func onLink(_ device: String) throws(NodeError) -> NextHop {
        NextHop(via: nil, device: try usable(device, for: "next hop on \(device)"))
    }

    private func usable(_ device: String, for what: String) throws(NodeError) -> String {
        guard let found = devices.first(where: { $0.name == device }) else {
            throw NodeError(.invalid, "\(what): there is no device \(device)", hint: "ip link shows them")
        }
        guard !found.isLoopback else { throw NodeError(.invalid, "\(what): \(device) leads nowhere") }
        return device
    }
}
