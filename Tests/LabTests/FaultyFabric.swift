import Glibc
@testable import Lab
import NodeTestSupport

/// The standard lab with BGP, and what it takes to break it: `default/web` is on node1, the only node of leaf1, and `default/db` on node2.
final class FaultyFabric {
    let fixture: Fixture
    var lab: String { fixture.lab }
    /// The speaker of node1 that was started here; the lab's own before.
    private var speaker: Fixture.Running?

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

    func on(_ member: String, _ command: [String]) throws -> Fixture.Finished { try fixture.exec(member, command) }

    private func bgp(_ arguments: String...) throws -> Fixture.Finished { try on("node1", [Fixture.program, "bgp"] + arguments) }

    func status() throws -> JSON { (try? JSON(try bgp("status", "-o", "json").output)) ?? .null }

    /// node1's only peer.
    func peer() throws -> JSON { (try? JSON(try bgp("peers", "-o", "json").output))?[0] ?? .null }

    /// Whether node1's session comes to stand, or to fall.
    func isEstablished(_ wanted: Bool = true) throws -> Bool {
        if wanted { return try bgp("status", "--wait", "established", "--timeout", "40s").code == 0 }
        return try eventually(seconds: 20) { try peer()["state"]?.string != "established" }
    }

    /// Whether leaf1's kernel has the route to node1's pods.
    func leafHasNode() throws -> Bool { try on("leaf1", ["ip", "-6", "route", "show", "fd00:cafe:0:1::/64"]).output.contains("fd00:cafe:0:1::/64") }

    func hardwareAddress(_ member: String, _ device: String) throws -> String {
        let text = try on(member, ["ip", "-o", "link", "show", "dev", device]).output
        guard let address = text.firstMatch(of: #/link\/ether ([0-9a-f:]+)/#)?.1 else { throw Failure("\(member) has no \(device): \(text)") }
        return String(address)
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
            guard let daemon = found.first(where: { $0.arguments[0].hasSuffix("/\(name)") }) else { throw Failure("\(member) runs no \(name)") }
            return daemon
        }
    }

    // MARK: - Traffic

    /// Pings on and on, 5 ms apart.
    func ping(from pod: String = "default/web", to address: String = "fd00:cafe:0:2::10") throws -> Pings {
        let pings = Pings(try fixture.start(["lab", "exec", "--name", lab, pod, "--", "ping", "-6", "-n", "-i", "0.005", address]))
        guard try pings.goesOn() else { throw Failure("\(pod) does not reach \(address)") }
        return pings
    }

    /// A ping at work.
    struct Pings {
        private let running: Fixture.Running

        fileprivate init(_ running: Fixture.Running) { self.running = running }

        /// Whether there is an answer that was not there before.
        func goesOn() throws -> Bool {
            let before = answers.count
            return eventually(seconds: 30) { answers.count > before }
        }

        func stop() throws -> Count {
            try running.child.signal(SIGINT)
            let numbers = answers
            _ = try running.finish()
            return Count(numbers)
        }

        /// Sequence numbers.
        private var answers: [Int] {
            running.outputText.split(separator: "\n").compactMap { line in
                line.firstMatch(of: #/icmp_seq=(\d+) ttl=/#).flatMap { Int($0.1) }
            }
        }
    }

    /// Pings up to the last that was answered: what is under way at the end counts for nothing.
    struct Count: CustomStringConvertible {
        private(set) var sent = 0
        private(set) var lost = 0
        /// Most that were lost in a row.
        private(set) var gap = 0

        /// - Parameter answers: sequence numbers, of 16 bits, in the order of their coming.
        fileprivate init(_ answers: [Int]) {
            var seen: Set<Int> = []
            for answer in answers {
                let turn = (sent - answer + 0x8000) / 0x10000
                seen.insert(max(0, turn) * 0x10000 + answer)
                sent = max(sent, max(0, turn) * 0x10000 + answer)
            }
            var run = 0
            for number in stride(from: 1, through: sent, by: 1) {
                run = seen.contains(number) ? 0 : run + 1
                lost += run > 0 ? 1 : 0
                gap = max(gap, run)
            }
        }

        var description: String { "\(lost) of \(sent) pings lost, at most \(gap) in a row (\(gap * 5) ms)" }
    }
}
