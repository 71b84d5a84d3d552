import Glibc
import Netlink
import NodeTestSupport
import Synchronization

/// A leaf with FRR and a node with a speaker, each a network namespace, joined by a veth pair. Made anew for each run, so none finds what another left.
final class BGPBenchmarkLab {
    let programs: Programs
    let leaf = "fd00:fab::1"
    let node = "fd00:fab::2"
    private let id: String
    private let directory: String
    private var running: [Running] = []
    private var vty: FRRTerminal?
    private static let count = Atomic<Int>(0)

    private init(_ programs: Programs) {
        self.programs = programs
        id = "fb\(getpid())x\(Self.count.add(1, ordering: .relaxed).newValue)b"
        directory = "/tmp/\(id)"
    }

    /// Runs `body` on a lab with the leaf's FRR at work, and removes it whatever happens.
    static func with<R>(_ programs: Programs, _ body: (BGPBenchmarkLab) throws -> R) throws -> R {
        BenchmarkLab.removeLeftovers()
        let lab = BGPBenchmarkLab(programs)
        defer { lab.remove() }
        try lab.build()
        return try body(lab)
    }

    func path(_ name: String) -> String { "\(directory)/\(name)" }

    /// Writes a file.
    /// - Returns: its path.
    func file(_ name: String, _ text: String) throws -> String {
        let path = path(name)
        guard let file = fopen(path, "w") else { throw BenchmarkError("write \(path): \(String(cString: strerror(errno)))") }
        defer { fclose(file) }
        guard fputs(text, file) >= 0 else { throw BenchmarkError("write \(path)") }
        return path
    }

    /// Starts a program on the node; it is ended with the lab.
    func start(_ arguments: [String]) throws -> Running { try start(arguments, on: "node") }

    /// Runs a command on the node.
    func run(_ command: String) throws -> Finished {
        try Running.start(command.split(separator: " ").map(String.init), in: namespace("node")).finish()
    }

    /// Ends a program that `start` gave, by SIGKILL.
    func kill(_ program: Running) throws {
        running.removeAll { $0.child == program.child }
        _ = try program.kill()
    }

    /// Listens to the leaf's end of the cable.
    func trace() throws -> BGPTrace { try BGPTrace(device: "eth0", in: namespace("leaf")) }

    // MARK: - FRR

    /// Starts FRR: zebra, which tells the kernel nothing, and bgpd.
    /// - Returns: bgpd.
    @discardableResult
    func frr(_ member: String, _ bgp: String, asn: Int, routerID: String) throws -> Running {
        let name = "\(id)-\(member)"
        let state = "/var/run/frr/\(name)"
        let made = try Running.start(["install", "-d", "-o", "frr", "-g", "frr", state], in: .current()).finish()
        guard made.code == 0 else { throw BenchmarkError("make \(state): \(made.error)") }
        let configuration = try file(
            "\(member).conf",
            """
            router bgp \(asn)
             bgp router-id \(routerID)
             no bgp default ipv4-unicast
             no bgp ebgp-requires-policy
             no bgp network import-check
            \(bgp)

            """)
        _ = try start(
            ["/usr/lib/frr/zebra", "-N", name, "-f", configuration, "-i", "\(state)/zebra.pid", "-A", "::1", "-P", "0"], on: member)
        guard eventually({ access("\(state)/zserv.api", F_OK) == 0 }) else { throw BenchmarkError("zebra did not start") }
        let bgpd = try start(
            ["/usr/lib/frr/bgpd", "-n", "-N", name, "-f", configuration, "-i", "\(state)/bgpd.pid", "-A", "::1", "-P", "0"], on: member)
        guard eventually(seconds: 30, { access("\(state)/bgpd.vty", F_OK) == 0 }) else {
            throw BenchmarkError("bgpd did not start: \(bgpd.errorSoFar)")
        }
        return bgpd
    }

    /// The leaf's view of the node.
    func summary() throws -> JSON {
        guard let vty else { return .null }
        return try JSON(vty.ask("show bgp ipv6 unicast summary json"))["peers"]?[node] ?? .null
    }

    func leafHas(_ count: Int) throws -> Bool { try summary()["pfxRcd"]?.int == count }

    // MARK: - Building

    private func namespace(_ member: String) throws -> NetworkNamespace { try NetworkNamespace(named: "\(id)-\(member)") }

    private func start(_ arguments: [String], on member: String) throws -> Running {
        let program = try Running.start(arguments, in: namespace(member), environment: ["FABCTL_BPFFS": "/sys/fs/bpf/\(id)"])
        running.append(program)
        return program
    }

    private func build() throws {
        guard mkdir(directory, 0o755) == 0 else { throw BenchmarkError("make \(directory): \(String(cString: strerror(errno)))") }
        for member in ["leaf", "node"] {
            _ = try NetworkNamespace.create(named: "\(id)-\(member)")
            try shell(
                member, "cd /proc/sys/net/ipv6/conf; echo 0 > all/accept_dad; echo 0 > default/accept_dad; ip link set lo up")
        }
        try shell("leaf", "ip link add eth0 type veth peer name eth0 netns \(id)-node; ip addr add \(leaf)/64 dev eth0; ip link set eth0 up")
        try shell("node", "ip addr add \(node)/64 dev eth0; ip link set eth0 up")
        // The speaker connects, as to a leaf that only listens: so all have the same to do.
        try frr(
            "leaf",
            """
             bgp graceful-restart
             neighbor \(node) remote-as \(BGPSpeaker.localAS)
             neighbor \(node) passive
             address-family ipv6 unicast
              neighbor \(node) activate
             exit-address-family
            """, asn: BGPSpeaker.leafAS, routerID: "10.255.1.1")
        vty = try FRRTerminal("/var/run/frr/\(id)-leaf/bgpd.vty")
        guard try eventually({ try summary()["state"] != nil }) else { throw BenchmarkError("the leaf does not know its peer") }
    }

    private func shell(_ member: String, _ script: String) throws {
        let finished = try Running.start(["sh", "-ec", script], in: namespace(member)).finish()
        guard finished.code == 0 else { throw BenchmarkError("\(member): \(script): \(finished.error)") }
    }

    private func remove() {
        for program in running.reversed() { _ = try? program.kill() }
        for member in ["leaf", "node"] {
            try? NetworkNamespace.delete(named: "\(id)-\(member)")
            BenchmarkLab.removeTree("/var/run/frr/\(id)-\(member)")
        }
        BenchmarkLab.removeTree("/sys/fs/bpf/\(id)")
        BenchmarkLab.removeTree(directory)
    }
}
