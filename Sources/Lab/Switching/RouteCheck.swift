import Model
public import Net
import Netlink

/// What a switch's kernel does otherwise than it should.
public struct RouteDifference: Hashable, Sendable {
    public var prefix: Prefix
    /// As `fe80::1:1%to-spine1`; empty: it should have no such route.
    public var wanted: [String]
    /// Empty: it has none.
    public var found: [String]
}

extension Lab {
    /// Compares routes with those that a switch of this lab has.
    /// - Parameter within: prefixes in which the switch should have no others.
    public func check(_ routes: [LabRoute], on member: LabMember, within: [Prefix] = []) throws(LabError) -> [RouteDifference] {
        let record = try record()
        return try Self.check(routes, on: member, record.plan, try kernelRoutes(in: try namespace(of: member, record)), within: within)
    }

    static func check(
        _ routes: [LabRoute], on member: LabMember, _ plan: LabPlan, _ found: [Prefix: [String: IPAddress?]], within: [Prefix] = []
    ) throws(LabError) -> [RouteDifference] {
        let peers = Dictionary(plan.ports(of: member.name).map { ($0.own.device, $0.peer) }) { first, _ in first }
        func text(_ hops: [String: IPAddress?]) -> [String] { hops.map { "\($1?.description ?? "on link")%\($0)" }.sorted() }
        var differences: [RouteDifference] = []
        for route in routes {
            let has = found[route.prefix] ?? [:]
            // A neighbour is the same by each of its addresses on the link.
            let agrees =
                Set(has.keys) == Set(route.hops.map(\.device))
                && has.allSatisfy { device, via in
                    guard let peer = peers[device], let via else { return false }
                    return [peer.linkLocal, peer.ipv6, peer.ipv4].contains(via)
                }
            if !agrees {
                let wanted = route.hops.map { "\($0.via?.description ?? "on link")%\($0.device)" }.sorted()
                differences.append(RouteDifference(prefix: route.prefix, wanted: wanted, found: text(has)))
            }
        }
        let known = Set(routes.map(\.prefix))
        for (prefix, hops) in found where !known.contains(prefix) && within.contains(where: { $0.contains(prefix) }) {
            differences.append(RouteDifference(prefix: prefix, wanted: [], found: text(hops)))
        }
        return differences.sorted { $0.prefix < $1.prefix }
    }
}

/// Routes of a namespace's main table that lead somewhere: device and gateway by prefix. Of several for one prefix, that of the lowest metric;
/// next hops over devices that are down are left out.
func kernelRoutes(in namespace: borrowing NetworkNamespace) throws(LabError) -> [Prefix: [String: IPAddress?]] {
    try kernel { () throws(NetlinkError) in
        var socket = try NetlinkSocket(in: namespace)
        let names = Dictionary(try socket.links().map { ($0.index, $0.name) }) { first, _ in first }
        var best: [Prefix: (metric: UInt32, hops: [String: IPAddress?])] = [:]
        for route in try socket.routes(table: Route.mainTable)
        where route.kind == .unicast && best[route.prefix].map({ route.metric < $0.metric }) ?? true {
            var hops: [String: IPAddress?] = [:]
            for hop in route.nextHops where !hop.isDead { if let name = names[hop.ifindex] { hops[name] = .some(hop.via) } }
            best[route.prefix] = (route.metric, hops)
        }
        return best.mapValues(\.hops)
    }
}
