import BPF
import BPFImages
import CFabricABI
import Compiler
import Datapath
import Glibc
import Model
import Net
import Netlink

/// The programs as a node runs them, over maps of their own: pod `a` behind device p1, pod `b` behind p2, a fabric port u1 and a next hop there
/// to node2. And the empty program that they are held against.
///
/// Devices exist because programs are told their indexes; nothing is attached and no packet moves.
struct BenchmarkNode: ~Copyable {
    enum Program { case empty, fromPod, fromUplink }

    static let podA = ["fd00:cafe:0:1::a", "10.244.1.10"]
    static let podB = ["fd00:cafe:0:1::b", "10.244.1.11"]
    static let remote = ["fd00:cafe:0:2::c", "10.244.2.12"]

    private let empty: BPFProgram
    private let fromPod: BPFProgram
    private let fromUplink: BPFProgram
    let flows: BPFMap
    let metrics: BPFMap
    let historyPosition: BPFMap
    private let ifindexes: [String: UInt32]
    private let macs: [String: MACAddress]

    /// Makes devices in the calling thread's network namespace, which must be a new one.
    static func make() throws -> BenchmarkNode {
        var socket = try NetlinkSocket()
        for name in ["p1", "p2", "u1"] {
            try socket.createVeth(VethEnd(name: name, mtu: 1500), peer: VethEnd(name: "\(name)x", mtu: 1500))
        }
        var facts: [String: LinkFact] = [:]
        var macs: [String: MACAddress] = [:]
        for link in try socket.links() {
            facts[link.name] = LinkFact(ifindex: link.index, mtu: link.mtu)
            macs[link.name] = link.macAddress
        }
        let desired = try desired(uplink: facts["u1"]?.ifindex ?? 0)
        let object = try BPFObject(name: "fabric", bytes: BPFImage.fabric.bytes)
        for (map, count) in desired.config.mapSizes.entries(cpus: possibleCPUs) { try object.setMaxEntries(count, ofMap: map.rawValue) }
        try object.load()
        try MapSync(try DatapathMaps.of(object)).apply(compile(desired, links: facts, cpus: possibleCPUs))
        // r0 = 0 (TC_ACT_OK); exit
        let empty = try BPFProgram.load(classifier: "empty", instructions: [0x0000_0000_0000_00b7, 0x0000_0000_0000_0095])
        return BenchmarkNode(
            empty: empty, fromPod: try object.program(named: ProgramName.from_pod.rawValue),
            fromUplink: try object.program(named: ProgramName.from_uplink.rawValue), flows: try object.map(named: MapName.flows.rawValue),
            metrics: try object.map(named: MapName.metrics.rawValue), historyPosition: try object.map(named: MapName.history_position.rawValue),
            ifindexes: facts.mapValues { UInt32($0.ifindex) }, macs: macs)
    }

    private static func desired(uplink: Int) throws -> Desired {
        func prefixes(_ texts: String...) -> [Prefix] { texts.compactMap { Prefix($0) } }
        var desired = Desired(
            config: NodeConfig(
                name: "node1", podCIDRs: prefixes("fd00:cafe:0:1::/64", "10.244.1.0/24"), nativeRoutingCIDRs: prefixes("fd00:cafe::/56"),
                ipv4Enabled: true, uplinks: [Uplink(device: "u1", ifindex: uplink, mtu: 1500)],
                addresses: [IPAddress("fd00:beef::1")].compactMap { $0 }, bootID: 1))
        for (name, device, addresses) in [("a", "p1", podA), ("b", "p2", podB)] {
            let id = try desired.newEndpointID(limits: .maps)
            desired.endpoints.append(
                Endpoint(
                    id: id, pod: PodName(namespace: "default", name: name), addresses: addresses.compactMap { IPAddress($0) },
                    identity: desired.identities.number(labels: IdentityTable.podLabels(["app": name], namespace: "default")),
                    labels: ["app": name], device: device, mac: MACAddress(0x0200_0000_0a00 + UInt64(id)),
                    hostMAC: MACAddress(0x0200_0000_0b00 + UInt64(id)), netns: nil, podDevice: "", mtu: 1500))
        }
        desired.nodes = [
            RemoteNode(
                name: "node2", podCIDRs: prefixes("fd00:cafe:0:2::/64", "10.244.2.0/24"),
                nextHops: [NextHop(via: IPAddress("fe80::2"), device: "u1")])
        ]
        try desired.register(now: 1, limits: .maps)
        return desired
    }

    /// Runs a program on a packet that came in by a device, `count` times over.
    func run(_ program: Program, _ packet: BenchmarkPacket, on device: String, repeat count: Int) throws -> TestRunResult {
        let frame = packet.frame(to: macs[device] ?? MACAddress(0))
        let context = PacketContext(ifindex: ifindexes[device] ?? 0)
        switch program {
        case .empty: return try empty.testRun(packet: frame, context: context, repeat: count)
        case .fromPod: return try fromPod.testRun(packet: frame, context: context, repeat: count)
        case .fromUplink: return try fromUplink.testRun(packet: frame, context: context, repeat: count)
        }
    }

    // MARK: - What the programs counted

    /// Packets in all entries of the established table.
    func establishedPackets() throws -> UInt64 {
        try flows.entries(keys: fabric_flow_key.self, values: fabric_flow.self).reduce(0) { $0 + $1.1.half.0.packets + $1.1.half.1.packets }
    }

    /// Packets that left for a reason; `FABRIC_DROP_NONE` counts those that went on.
    func counted(_ reason: fabric_drop) throws -> UInt64 {
        var sum: UInt64 = 0
        for direction in UInt32(0)..<4 {
            for value: fabric_metric in try metrics.lookupPerCPU(reason.rawValue * 4 + direction) ?? [] { sum += value.packets }
        }
        return sum
    }

    /// Events written to the history, on all CPUs.
    func eventsWritten() throws -> UInt64 { try positions().reduce(0) { $0 + $1.1.next } }

    /// Lets the next drops and new flows be written, however many there just were: a new window of the rate limit, on all CPUs.
    func forgetDropsWritten() throws {
        for (cpu, found) in try positions() {
            var position = found
            position.drops = 0
            position.flows = 0
            try historyPosition.update(cpu, position)
        }
    }

    private func positions() throws -> [(UInt32, fabric_history_position)] {
        try historyPosition.entries(keys: UInt32.self, values: fabric_history_position.self)
    }
}
