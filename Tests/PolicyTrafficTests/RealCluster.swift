import Glibc
import Net
import Netlink
import NodeTestSupport
import Policy
import Synchronization
import YAML

/// The cluster of a test with everything real: a network namespace for each node, on which fabctl is installed, and for each pod; a router
/// between them that is the outside too.
final class RealCluster {
    let cluster: ClusterObjects
    private let id: String
    private var members: [String] = []
    private var files: [String] = []
    private let servers = EchoServers()
    private var served: Set<String> = []

    private static let count = Atomic<Int>(0)

    private init(_ cluster: ClusterObjects) {
        self.cluster = cluster
        id = "nt\(getpid())xp\(Self.count.add(1, ordering: .relaxed).newValue)"
    }

    /// - Parameter outside: addresses beyond the cluster that probes are from or to.
    static func with(_ cluster: ClusterObjects, outside: Set<IPAddress>, _ body: (RealCluster) throws -> Void) throws {
        let real = RealCluster(cluster)
        defer { real.remove() }
        try real.build(outside)
        try real.servers.run()
        try body(real)
    }

    // MARK: - Laying out

    private func name(_ member: String) -> String { "\(id)-\(member)" }
    private func root(_ node: String) -> String { "/sys/fs/bpf/\(id)-\(node)" }
    func namespace(_ member: String) throws -> NetworkNamespace { try NetworkNamespace(named: name(member)) }
    static func member(_ pod: ClusterPod) -> String { "\(pod.namespace)-\(pod.name)" }

    private func add(_ member: String, forwards: Bool = false) throws {
        let namespace = try NetworkNamespace.create(named: name(member))
        members.append(member)
        try namespace.run {
            for group in ["all", "default"] { try Self.write("0", "/proc/sys/net/ipv6/conf/\(group)/accept_dad") }
            if forwards {
                try Self.write("1", "/proc/sys/net/ipv6/conf/all/forwarding")
                try Self.write("1", "/proc/sys/net/ipv4/ip_forward")
            }
        }
    }

    private func build(_ outside: Set<IPAddress>) throws {
        try add("router", forwards: true)
        var router = ["link set lo up"] + outside.map { "addr add \(Prefix($0)) dev lo" }
        for (index, node) in cluster.nodes.enumerated() {
            let link = index + 1
            try add(node.name)
            try ip(node.name, ["link add eth0 type veth peer name to\(link) netns \(name("router"))"])
            var lines = ["link set lo up", "addr add fd00:fab:\(link)::2/64 dev eth0", "addr add 172.16.\(link).2/24 dev eth0", "link set eth0 up"]
            lines += node.addresses.map { "addr add \(Prefix($0)) dev lo" }
            lines += ["route add ::/0 via fd00:fab:\(link)::1 dev eth0", "route add 0.0.0.0/0 via 172.16.\(link).1 dev eth0"]
            router += ["addr add fd00:fab:\(link)::1/64 dev to\(link)", "addr add 172.16.\(link).1/24 dev to\(link)", "link set to\(link) up"]
            for prefix in node.podCIDRs + node.addresses.map({ Prefix($0) }) {
                router.append("route add \(prefix) via " + (prefix.family == .ipv4 ? "172.16.\(link).2" : "fd00:fab:\(link)::2"))
            }
            try ip(node.name, lines)
        }
        try ip("router", router)
        for node in cluster.nodes { try install(node) }
    }

    private func install(_ node: ClusterNode) throws {
        let hasIPv4 = node.podCIDRs.contains { $0.family == .ipv4 }
        var text = "ipv6:\n  enabled: true\n  nativeRoutingCIDR: \"fd00:cafe::/56\"\n"
        if hasIPv4 { text += "ipv4:\n  enabled: true\nipv4NativeRoutingCIDR: 10.244.0.0/16\n" }
        var arguments = ["install", "-f", try file("values", text), "--node-name", node.name]
        for prefix in node.podCIDRs { arguments += ["--pod-cidr", prefix.description] }
        try fabctl(node.name, arguments)
        for pod in cluster.pods where pod.node == node.name && !pod.hostNetwork {
            try add(Self.member(pod))
            var arguments = ["endpoint", "add", "\(pod.namespace)/\(pod.name)", "--netns", NetworkNamespace.path(of: name(Self.member(pod)))]
            for address in pod.addresses { arguments += ["--ip", address.description] }
            for (key, value) in pod.labels { arguments += ["--label", "\(key)=\(value)"] }
            try fabctl(node.name, arguments)
        }
        try fabctl(node.name, ["policy", "apply", "-f", try file("cluster.yaml", manifests())])
    }

    /// What the API server would say of the cluster.
    private func manifests() -> String {
        func labels(_ labels: [String: String]) -> String {
            "{" + labels.sorted { $0.key < $1.key }.map { "\"\($0.key)\": \"\($0.value)\"" }.joined(separator: ", ") + "}"
        }
        var documents: [String] = []
        for node in cluster.nodes {
            let addresses = node.addresses.map { "{type: InternalIP, address: \"\($0)\"}" }.joined(separator: ", ")
            documents.append(
                "{apiVersion: v1, kind: Node, metadata: {name: \(node.name), labels: \(labels(node.labels))}, status: {addresses: [\(addresses)]}}")
        }
        for namespace in cluster.namespaces {
            documents.append("{apiVersion: v1, kind: Namespace, metadata: {name: \"\(namespace.name)\", labels: \(labels(namespace.labels))}}")
        }
        for pod in cluster.pods {
            let ports = pod.ports.map { "{name: \($0.name), containerPort: \($0.port), protocol: \($0.protocol.name)}" }.joined(separator: ", ")
            let addresses = pod.addresses.map { "{ip: \"\($0)\"}" }.joined(separator: ", ")
            documents.append(
                "{apiVersion: v1, kind: Pod, metadata: {name: \"\(pod.name)\", namespace: \"\(pod.namespace)\", labels: \(labels(pod.labels))}, "
                    + "spec: {nodeName: \(pod.node ?? ""), serviceAccountName: \(pod.serviceAccount), hostNetwork: \(pod.hostNetwork), "
                    + "containers: [{name: c, image: i, ports: [\(ports)]}]}, status: {podIPs: [\(addresses)]}}")
        }
        return documents.joined(separator: "\n---\n") + "\n"
    }

    // MARK: - Policies

    func apply(_ manifests: [PolicyManifest]) throws {
        guard !manifests.isEmpty else { return }
        let path = try file("policies.yaml", manifests.map { $0.manifest.yaml() }.joined(separator: "---\n"))
        for node in cluster.nodes { try fabctl(node.name, ["policy", "apply", "-f", path]) }
    }

    func delete(_ manifests: [PolicyManifest]) throws {
        guard !manifests.isEmpty else { return }
        let path = try file("policies.yaml", manifests.map { $0.manifest.yaml() }.joined(separator: "---\n"))
        for node in cluster.nodes { try fabctl(node.name, ["policy", "delete", "-f", path]) }
    }

    // MARK: - Probes

    private struct End {
        let member: String
        let address: IPAddress
    }

    private func end(_ end: PolicyProbe.End, _ family: IPAddress.Family) throws -> End {
        switch end {
        case .address(let address):
            if let pod = cluster.pods.first(where: { !$0.hostNetwork && $0.addresses.contains(address) }) {
                return End(member: Self.member(pod), address: address)
            }
            if let node = cluster.nodes.first(where: { $0.addresses.contains(address) }) { return End(member: node.name, address: address) }
            return End(member: "router", address: address)
        case .node(let name):
            guard let address = cluster.nodes.first(where: { $0.name == name })?.addresses.first(where: { $0.family == family }) else {
                throw Failure("no address of \(name)")
            }
            return End(member: name, address: address)
        case .pod(let namespace, let name):
            guard let pod = cluster.pods.first(where: { $0.namespace == namespace && $0.name == name }) else { throw Failure("no pod \(name)") }
            if pod.hostNetwork { return try self.end(.node(pod.node ?? ""), family) }
            guard let address = pod.addresses.first(where: { $0.family == family }) else { throw Failure("no address of \(name)") }
            return End(member: Self.member(pod), address: address)
        }
    }

    /// Sends all of them at once, as real connections and datagrams.
    /// - Returns: whether each got through, with its answer where the protocol has one.
    func results(_ probes: [PolicyProbe]) throws -> [Bool] {
        var attempts: [EchoServers.Attempt] = []
        for probe in probes {
            let (from, to) = (try end(probe.from, probe.family), try end(probe.to, probe.family))
            let (transport, port): (EchoServers.Transport, UInt16) =
                switch probe.traffic {
                case .transport(.tcp, let port): (.tcp, port)
                case .transport(.udp, let port): (.udp, port)
                case .transport(.sctp, let port): (.sctp, port)
                case .icmp: (.icmp, 0)
                }
            if transport != .icmp, served.insert("\(to.member) \(transport) \(port)").inserted {
                try servers.open(transport, port: port, in: try namespace(to.member))
            }
            attempts.append(
                try EchoServers.begin(
                    transport, from: from.address.description, to: to.address.description, port: port, in: try namespace(from.member)))
        }
        return EchoServers.finish(attempts, milliseconds: 900)
    }

    // MARK: - Programs and files

    func fabctl(_ node: String, _ arguments: [String]) throws {
        let finished = try Running.start(
            [Fabric.program] + arguments, in: try namespace(node), environment: ["FABCTL_BPFFS": root(node)]
        ).finish()
        guard finished.code == 0 else { throw Failure("fabctl \(arguments.joined(separator: " ")): \(finished.code) \(finished.error)") }
    }

    private func ip(_ member: String, _ lines: [String]) throws {
        let text = lines.map { $0 + "\n" }.joined()
        let finished = try Running.start(["sh", "-c", "ip -batch - <<'END'\n\(text)END"], in: try namespace(member)).finish()
        guard finished.code == 0 else { throw Failure("ip: \(finished.error)") }
    }

    private func file(_ name: String, _ text: String) throws -> String {
        let path = "/tmp/\(id)-\(name)"
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw Failure("open \(path): \(errno)") }
        defer { close(descriptor) }
        guard Glibc.write(descriptor, text, text.utf8.count) == text.utf8.count else { throw Failure("write \(path)") }
        files.append(path)
        return path
    }

    private static func write(_ text: String, _ path: String) throws {
        let descriptor = open(path, O_WRONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Failure("open \(path): \(errno)") }
        defer { close(descriptor) }
        guard Glibc.write(descriptor, text, text.utf8.count) > 0 else { throw Failure("write \(path): \(errno)") }
    }

    private func remove() {
        servers.stop()
        for path in files { unlink(path) }
        for member in members { try? NetworkNamespace.delete(named: name(member)) }
        for node in cluster.nodes { Fabric.removePins(root(node.name)) }
    }
}
