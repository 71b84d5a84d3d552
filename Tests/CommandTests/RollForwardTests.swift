import Glibc
import Model
import Net
import Node
import NodeTestSupport
import Testing

/// A command that is killed at any moment leaves the old state or the new one; the next command finishes what it began; and no packet of
/// another pod is lost meanwhile.
@Suite("killed commands", .enabled(if: isRoot, "needs root: loads programs into a namespace"))
struct RollForwardTests {
    /// How many times each command is killed.
    private static let rounds = 12

    /// Kills a command after a random part of the time that it takes.
    /// - Parameter span: microseconds.
    private func kill(_ fabric: Fabric, _ arguments: [String], within span: UInt64, _ generator: inout SeededGenerator) throws {
        let running = try fabric.start([Fabric.program] + arguments)
        usleep(useconds_t(UInt64.random(in: 0...span, using: &generator)))
        _ = try running.kill()
    }

    /// Microseconds that a command takes here and now.
    private func measure(_ body: () throws -> Void) rethrows -> UInt64 {
        let duration = try ContinuousClock().measure(body)
        return UInt64(duration.components.seconds) * 1_000_000 + UInt64(duration.components.attoseconds / 1_000_000_000_000)
    }

    /// After a kill: `status` says whether a change is pending, or that all is well; nothing in between.
    /// - Returns: whether it is pending.
    private func isPending(_ fabric: Fabric) throws -> Bool {
        let status = try fabric.fabctl("status", "-o", "json")
        let problems = try status.json()["problems"]?.elements ?? []
        let pending = problems.contains { $0["subject"]?.string == "state" && $0["message"]?.string?.contains("not carried out") == true }
        #expect(status.code == (pending ? 1 : 0), "\(problems)")
        return pending
    }

    /// Runs `body` while another pod's packets go to and fro, each of which must come back.
    private func withTraffic(_ fabric: Fabric, _ body: () throws -> Void) throws {
        let ping = try fabric.start(["ping", "-n", "-i", "0.02", "fd00:cafe:0:2::a"], on: "steady")
        try body()
        usleep(100_000)
        let finished = try ping.interrupt()
        let numbers = finished.output.split(separator: "\n").compactMap { line in
            line.split(separator: " ").first { $0.hasPrefix("icmp_seq=") }.flatMap { Int($0.dropFirst(9)) }
        }
        #expect(numbers.count > 20)
        #expect(zip(numbers, numbers.dropFirst()).allSatisfy { $1 == $0 + 1 }, "every packet came back, in order")
    }

    private func with(_ body: (Fabric, inout SeededGenerator) throws -> Void) throws {
        try Fabric.with { fabric in
            try fabric.install()
            try fabric.addPod("steady")
            #expect(try fabric.pings("steady", "fd00:cafe:0:2::a"))
            var generator = SeededGenerator(state: 20_261_123)
            try withTraffic(fabric) { try body(fabric, &generator) }
            #expect(try fabric.fabctl("status", "--brief").output == "OK\n")
            #expect(try fabric.fabctl("repair").output == "nothing to repair\n")
        }
    }

    @Test func endpointAddAndDelete() throws {
        try with { fabric, generator in
            let path = try fabric.addNamespace("pod")
            let add = ["endpoint", "add", "default/pod", "--netns", path]
            let delete = ["endpoint", "delete", "default/pod"]
            func names() throws -> [String] { try Node(root: fabric.root).desired().endpoints.map(\.pod.name) }
            let adding = try measure { try fabric.done(add) }
            let deleting = try measure { try fabric.done(delete) }
            let settled = try fabric.state().filter { !$0.hasPrefix(fabric.root) }
            var seen: [String: Int] = [:]
            for round in 0..<Self.rounds {
                try kill(fabric, add, within: adding, &generator)
                let committed = try names() == ["pod", "steady"]
                #expect(try committed || names() == ["steady"])
                let pending = try isPending(fabric)
                seen["add \(committed) \(pending)", default: 0] += 1
                let again = try fabric.fabctl(add)
                #expect(again.code == 0, "round \(round): \(again.error)")
                if round % 8 == 0 { #expect(try fabric.pings("pod", "fd00:cafe:0:2::a"), "round \(round)") }

                try kill(fabric, delete, within: deleting, &generator)
                let deleted = try names() == ["steady"]
                #expect(try deleted || names() == ["pod", "steady"])
                seen["delete \(deleted) \(try isPending(fabric))", default: 0] += 1
                let rest = try fabric.fabctl(delete)
                // Committed by the one that was killed: carried out now, and there is no such endpoint.
                #expect(rest.code == (deleted ? 65 : 0), "round \(round): \(rest.error)")
                #expect(try fabric.fabctl("status", "--brief").output == "OK\n", "round \(round)")
            }
            expectSame(settled, try fabric.state().filter { !$0.hasPrefix(fabric.root) })
            // Both sides of the commit point were tried.
            #expect(seen.keys.contains { $0.hasPrefix("add true") } && seen.keys.contains { $0.hasPrefix("add false") }, "\(seen)")
            #expect(seen.keys.contains { $0.hasPrefix("delete true") } && seen.keys.contains { $0.hasPrefix("delete false") }, "\(seen)")
        }
    }

    @Test func nodeAdd() throws {
        try with { fabric, generator in
            func add(_ index: Int) -> [String] {
                ["node", "add", "node2", "--pod-cidr", "fd00:cafe:0:\(String(index + 16, radix: 16))::/64", "--via", "fd00:fab:1::1"]
            }
            func prefix() throws -> String? { try Node(root: fabric.root).desired().nodes.first?.podCIDRs.first?.description }
            let adding = try measure { try fabric.done(add(0)) }
            var outcomes: Set<Bool> = []
            for round in 1...Self.rounds {
                let before = try prefix()
                try kill(fabric, add(round), within: adding, &generator)
                let after = try prefix()
                #expect(after == before || after == add(round)[4])
                outcomes.insert(after == before)
                _ = try isPending(fabric)
                let again = try fabric.fabctl(add(round))
                #expect(again.code == 0, "round \(round): \(again.error)")
                let routes = try fabric.ip("n1", "-6 route show proto 250").split(separator: "\n").filter { $0.contains("fd00:fab:1::1") }
                #expect(routes.count == 1 && routes[0].hasPrefix(add(round)[4]), "round \(round): \(routes)")
            }
            #expect(outcomes.count == 2, "before and after the commit")
        }
    }

    @Test func upgrade() throws {
        try with { fabric, generator in
            let installing = try measure { try fabric.done("install") }
            var pending = 0
            for round in 0..<Self.rounds {
                try kill(fabric, ["install"], within: installing, &generator)
                if try isPending(fabric) { pending += 1 }
                if round % 2 == 0 {
                    let again = try fabric.fabctl("install")
                    #expect(again.code == 0, "round \(round): \(again.error)")
                } else {
                    #expect(try fabric.fabctl("repair").code == 0, "round \(round)")
                }
                #expect(try fabric.fabctl("status", "--brief").output == "OK\n", "round \(round)")
                #expect(Fabric.entries("\(fabric.root)/progs") == ["from_pod", "from_uplink", "to_pod", "to_uplink"], "round \(round)")
            }
            #expect(pending > 0)
        }
    }

    /// The first install and the last uninstall.
    @Test func fromNothingToNothing() throws {
        try Fabric.with { fabric in
            let before = try fabric.state()
            let values = try fabric.file("values", Fabric.values)
            let install = ["install", "-f", values, "--pod-cidr", "fd00:cafe:0:1::/64", "--node-name", "node1"]
            let path = try fabric.addNamespace("pod")
            let installing = try measure { try fabric.done(install) }
            let uninstalling = try measure { try fabric.done("uninstall") }
            var generator = SeededGenerator(state: 7)
            for round in 0..<8 {
                try kill(fabric, install, within: installing, &generator)
                let status = try fabric.fabctl("status")
                #expect([0, 1, 69].contains(status.code), "round \(round): \(status.error)")
                let again = try fabric.fabctl(install)
                #expect(again.code == 0, "round \(round): \(again.error)")
                try fabric.done("endpoint", "add", "default/pod", "--netns", path)
                #expect(try fabric.fabctl("status", "--brief").output == "OK\n", "round \(round)")
                try kill(fabric, ["uninstall"], within: uninstalling, &generator)
                let rest = try fabric.fabctl("uninstall")
                #expect([0, 69].contains(rest.code), "round \(round): \(rest.error)")
                expectSame(before, try fabric.state().filter { !$0.hasPrefix("pod ") })
            }
        }
    }
}

/// Reproducible random numbers (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}
