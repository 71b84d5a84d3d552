public import Model
import Net
public import Policy

/// What became of an object of a manifest, as kubectl says it.
public struct PolicyChange: Hashable, Sendable {
    public enum Result: String, Sendable { case created, configured, unchanged, deleted, absent = "not found" }

    /// As manifests write it: `NetworkPolicy`, `Namespace`, `Pod`, `Node`.
    public let kind: String
    public let namespace: String?
    public let name: String
    public let result: Result

    init(_ kind: String, _ namespace: String?, _ name: String, _ result: Result) {
        self.kind = kind
        self.namespace = namespace
        self.name = name
        self.result = result
    }
}

extension Desired {
    /// Keeps what manifests say: policies, and what they say of namespaces, pods and nodes.
    /// - Parameters:
    ///   - policies: with the manifest of each, as JSON.
    ///   - now: ns, CLOCK_MONOTONIC.
    /// - Returns: what became of each object, in the order of the text.
    public mutating func apply(_ given: [StoredPolicy], _ objects: ClusterObjects, now: UInt64) throws(NodeError) -> [PolicyChange] {
        var changes: [PolicyChange] = []
        for namespace in objects.namespaces {
            let result = cluster.namespaces.put(namespace, sameAs: { $0.name == namespace.name }, before: { $0.name < $1.name })
            changes.append(PolicyChange("Namespace", nil, namespace.name, result))
        }
        for node in objects.nodes {
            let result = cluster.nodes.put(node, sameAs: { $0.name == node.name }, before: { $0.name < $1.name })
            changes.append(PolicyChange("Node", nil, node.name, result))
        }
        changes += try applyPods(objects.pods)
        var places = Dictionary(policies.enumerated().map { ($1.key, $0) }, uniquingKeysWith: { first, _ in first })
        for var policy in given {
            let result: PolicyChange.Result
            if let place = places[policy.key] {
                policy.number = policies[place].number
                if policies[place] == policy {
                    result = .unchanged
                } else {
                    // Another meaning has other numbers: what was judged by the old rules was judged by those.
                    if policies[place].specs != policy.specs {
                        retire(policies[place], now: now)
                        policy.number = number(for: policy)
                    }
                    policies[place] = policy
                    result = .configured
                }
            } else {
                policy.number = number(for: policy)
                places[policy.key] = policies.count
                policies.append(policy)
                result = .created
            }
            changes.append(PolicyChange(policy.key.kind.rawValue, policy.key.namespace, policy.key.name, result))
        }
        policies.sort { $0.key < $1.key }
        return changes
    }

    /// Forgets policies, and what manifests said of namespaces, pods and nodes.
    public mutating func delete(_ keys: [PolicyKey], _ objects: ClusterObjects, now: UInt64) -> [PolicyChange] {
        var changes: [PolicyChange] = []
        let doomed = Set(keys)
        let present = Set(policies.map(\.key))
        for policy in policies where doomed.contains(policy.key) { retire(policy, now: now) }
        policies.removeAll { doomed.contains($0.key) }
        for key in keys { changes.append(PolicyChange(key.kind.rawValue, key.namespace, key.name, present.contains(key) ? .deleted : .absent)) }
        for namespace in objects.namespaces {
            let isKnown = cluster.namespaces.contains { $0.name == namespace.name }
            cluster.namespaces.removeAll { $0.name == namespace.name }
            changes.append(PolicyChange("Namespace", nil, namespace.name, isKnown ? .deleted : .absent))
        }
        for node in objects.nodes {
            let isKnown = cluster.nodes.contains { $0.name == node.name }
            cluster.nodes.removeAll { $0.name == node.name }
            changes.append(PolicyChange("Node", nil, node.name, isKnown ? .deleted : .absent))
        }
        let gone = Set(objects.pods.map { PodName(namespace: $0.namespace, name: $0.name) })
        let known = Set(cluster.pods.map { PodName(namespace: $0.namespace, name: $0.name) })
        cluster.pods.removeAll { gone.contains(PodName(namespace: $0.namespace, name: $0.name)) }
        if !gone.isEmpty { ips.removeAll { $0.pod.map { gone.contains($0) && known.contains($0) } ?? false } }
        for pod in objects.pods {
            let name = PodName(namespace: pod.namespace, name: pod.name)
            changes.append(PolicyChange("Pod", pod.namespace, pod.name, known.contains(name) ? .deleted : .absent))
        }
        return changes
    }

    private mutating func number(for policy: StoredPolicy) -> UInt32 {
        defer { policyRegistry.nextNumber += policy.numbers }
        return policyRegistry.nextNumber
    }

    private mutating func retire(_ policy: StoredPolicy, now: UInt64) {
        policyRegistry.retired.append(PolicyRegistry.Retired(key: policy.key, number: policy.number, rules: policy.rules, since: now))
        // More than the history can hold.
        if policyRegistry.retired.count > 8192 { policyRegistry.retired.removeFirst(policyRegistry.retired.count - 8192) }
    }

    /// Pods of other nodes become addresses that are known here; those of this node have the labels that their manifests say.
    private mutating func applyPods(_ pods: [ClusterPod]) throws(NodeError) -> [PolicyChange] {
        guard !pods.isEmpty else { return [] }
        var changes: [PolicyChange] = []
        var facts = Dictionary(cluster.pods.enumerated().map { (PodName($1), $0) }, uniquingKeysWith: { first, _ in first })
        let local = Dictionary(endpoints.enumerated().map { ($1.pod, $0) }, uniquingKeysWith: { first, _ in first })
        var places = Dictionary(ips.enumerated().map { ($1.prefix, $0) }, uniquingKeysWith: { first, _ in first })
        let stale = Dictionary(pods.map { (PodName($0), Set($0.hostNetwork ? [] : $0.addresses)) }, uniquingKeysWith: { $1 })
        let own = Set(config.addresses + endpoints.flatMap(\.addresses))
        var numbers = IdentityNumbers(identities)
        for pod in pods {
            let name = PodName(pod)
            if let place = facts[name] {
                changes.append(PolicyChange("Pod", pod.namespace, pod.name, cluster.pods[place] == pod ? .unchanged : .configured))
                cluster.pods[place] = pod
            } else {
                facts[name] = cluster.pods.count
                cluster.pods.append(pod)
                changes.append(PolicyChange("Pod", pod.namespace, pod.name, .created))
            }
            if let place = local[name] {
                if endpoints[place].labels != pod.labels {
                    endpoints[place].labels = pod.labels
                    endpoints[place].identity = numbers.number(IdentityTable.podLabels(pod.labels, namespace: pod.namespace), &identities)
                }
                continue
            }
            guard !pod.hostNetwork, pod.node != config.name else { continue }
            for address in pod.addresses where !own.contains(address) && !config.podCIDRs.contains(where: { $0.contains(address) }) {
                let entry = IPEntry(
                    prefix: Prefix(address), pod: name, labels: pod.labels,
                    identity: numbers.number(IdentityTable.podLabels(pod.labels, namespace: pod.namespace), &identities))
                if let place = places[entry.prefix] {
                    ips[place] = entry
                } else {
                    places[entry.prefix] = ips.count
                    ips.append(entry)
                }
            }
        }
        // An address that a pod had before and has no more.
        ips.removeAll { entry in
            guard let name = entry.pod, let addresses = stale[name], entry.prefix.isHost else { return false }
            return !addresses.contains(entry.prefix.address)
        }
        ips.sort { $0.prefix < $1.prefix }
        identities.identities.sort { $0.number < $1.number }
        cluster.pods.sort { PodName($0) < PodName($1) }
        return changes
    }
}

extension PodName {
    init(_ pod: ClusterPod) { self.init(namespace: pod.namespace, name: pod.name) }
}

/// Gives numbers to many sets of labels without looking through all for each.
private struct IdentityNumbers {
    private var known: [[String]: UInt32]

    init(_ table: IdentityTable) {
        known = Dictionary(table.identities.map { ($0.labels, $0.number) }, uniquingKeysWith: { first, _ in first })
    }

    /// - Parameter labels: sorted.
    mutating func number(_ labels: [String], _ table: inout IdentityTable) -> UInt32 {
        if let number = known[labels] { return number }
        let number = table.nextLabels
        table.nextLabels += 1
        table.identities.append(Identity(number: number, labels: labels))
        known[labels] = number
        return number
    }
}

extension Array where Element: Equatable {
    /// Adds an element, or puts it in the place of the one that it stands for.
    fileprivate mutating func put(
        _ element: Element, sameAs: (Element) -> Bool, before: (Element, Element) -> Bool
    ) -> PolicyChange.Result {
        if let place = firstIndex(where: sameAs) {
            if self[place] == element { return .unchanged }
            self[place] = element
            return .configured
        }
        insert(element, at: firstIndex { before(element, $0) } ?? count)
        return .created
    }
}
