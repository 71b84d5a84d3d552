import Net
import Policy
import PolicyTest

/// What the APIs mean, rule by rule and packet by packet, with nothing compiled: what the engines are held against.
struct NaiveEvaluator {
    let cluster: ClusterObjects
    /// In the order of their keys.
    let policies: [NetworkPolicy]

    init(_ cluster: ClusterObjects, _ policies: [NetworkPolicy]) {
        self.cluster = cluster
        self.policies = policies.sorted { $0.key < $1.key }
    }

    enum End: Equatable {
        case pod(ClusterPod)
        case node(ClusterNode)
        case outside
    }

    func allows(_ probe: PolicyProbe) -> Bool {
        guard let (from, source) = find(probe.from, probe.family), let (to, destination) = find(probe.to, probe.family) else { return false }
        if case .pod = from, from == to { return true }
        if case .pod(let pod) = from, !judge(pod, .egress, other: to, otherAddress: destination, probe) { return false }
        if case .pod(let pod) = to {
            if case .node(let node) = from, node.name == pod.node { return true }
            if !judge(pod, .ingress, other: from, otherAddress: source, probe) { return false }
        }
        return true
    }

    private func find(_ end: PolicyProbe.End, _ family: IPAddress.Family) -> (End, IPAddress)? {
        switch end {
        case .address(let address):
            if let pod = cluster.pods.first(where: { !$0.hostNetwork && $0.addresses.contains(address) }) { return (.pod(pod), address) }
            if let node = cluster.nodes.first(where: { $0.addresses.contains(address) }) { return (.node(node), address) }
            return (.outside, address)
        case .node(let name):
            guard let node = cluster.nodes.first(where: { $0.name == name }), let address = node.addresses.first(where: { $0.family == family })
            else { return nil }
            return (.node(node), address)
        case .pod(let namespace, let name):
            guard let pod = cluster.pods.first(where: { $0.namespace == namespace && $0.name == name }) else { return nil }
            if pod.hostNetwork { return find(.node(pod.node ?? ""), family) }
            return pod.addresses.first { $0.family == family }.map { (.pod(pod), $0) }
        }
    }

    private func judge(_ pod: ClusterPod, _ direction: PolicyDirection, other: End, otherAddress: IPAddress, _ probe: PolicyProbe) -> Bool {
        let selected = policies.filter { $0.subject.matches(selectable(pod)) }
        func matches(_ rule: PolicyRule) -> Bool {
            rule.direction == direction && self.matches(rule.peers, pod, other, otherAddress)
                && self.matches(rule.ports, responder: direction == .ingress ? .pod(pod) : other, probe)
        }
        let middle = selected.filter { $0.tier == .networkPolicy }
        let isOwnNode: Bool
        if case .node(let node) = other { isOwnNode = node.name == pod.node } else { isOwnNode = false }
        if isOwnNode {
            // Kept from its own node by Cilium's policies alone, whose rules are joined by those of NetworkPolicy.
            if middle.contains(where: { $0.rules.contains { $0.action == .deny && matches($0) } }) { return false }
            if middle.contains(where: { $0.rules.contains { $0.action == .allow && matches($0) } }) { return true }
            return !middle.contains { $0.kind.isCilium && $0.isolates.contains(direction) }
        }
        admin: for policy in selected.filter({ $0.tier == .admin }).sorted(by: { $0.priority < $1.priority }) {
            for rule in policy.rules where matches(rule) {
                switch rule.action {
                case .allow: return true
                case .deny: return false
                case .pass: break admin
                }
            }
        }
        if middle.contains(where: { $0.rules.contains { $0.action == .deny && matches($0) } }) { return false }
        if middle.contains(where: { $0.rules.contains { $0.action == .allow && matches($0) } }) { return true }
        if middle.contains(where: { $0.isolates.contains(direction) }) { return false }
        for policy in selected.filter({ $0.tier == .baseline }).sorted(by: { $0.priority < $1.priority }) {
            for rule in policy.rules where matches(rule) { return rule.action != .deny }
        }
        return true
    }

    private func selectable(_ pod: ClusterPod) -> SelectablePod {
        SelectablePod(
            namespace: pod.namespace, labels: pod.labels,
            namespaceLabels: cluster.namespaces.first { $0.name == pod.namespace }?.labels ?? [:], serviceAccount: pod.serviceAccount,
            cluster: cluster.name)
    }

    private func matches(_ peers: [Peer]?, _ subject: ClusterPod, _ other: End, _ address: IPAddress) -> Bool {
        guard let peers else { return true }
        return peers.contains { peer in
            switch (peer, other) {
            case (.pods(let selector), .pod(let pod)): return selector.matches(selectable(pod))
            case (.pods, _): return false
            case (.nodes(let selector), .node(let node)): return selector.matches(node)
            case (.nodes, _): return false
            case (.cidr(let block), _): return block.contains(address) && (block.matchesCluster || other == .outside)
            case (.entity(let entity), _):
                switch entity {
                case .all: return true
                case .world: return other == .outside
                case .worldIPv4: return other == .outside && address.isIPv4
                case .worldIPv6: return other == .outside && !address.isIPv4
                case .cluster: return other != .outside
                case .host: if case .node(let node) = other { return node.name == subject.node } else { return false }
                case .remoteNode: if case .node(let node) = other { return node.name != subject.node } else { return false }
                case .kubeAPIServer, .initializing, .ingress, .unmanaged, .health, .none: return false
                }
            }
        }
    }

    private func matches(_ ports: [PortMatch]?, responder: End, _ probe: PolicyProbe) -> Bool {
        guard let ports else { return true }
        return ports.contains { match in
            switch (match, probe.traffic) {
            case (.ports(let wanted, let range), .transport(let transport, let port)):
                return (wanted == nil || wanted == transport) && range.contains(port)
            case (.named(let wanted, let name), .transport(let transport, let port)):
                guard case .pod(let pod) = responder else { return false }
                return (wanted == nil || wanted == transport)
                    && pod.ports.contains { $0.name == name && $0.protocol == transport && $0.port == port }
            case (.icmp(let family, let type), .icmp(let sent)): return family == probe.family && type == sent
            case (.ports, .icmp), (.named, .icmp), (.icmp, .transport): return false
            }
        }
    }
}
