import Glibc
import Net
import Netlink
import NodeTestSupport
import Testing

/// Whoever sends as much as this machine makes: those who were there go on, and those who come after are served. `FABCTL_FLOOD` is how many
/// seconds each flood lasts (`make flood`).
@Suite("floods", .serialized, .enabled(if: isRoot, "needs root: makes network namespaces"))
struct FloodTests {
    private static let seconds = getenv("FABCTL_FLOOD").flatMap { Double(String(cString: $0)) } ?? 1

    enum Flood: String, CaseIterable {
        case synFromPod, udpFromPod, synFromFabric, udpFromFabric

        var isFromPod: Bool { self == .synFromPod || self == .udpFromPod }
        var `protocol`: String { self == .synFromPod || self == .synFromFabric ? "tcp" : "udp" }
    }

    private func with(_ body: (Fabric, Load) throws -> Void) throws {
        try Fabric.with { fabric in
            try fabric.install()
            for pod in ["web", "db", "loud"] { try fabric.addPod(pod) }
            try fabric.done("node", "add", "node2", "--pod-cidr", "fd00:cafe:0:2::/64", "--via", "fd00:fab:1::1")
            #expect(try fabric.pings("web", "fd00:cafe:0:2::a"))
            try body(fabric, Load(fabric: fabric))
        }
    }

    /// The MAC address that a member's frames go to.
    private func gateway(_ fabric: Fabric, _ member: String, _ device: String) throws -> String {
        var socket = try NetlinkSocket(in: fabric.namespace(member))
        let link = try #require(try socket.link(named: device))
        var node = try NetlinkSocket(in: fabric.namespace("n1"))
        return try #require(try node.links().first { $0.index == link.peerIndex }?.macAddress).description
    }

    private func status(_ fabric: Fabric) throws -> JSON { try fabric.fabctl("status", "--verbose", "-o", "json").json() }

    private func map(_ name: String, _ status: JSON) -> JSON? { status["maps"]?.elements.first { $0["name"]?.string == name } }

    @Test(arguments: Flood.allCases) func othersGoOn(_ flood: Flood) throws {
        try with { fabric, load in
            let before = try status(fabric)
            let lasting = Self.seconds + 3
            let held = [
                try load.hold(from: "web", to: "db", "fd00:cafe:0:1::2", port: 7001, connections: 50, seconds: lasting),
                try load.hold(from: "web", to: "l1", "fd00:cafe:0:2::a", port: 7002, connections: 50, seconds: lasting),
            ]
            var arguments = ["--seconds", "\(Self.seconds)", "--protocol", flood.protocol, "--port", "0"]
            if flood.isFromPod {
                arguments += ["--device", "eth0", "--mac", try gateway(fabric, "loud", "eth0"), "--from", "fd00:cafe:0:1::3"]
                arguments += ["--to", flood == .synFromPod ? "fd00:cafe:0:1::2" : "fd00:cafe:0:2::a"]
            } else {
                arguments += ["--device", "to-n1", "--mac", try gateway(fabric, "l1", "to-n1"), "--from", "fd00:e0::/64", "--to", "fd00:cafe:0:1::2"]
            }
            let sent = try load.run("raw", from: flood.isFromPod ? "loud" : "l1", arguments)
            #expect(sent["sent"]?.int ?? 0 > 1_000, "\(sent)")

            for running in held {
                let result = try Load.result(running)
                #expect(result["alive"]?.int == 50 && result["moving_at_the_end"]?.int == 50 && result["least"]?.int ?? 0 > 0, "\(flood): \(result)")
            }
            // Whoever comes after is served.
            for (to, member, port) in [("fd00:cafe:0:1::2", "db", "7003"), ("fd00:cafe:0:2::a", "l1", "7004")] {
                let after = try load.run("connect", from: "web", to: member, ["--to", to, "--port", port, "--count", "200", "--seconds", "10"])
                #expect(after["failed"]?.int == 0 && after["count"]?.int == 200, "\(flood): \(after)")
            }
            let after = try status(fabric)
            // What it filled, and what was pushed out, is seen; it fills no table but that of flows that nobody has answered, and no memory.
            #expect(map("halfopen", after)?["entries"]?.int ?? 0 > map("halfopen", before)?["entries"]?.int ?? 0, "\(flood)")
            #expect(map("flows", after)?["evicted"]?.int == 0, "\(flood)")
            for name in ["flows", "halfopen", "denied_flows", "fragments", "history"] {
                #expect(map(name, after)?["memory"]?.int == map(name, before)?["memory"]?.int, "\(flood): memory of \(name)")
            }
            #expect(try neighbours(fabric) < 40, "\(flood): neighbours")
            #expect(after["healthy"]?.bool == before["healthy"]?.bool, "\(flood): \(after["problems"] ?? .null)")
        }
    }

    private func neighbours(_ fabric: Fabric) throws -> Int { try fabric.ip("n1", "neigh").split(separator: "\n").count }

    /// Addresses of a link of the node: the kernel looks for some of them, and not for thousands at once.
    @Test func aScanOfAFabricPrefix() throws {
        try with { fabric, load in
            let before = try neighbours(fabric)
            let sent = try load.run(
                "raw", from: "loud",
                [
                    "--device", "eth0", "--mac", try gateway(fabric, "loud", "eth0"), "--from", "fd00:cafe:0:1::3", "--to", "fd00:fab:1::/64",
                    "--protocol", "icmp", "--count", "400", "--rate", "4000",
                ])
            #expect(sent["sent"]?.int == 400)
            let after = try neighbours(fabric)
            #expect(after > before, "some are looked for")
            #expect(after < before + 100, "\(after) neighbours, of \(before)")
            let drops = try fabric.fabctl("bpf", "metrics", "list", "-o", "json").json().elements
            let limited = drops.filter { $0["reason_desc"]?.string == "DROP_RATE_LIMITED" }.compactMap { $0["packets"]?.int }.reduce(0, +)
            #expect(limited >= 300, "each of the others is counted: \(limited)")
            #expect(try fabric.pings("web", "fd00:cafe:0:2::a"), "what is known is still reached")
        }
    }

    /// Addresses that nobody has end in an unreachable route: no neighbour is asked for. Few packets: the kernel's table is one for all
    /// namespaces.
    @Test func aScanOfThePodCIDR() throws {
        try with { fabric, load in
            let before = try neighbours(fabric)
            for (member, device, source) in [("l1", "to-n1", "fd00:e0::1"), ("loud", "eth0", "fd00:cafe:0:1::3")] {
                let sent = try load.run(
                    "raw", from: member,
                    [
                        "--device", device, "--mac", try gateway(fabric, member, device), "--from", source, "--to", "fd00:cafe:0:1::/64",
                        "--protocol", "icmp",
                        "--count", "300", "--rate", "3000",
                    ])
                #expect(sent["sent"]?.int == 300)
            }
            #expect(try neighbours(fabric) <= before + 2)
            let drops = try fabric.fabctl("bpf", "metrics", "list", "-o", "json").json().elements
            let unknown = drops.filter { $0["reason_desc"]?.string == "UNKNOWN_L3_TARGET_ADDRESS" }.compactMap { $0["packets"]?.int }.reduce(0, +)
            #expect(unknown >= 590, "each is counted: \(unknown)")
        }
    }
}
