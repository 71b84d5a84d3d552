import BPF
import CFabricABI
import Compiler
import Glibc
import Net
import NodeTestSupport
import Testing

/// Every kind of drift: `status` names it, in every format with 1; `repair` mends it, and a second time has nothing to do.
@Suite("repair", .enabled(if: isRoot, "needs root: loads programs into a namespace"))
struct RepairTests {
    struct Drift: Sendable, CustomTestStringConvertible {
        let testDescription: String
        /// What `status` says it is about.
        let subject: String
        let make: @Sendable (Fabric) throws -> Void

        init(_ name: String, subject: String, _ make: @escaping @Sendable (Fabric) throws -> Void) {
            testDescription = name
            self.subject = subject
            self.make = make
        }

        /// By a command of the node.
        init(_ subject: String, _ command: String) {
            self.init(command, subject: subject) { fabric in
                let finished = try fabric.run(["sh", "-c", command])
                guard finished.code == 0 else { throw Failure("\(command): \(finished.error)") }
            }
        }

        static func unpinned(_ subject: String, _ path: String) -> Drift {
            Drift("unlink \(path)", subject: subject) { fabric in
                guard unlink("\(fabric.root)/\(path)") == 0 else { throw Failure("unlink \(path): \(errno)") }
            }
        }
    }

    static let routing: [Drift] = [
        Drift("route fd00:cafe:0:2::/64", "ip -6 route del fd00:cafe:0:2::/64"),
        Drift("route fd00:cafe:0:2::/64", "ip -6 route replace fd00:cafe:0:2::/64 proto 250 metric 1024 via fd00:fab:2::1"),
        Drift("route fd00:cafe:0:2::/64", "ip -6 route replace unreachable fd00:cafe:0:2::/64 proto 250 metric 1024"),
        Drift("route fd00:cafe:0:7::/64", "ip -6 route add fd00:cafe:0:7::/64 proto 250 via fd00:fab:1::1"),
        Drift("route fd00:cafe:0:1::1/128", "ip -6 route del fd00:cafe:0:1::1"),
        Drift("route fd00:cafe:0:1::/64", "ip -6 route del unreachable fd00:cafe:0:1::/64"),
        Drift("route 10.2.0.0/24", "ip route del 10.2.0.0/24"),
        Drift("route 10.1.0.0/24", "ip route del unreachable 10.1.0.0/24"),
    ]

    static let devices: [Drift] = [
        Drift("endpoint default/web", "ip link set pod1 down"),
        Drift("endpoint default/web", "ip neigh replace fd00:cafe:0:1::1 lladdr 02:00:00:00:00:01 nud permanent dev pod1"),
        Drift("endpoint default/web", "ip neigh replace fd00:cafe:0:1::1 lladdr 02:00:00:00:00:01 nud stale dev pod1"),
        Drift("endpoint default/web", "ip neigh del 10.1.0.1 dev pod1"),
        Drift("endpoint default/web", "ip addr del fe80::1/64 dev pod1"),
        Drift("endpoint default/web", "ip addr del 169.254.1.1/32 dev pod1"),
        Drift("endpoint default/web", "ip link del pod1"),
        Drift("setting net.ipv6.conf.all.forwarding", "echo 0 > /proc/sys/net/ipv6/conf/all/forwarding"),
        Drift("setting net.ipv4.ip_forward", "echo 0 > /proc/sys/net/ipv4/ip_forward"),
    ]

    static let programs: [Drift] = [
        Drift("detach a program", subject: "device pod1 ingress") { fabric in
            let index = try interface("pod1", fabric)
            try BPFLink.open(pinned: "\(fabric.root)/links/\(index)_ingress").detach()
        },
        Drift("unpin a link", subject: "device eth0 egress") { fabric in
            let index = try interface("eth0", fabric)
            guard unlink("\(fabric.root)/links/\(index)_egress") == 0 else { throw Failure("unlink: \(errno)") }
        },
        .unpinned("program from_pod", "progs/from_pod"),
        .unpinned("map metrics", "maps/metrics"),
        .unpinned("map routes", "maps/routes"),
        .unpinned("map flows", "maps/flows"),
    ]

    static let entries: [Drift] = [
        Drift("delete an address", subject: "map addresses") { fabric in
            let map = try BPFMap.open(pinned: "\(fabric.root)/maps/addresses")
            guard let address = IPAddress("fd00:cafe:0:1::1"), try map.delete(fabric_address_key(address)) else { throw Failure("no such entry") }
        },
        Drift("give an address another identity", subject: "map addresses") { fabric in
            let map = try BPFMap.open(pinned: "\(fabric.root)/maps/addresses")
            guard let address = IPAddress("fd00:cafe:0:1::1"), var value: fabric_address_value = try map.lookup(fabric_address_key(address)) else {
                throw Failure("no such entry")
            }
            value.identity = 6
            try map.update(fabric_address_key(address), value)
        },
        Drift("delete a route", subject: "map routes") { fabric in
            let map = try BPFMap.open(pinned: "\(fabric.root)/maps/routes")
            guard let prefix = Prefix("fd00:cafe:0:2::/64"), try map.delete(fabric_prefix_key(prefix)) else { throw Failure("no such entry") }
        },
        Drift("add a route", subject: "map routes") { fabric in
            let map = try BPFMap.open(pinned: "\(fabric.root)/maps/routes")
            guard let prefix = Prefix("2001:db8::/32") else { throw Failure("no prefix") }
            try map.update(fabric_prefix_key(prefix), fabric_route())
        },
        Drift("forget a device", subject: "map devices") { fabric in
            guard try BPFMap.open(pinned: "\(fabric.root)/maps/devices").delete(UInt32(try interface("pod1", fabric))) else {
                throw Failure("no such entry")
            }
        },
        Drift("clear an endpoint", subject: "map endpoints") { fabric in
            try BPFMap.open(pinned: "\(fabric.root)/maps/endpoints").update(UInt32(1), fabric_endpoint())
        },
        Drift("clear a next hop", subject: "map nexthops") { fabric in
            try BPFMap.open(pinned: "\(fabric.root)/maps/nexthops").update(UInt32(1), fabric_nexthop())
        },
        Drift("clear a group", subject: "map groups") { fabric in
            try BPFMap.open(pinned: "\(fabric.root)/maps/groups").update(UInt32(0), fabric_group())
        },
        Drift("clear the configuration", subject: "map config") { fabric in
            try BPFMap.open(pinned: "\(fabric.root)/maps/config").update(UInt32(0), fabric_config())
        },
    ]

    private static func interface(_ name: String, _ fabric: Fabric) throws -> Int {
        guard let index = Int(try fabric.ip("n1", "-o link show \(name)").prefix { $0.isNumber }) else { throw Failure("no device \(name)") }
        return index
    }

    @Test func routes() throws { try mend(Self.routing) }
    @Test func podsAndSettings() throws { try mend(Self.devices) }
    @Test func attachments() throws { try mend(Self.programs) }
    @Test func mapEntries() throws { try mend(Self.entries) }

    private func mend(_ drifts: [Drift]) throws {
        try Fabric.with(leaves: 2, ipv4: true) { fabric in
            try fabric.install()
            try fabric.addPod("web")
            try fabric.done(
                "node", "add", "node2", "--pod-cidr", "fd00:cafe:0:2::/64", "--pod-cidr", "10.2.0.0/24", "--via", "fd00:fab:1::1", "--via",
                "fd00:fab:2::1")
            for (index, drift) in drifts.enumerated() {
                let name = Comment(rawValue: drift.testDescription)
                try drift.make(fabric)
                if index == 0 { for format in ["text", "yaml"] { #expect(try fabric.fabctl("status", "-o", format).code == 1, name) } }
                let brief = try fabric.fabctl("status", "--brief")
                #expect(brief.code == 1 && brief.output.hasPrefix("error: ") && brief.output.split(separator: "\n").count == 1, name)
                let finished = try fabric.fabctl("status", "-o", "json")
                let status = try finished.json()
                #expect(finished.code == 1 && status["healthy"]?.bool == false, name)
                let subjects = status["problems"]?.elements.compactMap { $0["subject"]?.string } ?? []
                #expect(subjects.contains(drift.subject), "\(drift.testDescription): \(subjects)")

                try fabric.unchanged {
                    let dry = try fabric.fabctl("repair", "--dry-run")
                    #expect(
                        dry.code == 0 && dry.output.contains("would repair \(drift.subject): "), "\(drift.testDescription): \(dry.output)\(dry.error)"
                    )
                }

                let repaired = try fabric.fabctl("repair")
                #expect(repaired.code == 0, "\(drift.testDescription): \(repaired.error)")
                #expect(repaired.output.contains("repaired \(drift.subject): "), "\(drift.testDescription): \(repaired.output)")
                #expect(try fabric.fabctl("status", "--brief").output == "OK\n", name)
                let again = try fabric.fabctl("repair")
                #expect(again.code == 0 && again.output == "nothing to repair\n", "\(drift.testDescription): \(again.output)")
            }
            for address in ["fd00:cafe:0:2::a", "10.2.0.10", "fd00:beef::1"] { #expect(try fabric.pings("web", address), "\(address)") }
        }
    }

    /// What is no fault of fabctl's is named, and left.
    @Test func whatOnlyThePersonCanMend() throws {
        try Fabric.with(leaves: 2) { fabric in
            try fabric.install()
            try fabric.addPod("web")
            try fabric.ip("n1", "link set eth1 down")
            let status = try fabric.fabctl("status", "-o", "json")
            #expect(status.code == 1)
            let problem = try status.json()["problems"]?.elements.first { $0["subject"]?.string == "device eth1" }
            #expect(problem?["severity"]?.string == "error")
            #expect(problem?["remedy"]?.string == "ip link set eth1 up")
            let repair = try fabric.fabctl("repair")
            #expect(repair.code == 1)
            #expect(!repair.output.contains("repaired device eth1"))
            #expect(repair.error.contains("device eth1"))
            // An address of IPv6 goes with the link.
            try fabric.batch("n1", ["link set eth1 up", "addr add fd00:fab:2::2/64 dev eth1"])
            #expect(try eventually { try fabric.fabctl("repair").code == 0 })

            // A pod whose namespace is gone: everything else goes on, and the endpoint can be deleted.
            try fabric.addPod("gone")
            try fabric.deleteNamespace("gone")
            #expect(try eventually { try fabric.fabctl("status").code == 1 })
            let named = try fabric.fabctl("status", "-o", "json").json()["problems"]?.elements.compactMap { $0["subject"]?.string }
            #expect(named?.contains("endpoint default/gone") == true)
            #expect(try fabric.fabctl("repair").code == 1)
            try fabric.addPod("other")
            // An upgrade is done all the same, and says what is not as it should be.
            let upgrade = try fabric.fabctl("install")
            #expect(
                upgrade.code == 1 && upgrade.output.hasPrefix("upgraded node1 ") && upgrade.error.contains("endpoint default/gone: "),
                "\(upgrade.error)")
            #expect(try fabric.pings("other", "fd00:cafe:0:2::a"))
            try fabric.done("endpoint", "delete", "default/gone")
            #expect(try fabric.fabctl("status", "--brief").output == "OK\n")
        }
    }
}
