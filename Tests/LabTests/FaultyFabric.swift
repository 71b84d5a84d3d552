import Glibc
@testable import Lab
import Net
import Netlink
import NodeTestSupport
import Testing

/// The standard lab with BGP, and what it takes to break it: `default/web` is on node1, the only node of leaf1, and `default/db` on node2.
final class FaultyFabric {
    let fixture: Fixture
    var lab: String { fixture.lab }
    /// The speaker of node1 that was started here; the lab's own before.
    private var speaker: Running?

    private init(_ fixture: Fixture) { self.fixture = fixture }

    static func with(_ name: String, _ daemon: String, _ body: (FaultyFabric) throws -> Void) throws {
        try Fixture.with(name) { fixture in
            let up = try fixture.run("up", ["--switches", daemon])
            guard up.code == 0 else { throw Failure("lab up: \(up.error)") }
            let fabric = FaultyFabric(fixture)
            // Before the lab goes, which waits for it.
            defer { fabric.end() }
            try body(fabric)
        }
    }

    private func end() {
        guard let speaker else { return }
        try? speaker.child.signal(SIGKILL)
        _ = try? speaker.finish()
    }

    /// Says a figure, which is no test's business.
    func note(_ text: String) { print("faults: \(text)") }

    // MARK: - Members

    func on(_ member: String, _ command: [String]) throws -> Finished { try fixture.exec(member, command) }

    /// Runs `ip`, which must succeed.
    func ip(_ member: String, _ arguments: String) throws {
        let finished = try on(member, ["ip"] + arguments.split(separator: " ").map(String.init))
        guard finished.code == 0 else { throw Failure("ip \(arguments) on \(member): \(finished.error)") }
    }

    /// With its length.
    func linkLocal(_ member: String, _ device: String) throws -> String {
        let text = try on(member, ["ip", "-6", "-o", "addr", "show", "dev", device, "scope", "link"]).output
        guard let address = text.split(separator: " ").first(where: { $0.hasPrefix("fe80::") }) else {
            throw Failure("\(device) of \(member) has no link-local address")
        }
        return String(address)
    }

    private func bgp(_ arguments: String...) throws -> Finished { try on("node1", [Fixture.program, "bgp"] + arguments) }

    func status() throws -> JSON { (try? JSON(try bgp("status", "-o", "json").output)) ?? .null }

    /// node1's only peer.
    func peer() throws -> JSON { (try? JSON(try bgp("peers", "-o", "json").output))?[0] ?? .null }

    /// Whether node1's session comes to stand, or to fall.
    func isEstablished(_ wanted: Bool = true) throws -> Bool {
        if wanted { return try bgp("status", "--wait", "established", "--timeout", "40s").code == 0 }
        return try eventually(seconds: 20) { try peer()["state"]?.string != "established" }
    }

    /// node1's session comes to stand. What both ends say of it is recorded when it does not.
    func expectEstablished(_ when: String = "", sourceLocation: SourceLocation = #_sourceLocation) throws {
        guard try !isEstablished() else { return }
        let asked = [
            ("node1", [Fixture.program, "bgp", "peers", "-o", "yaml"]), ("node1", ["ip", "-6", "addr", "show", "dev", "eth0"]),
            ("node1", ["ip", "-6", "neigh", "show", "dev", "eth0"]), ("leaf1", ["ip", "-6", "addr", "show", "dev", "to-node1"]),
            ("leaf1", ["ip", "-6", "neigh", "show", "dev", "to-node1"]),
        ]
        var told = try asked.map { "\($0): \($1.joined(separator: " "))\n\(try on($0, $1).output)" }
        if let frr = try? vtysh("leaf1", "show bgp neighbors to-node1", "show interface to-node1") { told.append(frr) }
        Issue.record("no session \(when)\n\(told.joined())", sourceLocation: sourceLocation)
    }

    /// Whether leaf1's kernel has the route to node1's pods.
    func leafHasNode() throws -> Bool {
        try kernelRoutes(in: NetworkNamespace(named: "\(lab)-leaf1")).keys.contains { $0.description == "fd00:cafe:0:1::/64" }
    }

    /// `lab verify` comes to find all as it should be: switches take their time with each other.
    func expectVerified(sourceLocation: SourceLocation = #_sourceLocation) throws {
        var found = try fixture.run("verify")
        let isVerified = try eventually(seconds: 30) {
            if found.code != 0 { found = try fixture.run("verify") }
            return found.code == 0
        }
        guard !isVerified else { return }
        let routes = try ["leaf1", "leaf2", "spine1", "spine2"].map { "\($0):\n\(try on($0, ["ip", "-6", "route"]).output)" }
        Issue.record("\(found.output)\(routes.joined())", sourceLocation: sourceLocation)
    }

    /// Whether leaf1's zebra takes a link for up.
    func leafHasLink(_ device: String) throws -> Bool {
        try vtysh("leaf1", "show interface \(device)").contains("Interface \(device) is up")
    }

    // MARK: - node1's speaker

    /// Ends it by a signal.
    /// - Parameter after: done between the signal and the speaker's end being waited for.
    /// - Returns: the process that it was.
    func killSpeaker(_ signal: Int32, after: () throws -> Void = {}) throws -> Int32 {
        guard let process = try status()["pid"]?.int.map({ Int32($0) }), process > 1 else { throw Failure("node1 has no speaker") }
        guard kill(process, signal) == 0 else { throw Failure("signal \(process): \(errno)") }
        try after()
        if let speaker {
            _ = try speaker.finish()
            self.speaker = nil
        } else {
            // The lab's own is not this process's to wait for.
            guard eventually({ kill(process, 0) != 0 }) else { throw Failure("speaker \(process) does not end") }
        }
        return process
    }

    /// - Parameter program: fabctl, of this build or another.
    func startSpeaker(_ program: String = Fixture.program) throws {
        let root = "\(fixture.bpffs)/\(lab)/node1"
        speaker = try fixture.start(["lab", "exec", "--name", lab, "node1", "--", program, "bgp", "run", "--bpffs", root])
    }

    // MARK: - Switches

    struct Daemon {
        let id: Int32
        /// How it was started.
        let arguments: [String]
    }

    /// A switch's routing daemons, in the order of the names.
    func daemons(_ member: String, _ names: [String]) throws -> [Daemon] {
        let directory = "\(fixture.records)/\(lab)/\(member)/"
        let found = Fixture.entries("/proc").compactMap { Int32($0) }.compactMap { id -> Daemon? in
            let words = ((try? Files.read("/proc/\(id)/cmdline")) ?? []).split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
            return words.contains { $0.hasPrefix(directory) } ? Daemon(id: id, arguments: words) : nil
        }
        return try names.map { name in
            guard let daemon = found.first(where: { $0.arguments[0].split(separator: "/").last == Substring(name) }) else {
                throw Failure("\(member) runs no \(name)")
            }
            return daemon
        }
    }

    /// Changes the configuration of a switch's FRR.
    func configure(_ member: String, _ lines: String...) throws {
        let said = try vtysh(member, ["configure terminal"] + lines)
        guard said.isEmpty else { throw Failure("\(lines): \(said)") }
    }

    private func vtysh(_ member: String, _ commands: String...) throws -> String { try vtysh(member, commands) }

    private func vtysh(_ member: String, _ commands: [String]) throws -> String {
        let shell = ["vtysh", "--vty_socket", "\(fixture.records)/\(lab)/\(member)"]
        let finished = try on(member, shell + commands.flatMap { ["-c", $0] })
        guard finished.code == 0 else { throw Failure("\(commands): \(finished.output)\(finished.error)") }
        return finished.output
    }

    // MARK: - Traffic

    /// Pings on and on, from each of some pods nearly a hundred times a second, which is as often as ping can by itself where the kernel
    /// counts in 10 ms.
    func ping(from pods: [String] = ["default/web", "default/client"], to address: String = "fd00:cafe:0:2::10") throws -> Pings {
        let pings = Pings(
            try pods.map { try fixture.start(["lab", "exec", "--name", lab, $0, "--", "ping", "-6", "-n", "-i", "0.005", address]) })
        guard pings.goesOn() else { throw Failure("\(pods) do not reach \(address)") }
        return pings
    }

    /// Pings at work.
    struct Pings {
        private let running: [Running]

        fileprivate init(_ running: [Running]) { self.running = running }

        /// Whether each has an answer that was not there before.
        func goesOn() -> Bool {
            running.allSatisfy { ping in
                let before = Self.answers(ping).count
                return eventually(seconds: 30) { Self.answers(ping).count > before }
            }
        }

        func stop() throws -> Count {
            var count = Count()
            for ping in running {
                try ping.child.signal(SIGINT)
                count.add(Self.answers(ping))
                _ = try ping.finish()
            }
            return count
        }

        /// Sequence numbers.
        private static func answers(_ ping: Running) -> [Int] {
            ping.outputSoFar.split(separator: "\n").compactMap { line in
                guard let start = line.firstRange(of: "icmp_seq=")?.upperBound, line.contains(" ttl=") else { return nil }
                return Int(line[start...].prefix { $0.isNumber })
            }
        }
    }

    /// Pings up to the last that was answered: what is under way at the end counts for nothing.
    struct Count: CustomStringConvertible {
        private(set) var sent = 0
        private(set) var lost = 0
        /// Most that one ping lost in a row.
        private(set) var gap = 0

        /// - Parameter answers: sequence numbers of one ping, of 16 bits, in the order of their coming.
        fileprivate mutating func add(_ answers: [Int]) {
            var seen: Set<Int> = []
            var last = 0
            for answer in answers {
                let number = max(0, (last - answer + 0x8000) / 0x10000) * 0x10000 + answer
                seen.insert(number)
                last = max(last, number)
            }
            var run = 0
            for number in stride(from: 1, through: last, by: 1) {
                run = seen.contains(number) ? 0 : run + 1
                lost += run > 0 ? 1 : 0
                gap = max(gap, run)
            }
            sent += last
        }

        var description: String { "\(lost) of \(sent) pings lost, at most \(gap) in a row" }
    }
}
