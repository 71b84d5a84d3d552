import FuzzSupport
import Net
import Policy
import YAML

/// A cluster with policies and probes, of a seed: small enough that rules meet.
struct RandomCase {
    private(set) var cluster = ClusterObjects()
    private(set) var policies: [NetworkPolicy] = []
    private(set) var probes: [PolicyProbe] = []

    private static let names = ["http", "dns", "admin"]
    private static let ports: [UInt16] = [53, 80, 81, 443, 8080]
    private static let outside = ["2001:db8::1", "2001:db8:1::1", "fd00:cafe:0:9::1", "198.51.100.1", "203.0.113.7", "10.244.9.9"].compactMap {
        IPAddress($0)
    }
    private static let blocks = [
        "::/0", "2001:db8::/32", "2001:db8:1::/48", "fd00:cafe::/56", "fd00:cafe:0:1::/64", "fd00:cafe:0:1::2/127", "fd00:beef::/64",
        "fd00:beef::1/128",
        "0.0.0.0/0", "198.51.100.0/24", "10.244.0.0/16", "10.244.1.0/24", "10.244.1.2/31", "192.0.2.0/24",
    ].compactMap { Prefix($0) }

    init(seed: UInt64, probes count: Int) {
        var random = Seeded(seed)
        makeCluster(&random)
        for index in 0..<Int.random(in: 1...6, using: &random) { policies.append(policy(index, &random)) }
        for _ in 0..<count { if let probe = probe(&random) { probes.append(probe) } }
    }

    private mutating func makeCluster(_ random: inout Seeded) {
        for index in 1...Int.random(in: 1...3, using: &random) {
            cluster.nodes.append(
                ClusterNode(
                    name: "node\(index)", labels: ["zone": ["a", "b"].randomElement(using: &random) ?? "a"],
                    addresses: ["fd00:beef::\(index)", "192.0.2.1\(index)"].compactMap { IPAddress($0) },
                    podCIDRs: ["fd00:cafe:0:\(index)::/64", "10.244.\(index).0/24"].compactMap { Prefix($0) }))
        }
        for name in ["x", "y", "z"].prefix(Int.random(in: 1...3, using: &random)) {
            cluster.namespaces.append(ClusterNamespace(name: name, labels: labels(&random)))
        }
        var counts: [Int: Int] = [:]
        for index in 0..<Int.random(in: 3...8, using: &random) {
            let node = Int.random(in: 1...cluster.nodes.count, using: &random)
            counts[node, default: 0] += 1
            var pod = ClusterPod(namespace: cluster.namespaces.randomElement(using: &random)?.name ?? "x", name: "p\(index)")
            pod.labels = labels(&random)
            pod.node = "node\(node)"
            pod.addresses = ["fd00:cafe:0:\(node)::\(counts[node] ?? 1)", "10.244.\(node).\(counts[node] ?? 1)"].compactMap { IPAddress($0) }
            pod.hostNetwork = Int.random(in: 0..<10, using: &random) == 0
            if pod.hostNetwork { pod.addresses = cluster.nodes[node - 1].addresses }
            pod.serviceAccount = ["default", "robot"].randomElement(using: &random) ?? "default"
            for name in Self.names where Bool.random(using: &random) {
                pod.ports.append(
                    ContainerPort(
                        name: name, protocol: TransportProtocol.allCases.randomElement(using: &random) ?? .tcp,
                        port: Self.ports.randomElement(using: &random) ?? 80))
            }
            cluster.pods.append(pod)
        }
    }

    private func labels(_ random: inout Seeded) -> [String: String] {
        var labels: [String: String] = [:]
        for key in ["app", "tier"] where Int.random(in: 0..<4, using: &random) > 0 { labels[key] = ["a", "b", "c"].randomElement(using: &random) }
        return labels
    }

    private func selector(_ source: LabelKey.Source, _ random: inout Seeded) -> [Requirement] {
        (0..<Int.random(in: 0...2, using: &random)).map { _ in
            let key = LabelKey(source, ["app", "tier"].randomElement(using: &random) ?? "app")
            let values = ["a", "b", "c"].shuffled(using: &random).prefix(Int.random(in: 1...2, using: &random))
            switch Requirement.Operator.allCases.randomElement(using: &random) ?? .in {
            case .in: return Requirement(key, .in, Array(values))
            case .notIn: return Requirement(key, .notIn, Array(values))
            case .exists: return Requirement(key, .exists)
            case .doesNotExist: return Requirement(key, .doesNotExist)
            }
        }
    }

    private func policy(_ index: Int, _ random: inout Seeded) -> NetworkPolicy {
        let kind = PolicyKind.allCases.randomElement(using: &random) ?? .networkPolicy
        let namespace = kind.isNamespaced ? cluster.namespaces.randomElement(using: &random)?.name : nil
        var subject = selector(.pod, &random)
        if let namespace { subject.append(Requirement(LabelKey(.namespaceName), .in, [namespace])) }
        if !kind.isNamespaced, Bool.random(using: &random) { subject += selector(.namespace, &random) }
        let tier: Tier =
            switch kind {
            case .adminNetworkPolicy: .admin
            case .baselineAdminNetworkPolicy: .baseline
            case .clusterNetworkPolicy: Bool.random(using: &random) ? .admin : .baseline
            case .networkPolicy, .ciliumNetworkPolicy, .ciliumClusterwideNetworkPolicy: .networkPolicy
            }
        var policy = NetworkPolicy(
            kind: kind, namespace: namespace, name: "policy\(index)", tier: tier, priority: tier == .networkPolicy ? 0 : Int32(index),
            subject: Selector(subject))
        for place in 0..<Int.random(in: 0...3, using: &random) {
            let direction = PolicyDirection.allCases.randomElement(using: &random) ?? .ingress
            var actions: [PolicyAction] = [.allow]
            if kind.isCilium || tier != .networkPolicy { actions.append(.deny) }
            if tier == .admin { actions.append(.pass) }
            let action = actions.randomElement(using: &random) ?? .allow
            policy.rules.append(
                PolicyRule(
                    direction, action, path: "\(direction.name)[\(place)]", peers: peers(kind, &random), ports: ports(direction, kind, &random)))
        }
        if tier == .networkPolicy {
            for direction in PolicyDirection.allCases where Bool.random(using: &random) { policy.isolates.insert(direction) }
        }
        return policy
    }

    private func peers(_ kind: PolicyKind, _ random: inout Seeded) -> [Peer]? {
        if Int.random(in: 0..<5, using: &random) == 0 { return nil }
        return (0..<Int.random(in: 0...2, using: &random)).map { _ in
            switch Int.random(in: 0..<5, using: &random) {
            case 0, 1:
                var requirements = selector(.pod, &random) + (Bool.random(using: &random) ? selector(.namespace, &random) : [])
                if kind.isCilium, Int.random(in: 0..<3, using: &random) == 0 {
                    requirements.append(Requirement(LabelKey(.serviceAccount), .in, ["robot"]))
                }
                return .pods(Selector(requirements))
            case 2, 3:
                let prefix = Self.blocks.randomElement(using: &random) ?? .ipv6Default
                let inside = Self.blocks.filter { prefix.contains($0) && $0 != prefix }
                return .cidr(
                    CIDRBlock(
                        prefix, except: Array(inside.shuffled(using: &random).prefix(Int.random(in: 0...2, using: &random))),
                        matchesCluster: !kind.isCilium))
            default:
                if kind.isCilium { return .entity(Entity.allCases.filter { $0 != .kubeAPIServer }.randomElement(using: &random) ?? .all) }
                return .nodes(Selector(Bool.random(using: &random) ? [] : [Requirement(LabelKey(.node, "zone"), .in, ["a"])]))
            }
        }
    }

    private func ports(_ direction: PolicyDirection, _ kind: PolicyKind, _ random: inout Seeded) -> [PortMatch]? {
        if Int.random(in: 0..<3, using: &random) == 0 { return nil }
        return (0..<Int.random(in: 0...2, using: &random)).map { _ in
            let transport = Int.random(in: 0..<4, using: &random) == 0 ? nil : TransportProtocol.allCases.randomElement(using: &random)
            switch Int.random(in: 0..<6, using: &random) {
            case 0: return .ports(transport, PortMatch.everyPort)
            case 1:
                let first = UInt16.random(in: 1...500, using: &random)
                return .ports(transport, first...UInt16.random(in: first...9000, using: &random))
            case 2: return .named(transport, Self.names.randomElement(using: &random) ?? "http")
            case 3 where kind.isCilium: return Bool.random(using: &random) ? .icmp(.ipv6, type: 128) : .icmp(.ipv4, type: 8)
            default:
                let port = Self.ports.randomElement(using: &random) ?? 80
                return .ports(transport, port...port)
            }
        }
    }

    private func probe(_ random: inout Seeded) -> PolicyProbe? {
        func end(_ random: inout Seeded) -> PolicyProbe.End? {
            switch Int.random(in: 0..<8, using: &random) {
            case 0: cluster.nodes.randomElement(using: &random).map { .node($0.name) }
            case 1: Self.outside.randomElement(using: &random).map { .address($0) }
            default: cluster.pods.randomElement(using: &random).map { .pod(namespace: $0.namespace, name: $0.name) }
            }
        }
        guard let from = end(&random), let to = end(&random) else { return nil }
        var family: IPAddress.Family = Bool.random(using: &random) ? .ipv6 : .ipv4
        for case .address(let address) in [from, to] { family = address.family }
        for case .address(let address) in [from, to] where address.family != family { return nil }
        let traffic: PolicyProbe.Traffic =
            Int.random(in: 0..<6, using: &random) == 0
            ? .icmp(type: family == .ipv4 ? 8 : 128)
            : .transport(
                TransportProtocol.allCases.randomElement(using: &random) ?? .tcp,
                port: Bool.random(using: &random) ? Self.ports.randomElement(using: &random) ?? 80 : .random(in: 1...9000, using: &random))
        return PolicyProbe(
            from: from, to: to, traffic: traffic, family: family, expectsAllow: true, position: YAMLPosition(line: 1, column: 1))
    }
}
