import NodeTestSupport
import Testing

/// What is sent into a dead end is seen, counted and, where there is another way, goes there: with no command run.
@Suite("dead ends", .enabled(if: isRoot, "needs root: loads programs into a namespace"))
struct DeadEndTests {
    private static func node(_ fabric: Fabric) throws {
        try fabric.install()
        try fabric.addPod("web")
        try fabric.done("node", "add", "node2", "--pod-cidr", "fd00:cafe:0:2::/64", "--via", "fd00:fab:1::1", "--via", "fd00:fab:2::1")
    }

    /// Flows over both uplinks, ten packets a second each, while `event` happens after some of them.
    /// - Returns: for each flow, how many of its last ten packets were answered.
    private static func answered(_ fabric: Fabric, _ event: () throws -> Void) throws -> [Int] {
        let count = 60
        let pings = try (0..<8).map { _ in
            try fabric.start(["ping", "-n", "-i", "0.1", "-W", "1", "-c", "\(count)", "fd00:cafe:0:2::a"], on: "web")
        }
        #expect(try eventually { try fabric.run(["ping", "-n", "-c", "1", "-W", "1", "fd00:cafe:0:2::a"], on: "web").code == 0 })
        try event()
        return try pings.map { ping in
            let numbers = try ping.finish().output.split(separator: "\n").compactMap { line in
                line.split(separator: " ").first { $0.hasPrefix("icmp_seq=") }.flatMap { Int($0.dropFirst(9)) }
            }
            return numbers.count { $0 > count - 10 }
        }
    }

    /// The leaf's device is up, and nobody is there: it answers nothing, of neighbour discovery neither.
    private static let silent = ["addr flush dev to-n1", "addr flush dev lo"]

    @Test(arguments: [["link set to-n1 down"], silent])
    func flowsLeaveALeafThatIsNotThereAnyMore(_ failure: [String]) throws {
        try Fabric.with(leaves: 2) { fabric in
            try Self.node(fabric)
            let last = try Self.answered(fabric) { try fabric.batch("l1", failure) }
            #expect(last.allSatisfy { $0 == 10 }, "\(last)")
            // And so do new ones.
            for _ in 0..<8 { #expect(try fabric.run(["ping", "-n", "-i", "0.1", "-c", "3", "-W", "1", "fd00:cafe:0:2::a"], on: "web").code == 0) }
            let status = try fabric.fabctl("status")
            #expect(status.code == 1)
            #expect(status.output.contains(failure.count == 1 ? "device eth0" : "next hop fd00:fab:1::1%eth0"), "\(status.output)")
        }
    }

    @Test func aLeafWithAnotherMACAddressIsFoundAgain() throws {
        try Fabric.with(leaves: 1) { fabric in
            try fabric.install()
            try fabric.addPod("web")
            try fabric.done("node", "add", "node2", "--pod-cidr", "fd00:cafe:0:2::/64", "--via", "fd00:fab:1::1")
            let last = try Self.answered(fabric) { _ = try fabric.ip("l1", "link set to-n1 address 02:00:00:00:00:77") }
            #expect(last.allSatisfy { $0 == 10 }, "\(last)")
        }
    }

    @Test func aLeafThatComesBackIsUsedAgain() throws {
        try Fabric.with(leaves: 2) { fabric in
            try Self.node(fabric)
            try fabric.batch("l1", Self.silent)
            _ = try fabric.run(["ping", "-n", "-i", "0.1", "-W", "1", "-c", "20", "fd00:cafe:0:2::a"], on: "web")
            try fabric.batch("l2", Self.silent)
            try fabric.batch("l1", ["addr add fd00:fab:1::1/64 dev to-n1 nodad", "addr add fd00:cafe:0:2::a/128 dev lo"])
            // It asks for the node in the name of a pod elsewhere otherwise, and the kernel's answer may go to the other leaf.
            #expect(try fabric.pings("l1", "fd00:fab:1::2"))
            #expect(try fabric.pings("web", "fd00:cafe:0:2::a", seconds: 20))
        }
    }

    @Test func withNothingLeftThereIsADropWithAReason() throws {
        try Fabric.with(leaves: 1) { fabric in
            try fabric.install()
            try fabric.addPod("web")
            try fabric.done("node", "add", "node2", "--pod-cidr", "fd00:cafe:0:2::/64", "--via", "fd00:fab:1::1")
            #expect(try fabric.pings("web", "fd00:cafe:0:2::a"))
            try fabric.batch("l1", Self.silent)
            _ = try fabric.run(["ping", "-n", "-i", "0.1", "-W", "1", "-c", "40", "fd00:cafe:0:2::a"], on: "web")
            let drops = try fabric.fabctl("observe", "--last", "20", "--drop-reason-desc", "FIB_LOOKUP_FAILED", "-o", "json")
            #expect(!drops.output.isEmpty, "\(drops.error)")
            let status = try fabric.fabctl("status")
            #expect(
                status.code == 1 && status.output.contains("next hop fd00:fab:1::1%eth0") && status.output.contains("packets lost"),
                "\(status.output)")
        }
    }

    @Test func aPodWhoseDeviceIsDownIsNamed() throws {
        try Fabric.with(leaves: 1) { fabric in
            try fabric.install()
            try fabric.addPod("web")
            try fabric.addPod("db")
            #expect(try fabric.pings("web", "fd00:cafe:0:1::2"))
            _ = try fabric.ip("db", "link set eth0 down")
            _ = try fabric.run(["ping", "-n", "-i", "0.1", "-W", "1", "-c", "10", "fd00:cafe:0:1::2"], on: "web")
            let drops = try fabric.fabctl("observe", "--last", "20", "--drop-reason-desc", "DROP_EP_NOT_READY", "-o", "json")
            #expect(!drops.output.isEmpty, "\(drops.error)")
            #expect(try fabric.fabctl("status").output.contains("endpoint default/db"))
            _ = try fabric.ip("db", "link set eth0 up")
            try fabric.done("repair")
            #expect(try fabric.pings("web", "fd00:cafe:0:1::2"))
        }
    }
}
