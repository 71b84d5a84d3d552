import Glibc
import Net
import Netlink
import Path

/// What is to be seen between two pods.
struct PairCheck {
    let plan: LabPlan
    let from: LabMember
    let to: LabMember
    /// What the topology says of this pair.
    let said: [Topology.Expectation]

    func run(in namespace: borrowing NetworkNamespace) throws(LabError) -> [LabCheck] {
        let denied = said.contains { $0.transport == .icmp && !$0.allowed }
        var checks: [LabCheck] = []
        for address in to.addresses where from.addresses.contains(where: { $0.family == address.family }) {
            // Whether it is denied indeed is for the expectation's own check to see.
            if !denied { checks.append(try ping(address, namespace)) }
            let allowed = said.first { $0.allowed && $0.transport != .icmp }
            if !denied || allowed != nil { checks += try path(address, by: allowed, namespace) }
        }
        return checks
    }

    private func check(_ kind: LabCheck.Kind, _ address: IPAddress, found: String, failure: String?, since: UInt64) -> LabCheck {
        LabCheck(
            kind: kind, from: from.name, to: to.name, subject: Lab.family(address), found: found, failure: failure, time: now() - since)
    }

    private func ping(_ address: IPAddress, _ namespace: borrowing NetworkNamespace) throws(LabError) -> LabCheck {
        let start = now()
        var search = PathSearch(to: address)
        search.transport = .icmp
        search.timeout = Self.patience
        let asked = search
        let (answered, fastest) = try searching { () throws(PathError) in try asked.reach(in: namespace, count: 1) }
        let time = fastest.map { "\($0 / 1_000_000).\(String($0 / 1000 % 1000 + 1000).dropFirst())ms" } ?? "none"
        return check(.ping, address, found: time, failure: answered > 0 ? nil : "no echo reply from \(address)", since: start)
    }

    private func path(
        _ address: IPAddress, by allowed: Topology.Expectation?, _ namespace: borrowing NetworkNamespace
    ) throws(LabError) -> [LabCheck] {
        let start = now()
        guard let ways = plan.shortestPaths(from: from.name, to: to.name) else {
            throw LabError(.internal, "no way from \(from.name) to \(to.name)")
        }
        var search = PathSearch(to: address)
        if let allowed, let port = allowed.port { (search.transport, search.port) = (allowed.probe, port) }
        search.flows = Self.flows(ways.count)
        search.timeout = Self.patience
        let asked = search
        let traces = try searching { () throws(PathError) in try asked.run(in: namespace) }
        let (names, neighbours) = (plan.names, plan.neighbours)
        let map = PathMap(
            traces, source: from.name, destination: to.name, name: { names[$0] },
            between: { neighbours[$0, default: []].intersection(neighbours[$1, default: []]) })
        return [
            check(
                .path, address, found: LabPlan.expression(map.ways.map(\.hops).filter { $0.count == map.ways.first?.hops.count }),
                failure: try wrongWay(map, ways), since: start),
            check(.mtu, address, found: map.mtu.map(String.init) ?? "unknown", failure: tooSmall(map, ways), since: start),
        ]
    }

    /// ns: a lab is one machine.
    private static let patience: UInt64 = 400_000_000

    /// So many that the odds of a way without any are one in a million.
    static func flows(_ ways: Int) -> Int {
        guard ways > 1 else { return 4 }
        let share = 1 - 1 / Double(ways)
        return min(128, Int((log(1e-6 / Double(ways)) / log(share)).rounded(.up)))
    }

    private func wrongWay(_ map: PathMap, _ ways: [[String]]) throws(LabError) -> String? {
        let expectation = try searching { () throws(PathError) in try PathExpectation(LabPlan.expression(ways)) }
        if let difference = map.difference(expectation, all: ways) { return difference }
        if !map.isReached { return "\(map.traces.count { $0.end != .reached }) of \(map.traces.count) flows do not arrive" }
        return map.ways.first { !ways.contains($0.hops) }.map {
            "\($0.flows.count) of \(map.traces.count) flows go by \($0.hops.joined(separator: " "))"
        }
    }

    /// Packets that fit every link of a way have to get through.
    private func tooSmall(_ map: PathMap, _ ways: [[String]]) -> String? {
        // What the pod's own device takes is where it begins.
        guard let first = map.traces.compactMap({ $0.hops.first?.mtu }).max() else { return "no packet of the device's size was answered" }
        for way in map.ways where way.end == .reached {
            let wanted = min(first, mtu(of: [from.name] + way.hops + [to.name]) ?? first)
            guard way.mtu.map({ $0 < wanted }) ?? true else { continue }
            let name = way.hops.joined(separator: " ")
            let members = [from.name] + way.hops + [to.name]
            let cause = map.bottlenecks.first { item in
                zip(members, members.dropFirst()).contains { $0 == item.hop && $1 == item.next } && item.mtu.map { $0 < wanted } ?? true
            }
            guard let cause else { return "\(name): \(way.mtu.map(String.init) ?? "unknown"), should be \(wanted)" }
            let said = cause.isSaid ? "MTU \(cause.mtu.map(String.init) ?? "unknown")" : "packets of \(cause.size) bytes vanish"
            return "link \(cause.hop) -> \(cause.next ?? "?"): \(said), should be \(wanted)"
        }
        return nil
    }

    /// The smallest MTU of the cables between members in a row.
    private func mtu(of members: [String]) -> Int? {
        zip(members, members.dropFirst()).compactMap { a, b in
            plan.links.first { Set($0.ends.map(\.member)) == Set([a, b]) }?.mtu
        }.min()
    }
}
