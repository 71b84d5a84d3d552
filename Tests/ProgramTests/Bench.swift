import BPF
import BPFImages
import CFabricABI
import CLinux
import Compiler
import Datapath
import Glibc
import Model
import Net
import Netlink
import Testing

let isRoot = geteuid() == 0

/// The real programs over maps of their own, in a network namespace of their own: a node with two pods and a next hop.
///
/// Pod `a` is on device p1, pod `b` on p2, the uplink is u1.
struct Bench: ~Copyable {
    static let podA = "fd00:cafe:0:1::a"
    static let podB = "fd00:cafe:0:1::b"
    static let podA4 = "10.244.1.10"
    static let podB4 = "10.244.1.11"
    static let remote = "fd00:cafe:0:2::c"
    static let remote4 = "10.244.2.12"
    static let node = "fd00:beef::1"

    let object: BPFObject
    let desired: Desired
    let tables: Tables
    let links: [String: LinkFact]
    let macs: [String: [UInt8]]

    /// To be called inside the namespace.
    static func make() throws -> Bench {
        var socket = try NetlinkSocket()
        for name in ["p1", "p2", "u1"] {
            try socket.createVeth(VethEnd(name: name, mtu: 1500), peer: VethEnd(name: "\(name)x", mtu: 1500))
        }
        var links: [String: LinkFact] = [:]
        var macs: [String: [UInt8]] = [:]
        for link in try socket.links() {
            links[link.name] = LinkFact(ifindex: link.index, mtu: link.mtu)
            macs[link.name] = link.macAddress?.bytes
        }
        var desired = Desired(
            config: NodeConfig(
                name: "node1", podCIDRs: [Prefix("fd00:cafe:0:1::/64"), Prefix("10.244.1.0/24")].compactMap { $0 },
                nativeRoutingCIDRs: [Prefix("fd00:cafe::/56")].compactMap { $0 }, ipv4Enabled: true,
                uplinks: [Uplink(device: "u1", ifindex: links["u1"]?.ifindex ?? 0, mtu: 1500)],
                addresses: [Packet.address(Self.node)], bootID: 1))
        for (name, device, addresses) in [("a", "p1", [Self.podA, Self.podA4]), ("b", "p2", [Self.podB, Self.podB4])] {
            _ = try desired.addEndpoint(
                for: name, device: device, addresses: addresses.map(Packet.address))
        }
        desired.nodes = [
            RemoteNode(
                name: "node2", podCIDRs: [Prefix("fd00:cafe:0:2::/64"), Prefix("10.244.2.0/24")].compactMap { $0 },
                nextHops: [NextHop(via: Packet.address("fe80::2"), device: "u1")])
        ]
        try desired.register(now: 1, limits: .maps)
        let tables = compile(desired, links: links, cpus: possibleCPUs)
        let object = try BPFObject(name: "fabric", bytes: BPFImage.fabric.bytes)
        for (map, count) in desired.config.mapSizes.entries(cpus: possibleCPUs) { try object.setMaxEntries(count, ofMap: map.rawValue) }
        try object.load()
        try MapSync(try DatapathMaps.of(object)).apply(tables)
        return Bench(object: object, desired: desired, tables: tables, links: links, macs: macs)
    }

    /// The link-local address that a pod's kernel makes of its MAC address.
    func linkLocal(_ name: String) -> String {
        guard let mac = desired.endpoints.first(where: { $0.pod.name == name })?.mac.bytes else { return "::" }
        let groups = [(mac[0] ^ 2, mac[1]), (mac[2], 0xff), (0xfe, mac[3]), (mac[4], mac[5])].map {
            String(UInt16($0.0) << 8 | UInt16($0.1), radix: 16)
        }
        return "fe80::" + groups.joined(separator: ":")
    }

    func ifindex(_ device: String) -> UInt32 { UInt32(links[device]?.ifindex ?? 0) }

    func run(_ program: ProgramName, _ packet: Packet, on device: String, ingress: String? = nil, count: Int = 1) throws -> TestRunResult {
        // To the device, or the kernel takes it for somebody else's and programs ignore it.
        var packet = packet
        packet.destinationMAC = macs[device] ?? packet.destinationMAC
        return try run(program, packet.bytes, on: device, ingress: ingress, count: count)
    }

    func run(_ program: ProgramName, _ bytes: [UInt8], on device: String, ingress: String? = nil, count: Int = 1) throws -> TestRunResult {
        try object.program(named: program.rawValue).testRun(
            packet: bytes, context: PacketContext(ifindex: ifindex(device), ingressIfindex: ingress.map { ifindex($0) } ?? 0), repeat: count)
    }

    /// Packets counted for a reason, over all CPUs and directions. Reason 0 is forwarded.
    func counted(_ reason: fabric_drop) throws -> UInt64 {
        let map = try object.map(named: "metrics")
        var sum: UInt64 = 0
        for direction in UInt32(0)..<4 {
            for value: fabric_metric in try map.lookupPerCPU(reason.rawValue * 4 + direction) ?? [] { sum += value.packets }
        }
        return sum
    }

    func entries(_ map: MapName) throws -> [(key: fabric_flow_key, value: fabric_flow)] {
        try object.map(named: map.rawValue).entries()
    }
}

extension Bench {
    /// Gives pod `b` a compiled policy, and makes it the one in force.
    func setPolicyOfB(
        revision: UInt32, ingress: fabric_policy_verdict, egress: fabric_policy_verdict
    ) throws {
        let policies = try object.map(named: MapName.policies.rawValue)
        for (direction, verdict) in [(FABRIC_DIRECTION_INGRESS, ingress), (FABRIC_DIRECTION_EGRESS, egress)] {
            var key = fabric_policy_key()
            key.prefixlen = UInt32(FABRIC_POLICY_BITS)
            key.policy = revision
            key.direction = UInt8(direction.rawValue)
            var value = fabric_policy_value()
            value.rule = 7
            value.verdict = UInt8(verdict.rawValue)
            try policies.update(key, value)
        }
        let b = try #require(desired.endpoints.first { $0.pod.name == "b" })
        let slot = b.id % UInt32(FABRIC_ENDPOINT_SLOTS)
        var record = try #require(tables.endpoints[slot])
        record.policy = (revision, revision)
        try object.map(named: MapName.endpoints.rawValue).update(slot, record)
        try object.map(named: MapName.active.rawValue).update(UInt32(0), fabric_active(revision: revision, bank: 0))
    }
}

extension Tables {
    func route(to prefix: String) -> fabric_route? { Prefix(prefix).flatMap { routes[$0] } }
}

extension Desired {
    mutating func addEndpoint(for name: String, device: String, addresses: [IPAddress]) throws -> Endpoint {
        let id = try newEndpointID(limits: .maps)
        let endpoint = Endpoint(
            id: id, pod: PodName(namespace: "default", name: name), addresses: addresses,
            identity: identities.number(labels: IdentityTable.podLabels(["app": name], namespace: "default")), labels: ["app": name], device: device,
            mac: MACAddress(0x0200_0000_0a00 + UInt64(id)), hostMAC: MACAddress(0x0200_0000_0b00 + UInt64(id)), netns: nil, podDevice: "", mtu: 1500)
        endpoints.append(endpoint)
        return endpoint
    }
}
