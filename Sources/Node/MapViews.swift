import BPF
import CFabricABI
import Compiler
import Datapath
import Glibc
import Model
public import Net

/// A map of the datapath.
public struct MapView: Sendable {
    public let name: String
    public let kind: String
    public let keySize: Int
    public let valueSize: Int
    public let maxEntries: Int
    /// Entries in use; nil where that has no meaning (rings, counters).
    public let entries: Int?
    /// Entries that the kernel has pushed out of a table that was full, the longest unused first; nil of maps that are not such a table.
    public let evicted: Int?
    /// Bytes of kernel memory.
    public let memory: Int?
    public let id: UInt32
}

/// A program of the datapath.
public struct ProgramView: Sendable {
    public let name: String
    public let id: UInt32
    public let tag: String
    public let instructions: Int
    /// Instructions of the program itself in this binary, without the functions that it calls.
    public let embeddedInstructions: Int?
    public let machineCode: Int
    /// Only counted while the sysctl kernel.bpf_stats_enabled is set.
    public let runs: UInt64
    public let runTime: UInt64
    /// As `eth0 ingress`.
    public let attachedTo: [String]
}

/// What is known of an address.
public struct AddressView: Sendable {
    public let prefix: Prefix
    public let identity: UInt32
    /// `endpoint`, `host`, `remote` or `prefix`.
    public let kind: String
    public let endpoint: UInt32
}

public struct MetricView: Sendable {
    /// 0 is forwarded.
    public let reason: UInt8
    /// 0 unknown, 1 ingress, 2 egress.
    public let direction: UInt8
    public let packets: UInt64
    public let bytes: UInt64
}

/// An entry of a flow table, from its initiator's side.
public struct FlowView: Sendable {
    public let proto: UInt8
    public let source: IPAddress
    public let sourcePort: UInt16
    public let destination: IPAddress
    public let destinationPort: UInt16
    /// `new`, `replied`, `established`, `closing` or `denied`.
    public let state: String
    public let sourceIdentity: UInt32
    public let destinationIdentity: UInt32
    public let sourceEndpoint: UInt32
    public let destinationEndpoint: UInt32
    /// From the initiator, and from the responder.
    public let packets: (UInt64, UInt64)
    public let bytes: (UInt64, UInt64)
    /// ns since a packet was seen.
    public let idle: UInt64
    /// ns since it was made.
    public let age: UInt64
    public let revision: UInt32
    /// Id of the initiator's next hop; 0: none.
    public let nextHop: UInt32
}

extension Node {
    public func mapViews() throws(NodeError) -> [MapView] {
        try requireInstalled()
        return try mapping { () throws(BPFError) in
            var out: [MapView] = []
            for name in MapName.allCases {
                let path = "\(maps)/\(name.rawValue)"
                guard BPFFS.contains(path) else { continue }
                let map = try BPFMap.open(pinned: path, readOnly: true)
                // Asked first: what is inserted between the two looks must not pass for evicted.
                let balance = try balance(of: name)
                let entries = try Self.used(name, map)
                out.append(
                    MapView(
                        name: name.rawValue, kind: map.kind.description, keySize: map.keySize, valueSize: map.valueSize, maxEntries: map.maxEntries,
                        entries: entries, evicted: balance.map { max(0, $0 - (entries ?? 0)) }, memory: map.memory, id: map.id))
            }
            return out.sorted { $0.name < $1.name }
        }
    }

    /// Entries that programs have put into a table and not taken out of it.
    private func balance(of name: MapName) throws(BPFError) -> Int? {
        let tables: [MapName: fabric_table] = [
            .flows: FABRIC_TABLE_FLOWS, .halfopen: FABRIC_TABLE_HALFOPEN, .denied_flows: FABRIC_TABLE_DENIED, .fragments: FABRIC_TABLE_FRAGMENTS,
        ]
        guard let table = tables[name], BPFFS.contains("\(maps)/\(MapName.table_counters.rawValue)") else { return nil }
        let counters: [fabric_table_counter]? = try BPFMap.open(pinned: "\(maps)/\(MapName.table_counters.rawValue)", readOnly: true)
            .lookupPerCPU(table.rawValue)
        // A CPU may have taken out what another put in.
        return counters.map { Int(truncatingIfNeeded: $0.reduce(UInt64(0)) { $0 &+ $1.inserted &- $1.removed }) }
    }

    private static func used(_ name: MapName, _ map: borrowing BPFMap) throws(BPFError) -> Int? {
        switch name {
        // What is free begins with 0: an id, or how many next hops there are.
        case .endpoints, .nexthops, .groups, .health: try map.countEntries { $0.loadUnaligned(as: UInt32.self) != 0 }
        case .active, .config, .table_counters, .history, .history_position, .metrics, .observers, .observer_slots, .scratch: nil
        case .devices, .addresses, .prefixes, .policies, .routes, .flows, .halfopen, .denied_flows, .fragments: try map.count()
        }
    }

    public func programViews() throws(NodeError) -> [ProgramView] {
        let desired = try desired()
        let names = isOwnNamespace(desired) ? (try? facts())?.devices : nil
        return try mapping { () throws(BPFError) in
            var hooks: [UInt32: [String]] = [:]
            for hook in try attachments.pinned() {
                guard let program = try attachments.program(at: hook) else { continue }
                let device = names?.first { $0.ifindex == hook.ifindex }?.name ?? "ifindex \(hook.ifindex)"
                hooks[program, default: []].append("\(device) \(hook.direction)")
            }
            let embedded = try Loader.embeddedPrograms()
            var out: [ProgramView] = []
            for name in ProgramName.allCases where BPFFS.contains("\(programs)/\(name.rawValue)") {
                let info = try BPFProgram.open(pinned: "\(programs)/\(name.rawValue)").info()
                out.append(
                    ProgramView(
                        name: name.rawValue, id: info.id, tag: info.tag.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(),
                        instructions: info.instructions,
                        embeddedInstructions: embedded.first { $0.name == name.rawValue }?.instructions, machineCode: info.machineCode,
                        runs: info.runs, runTime: info.runTime,
                        attachedTo: (hooks[info.id] ?? []).sorted()))
            }
            return out.sorted { $0.name < $1.name }
        }
    }

    public func addressViews() throws(NodeError) -> [AddressView] {
        try requireInstalled()
        let (bank, exact, prefixes) = try mapping { () throws(BPFError) in
            let active: fabric_active? = try BPFMap.open(pinned: "\(maps)/active", readOnly: true).lookup(UInt32(0))
            return (
                UInt8(truncatingIfNeeded: active?.bank ?? 0),
                try BPFMap.open(pinned: "\(maps)/addresses", readOnly: true).entries(
                    keys: fabric_address_key.self, values: fabric_address_value.self),
                try BPFMap.open(pinned: "\(maps)/prefixes", readOnly: true).entries(
                    keys: fabric_prefix_key.self, values: fabric_prefix_value.self)
            )
        }
        var out = exact.map { key, value in
            AddressView(
                prefix: Prefix(key.address.ipAddress), identity: value.identity,
                kind: value.kind == FABRIC_ADDRESS_ENDPOINT.rawValue ? "endpoint" : value.kind == FABRIC_ADDRESS_HOST.rawValue ? "host" : "remote",
                endpoint: value.endpoint)
        }
        for (key, value) in prefixes where key.bank == bank {
            if let prefix = key.prefix { out.append(AddressView(prefix: prefix, identity: value.identity, kind: "prefix", endpoint: 0)) }
        }
        return out.sorted { $0.prefix < $1.prefix }
    }

    /// What was counted, summed over CPUs; only what is not zero.
    public func metrics() throws(NodeError) -> [MetricView] {
        try requireInstalled()
        return try mapping { () throws(BPFError) in
            let map = try BPFMap.open(pinned: "\(maps)/metrics", readOnly: true)
            let size = MemoryLayout<fabric_metric>.size
            guard map.keySize == 4, map.valueSize == size else {
                throw BPFError(operation: "read map metrics, which has another layout", code: EINVAL)
            }
            var out: [MetricView] = []
            // A thousand entries, of which a few count: no array for each.
            try map.forEachEntry { (key, values) in
                var sum = fabric_metric()
                for place in stride(from: 0, to: values.count, by: size) {
                    let metric = values.loadUnaligned(fromByteOffset: place, as: fabric_metric.self)
                    sum.packets += metric.packets
                    sum.bytes += metric.bytes
                }
                guard sum.packets > 0 else { return }
                let index = key.loadUnaligned(as: UInt32.self)
                out.append(
                    MetricView(reason: UInt8(truncatingIfNeeded: index / 4), direction: UInt8(index % 4), packets: sum.packets, bytes: sum.bytes))
            }
            return out.sorted { ($0.reason, $0.direction) < ($1.reason, $1.direction) }
        }
    }

    public func flowViews() throws(NodeError) -> [FlowView] {
        try requireInstalled()
        let now = monotonicNow()
        let (flows, denied) = try mapping { () throws(BPFError) in
            (
                try BPFMap.open(pinned: "\(maps)/flows", readOnly: true).entries(keys: fabric_flow_key.self, values: fabric_flow.self)
                    + BPFMap.open(pinned: "\(maps)/halfopen", readOnly: true).entries(keys: fabric_flow_key.self, values: fabric_flow.self),
                try BPFMap.open(pinned: "\(maps)/denied_flows", readOnly: true).entries(keys: fabric_flow_key.self, values: fabric_denied.self)
            )
        }
        var out = flows.map { FlowView($0.key, $0.value, now: now) }
        out += denied.map { FlowView($0.key, $0.value, now: now) }
        return out.sorted {
            ($0.source, $0.destination, $0.proto, $0.sourcePort, $0.destinationPort) < (
                $1.source, $1.destination, $1.proto, $1.sourcePort, $1.destinationPort
            )
        }
    }
}

extension FlowView {
    init(_ key: fabric_flow_key, _ flow: fabric_flow, now: UInt64) {
        let flip = flow.initiator == 1
        let (from, to) = flip ? (flow.half.1, flow.half.0) : (flow.half.0, flow.half.1)
        proto = key.protocol
        source = (flip ? key.address.1 : key.address.0).ipAddress
        destination = (flip ? key.address.0 : key.address.1).ipAddress
        sourcePort = UInt16(bigEndian: flip ? key.port.1 : key.port.0)
        destinationPort = UInt16(bigEndian: flip ? key.port.0 : key.port.1)
        switch UInt32(flow.state) {
        case FABRIC_FLOW_NEW.rawValue: state = "new"
        case FABRIC_FLOW_REPLIED.rawValue: state = "replied"
        case FABRIC_FLOW_ESTABLISHED.rawValue: state = "established"
        default: state = "closing"
        }
        sourceIdentity = flip ? flow.identity.1 : flow.identity.0
        destinationIdentity = flip ? flow.identity.0 : flow.identity.1
        sourceEndpoint = flip ? flow.endpoint.1 : flow.endpoint.0
        destinationEndpoint = flip ? flow.endpoint.0 : flow.endpoint.1
        packets = (from.packets, to.packets)
        bytes = (from.bytes, to.bytes)
        let last = max(from.last_seen, to.last_seen)
        idle = now > last ? now - last : 0
        let created = UInt64(flow.created) * 1_000_000_000
        age = now > created ? now - created : 0
        revision = flow.revision
        nextHop = from.output == UInt8(FABRIC_OUTPUT_NEXTHOP.rawValue) ? from.target : 0
    }

    init(_ key: fabric_flow_key, _ denied: fabric_denied, now: UInt64) {
        let flip = key.denied == 2
        proto = key.protocol
        source = (flip ? key.address.1 : key.address.0).ipAddress
        destination = (flip ? key.address.0 : key.address.1).ipAddress
        sourcePort = UInt16(bigEndian: flip ? key.port.1 : key.port.0)
        destinationPort = UInt16(bigEndian: flip ? key.port.0 : key.port.1)
        state = "denied"
        sourceIdentity = denied.identity.0
        destinationIdentity = denied.identity.1
        sourceEndpoint = denied.endpoint.0
        destinationEndpoint = denied.endpoint.1
        packets = (denied.packets, 0)
        bytes = (denied.bytes, 0)
        idle = now > denied.last_seen ? now - denied.last_seen : 0
        age = idle
        revision = denied.revision
        nextHop = 0
    }
}
