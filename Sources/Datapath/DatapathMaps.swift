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
    public init(directory: String) throws(BPFError) {
        func open(_ name: MapName) throws(BPFError) -> BPFMap { try BPFMap(pinnedAt: "\(directory)/\(name.rawValue)") }
        active = try open(.active)
        config = try open(.config)
        endpoints = try open(.endpoints)
        devices = try open(.devices)
        addresses = try open(.addresses)
        prefixes = try open(.prefixes)
        routes = try open(.routes)
        groups = try open(.groups)
        nextHops = try open(.nexthops)
    }
}
