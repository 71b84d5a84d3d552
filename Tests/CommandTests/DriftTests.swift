import BPF
import CFabricABI
import Glibc
import Model
import Net
import Netlink
import Node
import NodeTestSupport
import Testing

/// What happens to a node by somebody else's hand: `status` names it, what still can work does, nothing passes unjudged, and `repair` mends it
/// or says who must. What is only to be named and mended is in `RepairTests`.
@Suite("drift", .enabled(if: isRoot, "needs root: loads programs into a namespace"))
struct DriftTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let testDescription: String
        /// What `status` says it is about; nil: nothing is wrong.
        var subject: String?
        /// Who reaches whom without a repair: pods by name, `fabric`.
        var works: [[String]] = []
        /// Whose packets are dropped, for a reason.
        var stops: [[String]] = []
        /// What a person must do before the repair, or instead of it.
        var help: @Sendable (Fabric) throws -> Void = { _ in }
        /// Whether that is all: the repair itself says that it cannot.
        var isHelpless = false
        let make: @Sendable (Fabric) throws -> Void
    }

    private static func flush<Value: BitwiseCopyable>(_ map: String, _ blank: Value) -> @Sendable (Fabric) throws -> Void {
        let zero = withUnsafeBytes(of: blank) { [UInt8]($0) }
        return { fabric in
            let map = try BPFMap.open(pinned: "\(fabric.root)/maps/\(map)")
            var keys: [[UInt8]] = []
            try map.forEachEntry { (key, _) in keys.append([UInt8](key)) }
            for key in keys { if map.kind.isArray { try map.update(bytes: key, zero) } else { _ = try map.delete(bytes: key) } }
        }
    }

    private static func node(_ commands: String...) -> @Sendable (Fabric) throws -> Void { { try $0.batch("n1", commands) } }

    private static let pods = [["web", "other"], ["other", "web"]]
    private static let out = [["web", "fabric"], ["other", "fabric"]]
    private static let others = [["other", "fabric"]]

    static let rows: [Row] = [
        Row(testDescription: "flows flushed", works: pods + out, make: flush("flows", ())),
        Row(testDescription: "endpoints flushed", subject: "map endpoints", stops: pods + out, make: flush("endpoints", fabric_endpoint())),
        Row(testDescription: "addresses flushed", subject: "map addresses", stops: pods + out, make: flush("addresses", ())),
        Row(testDescription: "devices flushed", subject: "map devices", stops: pods + out, make: flush("devices", ())),
        Row(testDescription: "routes flushed", subject: "map routes", works: pods + out, make: flush("routes", ())),
        Row(testDescription: "next hops flushed", subject: "map nexthops", works: pods, stops: out, make: flush("nexthops", fabric_nexthop())),
        Row(testDescription: "groups flushed", subject: "map groups", works: pods, stops: out, make: flush("groups", fabric_group())),
        Row(testDescription: "the configuration flushed", subject: "map config", make: flush("config", fabric_config())),
        Row(testDescription: "a pod's program detached", subject: "device pod1 ingress", works: others, stops: [["web", "fabric"]]) { fabric in
            guard let index = Int(try fabric.ip("n1", "-o link show pod1").prefix { $0.isNumber }) else { throw Failure("no pod1") }
            try BPFLink.open(pinned: "\(fabric.root)/links/\(index)_ingress").detach()
        },
        Row(testDescription: "the links' directory removed", subject: "links") { fabric in
            let directory = "\(fabric.root)/links"
            for name in Fabric.entries(directory) { unlink("\(directory)/\(name)") }
            guard rmdir(directory) == 0 else { throw Failure("rmdir \(directory): \(errno)") }
        },
        Row(testDescription: "a pod's MTU changed", subject: "endpoint default/web", works: pods + out, make: node("link set pod1 mtu 1300")),
        Row(
            testDescription: "a pod's device replaced", subject: "endpoint default/web", works: others,
            stops: [["web", "fabric"], ["web", "other"]]
        ) { fabric in
            let address = try fabric.address("web")
            try fabric.batch("n1", ["link del pod1", "link add pod1 type veth peer name eth0 netns \(fabric.name("web"))", "link set pod1 up"])
            try fabric.batch(
                "web",
                [
                    "addr add \(address)/128 dev eth0 nodad", "link set eth0 up", "route add fe80::1 dev eth0",
                    "route add default via fe80::1 dev eth0",
                ])
            try fabric.batch("n1", ["addr add fe80::1/64 dev pod1 nodad", "route replace \(address) dev pod1"])
        },
        Row(testDescription: "a pod's device deleted", subject: "endpoint default/web", works: others, make: node("link del pod1")),
        Row(
            testDescription: "the pod's end moved elsewhere", subject: "endpoint default/web", works: others,
            help: { try $0.again("web") }, isHelpless: true
        ) { fabric in
            try fabric.batch("web", ["link set eth0 netns \(fabric.name("l1")) name moved"])
            try fabric.batch("l1", ["link set moved up"])
        },
        Row(
            testDescription: "the node's end moved elsewhere", subject: "endpoint default/web", works: others,
            help: { fabric in
                try fabric.batch("l1", ["link del pod1"])
                try fabric.again("web")
            }, isHelpless: true
        ) { fabric in try fabric.batch("n1", ["link set pod1 netns \(fabric.name("l1"))"]) },
        Row(
            testDescription: "an uplink down", subject: "device eth0", works: pods,
            help: node(
                "link set eth0 up", "addr add fd00:fab:1::2/64 dev eth0 nodad",
                "route replace default nexthop via fd00:fab:1::1 nexthop via fd00:fab:2::1"),
            isHelpless: true, make: node("link set eth0 down")),
        Row(
            testDescription: "an uplink deleted and made again", subject: "device eth0 ingress", works: pods,
            help: node("route replace default nexthop via fd00:fab:1::1 nexthop via fd00:fab:2::1")
        ) { fabric in
            let words = try fabric.ip("n1", "-o link show eth0").split(separator: " ")
            guard let place = words.firstIndex(of: "link/ether") else { throw Failure("no MAC address") }
            try fabric.batch(
                "n1",
                [
                    "link del eth0", "link add eth0 address \(words[place + 1]) type veth peer name to-n1 netns \(fabric.name("l1"))",
                    "addr add fd00:fab:1::2/64 dev eth0 nodad", "link set eth0 up",
                ])
            try fabric.batch(
                "l1",
                ["addr add fd00:fab:1::1/64 dev to-n1 nodad", "link set to-n1 up", "route add fd00:cafe:0:1::/64 via fd00:fab:1::2"])
        },
        Row(
            testDescription: "a better route of somebody else's", subject: "route fd00:cafe:0:2::/64", works: pods + out,
            help: node("route del fd00:cafe:0:2::/64 proto static metric 10"), isHelpless: true,
            make: node("route add fd00:cafe:0:2::/64 via fd00:fab:2::1 proto static metric 10")),
    ]

    @Test(arguments: rows) func drifted(_ row: Row) throws {
        try Fabric.with(leaves: 2) { fabric in
            try fabric.install()
            for pod in ["web", "other"] { try fabric.addPod(pod) }
            try fabric.done("node", "add", "node2", "--pod-cidr", "fd00:cafe:0:2::/64", "--via", "fd00:fab:1::1", "--via", "fd00:fab:2::1")
            let ways = Self.pods + Self.out
            for way in ways { #expect(try fabric.reaches(way), "\(way) at first") }
            let before = try fabric.situation()

            try row.make(fabric)
            var status = try fabric.fabctl("status", "-o", "json")
            if row.subject == nil {
                _ = try eventually {
                    status = try fabric.fabctl("status", "-o", "json"); return status.code == 0
                }
            }
            let subjects = try status.json()["problems"]?.elements.compactMap { $0["subject"]?.string } ?? []
            #expect(status.code == (row.subject == nil ? 0 : 1))
            if let subject = row.subject { #expect(subjects.contains(subject), "\(subjects)") }
            for way in row.works { #expect(try fabric.reaches(way), "\(way) without a repair") }
            for way in row.stops {
                let dropped = try fabric.dropped()
                #expect(try !fabric.reaches(way, seconds: 0), "\(way) without a repair")
                #expect(try fabric.dropped() > dropped, "\(way): dropped for a reason")
            }
            if row.isHelpless {
                let repair = try fabric.fabctl("repair")
                #expect(repair.code == 1 && repair.error.contains(row.subject ?? "?"), "\(repair.error)")
            }
            try row.help(fabric)
            let repair = try fabric.fabctl("repair")
            // A next hop that was asked for anew may take a moment to answer.
            #expect(try repair.code == 0 || eventually { try fabric.fabctl("repair").code == 0 }, "\(repair.error)")
            if let subject = row.subject, !row.isHelpless { #expect(repair.output.contains("repaired \(subject): "), "\(repair.output)") }
            #expect(try eventually { try fabric.fabctl("status", "--brief").output == "OK\n" })
            for way in ways { #expect(try fabric.reaches(way), "\(way) in the end") }
            try fabric.expectSituation(before, "")
        }
    }
}

extension Fabric {
    fileprivate func address(_ pod: String) throws -> String {
        guard let found = try Node(root: root).desired().endpoints.first(where: { $0.pod.name == pod })?.addresses.first else {
            throw Failure("no \(pod)")
        }
        return found.description
    }

    /// - Parameter way: from a pod to another or to `fabric`.
    fileprivate func reaches(_ way: [String], seconds: Int = 5) throws -> Bool {
        try pings(way[0], way[1] == "fabric" ? "fd00:cafe:0:2::a" : try address(way[1]), seconds: seconds)
    }

    /// Packets dropped up to now, for all reasons.
    fileprivate func dropped() throws -> UInt64 { try Node(root: root).metrics().reduce(0) { $0 + ($1.reason == 0 ? 0 : $1.packets) } }

    /// A pod deleted and added again.
    fileprivate func again(_ pod: String) throws {
        let address = try address(pod)
        try done("endpoint", "delete", "default/\(pod)")
        try done("endpoint", "add", "default/\(pod)", "--netns", path(pod), "--ip", address)
    }
}
