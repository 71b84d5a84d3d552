import CLinux
import Glibc
import Model
import Net
import Netlink
import Path

extension Lab {
    /// Looks whether every pod reaches every other one, by the ways that it should, with packets as large as the links take, and whether
    /// what the topology says of policy holds.
    /// - Parameters:
    ///   - expectations: nil: those that the lab was built with.
    ///   - progress: told of each pair before it is tried.
    public func verify(
        expectations: [Topology.Expectation]? = nil, progress: (String) -> Void = { _ in }
    ) throws(LabError) -> LabVerification {
        try Self.requireRoot()
        let record = try record()
        let expected = expectations ?? record.plan.expectations ?? []
        var out = LabVerification(lab: name, checks: [])
        let pods = record.plan.members(.pod)
        for from in pods {
            let namespace = try namespace(of: from, record)
            for to in pods where to.name != from.name {
                progress("\(from.name) to \(to.name)")
                let said = expected.filter { $0.from == from.pod && $0.names(to) }
                out.checks += try PairCheck(plan: record.plan, from: from, to: to, said: said).run(in: namespace)
            }
        }
        for item in expected {
            progress("\(item.from) to \(item.to)")
            guard let from = record.plan.member(item.from.description) else {
                throw LabError(.invalid, "lab \(name) has no pod \(item.from)")
            }
            out.checks += try check(item, from: from, record)
        }
        return out
    }

    // MARK: - Policy

    private func check(_ item: Topology.Expectation, from: LabMember, _ record: LabRecord) throws(LabError) -> [LabCheck] {
        let to = record.plan.member(item.to)
        let addresses = to?.addresses ?? [IPAddress(item.to)].compactMap(\.self)
        let namespace = try namespace(of: from, record)
        var checks: [LabCheck] = []
        for address in addresses where from.addresses.contains(where: { $0.family == address.family }) {
            let start = now()
            var search = PathSearch(to: address)
            search.transport = item.probe
            search.port = item.port ?? 0
            // A denied connection is known by silence: that must not last.
            search.attempts = item.allowed ? 3 : 2
            search.timeout = item.allowed ? 1_000_000_000 : 300_000_000
            let asked = search
            let found = try searching { () throws(PathError) in try asked.reach(in: namespace, count: 1) }.answered > 0
            checks.append(
                LabCheck(
                    kind: .policy, from: from.name, to: to?.name ?? item.to,
                    subject: ([item.transport.rawValue] + (item.port.map { ["\($0)"] } ?? []) + [Self.family(address)]).joined(separator: " "),
                    found: found ? "allowed" : "denied",
                    failure: found == item.allowed ? nil : "\(found ? "allowed" : "denied"), should be \(item.allowed ? "allowed" : "denied")",
                    time: now() - start))
        }
        return checks
    }

    static func family(_ address: IPAddress) -> String { address.isIPv4 ? "IPv4" : "IPv6" }
}

extension Topology.Expectation {
    /// How a search has it.
    var probe: ProbeFlow.Transport {
        switch transport {
        case .icmp: .icmp
        case .tcp: .tcp
        case .udp: .udp
        }
    }

    func names(_ member: LabMember) -> Bool {
        to == member.name || "default/\(to)" == member.name || IPAddress(to).map(member.addresses.contains) ?? false
    }
}

/// CLOCK_MONOTONIC, in ns.
func now() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}

/// Runs what fails in the search's terms, in the lab's.
func searching<R>(_ body: () throws(PathError) -> R) throws(LabError) -> R {
    do throws(PathError) {
        return try body()
    } catch {
        throw LabError(error)
    }
}
