import CFabricABI
import Compiler
import Model
import Net
import Netlink

/// How the kernel's routes of our protocol number differ from what they should be.
struct RouteDifference {
    var missing: [Route] = []
    var wrong: [Route] = []
    var extra: [Route] = []

    var isEmpty: Bool { missing.isEmpty && wrong.isEmpty && extra.isEmpty }
}

/// The kernel's copy of the routes: the slow path, which must say what the eBPF routes say.
enum KernelRoutes {
    static let proto = UInt8(FABRIC_RTPROT)

    /// - Parameter links: devices by name; a route whose device is gone is left out.
    static func wanted(_ tables: Tables, links: [String: LinkFact]) -> [Route] {
        tables.kernelRoutes.compactMap { route in
            switch route.kind {
            case .blackhole: return Route(route.prefix, kind: .blackhole, proto: proto, metric: metric(route.prefix))
            case .unreachable: return Route(route.prefix, kind: .unreachable, proto: proto, metric: metric(route.prefix))
            case .unicast:
                let hops = route.nextHops.compactMap { hop in
                    links[hop.device].map { RouteNextHop(via: hop.via, ifindex: $0.ifindex, weight: hop.weight, onLink: false) }
                }
                guard !hops.isEmpty else { return nil }
                return Route(route.prefix, nextHops: hops, proto: proto, metric: metric(route.prefix), preferredSource: route.preferredSource)
            }
        }
    }

    /// The kernel reads IPv6's default metric back as 1024.
    private static func metric(_ prefix: Prefix) -> UInt32 { prefix.family == .ipv6 ? 1024 : 0 }

    static func difference(_ wanted: [Route], _ present: [Route]) -> RouteDifference {
        var out = RouteDifference()
        var rest: [Prefix: Route] = [:]
        for route in present {
            if rest[route.prefix] != nil { out.extra.append(route) } else { rest[route.prefix] = route }
        }
        for route in wanted {
            guard let found = rest.removeValue(forKey: route.prefix) else {
                out.missing.append(route)
                continue
            }
            if !agree(route, found) { out.wrong.append(route) }
        }
        out.extra += rest.values
        return out
    }

    /// Routes of ours that the kernel does not use, each with the one of somebody else's that it prefers.
    static func overshadowed(_ wanted: [Route], by present: [Route]) -> [(ours: Route, other: Route)] {
        let others = Dictionary(grouping: present.filter { $0.proto != proto }, by: \.prefix)
        return wanted.compactMap { route in
            others[route.prefix]?.min { $0.metric < $1.metric }.flatMap { $0.metric < route.metric ? (route, $0) : nil }
        }
    }

    static func agree(_ a: Route, _ b: Route) -> Bool {
        func hops(_ route: Route) -> Set<[String]> {
            Set(route.nextHops.map { ["\($0.via?.description ?? "")", "\($0.ifindex)", "\($0.weight)"] })
        }
        if a.kind != b.kind || a.metric != b.metric { return false }
        return a.kind != .unicast || hops(a) == hops(b)
    }

    static func present(_ socket: inout NetlinkSocket) throws(NetlinkError) -> [Route] {
        try socket.routes(table: Route.mainTable, proto: proto)
    }

    /// Makes the kernel agree, as far as it lets.
    /// - Parameter mustSucceed: prefixes whose routes are an error when the kernel refuses them.
    static func sync(_ tables: Tables, links: [String: LinkFact], mustSucceed: Set<Prefix>, _ socket: inout NetlinkSocket) throws(NetlinkError) {
        let difference = difference(wanted(tables, links: links), try present(&socket))
        // Specific routes go before the wide ones they were cut from, and come after: no packet takes the wide one meanwhile.
        let changes =
            difference.missing.map(NetlinkRequest.addRoute) + difference.wrong.map(NetlinkRequest.replaceRoute)
            + difference.extra.map(NetlinkRequest.deleteRoute)
        guard !changes.isEmpty else { return }
        let order = difference.missing + difference.wrong + difference.extra
        for failure in try socket.perform(changes) where mustSucceed.contains(order[failure.index].prefix) { throw failure.error }
    }
}
