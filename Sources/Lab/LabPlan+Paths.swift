/// Ways through the fabric.
extension LabPlan {
    /// The routers of every shortest way between two members, none of them a host on the way: what equal-cost routing uses.
    /// - Returns: nil when there is no such way; the ways without the ends, sorted.
    public func shortestPaths(from source: String, to destination: String) -> [[String]]? {
        guard let source = member(source), let destination = member(destination), source.name != destination.name else { return nil }
        let neighbours = neighbours
        let kinds = Dictionary(members.map { ($0.name, $0.kind) }) { first, _ in first }
        var paths = [[source.name]]
        var seen: Set<String> = [source.name]
        while !paths.isEmpty {
            let arrived = paths.filter { $0.last == destination.name }
            if !arrived.isEmpty {
                return arrived.map { Array($0.dropFirst().dropLast()) }.sorted { $0.joined(separator: " ") < $1.joined(separator: " ") }
            }
            let next = paths.flatMap { path in
                (neighbours[path.last ?? ""] ?? []).filter { name in
                    guard !seen.contains(name) else { return false }
                    if name == destination.name { return true }
                    // Packets pass switches, and a node only when it is that of the pod at an end.
                    return switch kinds[name] {
                    case .spine, .leaf: true
                    case .node: name == source.node || name == destination.node
                    default: false
                    }
                }.map { path + [$0] }
            }
            seen.formUnion(next.compactMap(\.last))
            paths = next
        }
        return nil
    }

    /// The expectation that fits these ways and no others of their kind: hop by hop, what any of them has there.
    public static func expression(_ paths: [[String]]) -> String {
        (0..<(paths.first?.count ?? 0)).map { index in Set(paths.map { $0[index] }).sorted().joined(separator: "|") }.joined(separator: " ")
    }
}
