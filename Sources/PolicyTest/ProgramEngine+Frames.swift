import BPF
public import Net
public import Policy

/// Where a frame that was given to programs ended.
public enum FrameFate: Hashable, Sendable {
    /// Where it came in.
    case dropped
    /// By the node of the pod that it is for, after the sender's had let it go.
    case droppedThere
    /// The pod with this address has it.
    case delivered(IPAddress)
    /// It is on its way to somebody who is no pod: outside, a node, or nobody.
    case left
}

extension ProgramEngine {
    /// The frame that opens a probe's flow, as it comes in at the first program on its way.
    /// - Throws: when the probe has no packet.
    public func frame(of probe: PolicyProbe) throws(TestError) -> [UInt8] {
        let (from, to, entry) = try way(of: probe)
        guard let packet = ProbePacket(probe.traffic, from: from.address, to: to.address) else { throw TestError("\(probe) has no packet") }
        return packet.frame(to: entry.node.mac(at: entry.entry))
    }

    /// Gives a frame to the programs as if the probe's source had sent it, and then to those of the node of whoever it says that it is for.
    ///
    /// What a program hands to the kernel counts as delivered when it is for a pod there: the program has then judged it, or the next one
    /// does, of which a test run cannot tell (`tc_index` stays inside it).
    public func fate(of frame: [UInt8], sentBy probe: PolicyProbe) throws(TestError) -> FrameFate {
        guard let cluster else { throw TestError("no cluster is loaded") }
        let (_, _, entry) = try way(of: probe)
        return try running { () throws(BPFError) in
            let result = try entry.node.run(frame, entry.entry)
            if result.code == UInt32(VirtualNode.shot) { return .dropped }
            guard let destination = Self.destination(result.packet), let pod = cluster.owner(of: destination),
                let place = cluster.place(ofNode: pod.node)
            else { return .left }
            let target = nodes[place]
            if target === entry.node { return .delivered(destination) }
            // Over the fabric, which routers do not forward for ever.
            guard Self.hopLimit(result.packet) > 0 else { return .droppedThere }
            let next = try target.run(target.mac(at: .uplink) + result.packet.dropFirst(6), .uplink)
            return next.code == UInt32(VirtualNode.shot) ? .droppedThere : .delivered(destination)
        }
    }

    /// Forgets all flows of all nodes.
    public func forgetFlows() throws(TestError) {
        try running { () throws(BPFError) in
            for node in nodes { try node.forgetAll() }
        }
    }

    private func way(
        of probe: PolicyProbe
    ) throws(TestError) -> (from: TestCluster.End, to: TestCluster.End, entry: (node: VirtualNode, entry: VirtualNode.Entry)) {
        guard let cluster else { throw TestError("no cluster is loaded") }
        let from = try cluster.end(probe.from, probe.family)
        let to = try cluster.end(probe.to, probe.family)
        guard let first = hops(from, to, cluster).first else { throw TestError("no program sees \(probe)") }
        return (from, to, (first.node, first.entry))
    }

    /// By the link's protocol number, as the kernel reads it.
    private static func destination(_ frame: [UInt8]) -> IPAddress? {
        guard frame.count >= 34 else { return nil }
        if frame[12] == 0x08, frame[13] == 0 { return IPAddress(bytes: [UInt8](repeating: 0, count: 10) + [0xff, 0xff] + frame[30..<34]) }
        guard frame[12] == 0x86, frame[13] == 0xdd, frame.count >= 54 else { return nil }
        return IPAddress(bytes: Array(frame[38..<54]))
    }

    private static func hopLimit(_ frame: [UInt8]) -> UInt8 { frame[12] == 0x08 ? frame[22] : frame[21] }
}
