import BPF
import Compiler
import Model
import Net
import Netlink
public import Policy

/// Gives every packet of a probe to the programs themselves (BPF_PROG_TEST_RUN): egress on the source's node, ingress on the destination's, and
/// the answer back.
public final class ProgramEngine {
    private(set) var nodes: [VirtualNode] = []
    private(set) var cluster: TestCluster?
    private var links: [String: LinkFact] = [:]
    private var macs: [String: [UInt8]] = [:]
    private let sizes = MapSizes(
        flows: 1024, halfOpen: 1024, denied: 1024, policy: 16384, addresses: 65536, routes: 16384, fragments: 64, history: 128)

    private init() {}

    /// Runs `body` with an engine, in a network namespace made for it.
    /// - Throws: TestError when the kernel refuses; what `body` throws.
    public static func with<R>(_ body: (ProgramEngine) throws -> R) throws -> R {
        try NetworkNamespace.anonymous().run { try body(ProgramEngine()) }
    }

    /// Takes the place of the cluster before.
    public func load(_ cluster: TestCluster) throws(TestError) {
        do throws(NetlinkError) {
            try makeDevices(cluster.nodes.map(\.desired.endpoints.count).max() ?? 0)
        } catch {
            throw TestError(error.description)
        }
        try running { () throws(BPFError) in
            while nodes.count < cluster.nodes.count { nodes.append(try VirtualNode(sizes)) }
            for (virtual, node) in zip(nodes, cluster.nodes) { try virtual.become(node, links: links, macs: macs) }
        }
        self.cluster = cluster
    }

    private func makeDevices(_ pods: Int) throws(NetlinkError) {
        let wanted = [TestNode.uplink] + (0..<pods).map(TestNode.device)
        let missing = wanted.filter { links[$0] == nil }
        guard !missing.isEmpty else { return }
        var socket = try NetlinkSocket()
        for name in missing { try socket.createVeth(VethEnd(name: name, mtu: 1500), peer: VethEnd(name: "\(name)x", mtu: 1500)) }
        for link in try socket.links() {
            links[link.name] = LinkFact(ifindex: link.index, mtu: link.mtu)
            macs[link.name] = link.macAddress?.bytes
        }
    }

    public func verdict(_ probe: PolicyProbe) throws(TestError) -> Verdict {
        guard let cluster else { throw TestError("no cluster is loaded") }
        let from = try cluster.end(probe.from, probe.family)
        let to = try cluster.end(probe.to, probe.family)
        guard let request = ProbePacket(probe.traffic, from: from.address, to: to.address) else { throw TestError("\(probe) has no packet") }
        return try running { () throws(BPFError) in
            defer { forget(request) }
            var verdict = Verdict(sides: [], failure: nil)
            for hop in hops(from, to, cluster) {
                let passes = try hop.node.passes(request, hop.entry)
                add(try hop.node.decision(request), hop, from, to, to: &verdict)
                if passes { continue }
                if verdict.denial == nil { verdict.failure = "the packet is dropped on \(hop.node.name), not by policy" }
                return verdict
            }
            guard let answer = ProbePacket(probe.traffic, from: to.address, to: from.address, isReply: true) else { return verdict }
            for hop in hops(to, from, cluster) where try !hop.node.passes(answer, hop.entry) {
                verdict.failure = "the answer is dropped on \(hop.node.name)"
            }
            return verdict
        }
    }

    struct Hop {
        let node: VirtualNode
        let entry: VirtualNode.Entry
    }

    /// Where programs see a packet on its way.
    func hops(_ from: TestCluster.End, _ to: TestCluster.End, _ cluster: TestCluster) -> [Hop] {
        var hops: [Hop] = []
        let source = from.node.flatMap(cluster.place).map { nodes[$0] }
        if let source, let device = from.pod.flatMap(source.device) { hops.append(Hop(node: source, entry: .pod(device: device))) }
        guard let target = to.node.flatMap(cluster.place).map({ nodes[$0] }), let device = to.pod.flatMap(target.device) else { return hops }
        if from.node == to.node {
            if from.pod == nil { hops.append(Hop(node: target, entry: .host(device: device))) }
        } else {
            hops.append(Hop(node: target, entry: .uplink))
        }
        return hops
    }

    private func add(
        _ found: VirtualNode.Found?, _ hop: Hop, _ from: TestCluster.End, _ to: TestCluster.End, to verdict: inout Verdict
    ) {
        func side(_ direction: PolicyDirection, _ isAllowed: Bool, _ isDefault: Bool, _ rule: UInt32) {
            verdict.sides.append(
                Verdict.Side(
                    direction: direction, isAllowed: isAllowed, isDefault: isDefault, rule: rule,
                    meaning: hop.node.node?.desired.meaning(ofRule: rule)))
        }
        let name = hop.node.name
        switch found {
        case .allowed(let egress, let ingress):
            if from.pod != nil, from.node == name { side(.egress, true, false, egress) }
            if to.pod != nil, to.node == name { side(.ingress, true, false, ingress) }
        case .denied(let direction, let rule, let isDefault): side(direction, false, isDefault, rule)
        case nil: break
        }
    }

    private func forget(_ packet: ProbePacket) {
        for node in nodes { try? node.forget(packet) }
    }

    func running<R>(_ body: () throws(BPFError) -> R) throws(TestError) -> R {
        do throws(BPFError) {
            return try body()
        } catch {
            throw TestError(error.description)
        }
    }
}

extension VirtualNode {
    var name: String { node?.desired.config.name ?? "" }
}
