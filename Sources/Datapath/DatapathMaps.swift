public import BPF
import CFabricABI

/// Every map of the datapath by its name, which is its name in bpf/lib/maps.h and its pin under `<root>/maps`.
public enum MapName: String, CaseIterable, Sendable {
    case active, config
    case endpoints, devices, addresses, prefixes, routes, groups, nexthops
    case flows, halfopen, denied_flows, fragments
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
    public let routes: BPFMap
    public let groups: BPFMap
    public let nextHops: BPFMap

    /// Opens the maps that are compiled from documents.
    /// - Parameter directory: `<root>/maps`.
    public static func open(directory: String) throws(BPFError) -> DatapathMaps {
        func open(_ name: MapName) throws(BPFError) -> BPFMap { try BPFMap.open(pinned: "\(directory)/\(name.rawValue)") }
        let active = try open(.active)
        let config = try open(.config)
        let endpoints = try open(.endpoints)
        let devices = try open(.devices)
        let addresses = try open(.addresses)
        let prefixes = try open(.prefixes)
        let routes = try open(.routes)
        let groups = try open(.groups)
        let nextHops = try open(.nexthops)
        return DatapathMaps(
            active: active, config: config, endpoints: endpoints, devices: devices, addresses: addresses, prefixes: prefixes, routes: routes,
            groups: groups, nextHops: nextHops)
    }
}
