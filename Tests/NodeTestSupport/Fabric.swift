import CLinux
import Glibc
public import Netlink
import Synchronization

/// A node on one or more leaves, each a network namespace of the test's own, and a bpffs directory for the node.
///
/// `n1` has `lo` fd00:beef::1, and for leaf `lN` the device `eth(N-1)` with fd00:fab:N::2/64, the leaf's end being fd00:fab:N::1; with IPv4
/// 172.16.N.2/24 and 172.16.N.1. Each leaf has fd00:cafe:0:2::a and 10.2.0.10 ("a pod elsewhere"), fd00:e0::1 and 192.0.2.1 ("outside"). The
/// node's default route goes over all leaves.
public final class Fabric {
    /// Begins the names of all that is made here; no two tests share it.
    public let id: String
    /// The node's directory on bpffs.
    public let root: String
    public let leaves: Int
    public let hasIPv4: Bool
    private var members: [String] = []

    private static let count = Atomic<Int>(0)

    private init(leaves: Int, ipv4: Bool) {
        id = "nt\(getpid())x\(Self.count.add(1, ordering: .relaxed).newValue)"
        root = "/sys/fs/bpf/\(id)"
        self.leaves = leaves
        hasIPv4 = ipv4
    }

    /// Runs `body` on a fabric, and removes it whatever happens.
    public static func with(leaves: Int = 1, ipv4: Bool = false, _ body: (Fabric) throws -> Void) throws {
        try mountBPFFS()
        removeLeftovers()
        let fabric = Fabric(leaves: leaves, ipv4: ipv4)
        defer { fabric.remove() }
        try fabric.build()
        try body(fabric)
    }

    /// The fabctl that was built with the tests, or the one that FABCTL names.
    public static var program: String {
        if let named = getenv("FABCTL") { return String(cString: named) }
        var buffer = [CChar](repeating: 0, count: 4096)
        let count = readlink("/proc/self/exe", &buffer, buffer.count)
        let path = String(decoding: buffer.prefix(max(0, count)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return path.split(separator: "/").dropLast().reduce("") { "\($0)/\($1)" } + "/fabctl"
    }

    // MARK: - Members

    public func name(_ member: String) -> String { "\(id)-\(member)" }
    public func path(_ member: String) -> String { NetworkNamespace.path(of: name(member)) }
    public func namespace(_ member: String) throws -> NetworkNamespace { try NetworkNamespace(named: name(member)) }

    /// Makes a namespace, as a container runtime does for a pod.
    /// - Returns: its path.
    @discardableResult
    public func addNamespace(_ member: String) throws -> String {
        let namespace = try NetworkNamespace.create(named: name(member))
        members.append(member)
        // Addresses are of use at once: the tests' are their own.
        try namespace.run {
            for group in ["all", "default"] { try Self.write("0", to: "/proc/sys/net/ipv6/conf/\(group)/accept_dad") }
        }
        return path(member)
    }

    public func deleteNamespace(_ member: String) throws {
        try NetworkNamespace.delete(named: name(member))
        members.removeAll { $0 == member }
    }

    private func build() throws {
        try addNamespace("n1")
        var node = ["link set lo up", "addr add fd00:beef::1/128 dev lo"]
        var hops = ""
        var hops4 = ""
        for index in 1...leaves {
            let leaf = "l\(index)"
            try addNamespace(leaf)
            try namespace(leaf).run {
                try Self.write("1", to: "/proc/sys/net/ipv6/conf/all/forwarding")
                try Self.write("1", to: "/proc/sys/net/ipv4/ip_forward")
            }
            let device = "eth\(index - 1)"
            try batch("n1", ["link add \(device) type veth peer name to-n1 netns \(name(leaf))"])
            node += ["addr add fd00:fab:\(index)::2/64 dev \(device)", "link set \(device) up"]
            hops += " nexthop via fd00:fab:\(index)::1 dev \(device)"
            var lines = [
                "link set lo up", "addr add fd00:fab:\(index)::1/64 dev to-n1", "addr add fd00:cafe:0:2::a/128 dev lo",
                "addr add fd00:e0::1/128 dev lo",
                "link set to-n1 up", "route add fd00:cafe:0:1::/64 via fd00:fab:\(index)::2", "route add fd00:beef::1 via fd00:fab:\(index)::2",
            ]
            if hasIPv4 {
                node.append("addr add 172.16.\(index).2/24 dev \(device)")
                hops4 += " nexthop via 172.16.\(index).1 dev \(device)"
                lines += [
                    "addr add 172.16.\(index).1/24 dev to-n1", "addr add 10.2.0.10/32 dev lo", "addr add 192.0.2.1/32 dev lo",
                    "route add 10.1.0.0/24 via 172.16.\(index).2",
                ]
            }
            try batch(leaf, lines)
        }
        node.append("route add ::/0" + hops)
        if hasIPv4 { node.append("route add 0.0.0.0/0" + hops4) }
        try batch("n1", node)
    }

    private static func write(_ text: String, to path: String) throws {
        let descriptor = open(path, O_WRONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw NetlinkError(operation: "open \(path)", code: errno) }
        defer { close(descriptor) }
        guard Glibc.write(descriptor, text, text.utf8.count) > 0 else { throw NetlinkError(operation: "write \(path)", code: errno) }
    }

    // MARK: - Programs

    /// Runs a program as on a member.
    public func run(_ arguments: [String], on member: String = "n1", environment: [String: String] = [:]) throws -> Finished {
        try start(arguments, on: member, environment: environment).finish()
    }

    public func start(_ arguments: [String], on member: String = "n1", environment: [String: String] = [:]) throws -> Running {
        try Running.start(arguments, in: try namespace(member), environment: ["FABCTL_BPFFS": root].merging(environment) { $1 })
    }

    /// Runs fabctl as on the node.
    public func fabctl(_ arguments: String...) throws -> Finished { try run([Self.program] + arguments) }
    public func fabctl(_ arguments: [String], on member: String = "n1") throws -> Finished { try run([Self.program] + arguments, on: member) }

    /// Runs fabctl, which must succeed.
    @discardableResult
    public func done(_ arguments: String...) throws -> Finished { try done(arguments) }
    @discardableResult
    public func done(_ arguments: [String]) throws -> Finished {
        let finished = try run([Self.program] + arguments)
        guard finished.code == 0 else { throw Failure("fabctl \(arguments.joined(separator: " ")): \(finished.code) \(finished.error)") }
        return finished
    }

    /// Runs `ip`, which must succeed.
    @discardableResult
    public func ip(_ member: String, _ arguments: String) throws -> String {
        let finished = try run(["ip"] + arguments.split(separator: " ").map(String.init), on: member)
        guard finished.code == 0 else { throw Failure("ip \(arguments): \(finished.error)") }
        return finished.output
    }

    /// Several commands of `ip` at once.
    public func batch(_ member: String, _ lines: [String]) throws {
        let text = lines.map { $0 + "\n" }.joined()
        let finished = try run(["sh", "-c", "ip -batch - <<'END'\n\(text)END"], on: member)
        guard finished.code == 0 else { throw Failure("ip: \(finished.error)") }
    }

    /// Whether `ping` from a member reaches an address within some seconds.
    public func pings(_ member: String, _ address: String, seconds: Int = 5) throws -> Bool {
        try eventually(seconds: Double(seconds)) { try run(["ping", "-n", "-c", "1", "-W", "1", address], on: member).code == 0 }
    }

    // MARK: - The usual node

    public static let values = """
        tunnel: "disabled"
        ipv6:
          enabled: true
          nativeRoutingCIDR: "fd00:cafe::/56"
        """
    public static let valuesWithIPv4 = values + "\nipv4:\n  enabled: true\nipv4NativeRoutingCIDR: 10.0.0.0/8\n"

    /// Writes a file that goes with the fabric.
    public func file(_ name: String, _ text: String) throws -> String {
        let path = "/tmp/\(id)-\(name)"
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw NetlinkError(operation: "write \(path)", code: errno) }
        defer { close(descriptor) }
        guard Glibc.write(descriptor, text, text.utf8.count) == text.utf8.count else { throw Failure("write \(path)") }
        files.append(path)
        return path
    }
    var files: [String] = []

    /// Installs node1 with the issue's values.
    public func install() throws {
        let values = try file("values", hasIPv4 ? Self.valuesWithIPv4 : Self.values)
        var arguments = ["install", "-f", values, "--pod-cidr", "fd00:cafe:0:1::/64", "--node-name", "node1"]
        if hasIPv4 { arguments += ["--pod-cidr", "10.1.0.0/24"] }
        let finished = try fabctl(arguments)
        guard finished.code == 0 else { throw Failure("install: \(finished.error)") }
    }

    /// Makes a namespace and connects it as default/NAME.
    public func addPod(_ name: String, _ arguments: String...) throws {
        let path = try addNamespace(name)
        let finished = try fabctl(["endpoint", "add", "default/\(name)", "--netns", path] + arguments)
        guard finished.code == 0 else { throw Failure("endpoint add \(name): \(finished.error)") }
    }

    // MARK: - What is there

    /// Everything that a command may change: pins (a new one has a new inode), devices, addresses, routes, permanent neighbours and settings
    /// of the node, and the same of every other member.
    public func state() throws -> [String] {
        var lines: [String] = []
        let script = """
            for i in $(seq 200); do ip -o addr show tentative | grep -q . || break; sleep 0.02; done
            { ip -o link; ip -o addr; ip -6 route show table all; ip -4 route show table all; } |
                sed -E 's/ (dead )?linkdown//; s/NO-CARRIER,//; s/,LOWER_UP//; s/ state [A-Z]+//'
            ip neigh show nud permanent
            cd /proc/sys/net && grep -H . ipv6/conf/*/forwarding ipv6/conf/*/accept_ra ipv4/ip_forward ipv?/fib_multipath_hash_policy
            """
        for member in members {
            lines += try run(["sh", "-c", script], on: member).output.split(separator: "\n").map { "\(member) \($0)" }
        }
        // A carrier comes and goes with the other end, up to a second late: left out above.
        return pins() + lines.sorted()
    }

    /// Pins and directories below the node's root, with their inodes.
    public func pins() -> [String] { Self.tree(root) }

    private static func tree(_ path: String) -> [String] {
        var status = stat()
        guard lstat(path, &status) == 0 else { return [] }
        return ["\(path) \(status.st_ino)"] + entries(path).flatMap { tree("\(path)/\($0)") }
    }

    public static func entries(_ path: String) -> [String] {
        guard let folder = opendir(path) else { return [] }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    // MARK: - Removal

    private func remove() {
        for file in files { unlink(file) }
        for member in members { try? NetworkNamespace.delete(named: name(member)) }
        Self.removeTree(root)
    }

    /// Removes a node's directory on bpffs.
    public static func removePins(_ root: String) { removeTree(root) }

    private static func removeTree(_ path: String) {
        for entry in entries(path) { removeTree("\(path)/\(entry)") }
        if rmdir(path) != 0 { unlink(path) }
    }

    /// What a test run that was killed left: known by the process number in its name.
    private static func removeLeftovers() {
        func isLeft(_ name: String) -> Bool {
            guard name.hasPrefix("nt"), let pid = Int32(name.dropFirst(2).prefix { $0.isNumber }), pid > 1 else { return false }
            return name.dropFirst(2).contains("x") && kill(pid, 0) != 0 && errno == ESRCH
        }
        for name in (try? NetworkNamespace.names()) ?? [] where isLeft(name) { try? NetworkNamespace.delete(named: name) }
        for name in entries("/sys/fs/bpf") where isLeft(name) { removeTree("/sys/fs/bpf/\(name)") }
    }

    /// A mount over another would hide what others have pinned there.
    private static func mountBPFFS() throws {
        var status = statfs()
        if statfs("/sys/fs/bpf", &status) == 0, UInt32(truncatingIfNeeded: status.f_type) == 0xcafe_4a11 { return }
        guard mount("bpf", "/sys/fs/bpf", "bpf", 0, nil) == 0 else { throw NetlinkError(operation: "mount bpffs", code: errno) }
    }
}

/// Why a test could not go on.
public struct Failure: Error, CustomStringConvertible {
    public let description: String
    public init(_ description: String) { self.description = description }
}
