public import BPF
import CFabricABI
import Compiler
import Net

extension MapSync {
    struct PolicyDifference {
        var drift = MapDrift(map: "policies")
        var updates: [(key: fabric_policy_key, value: fabric_policy_value)] = []
        var superfluous: [fabric_policy_key] = []
    }

    /// A key, hashable.
    private struct Key: Hashable {
        let policy: UInt32
        let peer: UInt32
        let rest: UInt64

        init(_ key: fabric_policy_key) {
            policy = key.policy
            peer = key.peer
            rest = UInt64(key.prefixlen) << 32 | UInt64(key.direction) << 24 | UInt64(key.protocol) << 16 | UInt64(key.port)
        }
    }

    func policyDifference(_ wanted: [CompiledPolicy]) throws(BPFError) -> PolicyDifference {
        var out = PolicyDifference()
        var present: [Key: (key: fabric_policy_key, value: fabric_policy_value)] = [:]
        for entry in try maps.policies.entries(keys: fabric_policy_key.self, values: fabric_policy_value.self) { present[Key(entry.key)] = entry }
        for policy in wanted {
            for entry in policy.entries() {
                let found = present.removeValue(forKey: Key(entry.key))
                if let found, Self.same(found.value, entry.value) { continue }
                if found == nil { out.drift.missing += 1 } else { out.drift.wrong += 1 }
                out.updates.append(entry)
            }
        }
        out.drift.extra = present.count
        out.superfluous = present.values.map(\.key)
        return out
    }

    /// But for the packets that it has counted.
    private static func same(_ a: fabric_policy_value, _ b: fabric_policy_value) -> Bool {
        a.rule == b.rule && a.precedence == b.precedence && a.verdict == b.verdict && a.is_default == b.is_default
    }

    /// Writes what is missing.
    /// - Returns: what is too much, to be taken away once nothing reads it.
    func addPolicies(_ step: PolicyStep) throws(BPFError) -> [fabric_policy_key] {
        switch step {
        case .all(let wanted):
            let difference = try policyDifference(wanted)
            if !difference.updates.isEmpty { try maps.policies.update(contentsOf: difference.updates) }
            return difference.superfluous
        case .difference(let added, _, _):
            for policy in added { try maps.policies.update(contentsOf: policy.entries()) }
            return []
        }
    }

    func removePolicies(_ step: PolicyStep, _ superfluous: [fabric_policy_key]) throws(BPFError) {
        if !superfluous.isEmpty { try maps.policies.delete(contentsOf: superfluous) }
        if case .difference(_, let gone, _) = step {
            for policy in gone() { try maps.policies.delete(contentsOf: policy.entries().map(\.key)) }
        }
    }

    /// Puts other policies in force where nothing else changes: all else in the maps is as it should be, each bank as the other.
    /// - Parameter policies: of the endpoints that have another one now, its id by theirs.
    /// - Returns: false, with nothing written, when an endpoint has no record: there is more to mend.
    public func applyPolicies(_ policies: [UInt32: UInt32], revision: UInt32, _ step: PolicyStep) throws(BPFError) -> Bool {
        var records: [fabric_endpoint] = []
        for endpoint in policies.keys.sorted() {
            let found: fabric_endpoint? = try maps.endpoints.lookup(endpoint % UInt32(FABRIC_ENDPOINT_SLOTS))
            guard let found, found.id == endpoint else { return false }
            records.append(found)
        }
        let present: fabric_active = try maps.active.lookup(UInt32(0)) ?? fabric_active()
        let new = 1 - (present.bank & 1)
        func write(bothBanks: Bool) throws(BPFError) {
            for index in records.indices {
                guard let policy = policies[records[index].id] else { continue }
                if bothBanks || new == 0 { records[index].policy.0 = policy }
                if bothBanks || new == 1 { records[index].policy.1 = policy }
                try maps.endpoints.update(records[index].id % UInt32(FABRIC_ENDPOINT_SLOTS), records[index])
            }
        }
        _ = try addPolicies(step)
        try write(bothBanks: false)
        try activate(fabric_active(revision: revision, bank: new))
        try waitForPrograms()
        try write(bothBanks: true)
        try removePolicies(step, [])
        return true
    }

    /// Writes the records of pods.
    /// - Parameter bank: whose policy stays as it is, where the pod was there before; nil: none. A new pod is refused everything by it.
    func endpoints(_ tables: Tables, keeping bank: UInt32?) throws(BPFError) {
        for (slot, found) in try maps.endpoints.entries(keys: UInt32.self, values: fabric_endpoint.self) {
            var value = tables.endpoints[slot] ?? fabric_endpoint()
            if let bank, value.id != 0 {
                let isNew = found.id != value.id
                let wanted = bank == 0 ? value.policy.0 : value.policy.1
                let kept = !isNew ? (bank == 0 ? found.policy.0 : found.policy.1) : wanted == 0 ? 0 : PolicyPlan.unregistered
                if bank == 0 { value.policy.0 = kept } else { value.policy.1 = kept }
            }
            if !sameBytes(found, value) { try maps.endpoints.update(slot, value) }
        }
    }

    /// Writes who addresses are.
    /// - Parameter bank: by which nothing changes: a new address stays what its prefix makes of it.
    /// - Returns: the entries to be written again once the bank is not in force.
    func addresses(_ tables: Tables, keeping bank: UInt32?) throws(BPFError) -> [(key: fabric_address_key, value: fabric_address_value)] {
        var updates: [(key: fabric_address_key, value: fabric_address_value)] = []
        var final: [(key: fabric_address_key, value: fabric_address_value)] = []
        var doomed: [fabric_address_key] = []
        var seen: Set<IPAddress> = []
        func add(_ key: fabric_address_key, _ value: fabric_address_value, peer: UInt32?) {
            var mixed = value
            if let bank, let peer {
                if bank == 0 { mixed.peer.0 = peer } else { mixed.peer.1 = peer }
                if !sameBytes(mixed, value) { final.append((key, value)) }
            }
            updates.append((key, mixed))
        }
        for (key, found) in try maps.addresses.entries(keys: fabric_address_key.self, values: fabric_address_value.self) {
            let address = key.address.ipAddress
            guard let value = tables.addresses[address] else {
                doomed.append(key)
                continue
            }
            seen.insert(address)
            if !sameBytes(found, value) { add(key, value, peer: bank.map { $0 == 0 ? found.peer.0 : found.peer.1 }) }
        }
        if seen.count != tables.addresses.count {
            for (address, value) in tables.addresses where !seen.contains(address) {
                let key = fabric_address_key(address)
                guard let bank else {
                    add(key, value, peer: nil)
                    continue
                }
                let before: fabric_prefix_value? = try maps.prefixes.lookup(fabric_prefix_key(Prefix(address), bank: UInt8(bank)))
                let world = address.isIPv4 ? FABRIC_IDENTITY_WORLD_IPV4.rawValue : FABRIC_IDENTITY_WORLD_IPV6.rawValue
                add(key, value, peer: before?.peer ?? world)
            }
        }
        if !updates.isEmpty { try maps.addresses.update(contentsOf: updates) }
        if !doomed.isEmpty { try maps.addresses.delete(contentsOf: doomed) }
        return final
    }
}
