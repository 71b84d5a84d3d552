import BPF
public import CFabricABI
public import Compiler
public import Net

/// What is to be done to the map of compiled policies.
public enum PolicyStep {
    /// These and no others are to be there.
    case all([CompiledPolicy])
    /// The maps are as a state before says, and this is different.
    /// - Parameters:
    ///   - added: compiled policies that are new.
    ///   - gone: those that nothing has any more, asked for once the new state is in force.
    ///   - prefixes: what the map of prefixes holds in each bank; nil: just what it is to hold.
    case difference(added: [CompiledPolicy], gone: () -> [CompiledPolicy], prefixes: [Prefix: fabric_prefix_value]?)
}

/// What has to be written to and taken from the map of prefixes, the same in each bank.
struct PrefixDifference {
    private let byBank: [(updates: [(Prefix, fabric_prefix_value)], removals: [Prefix])]

    init(_ wanted: [Prefix: fabric_prefix_value], _ step: PolicyStep, _ map: borrowing BPFMap) throws(BPFError) {
        switch step {
        case .difference(_, _, nil): byBank = [([], []), ([], [])]
        case .difference(_, _, let present?):
            let difference = Self.difference(wanted, present)
            byBank = [difference, difference]
        case .all:
            var present: [[Prefix: fabric_prefix_value]] = [[:], [:]]
            for (key, value) in try map.entries(keys: fabric_prefix_key.self, values: fabric_prefix_value.self) {
                if let prefix = key.prefix, key.bank < 2 { present[Int(key.bank)][prefix] = value }
            }
            byBank = present.map { Self.difference(wanted, $0) }
        }
    }

    private static func difference(
        _ wanted: [Prefix: fabric_prefix_value], _ present: [Prefix: fabric_prefix_value]
    ) -> (updates: [(Prefix, fabric_prefix_value)], removals: [Prefix]) {
        let updates = wanted.filter { prefix, value in
            guard let found = present[prefix] else { return true }
            return found.identity != value.identity || found.peer != value.peer
        }
        return (updates.map { ($0.key, $0.value) }, present.keys.filter { wanted[$0] == nil })
    }

    func write(_ map: borrowing BPFMap, bank: UInt32) throws(BPFError) {
        let (updates, removals) = byBank[Int(bank)]
        if !updates.isEmpty {
            try map.update(contentsOf: updates.map { (key: fabric_prefix_key($0.0, bank: UInt8(bank)), value: $0.1) })
        }
        if !removals.isEmpty { try map.delete(contentsOf: removals.map { fabric_prefix_key($0, bank: UInt8(bank)) }) }
    }
}
