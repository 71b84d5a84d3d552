import Glibc
import Netlink
import NodeTestSupport
import Testing

/// A node's long day, in short: pods come and go, a link flaps, installs repeat, traffic never stops. `SOAK_SECONDS` is how long
/// (`make soak`).
@Suite("soak", .enabled(if: isRoot, "needs root: makes network namespaces"))
struct SoakTests {
    private static let seconds = getenv("SOAK_SECONDS").flatMap { Double(String(cString: $0)) } ?? 8

    /// What must not grow: pins, and what the node's kernel holds.
    private func holdings(_ fabric: Fabric) throws -> [String: Int] {
        let script = "ip -o link | wc -l; ip -o addr | wc -l; (ip -6 route; ip -4 route) | wc -l; ip neigh show nud permanent | wc -l"
        let counts = try fabric.run(["sh", "-c", script]).output.split(separator: "\n").compactMap { Int($0.filter(\.isNumber)) }
        try #require(counts.count == 4)
        return [
            "pins": fabric.pins().count, "devices": counts[0], "addresses": counts[1], "routes": counts[2], "neighbours": counts[3],
            "namespaces": try NetworkNamespace.names().count { $0.hasPrefix(fabric.id + "-") },
        ]
    }

    /// Descriptors that a process has open.
    private func descriptors(_ running: Running) -> Int { Fabric.entries("/proc/\(running.child.processID)/fd").count }

    /// What `status` still says is wrong after some seconds, as text.
    private func problems(_ fabric: Fabric) throws -> [String] {
        var found: [String] = []
        _ = try eventually(seconds: 5) {
            found = try fabric.fabctl("status", "-o", "json").json()["problems"]?.elements.map { "\($0)" } ?? ["no status"]
            return found.isEmpty
        }
        return found
    }

    @Test func nothingIsLostOrLeftBehind() throws {
        try Fabric.with(leaves: 2) { fabric in
            try fabric.install()
            for pod in ["web", "db"] { try fabric.addPod(pod) }
            let hops = ["--via", "fd00:fab:1::1", "--via", "fd00:fab:2::1"]
            try fabric.done(["node", "add", "node2", "--pod-cidr", "fd00:cafe:0:2::/64"] + hops)
            #expect(try problems(fabric) == [])
            let load = Load(fabric: fabric)
            let observer = try fabric.start(["sh", "-c", "exec \(Fabric.program) observe --follow -o json > /dev/null"])
            let traffic = try load.hold(from: "web", to: "db", "fd00:cafe:0:1::2", port: 7001, connections: 20, seconds: Self.seconds + 5)
            #expect(try eventually { try fabric.fabctl("status", "-o", "json").json()["history"]?["observers"]?.int == 1 })
            let before = try holdings(fabric), open = descriptors(observer)

            var random = SystemRandomNumberGenerator(), rounds = 0
            let end = ContinuousClock.now + .milliseconds(Int64(Self.seconds * 1000))
            while ContinuousClock.now < end {
                rounds += 1
                let pod = "soak\(rounds)"
                try fabric.addPod(pod, "--label", "round=\(rounds)")
                #expect(try fabric.pings(pod, "fd00:cafe:0:1::1"), "round \(rounds)")
                try fabric.done("ip", "add", "fd00:cafe:0:2::\(rounds % 9999)", "--pod", "default/there", "--label", "app=there")
                try fabric.done("node", "add", "node3", "--pod-cidr", "fd00:cafe:0:3::/64", "--via", "fd00:fab:1::1")
                try fabric.done("install")
                let connected = try load.run(
                    "connect", from: "web", to: "db", ["--to", "fd00:cafe:0:1::2", "--port", "7002", "--count", "20", "--seconds", "10"])
                #expect(connected["failed"]?.int == 0 && connected["count"]?.int == 20, "round \(rounds): \(connected)")
                try fabric.done("node", "delete", "node3")
                try fabric.done("ip", "delete", "fd00:cafe:0:2::\(rounds % 9999)")
                try fabric.done("endpoint", "delete", "default/\(pod)")
                try fabric.deleteNamespace(pod)
                if Bool.random(using: &random) {
                    try fabric.ip("l2", "link set to-n1 down")
                    usleep(100_000)
                    try fabric.ip("l2", "link set to-n1 up")
                    // The kernel forgets routes over a link that is gone; whoever made them makes them again.
                    try fabric.done("repair")
                }
                #expect(try problems(fabric) == [], "round \(rounds)")
            }
            #expect(rounds > 0)
            #expect(try holdings(fabric) == before, "after \(rounds) rounds")
            #expect(descriptors(observer) == open)
            let result = try Load.result(traffic)
            #expect(result["alive"]?.int == 20 && result["moving_at_the_end"]?.int == 20, "after \(rounds) rounds: \(result)")
            let watched = try observer.interrupt()
            #expect([0, 130].contains(watched.code), "\(watched.error)")
        }
    }
}
