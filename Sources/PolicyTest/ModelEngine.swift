import Compiler
import Model
public import Net
public import Policy

/// Asks the compiled entries, as the programs would.
public struct ModelEngine: Sendable {
    private struct View: Sendable {
        let node: TestNode
        let tables: Tables
        let compiled: [UInt32: CompiledPolicy]
        let policyOf: [PodName: UInt32]
    }

    private let cluster: TestCluster
    private let views: [View]

    public init(_ cluster: TestCluster) {
        self.cluster = cluster
        views = cluster.nodes.map { node in
            let tables = compile(node.desired, links: [:], cpus: 1, plan: node.plan)
            let compiled = node.plan.compiled(node.desired.policyRegistry)
            let ids = node.plan.ids(node.desired.policyRegistry)
            return View(
                node: node, tables: tables, compiled: Dictionary(compiled.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first }),
                policyOf: Dictionary(zip(node.desired.endpoints.map(\.pod), ids), uniquingKeysWith: { first, _ in first }))
        }
    }

    public func verdict(_ probe: PolicyProbe) throws(TestError) -> Verdict {
        let from = try cluster.end(probe.from, probe.family)
        let to = try cluster.end(probe.to, probe.family)
        return verdict(from, to, proto: probe.key.proto, port: probe.key.port)
    }

    /// Of any protocol.
    /// - Parameters:
    ///   - proto: IP protocol number.
    ///   - port: the responder's; ICMP: type in the high byte, code in the low one; 0 for protocols without ports.
    public func verdict(from source: IPAddress, to destination: IPAddress, proto: UInt8, port: UInt16) throws(TestError) -> Verdict {
        let from = try cluster.end(.address(source), source.family)
        return verdict(from, try cluster.end(.address(destination), destination.family), proto: proto, port: port)
    }

    private func verdict(_ from: TestCluster.End, _ to: TestCluster.End, proto: UInt8, port: UInt16) -> Verdict {
        var sides: [Verdict.Side] = []
        // A pod cannot be kept from itself.
        if let pod = from.pod, pod == to.pod { return Verdict(sides: [], failure: nil) }
        if let pod = from.pod, let place = from.node.flatMap(cluster.place) {
            sides.append(side(.egress, views[place], pod, to, proto, port))
        }
        if let pod = to.pod, let place = to.node.flatMap(cluster.place) {
            // Nor from its own node.
            if from.pod == nil, from.node == to.node { return Verdict(sides: sides, failure: nil) }
            sides.append(side(.ingress, views[place], pod, from, proto, port))
        }
        return Verdict(sides: sides, failure: nil)
    }

    private func side(
        _ direction: PolicyDirection, _ view: View, _ pod: PodName, _ other: TestCluster.End, _ proto: UInt8, _ port: UInt16
    ) -> Verdict.Side {
        guard let id = view.policyOf[pod], id != 0, let policy = view.compiled[id] else {
            return Verdict.Side(direction: direction, isAllowed: true, isDefault: false, rule: 0, meaning: nil)
        }
        guard let found = policy.decision(direction, peer: view.tables.peer(of: other.address), proto: proto, port: port) else {
            return Verdict.Side(direction: direction, isAllowed: false, isDefault: false, rule: 0, meaning: nil)
        }
        let decision = found.entry.decision
        return Verdict.Side(
            direction: direction, isAllowed: decision.isAllowed, isDefault: decision.isDefault, rule: decision.rule,
            meaning: view.node.desired.meaning(ofRule: decision.rule))
    }
}

extension PolicyProbe {
    /// IP protocol number, and the port as policy names it: the responder's, or ICMP's type and code.
    var key: (proto: UInt8, port: UInt16) {
        switch traffic {
        case .transport(let transport, let port): (transport.rawValue, port)
        case .icmp(let type): (family == .ipv4 ? 1 : 58, UInt16(type) << 8)
        }
    }
}
