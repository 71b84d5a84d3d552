import BPF
import BPFImages
import CFabricABI
import Compiler
import Datapath
import Model
import Net
import Netlink
import Policy

/// The programs over maps of their own, as one node of a test's cluster. Nothing is attached, and no packet leaves.
final class VirtualNode {
    /// Where a packet of a probe comes in.
    enum Entry {
        /// From the pod itself.
        case pod(device: String)
        /// From the fabric.
        case uplink
        /// From the node, to the pod behind a device.
        case host(device: String)
    }

    private let programs: [ProgramName: BPFProgram.Box]
    private let sync: MapSync
    private let flows: BPFMap
    private let halfopen: BPFMap
    private let denied: BPFMap
    private let fragments: BPFMap
    private var links: [String: LinkFact] = [:]
    private var macs: [String: [UInt8]] = [:]
    private var revision: UInt32 = 1
    private(set) var node: TestNode?
    private var devices: [PodName: String] = [:]

    /// In the calling thread's network namespace, which must be a new one.
    init(_ sizes: MapSizes) throws(BPFError) {
        let object = try BPFObject(name: "fabric", bytes: BPFImage.fabric.bytes)
        for (map, count) in sizes.entries(cpus: possibleCPUs) { try object.setMaxEntries(count, ofMap: map.rawValue) }
        try object.load()
        var programs: [ProgramName: BPFProgram.Box] = [:]
        for name in ProgramName.allCases { programs[name] = BPFProgram.Box(try object.program(named: name.rawValue)) }
        self.programs = programs
        sync = MapSync(try DatapathMaps.of(object))
        flows = try object.map(named: MapName.flows.rawValue)
        halfopen = try object.map(named: MapName.halfopen.rawValue)
        denied = try object.map(named: MapName.denied_flows.rawValue)
        fragments = try object.map(named: MapName.fragments.rawValue)
    }

    /// Becomes a node of a test.
    /// - Parameter links: of the namespace, with a device for each of the node's pods.
    func become(_ node: TestNode, links: [String: LinkFact], macs: [String: [UInt8]]) throws(BPFError) {
        self.links = links
        self.macs = macs
        self.node = node
        devices = Dictionary(node.desired.endpoints.map { ($0.pod, $0.device) }, uniquingKeysWith: { first, _ in first })
        revision += 1
        var tables = compile(node.desired, links: links, cpus: possibleCPUs, plan: node.plan)
        tables.revision = revision
        try sync.apply(tables, .all(node.plan.compiled(node.desired.policyRegistry)))
    }

    func device(of pod: PodName) -> String? { devices[pod] }

    /// - Returns: whether the packet goes on.
    func passes(_ packet: ProbePacket, _ entry: Entry) throws(BPFError) -> Bool {
        try run(packet.frame(to: mac(at: entry)), entry).code != UInt32(Self.shot)
    }

    /// The address that packets which come in there are for.
    func mac(at entry: Entry) -> [UInt8] {
        let device =
            switch entry {
            case .pod(let device), .host(let device): device
            case .uplink: TestNode.uplink
            }
        return macs[device] ?? [2, 0, 0, 0, 0, 1]
    }

    /// Gives a frame, whatever it is, to the program that sees it where it comes in.
    func run(_ frame: [UInt8], _ entry: Entry) throws(BPFError) -> TestRunResult {
        let (name, device): (ProgramName, String) =
            switch entry {
            case .pod(let device): (.from_pod, device)
            case .uplink: (.from_uplink, TestNode.uplink)
            case .host(let device): (.to_pod, device)
            }
        guard let program = programs[name], let link = links[device] else { throw BPFError(operation: "find device \(device)", code: 19) }
        return try program.program.testRun(packet: frame, context: PacketContext(ifindex: UInt32(link.ifindex)))
    }

    /// TC_ACT_SHOT
    static let shot = 2

    /// What the flow tables say of a flow after its first packet.
    func decision(_ packet: ProbePacket) throws(BPFError) -> Found? {
        var (key, side) = key(packet)
        if let flow: fabric_flow = try halfopen.lookup(key) { return .allowed(egress: flow.egress_rule, ingress: flow.ingress_rule) }
        key.denied = UInt8(1 + side)
        guard let refused: fabric_denied = try denied.lookup(key) else { return nil }
        return .denied(
            direction: refused.direction == FABRIC_DIRECTION_EGRESS.rawValue ? .egress : .ingress, rule: refused.rule,
            isDefault: refused.reason == FABRIC_DROP_POLICY_DENIED.rawValue)
    }

    enum Found {
        case allowed(egress: UInt32, ingress: UInt32)
        case denied(direction: PolicyDirection, rule: UInt32, isDefault: Bool)
    }

    /// Forgets a flow, so that the next probe of its 5-tuple is a new one.
    func forget(_ packet: ProbePacket) throws(BPFError) {
        var (key, side) = key(packet)
        _ = try halfopen.delete(key)
        _ = try flows.delete(key)
        key.denied = UInt8(1 + side)
        _ = try denied.delete(key)
        key.denied = UInt8(2 - side)
        _ = try denied.delete(key)
    }

    /// Forgets all flows, and fragments whose rest is to come.
    func forgetAll() throws(BPFError) {
        for entry in try flows.entries(keys: fabric_flow_key.self, values: fabric_flow.self) { _ = try flows.delete(entry.0) }
        for entry in try halfopen.entries(keys: fabric_flow_key.self, values: fabric_flow.self) { _ = try halfopen.delete(entry.0) }
        for entry in try denied.entries(keys: fabric_flow_key.self, values: fabric_denied.self) { _ = try denied.delete(entry.0) }
        for entry in try fragments.entries(keys: fabric_fragment_key.self, values: fabric_fragment.self) { _ = try fragments.delete(entry.0) }
    }

    private func key(_ packet: ProbePacket) -> (key: fabric_flow_key, side: Int) {
        fabric_flow_key.of(
            source: packet.source, destination: packet.destination, sourcePort: packet.ports.source, destinationPort: packet.ports.destination,
            proto: packet.proto)
    }
}

extension BPFProgram {
    /// Holds a program where only copyable things can be.
    final class Box {
        let program: BPFProgram

        init(_ program: consuming BPFProgram) { self.program = program }
    }
}
