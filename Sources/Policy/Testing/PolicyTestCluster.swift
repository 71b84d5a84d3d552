import Net
import YAML

/// The cluster of a test, and probes within it.
enum PolicyTestCluster {
    static func read(_ field: Field) -> ClusterObjects {
        var cluster = ClusterObjects()
        guard let fields = field.object(["name", "nodes", "namespaces", "pods"]) else { return cluster }
        if let name = fields["name"]?.string() { cluster.name = name }
        for element in fields["nodes"]?.elements() ?? [] {
            guard let item = element.object(["name", "ips", "podCIDRs", "labels"]), let name = name(item) else { continue }
            cluster.nodes.append(
                ClusterNode(
                    name: name, labels: labels(item), addresses: addresses(item),
                    podCIDRs: (item["podCIDRs"]?.elements() ?? []).compactMap { $0.cidr() }))
        }
        for element in fields["namespaces"]?.elements() ?? [] {
            guard let item = element.object(["name", "labels"]), let name = name(item) else { continue }
            cluster.namespaces.append(ClusterNamespace(name: name, labels: labels(item)))
        }
        let known = ["namespace", "name", "node", "ips", "labels", "hostNetwork", "serviceAccount", "ports"]
        for element in fields["pods"]?.elements() ?? [] {
            guard let item = element.object(known), let name = name(item) else { continue }
            var pod = ClusterPod(namespace: item["namespace"]?.string() ?? ManifestReader.defaultNamespace, name: name, labels: labels(item))
            pod.node = item["node"]?.string()
            pod.addresses = addresses(item)
            pod.hostNetwork = item["hostNetwork"]?.bool() ?? false
            pod.serviceAccount = item["serviceAccount"]?.string() ?? pod.serviceAccount
            pod.ports = (item["ports"]?.elements() ?? []).compactMap(port)
            cluster.pods.append(pod)
        }
        return cluster
    }

    private static func name(_ item: Field) -> String? {
        guard let name = item["name"] else {
            item.fail(.required, key: "name", "must be there")
            return nil
        }
        return name.string()
    }

    private static func labels(_ item: Field) -> [String: String] {
        Dictionary(item["labels"]?.labels() ?? [], uniquingKeysWith: { first, _ in first })
    }

    private static func addresses(_ item: Field) -> [IPAddress] { (item["ips"]?.elements() ?? []).compactMap { $0.address() } }

    private static func port(_ element: Field) -> ContainerPort? {
        guard let item = element.object(["name", "port", "protocol"]) else { return nil }
        let transport = item["protocol"].map { $0.transportProtocol() } ?? .tcp
        guard let name = name(item), let port = item["port"]?.int(in: 1...65535), let transport else { return nil }
        return ContainerPort(name: name, protocol: transport, port: UInt16(port))
    }

    // MARK: Probes

    private static let protocols = TransportProtocol.allCases.map(\.name) + ["ICMP", "ICMPv6"]

    static func probe(_ element: Field) -> PolicyProbe? {
        guard let fields = element.object(["from", "to", "protocol", "port", "icmpType", "family", "expect"]) else { return nil }
        for key in ["from", "to", "expect"] where fields[key] == nil { fields.fail(.required, key: key, "must be there") }
        let from = fields["from"].flatMap(end)
        let to = fields["to"].flatMap(end)
        let word = fields["protocol"].map { $0.choice(protocols) } ?? "TCP"
        let expect = fields["expect"]?.choice(["allow", "deny"])
        let said = fields["family"]?.choice(["ipv4", "ipv6"])
        guard let from, let to, let word, let expect else { return nil }
        guard let traffic = traffic(fields, word) else { return nil }
        var family: IPAddress.Family = said == "ipv4" || word == "ICMP" ? .ipv4 : .ipv6
        for case .address(let address) in [from, to] { family = address.family }
        if (word == "ICMP" && family == .ipv6) || (word == "ICMPv6" && family == .ipv4) {
            fields["protocol"]?.fail(.invalid, "\(word) is not a protocol of \(family == .ipv4 ? "IPv4" : "IPv6")")
            return nil
        }
        return PolicyProbe(from: from, to: to, traffic: traffic, family: family, expectsAllow: expect == "allow", position: element.node.position)
    }

    private static func traffic(_ fields: Field, _ word: String) -> PolicyProbe.Traffic? {
        guard let transport = TransportProtocol(name: word) else {
            guard let type = fields["icmpType"] else {
                fields.fail(.required, key: "icmpType", "must be there with \(word)")
                return nil
            }
            return type.int(in: 0...255).map { .icmp(type: UInt8($0)) }
        }
        guard let port = fields["port"] else {
            fields.fail(.required, key: "port", "must be there with \(word)")
            return nil
        }
        return port.int(in: 1...65535).map { .transport(transport, port: UInt16($0)) }
    }

    private static func end(_ field: Field) -> PolicyProbe.End? {
        guard let text = field.string() else { return nil }
        if text.hasPrefix("node:") { return .node(String(text.dropFirst("node:".count))) }
        if text.hasPrefix("ip:") {
            if let address = IPAddress(String(text.dropFirst("ip:".count))) { return .address(address) }
        } else {
            let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
            if parts.count == 2, parts.allSatisfy({ !$0.isEmpty }) { return .pod(namespace: parts[0], name: parts[1]) }
        }
        field.fail(.invalid, "\(Field.shown(text)) must be NAMESPACE/POD, node:NAME or ip:ADDRESS")
        return nil
    }
}
