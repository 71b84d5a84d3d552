import Model
import Net
import Policy

extension Desired {
    /// What is different from another state, in words, for people and for a command that is asked for again: `delete node node2`.
    func changes(from before: Desired) -> [String] {
        var out: [String] = []
        func compare<Item: Equatable>(_ kind: String, _ old: [Item], _ new: [Item], _ name: (Item) -> String) {
            // Mostly they are the very same, or nearly so.
            if old == new { return }
            var first = 0, last = 0
            let least = min(old.count, new.count)
            while first < least, old[first] == new[first] { first += 1 }
            while last < least - first, old[old.count - 1 - last] == new[new.count - 1 - last] { last += 1 }
            let (old, new) = (old[first..<(old.count - last)], new[first..<(new.count - last)])
            let olds = Dictionary(old.map { (name($0), $0) }) { first, _ in first }
            let news = Dictionary(new.map { (name($0), $0) }) { first, _ in first }
            for (name, item) in news where olds[name] != item { out.append("\(olds[name] == nil ? "add" : "change") \(kind) \(name)") }
            for name in olds.keys where news[name] == nil { out.append("delete \(kind) \(name)") }
        }
        compare("endpoint", before.endpoints, endpoints) { $0.pod.description }
        compare("node", before.nodes, nodes, \.name)
        compare("switch", before.switches, switches, \.name)
        compare("ip", before.ips, ips) { $0.prefix.description }
        compare("route", before.staticRoutes, staticRoutes) { $0.prefix.description }
        compare("policy", before.policies, policies) { "\($0.key.kind.rawValue) \($0.key)" }
        compare("namespace", before.cluster.namespaces, cluster.namespaces, \.name)
        compare("pod", before.cluster.pods, cluster.pods) { "\($0.namespace)/\($0.name)" }
        compare("node's labels of", before.cluster.nodes, cluster.nodes, \.name)
        if config != before.config { out.append("change configuration") }
        return out.sorted()
    }
}
