import Datapath
import Glibc
import Model
import Net
import Netlink
import Node
import NodeTestSupport
import Testing

/// Programs are exchanged under traffic: 4 TCP streams, a ping a millisecond, 500 connections a second. `make upgrade` (FABCTL_UPGRADE=20) does it
/// as many times; a run of the same length without an install is what it is compared with.
@Suite("upgrade", .enabled(if: isRoot, "needs root: loads programs into a namespace"), .serialized)
struct UpgradeTests {
    private static let times = getenv("FABCTL_UPGRADE").flatMap { Int(String(cString: $0)) } ?? 3

    /// What the load of one run came to.
    private struct Outcome: CustomStringConvertible {
        var pings = 0
        var lost = 0
        var connections = 0
        var failed = 0
        var bytes = 0
        var retransmits = 0
        var streamErrors: [String] = []

        var description: String {
            "\(pings) pings, \(lost) lost; \(connections) connections, \(failed) failed; \(bytes >> 20) MiB in 4 streams, \(retransmits) retransmits"
        }
    }

    /// Runs `body` under load, and tells what became of it.
    private func load(_ fabric: Fabric, _ body: () throws -> Void) throws -> Outcome {
        var outcome = Outcome()
        let remote = "fd00:cafe:0:2::a"
        let other = try #require(try Node(root: fabric.root).desired().endpoints.first { $0.pod.name == "other" }?.addresses.first?.description)
        // Two streams to another pod, two to the fabric; below what would fill queues by itself.
        let servers = try [("other", other), ("l1", remote)].map { try fabric.start(["iperf3", "-s", "-1", "-B", $1], on: $0) }
        let connector = "\(Fabric.program.split(separator: "/").dropLast().reduce("") { "\($0)/\($1)" })/fabctl-load"
        defer { for server in servers { _ = try? server.kill() } }
        usleep(200_000)
        let streams = try [other, remote].map {
            try fabric.start(["iperf3", "-6", "-c", $0, "-P", "2", "-b", "200M", "-t", "3600", "-J"], on: "steady")
        }
        let ping = try fabric.start(["ping", "-n", "-q", "-i", "0.001", remote], on: "steady")
        let connect = try fabric.start(
            [
                connector, "connect", "--client", fabric.path("steady"), "--server", fabric.path("other"), "--to", other, "--port", "7001", "--rate",
                "500",
            ]
                + ["--seconds", "3600", "--count", "\(500 * max(4, Self.times * 2))"])
        usleep(500_000)
        try body()
        let connected = try connect.finish()
        let pinged = try ping.interrupt()
        for stream in streams {
            let ended = try stream.interrupt().json()
            let sum = ended["end"]?["sum_sent"]
            outcome.bytes += sum?["bytes"]?.int ?? 0
            outcome.retransmits += sum?["retransmits"]?.int ?? 0
            // It was this test that ended it.
            if let error = ended["error"]?.string, !error.contains("interrupt") { outcome.streamErrors.append(error) }
            let quiet = ended["intervals"]?.elements.flatMap { $0["streams"]?.elements ?? [] }.count { $0["bytes"]?.int == 0 } ?? 0
            if quiet > 0 { outcome.streamErrors.append("\(quiet) seconds without a byte") }
        }
        let words = pinged.output.split(separator: "\n").first { $0.contains("packets transmitted") }?.split(separator: " ") ?? []
        outcome.pings = words.first.flatMap { Int($0) } ?? 0
        outcome.lost = outcome.pings - (words.count > 3 ? Int(words[3]) ?? 0 : 0)
        let connections = try connected.json()
        outcome.connections = connections["count"]?.int ?? 0
        outcome.failed = connections["failed"]?.int ?? -1
        return outcome
    }

    private func metrics(_ fabric: Fabric) throws -> [String: UInt64] {
        Dictionary(try Node(root: fabric.root).metrics().map { ("reason \($0.reason) direction \($0.direction)", $0.packets) }) { $0 + $1 }
    }

    @Test func sameAndNewerUnderLoad() throws {
        try Fabric.with { fabric in
            try fabric.install()
            try fabric.addPod("steady")
            try fabric.addPod("other")
            #expect(try fabric.pings("steady", "fd00:cafe:0:2::a"))
            // A closed connection keeps its port for a minute: 30,000 of them, at 500 a second.
            try fabric.namespace("steady").run { try Sysctl(net: "ipv4", "ip_local_port_range")?.write("1024 65535") }
            let node = Node(root: fabric.root)
            let programs = [Fabric.program] + (try (1...2).map { try fabric.newerProgram(than: Loader.imageChecksum, by: $0) })
            func install(_ program: String) throws {
                let ended = try fabric.run([program, "install"])
                #expect(ended.code == 0, "\(ended.error)")
            }
            let start = ContinuousClock.now
            let control = try load(fabric) { usleep(useconds_t(400_000 * Self.times)) }
            let length = ContinuousClock.now - start

            let before = try metrics(fabric)
            var counters = before
            var checksums: Set<UInt64> = []
            let upgraded = try load(fabric) {
                for index in 0..<Self.times * 2 {
                    // The same as the last one, then another.
                    try install(programs[(index + 1) / 2 % programs.count])
                    checksums.insert(try node.desired().config.imageChecksum)
                    let now = try metrics(fabric)
                    for (name, packets) in counters { #expect(now[name, default: 0] >= packets, "\(name) went back") }
                    counters = now
                    usleep(150_000)
                }
            }
            print("control (\(length)): \(control)")
            print("with \(Self.times * 2) installs: \(upgraded)")
            #expect(checksums.count == min(programs.count, Self.times + 1))
            #expect(upgraded.pings > 100 && upgraded.connections > 100 && upgraded.bytes > 1 << 20)
            #expect(upgraded.lost <= control.lost && upgraded.failed <= control.failed, "\(upgraded); without installs \(control)")
            #expect(upgraded.streamErrors.isEmpty, "\(upgraded.streamErrors)")
            let dropped = counters.filter { !$0.key.hasPrefix("reason 0 ") && $0.value != before[$0.key, default: 0] }
            #expect(dropped.isEmpty, "\(dropped)")
            #expect(try fabric.fabctl("repair").code == 0)
        }
    }
}
