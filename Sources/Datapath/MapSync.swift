public import BPF
import CFabricABI
import CLinux
public import Compiler
import Glibc
import Net

/// How many entries of a map were not as they should be.
public struct MapDrift: Sendable, Hashable {
    public let map: String
    public var missing = 0
    public var wrong = 0
    public var extra = 0

    public var isEmpty: Bool { missing + wrong + extra == 0 }
}

/// True when two values of a C struct have the same bytes: padding is explicit and zero in all of ours.
func sameBytes<T: BitwiseCopyable>(_ a: T, _ b: T) -> Bool {
    withUnsafeBytes(of: a) { a in withUnsafeBytes(of: b) { b in a.elementsEqual(b) } }
}

/// The bytes of a map's key, hashable.
struct KeyBytes: Hashable {
    let bytes: [UInt8]

    init<K: BitwiseCopyable>(_ key: K) { bytes = withUnsafeBytes(of: key) { Array($0) } }
}

/// Brings maps in line with the compiled tables, by difference.
///
/// What is added is there before anything refers to it, and what is removed is referred to by nothing new when it goes; the revision
/// that makes flows look again is written last, by one store.
public struct MapSync: ~Copyable {
    let maps: DatapathMaps

    public init(_ maps: consuming DatapathMaps) { self.maps = maps }

    /// Compares without writing.
    /// - Parameter compiled: every compiled policy; nil: entries are not compared.
    public func drift(_ tables: Tables, _ compiled: [CompiledPolicy]? = nil) throws(BPFError) -> [MapDrift] {
        var out: [MapDrift] = []
        out.append(try hash("addresses", maps.addresses, wanted: addressEntries(tables), write: .nothing))
        out.append(try hash("devices", maps.devices, wanted: tables.devices.map { ($0.key, $0.value) }, write: .nothing))
        out.append(try hash("prefixes", maps.prefixes, wanted: prefixEntries(tables), write: .nothing))
        if let compiled { out.append(try policyDifference(compiled).drift) }
        out.append(try hash("routes", maps.routes, wanted: tables.routes.map { (fabric_prefix_key($0.key), $0.value) }, write: .nothing))
        out.append(try array("endpoints", maps.endpoints, wanted: tables.endpoints, blank: fabric_endpoint(), write: .nothing))
        out.append(try array("groups", maps.groups, wanted: tables.groups, blank: fabric_group(), write: .nothing))
        out.append(try array("nexthops", maps.nextHops, wanted: tables.nextHops, blank: fabric_nexthop(), write: .nothing))
        out.append(try array("config", maps.config, wanted: [0: tables.config], blank: fabric_config(), write: .nothing))
        let active: fabric_active? = try maps.active.lookup(UInt32(0))
        var revision = MapDrift(map: "active")
        if active?.revision != tables.revision { revision.wrong = 1 }
        out.append(revision)
        return out.filter { !$0.isEmpty }
    }

    /// Writes what differs, in the order that keeps every packet judged, and waits until no program reads what was there before.
    ///
    /// Policy changes at one instant: entries of new ids are written, then who has them in the bank that is not in force; one store puts that
    /// bank in force with the new revision; then the other bank is made equal, and what neither names goes.
    public func apply(_ tables: Tables, _ step: PolicyStep = .all([])) throws(BPFError) {
        let devices = tables.devices.map { ($0.key, $0.value) }
        let routes = tables.routes.map { (fabric_prefix_key($0.key), $0.value) }
        _ = try array("config", maps.config, wanted: [0: tables.config], blank: fabric_config(), write: .updates)
        _ = try array("nexthops", maps.nextHops, wanted: tables.nextHops, blank: fabric_nexthop(), write: .updates)
        _ = try array("groups", maps.groups, wanted: tables.groups, blank: fabric_group(), write: .updates)
        let superfluous = try addPolicies(step)
        let present: fabric_active = try maps.active.lookup(UInt32(0)) ?? fabric_active()
        let moves = present.revision != tables.revision
        let old = present.bank & 1
        let new = moves ? 1 - old : old
        // A record is taken away before another one has its slot: ids tell them apart.
        try endpoints(tables, keeping: moves ? old : nil)
        let changed = tables.keepsAddresses ? [] : try addresses(tables, keeping: moves ? old : nil)
        let prefixes = try PrefixDifference(tables.prefixes, step, maps.prefixes)
        try prefixes.write(maps.prefixes, bank: new)
        _ = try hash("routes", maps.routes, wanted: routes, write: .all)
        _ = try hash("devices", maps.devices, wanted: devices, write: .all)
        if moves { try activate(fabric_active(revision: tables.revision, bank: new)) }
        try waitForPrograms()
        _ = try array("endpoints", maps.endpoints, wanted: tables.endpoints, blank: fabric_endpoint(), write: .updates)
        if !changed.isEmpty { try maps.addresses.update(contentsOf: changed) }
        try prefixes.write(maps.prefixes, bank: 1 - new)
        try removePolicies(step, superfluous)
        _ = try array("groups", maps.groups, wanted: tables.groups, blank: fabric_group(), write: .removals)
        _ = try array("nexthops", maps.nextHops, wanted: tables.nextHops, blank: fabric_nexthop(), write: .removals)
    }

    /// One aligned store: revision and bank are read together.
    func activate(_ value: fabric_active) throws(BPFError) {
        let memory = try maps.active.mapMemory(writable: true)
        memory.mutableBytes?.storeBytes(of: unsafeBitCast(value, to: UInt64.self), as: UInt64.self)
    }

    private func addressEntries(_ tables: Tables) -> [(fabric_address_key, fabric_address_value)] {
        tables.addresses.map { (fabric_address_key($0.key), $0.value) }
    }

    private func prefixEntries(_ tables: Tables) -> [(fabric_prefix_key, fabric_prefix_value)] {
        tables.prefixes.flatMap { prefix, value in
            [(fabric_prefix_key(prefix, bank: 0), value), (fabric_prefix_key(prefix, bank: 1), value)]
        }
    }

    enum Write { case nothing, updates, removals, all }

    func hash<K: BitwiseCopyable, V: BitwiseCopyable>(
        _ name: String, _ map: borrowing BPFMap, wanted: [(K, V)], write: Write
    ) throws(BPFError) -> MapDrift {
        var drift = MapDrift(map: name)
        var present: [KeyBytes: (K, V)] = [:]
        for (key, value) in try map.entries(keys: K.self, values: V.self) { present[KeyBytes(key)] = (key, value) }
        for (key, value) in wanted {
            let found = present.removeValue(forKey: KeyBytes(key))
            if let found, sameBytes(found.1, value) { continue }
            if found == nil { drift.missing += 1 } else { drift.wrong += 1 }
            if write == .updates || write == .all { try map.update(key, value) }
        }
        drift.extra = present.count
        if write == .removals || write == .all {
            for (key, _) in present.values { _ = try map.delete(key) }
        }
        return drift
    }

    func array<V: BitwiseCopyable>(
        _ name: String, _ map: borrowing BPFMap, wanted: [UInt32: V], blank: V, write: Write
    ) throws(BPFError) -> MapDrift {
        var drift = MapDrift(map: name)
        for (index, found) in try map.entries(keys: UInt32.self, values: V.self) {
            let value = wanted[index]
            if sameBytes(found, value ?? blank) { continue }
            if value == nil {
                drift.extra += 1
                if write == .removals || write == .all { try map.update(index, blank) }
            } else {
                if sameBytes(found, blank) { drift.missing += 1 } else { drift.wrong += 1 }
                if write == .updates || write == .all { try map.update(index, value ?? blank) }
            }
        }
        return drift
    }
}

/// Returns when no program is running any more that began before the call (bpf programs of traffic control are not preempted).
func waitForPrograms() throws(BPFError) {
    let code = clinux_run_on_every_cpu()
    if code < 0 { throw BPFError(operation: "run on every CPU", code: -code) }
}

/// Gives a pin another name, in the place of whatever has it.
func renamePin(_ from: String, to: String) throws(BPFError) {
    if rename(from, to) != 0 { throw BPFError(operation: "rename \(from) to \(to)", code: errno) }
}
