import BPF
import BPFImages
import CFabricABI
import Compiler
import Datapath
import Glibc
import Model
import Net
import Netlink
import Policy

/// The programs as a node runs them, over maps of their own: pod `a` behind device p1, pod `b` behind p2, pod `c` behind p3, which policy shuts
/// off, a fabric port u1 and a next hop there to node2. And the empty program that they are held against.
///
/// Devices exist because programs are told their indexes; nothing is attached and no packet moves.
struct BenchmarkNode: ~Copyable {
    enum Program { case empty, fromPod, fromUplink }

    static let podA = ["fd00:cafe:0:1::a", "10.244.1.10"]
    static let podB = ["fd00:cafe:0:1::b", "10.244.1.11"]
    static let podC = ["fd00:cafe:0:1::c", "10.244.1.12"]
    static let remote = ["fd00:cafe:0:2::c", "10.244.2.12"]
    /// Somewhere in the fabric.
    static let router = ["fd00:fab::9", "172.16.0.9"]

    /// A program at a device.
    typealias Hook = (program: Program, device: String)
    static func podHook(_ number: Int) -> Hook { (.fromPod, "p\(number)") }
    static let uplinkHook: Hook = (.fromUplink, "u1")

    static func end(_ address: String, _ port: UInt16) throws -> BenchmarkPacket.End {
        guard let address = IPAddress(address) else { throw BenchmarkError("\(address) is no address") }
        return BenchmarkPacket.End(address: address, port: port)
    }

    /// r0 = 0 (TC_ACT_OK); exit
    static let nothing: [UInt64] = [0x0000_0000_0000_00b7, 0x0000_0000_0000_0095]

    /// What else its maps hold.
    struct Crowd {
        /// Remote nodes, with a route each.
        var routes = 0
        /// Addresses elsewhere that are known.
        var addresses = 0
        /// Entries of the compiled policy of pod `b`, which lets pod `a` in.
        var policies = 0
        /// Entries that the flow table has room for.
        var flows = 65536
    }

    private let empty: BPFProgram
    private let fromPod: BPFProgram
    private let fromUplink: BPFProgram
    let flows: BPFMap
    let metrics: BPFMap
    let historyPosition: BPFMap
    private let ifindexes: [String: UInt32]
    private let macs: [String: MACAddress]

    /// Makes devices in the calling thread's network namespace, which must be a new one.
    static func make(_ crowd: Crowd = Crowd()) throws -> BenchmarkNode {
        var socket = try NetlinkSocket()
        for name in ["p1", "p2", "p3", "u1"] where try socket.link(named: name) == nil {
            try socket.createVeth(VethEnd(name: name, mtu: 1500), peer: VethEnd(name: "\(name)x", mtu: 1500))
        }
        var facts: [String: LinkFact] = [:]
        var macs: [String: MACAddress] = [:]
        for link in try socket.links() {
            facts[link.name] = LinkFact(ifindex: link.index, mtu: link.mtu)
            macs[link.name] = link.macAddress
        }
        let desired = try desired(uplink: facts["u1"]?.ifindex ?? 0, crowd)
        let object = try BPFObject(name: "fabric", bytes: BPFImage.fabric.bytes)
        for (map, count) in desired.config.mapSizes.entries(cpus: possibleCPUs) { try object.setMaxEntries(count, ofMap: map.rawValue) }
        try object.load()
        try MapSync(try DatapathMaps.of(object)).apply(
            compile(desired, links: facts, cpus: possibleCPUs), .all(PolicyPlan(desired).compiled(desired.policyRegistry)))
        let empty = try BPFProgram.load(classifier: "empty", instructions: nothing)
        return BenchmarkNode(
            empty: empty, fromPod: try object.program(named: ProgramName.from_pod.rawValue),
            fromUplink: try object.program(named: ProgramName.from_uplink.rawValue), flows: try object.map(named: MapName.flows.rawValue),
            metrics: try object.map(named: MapName.metrics.rawValue), historyPosition: try object.map(named: MapName.history_position.rawValue),
            ifindexes: facts.mapValues { UInt32($0.ifindex) }, macs: macs)
    }

    private static func desired(uplink: Int, _ crowd: Crowd) throws -> Desired {
        func prefixes(_ texts: String...) -> [Prefix] { texts.compactMap { Prefix($0) } }
        var desired = Desired(
            config: NodeConfig(
                name: "node1", podCIDRs: prefixes("fd00:cafe:0:1::/64", "10.244.1.0/24"), nativeRoutingCIDRs: prefixes("fd00:cafe::/56"),
                ipv4Enabled: true, uplinks: [Uplink(device: "u1", ifindex: uplink, mtu: 1500)],
                addresses: [IPAddress("fd00:beef::1")].compactMap { $0 }, bootID: 1))
        for (name, device, addresses) in [("a", "p1", podA), ("b", "p2", podB), ("c", "p3", podC)] {
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
        desired.config.mapSizes.flows = crowd.flows
        if crowd.routes > 0 {
            desired.config.mapSizes.routes = max(desired.config.mapSizes.routes, crowd.routes + 1024)
            desired.nodes += (0..<crowd.routes).map { number in
                RemoteNode(
                    name: "crowd\(number)", podCIDRs: [Prefix(Self.nodeOfCrowd(number, low: 0), length: 64)].compactMap { $0 },
                    nextHops: [NextHop(via: IPAddress("fe80::2"), device: "u1")])
            }
        }
        if crowd.addresses > 0 {
            desired.config.mapSizes.addresses = max(desired.config.mapSizes.addresses, crowd.addresses + 1024)
            let identity = desired.identities.number(labels: IdentityTable.podLabels(["app": "crowd"], namespace: "default"))
            desired.ips = (0..<crowd.addresses).compactMap { number in
                Prefix(Self.addressOfCrowd(number), length: 128).map { IPEntry(prefix: $0, pod: nil, labels: ["app": "crowd"], identity: identity) }
            }
        }
        if crowd.policies > 0 {
            desired.config.mapSizes.addresses = max(desired.config.mapSizes.addresses, crowd.policies)
            desired.policies = [Self.policy(entries: crowd.policies)]
        }
        desired.policies.append(Self.shutOff())
        try desired.register(now: 1, limits: .maps)
        PolicyPlan(desired).register(in: &desired.policyRegistry, endpoints: desired.endpoints, now: 1, forgetAfter: 0)
        return desired
    }

    /// For pod `c`: nobody is let in.
    private static func shutOff() -> StoredPolicy {
        let subject = Selector([Requirement(LabelKey(.pod, "app"), .in, ["c"])])
        let spec = NetworkPolicy(
            kind: .networkPolicy, namespace: "default", name: "shut-off", tier: .networkPolicy, subject: subject, isolates: [.ingress], rules: [])
        return StoredPolicy(key: spec.key, number: 2, specs: [spec])
    }

    /// For pod `b`: pod `a` is let in, and many prefixes, in two rules so that neither is about nearly everybody.
    private static func policy(entries: Int) -> StoredPolicy {
        let subject = Selector([Requirement(LabelKey(.pod, "app"), .in, ["b"])])
        let friend = Peer.pods(Selector([Requirement(LabelKey(.pod, "app"), .in, ["a"])]))
        let blocks = (1..<max(2, entries)).compactMap { Prefix(IPAddress(high: 0x2001_0db8 << 32 | UInt64($0), low: 0), length: 64) }
        func rule(_ place: Int) -> PolicyRule {
            let mine = blocks.enumerated().filter { $0.offset % 2 == place }.map { Peer.cidr(CIDRBlock($0.element, matchesCluster: true)) }
            let port = UInt16(80 + place)
            return PolicyRule(
                .ingress, path: "ingress[\(place)]", peers: (place == 0 ? [friend] : []) + (entries > 1 ? mine : []),
                ports: [.ports(.tcp, port...port)])
        }
        let any = PolicyRule(.ingress, path: "ingress[2]", peers: [friend])
        let spec = NetworkPolicy(
            kind: .networkPolicy, namespace: "default", name: "crowd", tier: .networkPolicy, subject: subject, isolates: [.ingress],
            rules: entries > 1 ? [rule(0), rule(1), any] : [any])
        return StoredPolicy(key: spec.key, number: 1, specs: [spec])
    }

    /// An address of a node of the crowd.
    static func nodeOfCrowd(_ number: Int, low: UInt64 = 1) -> IPAddress { IPAddress(high: 0xfdcc << 48 | UInt64(number), low: low) }

    /// A known address, which is node2's.
    static func addressOfCrowd(_ number: Int) -> IPAddress { IPAddress(high: 0xfd00_cafe_0000_0002, low: 1 << 32 | UInt64(number)) }

    /// Opens a connection by its handshake.
    /// - Throws: BenchmarkError when it is not forwarded.
    func connect(_ client: BenchmarkPacket.End, _ clientHook: Hook, _ server: BenchmarkPacket.End, _ serverHook: Hook) throws {
        for (hook, from, to, flags) in [
            (clientHook, client, server, BenchmarkPacket.syn), (serverHook, server, client, BenchmarkPacket.synAck),
            (clientHook, client, server, BenchmarkPacket.ack),
        ] {
            let result = try run(hook.program, BenchmarkPacket(from, to, flags: flags, hopLimit: 64), on: hook.device, repeat: 1)
            guard result.code == TrafficControl.redirect else { throw BenchmarkError("a handshake was not forwarded: \(result.code)") }
        }
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

    /// Lets the next events be written, however many there just were: a new window of the rate limit, on all CPUs.
    func forgetEventsWritten() throws { try Self.forgetEventsWritten(historyPosition) }

    static func forgetEventsWritten(_ map: borrowing BPFMap) throws {
        for (cpu, found) in try positions(map) {
            var position = found
            position.window = 0
            try map.update(cpu, position)
        }
    }

    private func positions() throws -> [(UInt32, fabric_history_position)] { try Self.positions(historyPosition) }

    static func positions(_ map: borrowing BPFMap) throws -> [(UInt32, fabric_history_position)] {
        try map.entries(keys: UInt32.self, values: fabric_history_position.self)
    }
}
