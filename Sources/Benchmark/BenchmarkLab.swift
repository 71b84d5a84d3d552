import Glibc
import Netlink
import NodeTestSupport
import Synchronization

/// Two nodes joined by a veth pair, and something outside behind another, each a network namespace: pods `pod1` and `pod2` on `node1`, `pod3`
/// on `node2`. The same for whatever forwards, so that only that differs.
final class BenchmarkLab {
    enum Kind: String {
        /// fabctl on both nodes.
        case fabctl
        /// The kernel's own forwarding, no policy.
        case plain
        /// The same, and a VXLAN overlay between the nodes.
        case vxlan
        /// The same as plain, and 100 rules in nftables' forward chain, of which the last ones allow pod1 and pod2.
        case nftList = "nft_list_100"
        /// The same as plain, and nftables with conntrack and a set of 1,000 allowed pairs.
        case nftSet = "nft_set_1000"
        /// fabctl on both nodes, and policies of as many rules as `rules` says at pod1 and pod2.
        case policy = "fabctl_policy"
        /// As nftList and nftSet, with that many.
        case nftListAlike = "nft_list"
        case nftSetAlike = "nft_set"

        var isFabctl: Bool { self == .fabctl || self == .policy }
        var isNFT: Bool { [.nftList, .nftSet, .nftListAlike, .nftSetAlike].contains(self) }
    }

    static let pods: [String: (node: String, address: String)] = [
        "pod1": (node: "node1", address: "fd00:cafe:0:1::1"), "pod2": ("node1", "fd00:cafe:0:1::2"), "pod3": ("node2", "fd00:cafe:0:2::1"),
    ]
    static let outside = "fd00:e0::1"

    let kind: Kind
    /// Begins the names of all that is made here.
    let id: String
    private let programs: Programs
    private let rules: Int
    private var members: [String] = []
    private static let count = Atomic<Int>(0)

    private init(_ kind: Kind, _ programs: Programs, rules: Int) {
        (self.kind, self.programs, self.rules) = (kind, programs, rules)
        id = "fb\(getpid())x\(Self.count.add(1, ordering: .relaxed).newValue)"
    }

    /// Runs `body` on labs that stand side by side, and removes them whatever happens.
    /// - Parameter rules: of the kinds that do not say how many.
    static func with<R>(_ kinds: [Kind], _ programs: Programs, rules: Int = 0, _ body: ([BenchmarkLab]) throws -> R) throws -> R {
        removeLeftovers()
        let labs = kinds.map { BenchmarkLab($0, programs, rules: rules) }
        defer { for lab in labs { lab.remove() } }
        for lab in labs { try lab.build() }
        return try body(labs)
    }

    // MARK: - Members

    func path(_ member: String) -> String { NetworkNamespace.path(of: "\(id)-\(member)") }
    func namespace(_ member: String) throws -> NetworkNamespace { try NetworkNamespace(path: path(member)) }
    func root(_ node: String) -> String { "/sys/fs/bpf/\(id)-\(node)" }
    func environment(_ node: String) -> [String: String] { ["FABCTL_BPFFS": root(node)] }

    /// Runs a script as on a member; it must succeed.
    @discardableResult
    func shell(_ member: String, _ script: String) throws -> String {
        let finished = try Running.start(["sh", "-ec", script], in: namespace(member), environment: environment(member)).finish()
        guard finished.code == 0 else { throw BenchmarkError("\(member) of the \(kind.rawValue) lab: \(script): \(finished.error)") }
        return finished.output
    }

    func fabctl(_ node: String, _ arguments: String...) throws { try shell(node, "exec \(programs.fabctl) \(arguments.joined(separator: " "))") }

    func start(_ node: String, _ script: String) throws -> Running {
        try Running.start(["sh", "-ec", script], in: namespace(node), environment: environment(node))
    }

    /// Load between two members, as arguments of fabctl-load.
    func ends(_ client: String, _ server: String) -> [String] {
        ["--client", path(client), "--server", path(server), "--to", Self.pods[server]?.address ?? Self.outside]
    }

    // MARK: - Building

    private func add(_ member: String) throws {
        _ = try NetworkNamespace.create(named: "\(id)-\(member)")
        members.append(member)
        try shell(
            member,
            """
            cd /proc/sys/net; echo 0 > ipv6/conf/all/accept_dad; echo 0 > ipv6/conf/default/accept_dad
            echo 1024 65535 > ipv4/ip_local_port_range; echo 1 > ipv4/tcp_tw_reuse; ip link set lo up
            """)
    }

    private func build() throws {
        for member in ["node1", "node2", "outside"] + Self.pods.keys.sorted() { try add(member) }
        try shell(
            "node1",
            """
            ip link add eth0 type veth peer name eth0 netns \(id)-node2; ip link add eth1 type veth peer name eth0 netns \(id)-outside
            ip addr add fd00:beef::1/128 dev lo; ip addr add fd00:fab:1::1/64 dev eth0; ip addr add fd00:fab:2::1/64 dev eth1
            ip link set eth0 up; ip link set eth1 up; ip route add default via fd00:fab:2::2; echo 1 > /proc/sys/net/ipv6/conf/all/forwarding
            """)
        try shell(
            "node2",
            """
            ip addr add fd00:beef::2/128 dev lo; ip addr add fd00:fab:1::2/64 dev eth0; ip link set eth0 up
            ip route add default via fd00:fab:1::1; echo 1 > /proc/sys/net/ipv6/conf/all/forwarding
            """)
        try shell(
            "outside",
            """
            ip addr add \(Self.outside)/128 dev lo; ip addr add fd00:fab:2::2/64 dev eth0; ip link set eth0 up
            ip route add default via fd00:fab:2::1
            """)
        if kind.isFabctl { try buildFabctl() } else { try buildPlain() }
        switch kind {
        case .fabctl, .plain: break
        case .policy: try buildPolicies()
        case .vxlan: try buildVXLAN()
        case .nftList: try nftList(100)
        case .nftListAlike: try nftList(rules)
        case .nftSet: try nftSet(1000)
        case .nftSetAlike: try nftSet(rules)
        }
        // Neighbours are known before anything is measured.
        for (client, address) in [("pod1", "fd00:cafe:0:1::2"), ("pod1", "fd00:cafe:0:2::1"), ("pod1", Self.outside), ("pod3", "fd00:cafe:0:1::1")]
        where !kind.isNFT && kind != .policy || address == "fd00:cafe:0:1::2" {
            try shell(client, "ping -n -c 1 -W 1 \(address) || ping -n -c 3 -i 0.2 -W 1 \(address)")
        }
    }

    private var pairs: [(String, String)] { [("fd00:cafe:0:1::1", "fd00:cafe:0:1::2"), ("fd00:cafe:0:1::2", "fd00:cafe:0:1::1")] }

    /// A rule for each allowed pair; the last two allow pod1 and pod2, in each direction.
    private func nftList(_ count: Int) throws {
        let others = others(count).map { "add rule inet f forward ip6 saddr fd00:aa::\($0) ip6 daddr fd00:bb::\($0) accept" }
        try nft(others + pairs.map { "add rule inet f forward ip6 saddr \($0.0) ip6 daddr \($0.1) accept" })
    }

    private func nftSet(_ count: Int) throws {
        let elements = others(count).map { "fd00:aa::\($0) . fd00:bb::\($0)" } + pairs.map { "\($0.0) . \($0.1)" }
        try nft([
            "add set inet f pairs { type ipv6_addr . ipv6_addr; }", "add element inet f pairs { \(elements.joined(separator: ", ")) }",
            "add rule inet f forward ct state established,related accept", "add rule inet f forward ip6 saddr . ip6 daddr @pairs accept",
        ])
    }

    private func others(_ count: Int) -> [String] { (1..<max(1, count - 1)).map { String($0, radix: 16) } }

    /// pod1 may send to pod2 and to as many others, pod2 may be sent to by pod1 and by as many others; nothing else passes.
    private func buildPolicies() throws {
        func policy(_ pod: String, _ direction: String, _ peers: String, _ other: String) -> String {
            let blocks = others(rules + 1).map { "{\"ipBlock\":{\"cidr\":\"fd00:\(other)::\($0)/128\"}}" }
            return "{\"apiVersion\":\"networking.k8s.io/v1\",\"kind\":\"NetworkPolicy\",\"metadata\":{\"name\":\"\(pod)\",\"namespace\":\"default\"},"
                + "\"spec\":{\"podSelector\":{\"matchLabels\":{\"app\":\"\(pod)\"}},\"policyTypes\":[\"\(direction)\"],\"\(direction.lowercased())\":"
                + "[{\"\(peers)\":[\(blocks.joined(separator: ",")),{\"podSelector\":{\"matchLabels\":{\"app\":\"\(pod == "pod1" ? "pod2" : "pod1")\"}}}]}]}}"
        }
        let items = [policy("pod1", "Egress", "to", "bb"), policy("pod2", "Ingress", "from", "aa")]
        let list = "{\"apiVersion\":\"v1\",\"kind\":\"List\",\"items\":[\(items.joined(separator: ",\n"))]}\n"
        try withFile(list) { try fabctl("node1", "policy apply -f \($0) >/dev/null") }
    }

    /// Runs `body` with the path of a file that holds a text: more than arguments can.
    private func withFile(_ text: String, _ body: (String) throws -> Void) throws {
        let path = "/tmp/\(id)-\(kind.rawValue)"
        guard let file = fopen(path, "w") else { throw BenchmarkError("write \(path)") }
        defer { unlink(path) }
        let isWritten = fputs(text, file) >= 0
        guard fclose(file) == 0, isWritten else { throw BenchmarkError("write \(path)") }
        try body(path)
    }

    private func nft(_ rules: [String]) throws {
        let chain = ["add table inet f", "add chain inet f forward { type filter hook forward priority 0; policy drop; }"]
        try withFile((chain + rules).joined(separator: "\n") + "\n") { try shell("node1", "nft -f \($0)") }
    }

    private func buildFabctl() throws {
        try fabctl("node1", "install --node-name node1 --pod-cidr fd00:cafe:0:1::/64 --uplink eth0 --uplink eth1")
        try fabctl("node2", "install --node-name node2 --pod-cidr fd00:cafe:0:2::/64 --uplink eth0")
        try fabctl("node1", "node add node2 --pod-cidr fd00:cafe:0:2::/64 --via fd00:fab:1::2")
        try fabctl("node2", "node add node1 --pod-cidr fd00:cafe:0:1::/64 --via fd00:fab:1::1")
        for (name, pod) in Self.pods.sorted(by: { $0.key < $1.key }) {
            try fabctl(pod.node, "endpoint add default/\(name) --netns \(path(name)) --ip \(pod.address) --label app=\(name)")
        }
    }

    private func buildPlain() throws {
        for (name, pod) in Self.pods {
            try shell(
                pod.node,
                """
                ip link add \(name) type veth peer name eth0 netns \(id)-\(name)
                ip addr add fe80::1/64 dev \(name); ip link set \(name) up; ip route add \(pod.address) dev \(name)
                """)
            try shell(
                name,
                "ip addr add \(pod.address)/128 dev eth0; ip link set eth0 up; ip route add default via fe80::1 dev eth0 onlink")
        }
        try shell("node1", "ip route add fd00:cafe:0:2::/64 via fd00:fab:1::2")
        try shell("node2", "ip route add fd00:cafe:0:1::/64 via fd00:fab:1::1")
    }

    private func buildVXLAN() throws {
        for (node, own, other) in [("node1", 1, 2), ("node2", 2, 1)] {
            try shell(
                node,
                """
                ip link add vx0 type vxlan id 42 local fd00:fab:1::\(own) remote fd00:fab:1::\(other) dstport 8472 dev eth0
                ip addr add fd00:aa::\(own)/64 dev vx0; ip link set vx0 up
                ip route replace fd00:cafe:0:\(other)::/64 via fd00:aa::\(other)
                """)
        }
        for pod in Self.pods.keys { try shell(pod, "ip link set eth0 mtu 1430") }
    }

    // MARK: - Removal

    private func remove() {
        if kind.isFabctl { for node in ["node1", "node2"] { try? fabctl(node, "uninstall") } }
        for member in members { try? NetworkNamespace.delete(named: "\(id)-\(member)") }
        for node in ["node1", "node2"] { Self.removeTree(root(node)) }
    }

    static func removeTree(_ path: String) {
        for entry in Fabric.entries(path) { removeTree("\(path)/\(entry)") }
        if rmdir(path) != 0 { unlink(path) }
    }

    /// What a run that was killed left: known by the process number in its name.
    static func removeLeftovers() {
        func isLeft(_ name: String) -> Bool {
            guard name.hasPrefix("fb"), let pid = Int32(name.dropFirst(2).prefix { $0.isNumber }), pid > 1 else { return false }
            return name.dropFirst(2).contains("x") && kill(pid, 0) != 0 && errno == ESRCH
        }
        for name in (try? NetworkNamespace.names()) ?? [] where isLeft(name) { try? NetworkNamespace.delete(named: name) }
        for name in Fabric.entries("/sys/fs/bpf") where isLeft(name) { removeTree("/sys/fs/bpf/\(name)") }
    }
}
