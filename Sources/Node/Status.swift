import BPF
import CFabricABI
import Compiler
import Datapath
import Glibc
public import Model
import Net
import Netlink
import Store

/// The health of a node, at one look.
public struct NodeStatus: Sendable {
    public struct History: Sendable {
        /// Events that the ring holds over all CPUs.
        public let capacity: Int
        /// Events written since the install.
        public let written: UInt64
        /// Drop events left out by the rate limit.
        public let suppressed: UInt64
        /// Events that an observer had no room for.
        public let lost: UInt64
        /// Events in the ring now.
        public let held: Int
        /// ns since the oldest event in the ring; nil when there is none.
        public let window: UInt64?
        /// Observers at present.
        public let observers: Int

        /// Of a node whose maps are gone.
        static let none = History(capacity: 0, written: 0, suppressed: 0, lost: 0, held: 0, window: nil, observers: 0)
    }

    public struct Attached: Sendable {
        public let program: String
        public let device: String
        public let direction: String
        /// `tcx` or `clsact`.
        public let mode: String
    }

    public struct Routes: Sendable {
        public let desired: Int
        public let ebpf: Int
        /// Of those in eBPF, how many the kernel has too; nil when it cannot be asked.
        public let kernel: Int?
    }

    public let config: NodeConfig
    public let revision: UInt32
    public let attached: [Attached]
    public let routes: Routes
    public let endpoints: Int
    public let endpointsReady: Int
    public let nodes: Int
    public let flows: Int
    public let maps: [MapView]
    public let history: History
    public let kernel: String
    public let attachMode: String
    public let hasBTF: Bool
    public let dropped: UInt64
    public let forwarded: UInt64
    public let problems: [Problem]

    public var isHealthy: Bool { !problems.contains { $0.severity == .error } }
    /// Kernel memory of all maps, in bytes.
    public var memory: Int { maps.reduce(0) { $0 + ($1.memory ?? 0) } }

    /// As people read it: `350ms`, `12s`, `3m4s`, `5h6m`, `2d3h`.
    public static func duration(_ nanoseconds: UInt64) -> String {
        let seconds = nanoseconds / 1_000_000_000
        if seconds < 1 { return "\(nanoseconds / 1_000_000)ms" }
        if seconds < 60 { return "\(seconds)s" }
        if seconds < 3600 { return "\(seconds / 60)m\(seconds % 60)s" }
        if seconds < 86400 { return "\(seconds / 3600)h\(seconds % 3600 / 60)m" }
        return "\(seconds / 86400)d\(seconds % 86400 / 3600)h"
    }
}

extension Node {
    /// A command that changes the node is waited for, up to a second or two: what it has half done is no problem.
    public func status() throws(NodeError) -> NodeStatus {
        let deadline = monotonicNow() + 2_000_000_000
        while true {
            let quiet = !Root(path).isLocked
            let status = try look()
            if status.problems.isEmpty || (quiet && !Root(path).isLocked) || monotonicNow() > deadline { return status }
            usleep(10_000)
        }
    }

    private func look() throws(NodeError) -> NodeStatus {
        let documents = try documents()
        let desired = try self.desired(documents)
        let facts = isOwnNamespace(desired) ? try facts() : nil
        let problems = try problems(desired, pending: try pendingChange(in: documents), facts: facts)
        let maps = (try? mapViews()) ?? []
        let metrics = (try? metrics()) ?? []
        let views = (try? endpoints(desired)) ?? []
        let tables = compile(desired, links: facts?.links ?? [:], cpus: possibleCPUs)
        let inMap = maps.first { $0.name == MapName.routes.rawValue }?.entries ?? 0
        let agreement = facts.map { RouteAgreement(desired, tables, $0) }
        return NodeStatus(
            config: desired.config, revision: desired.registry.revision, attached: (try? attached(facts)) ?? [],
            routes: NodeStatus.Routes(
                desired: tables.routes.count, ebpf: inMap,
                kernel: agreement.map { agreement in min(inMap, tables.routes.keys.count { agreement.agrees($0) }) }),
            endpoints: desired.endpoints.count, endpointsReady: views.count { $0.state == "ready" }, nodes: desired.nodes.count,
            flows: (maps.first { $0.name == MapName.flows.rawValue }?.entries ?? 0)
                + (maps.first { $0.name == MapName.halfopen.rawValue }?.entries ?? 0),
            maps: maps, history: (try? history(desired.config)) ?? .none, kernel: KernelFacts.release,
            attachMode: try mapping { () throws(BPFError) in try attachments.kind().rawValue },
            hasBTF: KernelFacts.hasBTF, dropped: metrics.filter { $0.reason != 0 }.reduce(0) { $0 + $1.packets },
            forwarded: metrics.filter { $0.reason == 0 }.reduce(0) { $0 + $1.packets }, problems: problems)
    }

    private func attached(_ facts: NodeFacts?) throws(NodeError) -> [NodeStatus.Attached] {
        try mapping { () throws(BPFError) in
            var names: [UInt32: String] = [:]
            for name in ProgramName.allCases where BPFFS.contains("\(programs)/\(name.rawValue)") {
                names[try BPFProgram.open(pinned: "\(programs)/\(name.rawValue)").id] = name.rawValue
            }
            let mode = try attachments.kind().rawValue
            var out: [NodeStatus.Attached] = []
            for hook in try attachments.pinned() {
                guard let program = try attachments.program(at: hook) else { continue }
                out.append(
                    NodeStatus.Attached(
                        program: names[program] ?? "program \(program)",
                        device: facts?.devices.first { $0.ifindex == hook.ifindex }?.name ?? "ifindex \(hook.ifindex)",
                        direction: hook.direction.rawValue,
                        mode: mode))
            }
            return out.sorted { ($0.device, $0.direction) < ($1.device, $1.direction) }
        }
    }

    private func history(_ config: NodeConfig) throws(NodeError) -> NodeStatus.History {
        try mapping { () throws(BPFError) in
            let positions = try BPFMap.open(pinned: "\(maps)/history_position", readOnly: true)
                .entries(keys: UInt32.self, values: fabric_history_position.self)
            let ring = try BPFMap.open(pinned: "\(maps)/history", readOnly: true)
            let slots = ring.maxEntries / max(1, positions.count)
            var held = 0
            var oldest: UInt64?
            for (cpu, position) in positions where position.next > 0 {
                held += Int(min(position.next, UInt64(slots)))
                let first = position.next > UInt64(slots) ? position.next % UInt64(slots) : 0
                let event: fabric_event? = try ring.lookup(UInt32(Int(cpu) * slots) + UInt32(first))
                if let event, event.sequence != 0 { oldest = min(oldest ?? event.time, event.time) }
            }
            let now = monotonicNow()
            let used: UInt64? = try BPFMap.open(pinned: "\(maps)/observer_slots", readOnly: true).lookup(UInt32(0))
            return NodeStatus.History(
                capacity: ring.maxEntries, written: positions.reduce(0) { $0 + $1.value.next },
                suppressed: positions.reduce(0) { $0 + $1.value.suppressed },
                lost: positions.reduce(0) { $0 + $1.value.lost }, held: held, window: oldest.map { now > $0 ? now - $0 : 0 },
                observers: (used ?? 0).nonzeroBitCount)
        }
    }
}
