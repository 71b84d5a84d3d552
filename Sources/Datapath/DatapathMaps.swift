public import BPF
import CFabricABI

/// Every map of the datapath by its name, which is its name in bpf/lib/maps.h and its pin under `<root>/maps`.
public enum MapName: String, CaseIterable, Sendable {
    case active, config
    case endpoints, devices, addresses, prefixes, policies, routes, groups, nexthops
    case flows, halfopen, denied_flows, fragments
    case health, table_counters
    case history, history_position, metrics, observers, observer_slots, scratch
}

/// The pinned maps of one node, open.
public struct DatapathMaps: ~Copyable {
    public let active: BPFMap
    public let config: BPFMap
    public let endpoints: BPFMap
    public let devices: BPFMap
    public let addresses: BPFMap
    public let prefixes: BPFMap
    public let policies: BPFMap
    public let routes: BPFMap
    public let groups: BPFMap
    public let nextHops: BPFMap

    /// Opens the maps that are compiled from documents.
    /// - Parameter directory: `<root>/maps`.
    public static func open(directory: String) throws(BPFError) -> DatapathMaps {
        try open { (name: MapName) throws(BPFError) in try BPFMap.open(pinned: "\(directory)/\(name.rawValue)") }
    }

    /// The maps of a loaded object.
    public static func of(_ object: borrowing BPFObject) throws(BPFError) -> DatapathMaps {
        DatapathMaps(
            active: try object.map(named: "active"), config: try object.map(named: "config"), endpoints: try object.map(named: "endpoints"),
            devices: try object.map(named: "devices"), addresses: try object.map(named: "addresses"), prefixes: try object.map(named: "prefixes"),
            policies: try object.map(named: "policies"),
            routes: try object.map(named: "routes"), groups: try object.map(named: "groups"), nextHops: try object.map(named: "nexthops"))
    }

    private static func open(_ map: (MapName) throws(BPFError) -> BPFMap) throws(BPFError) -> DatapathMaps {
        DatapathMaps(
            active: try map(.active), config: try map(.config), endpoints: try map(.endpoints), devices: try map(.devices),
            addresses: try map(.addresses), prefixes: try map(.prefixes), policies: try map(.policies), routes: try map(.routes),
            groups: try map(.groups),
            nextHops: try map(.nexthops))
    }
}
