public import Model
import Net
import Policy

extension PolicyPlan {
    /// The plan of a change: of no more endpoints than those that changed policies are about, as long as nobody is another than before.
    /// - Parameter before: whose policies are registered.
    public init(_ desired: Desired, since before: Desired) {
        self.init(desired, only: Self.changed(desired, before))
    }

    /// The plan of the endpoints that have what is to go.
    /// - Parameters:
    ///   - ids: of compiled policies.
    ///   - change: the plan of a change to these documents, which shares what it knows if that is the same before it.
    public init(_ desired: Desired, having ids: Set<UInt32>, before change: PolicyPlan? = nil) {
        let assigned = desired.policyRegistry.assigned
        let isKnown = assigned.map(\.endpoint) == desired.endpoints.map(\.id)
        self.init(
            desired, only: isKnown ? assigned.indices.filter { ids.contains(assigned[$0].compiled) } : nil,
            change.flatMap { $0.isPart ? $0.resolver : nil })
    }

    /// Places of the endpoints that a changed policy is or was about; nil when all have to be looked at.
    private static func changed(_ after: Desired, _ before: Desired) -> [Int]? {
        let registry = before.policyRegistry
        guard registry.compiler == version, registry.key == after.policyRegistry.key, registry.assigned.map(\.endpoint) == after.endpoints.map(\.id)
        else { return nil }
        // Mostly these are the very same.
        guard after.endpoints == before.endpoints, after.ips == before.ips, after.cluster == before.cluster, after.nodes == before.nodes,
            after.config == before.config
        else { return nil }
        // Equal numbers are equal rules.
        let old = Dictionary(before.policies.map { ($0.number, $0) }, uniquingKeysWith: { first, _ in first })
        let new = Set(after.policies.map(\.number))
        let changed = after.policies.filter { old[$0.number] == nil } + before.policies.filter { !new.contains($0.number) }
        // Peers are told apart by the blocks that rules name.
        if changed.contains(where: \.namesBlocks), Set(PeerResolver.blocks(after)) != Set(PeerResolver.blocks(before)) { return nil }
        let subjects = Set(changed.flatMap { $0.specs.map(\.subject) })
        let namespaces = Dictionary(after.cluster.namespaces.map { ($0.name, $0.labels) }, uniquingKeysWith: { $1 })
        var accounts: [PodName: String] = [:]
        if subjects.contains(where: { $0.requirements.contains { $0.key.source == .serviceAccount } }) {
            for pod in after.cluster.pods { accounts[PodName(namespace: pod.namespace, name: pod.name)] = pod.serviceAccount }
        }
        var index = SelectorIndex(
            after.endpoints.map { endpoint in
                SelectablePod(
                    namespace: endpoint.pod.namespace, labels: endpoint.labels, namespaceLabels: namespaces[endpoint.pod.namespace] ?? [:],
                    serviceAccount: accounts[endpoint.pod] ?? "default", cluster: after.config.clusterName)
            })
        var found: Set<Int> = []
        for subject in subjects { found.formUnion(index.places(subject)) }
        return found.sorted()
    }
}

extension StoredPolicy {
    fileprivate var namesBlocks: Bool {
        specs.contains { spec in
            spec.rules.contains { rule in
                rule.peers?.contains { peer in
                    if case .cidr = peer { return true }
                    return false
                } ?? false
            }
        }
    }
}
