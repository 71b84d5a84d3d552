import Glibc
import Net
import Netlink
import Node
import NodeTestSupport
import Testing

/// What `bpf route get` says before a flow exists is what the flow then takes.
@Suite("next hops", .enabled(if: isRoot, "needs root: loads programs into a namespace"))
struct NextHopTests {
    /// Device of each flow's next hop by source port, as events say it.
    private func taken(_ fabric: Fabric, to address: String) throws -> [Int: String] {
        let lines = try fabric.fabctl("observe", "--last", "100000", "--to-ip", address, "--protocol", "udp", "-o", "json").jsonLines()
        var out: [Int: String] = [:]
        for line in lines {
            guard let flow = line["flow"], let port = flow["l4"]?["UDP"]?["source_port"]?.int,
                let device = flow["extensions"]?["value"]?["next_hop"]?["device"]?.string
            else { continue }
            #expect(out[port] == nil || out[port] == device, "a flow keeps its next hop")
            out[port] = device
        }
        return out
    }

    private func predicted(_ fabric: Fabric, from source: String, to destination: String, ports: Range<UInt16>) throws -> [Int: String] {
        let node = Node(root: fabric.root)
        let from = try #require(IPAddress(source))
        let to = try #require(IPAddress(destination))
        var out: [Int: String] = [:]
        for port in ports { out[Int(port)] = try node.route(to: to, flow: (from, 17, port, 5432))?.hop?.device }
        return out
    }

    private func packets(_ fabric: Fabric) throws -> [Int] {
        try (1...fabric.leaves).map { leaf in
            var socket = try NetlinkSocket(in: fabric.namespace("l\(leaf)"))
            let link = try #require(try socket.link(named: "to-n1"))
            return Int(try #require(try socket.statistics(index: link.index)).rxPackets)
        }
    }

    @Test func twoUplinksShareFlows() throws {
        try Fabric.with(leaves: 2, ipv4: true) { fabric in
            try fabric.install()
            try fabric.addPod("web")
            try fabric.done(
                "node", "add", "node2", "--pod-cidr", "fd00:cafe:0:2::/64", "--pod-cidr", "10.2.0.0/24", "--via", "fd00:fab:1::1", "--via",
                "fd00:fab:2::1")
            for (source, destination) in [("fd00:cafe:0:1::1", "fd00:cafe:0:2::a"), ("10.1.0.1", "10.2.0.10")] {
                let expected = try predicted(fabric, from: source, to: destination, ports: 20000..<20200)
                #expect(expected.count == 200)
                let before = try packets(fabric)
                #expect(try Traffic.udp(in: fabric.namespace("web"), to: destination, port: 5432, sourcePorts: 20000..<20200) == 200)
                #expect(try eventually { try zip(before, packets(fabric)).map { $1 - $0 }.reduce(0, +) >= 200 })
                #expect(try taken(fabric, to: destination) == expected)
                let shares = Dictionary(grouping: expected.values) { $0 }.mapValues(\.count)
                #expect(shares.keys.sorted() == ["eth0", "eth1"] && shares.values.allSatisfy { (70...130).contains($0) }, "\(shares)")
                // What left by each uplink: neighbour discovery comes on top.
                let carried = zip(before, try packets(fabric)).map { $1 - $0 }
                #expect(carried[0] >= shares["eth0", default: 0] && carried[1] >= shares["eth1", default: 0], "\(carried) \(shares)")

                // The command itself, for a flow that there is and for one that there is not.
                for port in [20007, 30007] {
                    let get = try fabric.fabctl(
                        "bpf", "route", "get", destination, "--from", source, "--protocol", "udp", "--sport", "\(port)", "--dport", "5432", "-o",
                        "json"
                    ).json()
                    #expect(get["prefix"]?.string == (source.contains(":") ? "fd00:cafe:0:2::/64" : "10.2.0.0/24"))
                    let other = try predicted(fabric, from: source, to: destination, ports: UInt16(port)..<UInt16(port + 1))[port]
                    #expect(get["nexthop"]?["device"]?.string == other)
                }
            }
        }
    }

    @Test func weights() throws {
        try Fabric.with(leaves: 2) { fabric in
            try fabric.ip("n1", "-6 route replace ::/0 nexthop via fd00:fab:1::1 dev eth0 weight 3 nexthop via fd00:fab:2::1 dev eth1 weight 1")
            try fabric.install()
            try fabric.addPod("web")
            let route = try fabric.fabctl("bpf", "route", "get", "fd00:e0::1", "-o", "json").json()
            #expect(route["nexthops"]?.elements.compactMap { $0["weight"]?.int } == [3, 1])
            let expected = try predicted(fabric, from: "fd00:cafe:0:1::1", to: "fd00:e0::1", ports: 20000..<20200)
            #expect(try Traffic.udp(in: fabric.namespace("web"), to: "fd00:e0::1", port: 5432, sourcePorts: 20000..<20200) == 200)
            #expect(try taken(fabric, to: "fd00:e0::1") == expected)
            let first = expected.values.count { $0 == "eth0" }
            #expect((130...170).contains(first), "\(first) of 200")
        }
    }

    /// A next hop that goes takes only its own flows along.
    @Test func oneNextHopGoes() throws {
        try Fabric.with(leaves: 2) { fabric in
            try fabric.install()
            try fabric.addPod("web")
            func add(_ hops: String...) throws {
                try fabric.done(["node", "add", "node2", "--pod-cidr", "fd00:cafe:0:2::/64"] + hops.flatMap { ["--via", $0] })
            }
            try add("fd00:fab:1::1", "fd00:fab:2::1")
            let before = try predicted(fabric, from: "fd00:cafe:0:1::1", to: "fd00:cafe:0:2::a", ports: 20000..<20050)
            #expect(try Traffic.udp(in: fabric.namespace("web"), to: "fd00:cafe:0:2::a", port: 5432, sourcePorts: 20000..<20050) == 50)
            try add("fd00:fab:1::1")
            #expect(try predicted(fabric, from: "fd00:cafe:0:1::1", to: "fd00:cafe:0:2::a", ports: 20000..<20050).values.allSatisfy { $0 == "eth0" })
            #expect(try Traffic.udp(in: fabric.namespace("web"), to: "fd00:cafe:0:2::a", port: 5432, sourcePorts: 20000..<20050) == 50)
            let counted = try fabric.fabctl("bpf", "ct", "list", "-o", "json").json().elements.filter { $0["protocol"]?.string == "UDP" }
            #expect(counted.count == 50)
            // And comes back: those that stayed do not move again.
            try add("fd00:fab:1::1", "fd00:fab:2::1")
            #expect(try Traffic.udp(in: fabric.namespace("web"), to: "fd00:cafe:0:2::a", port: 5432, sourcePorts: 20000..<20050) == 50)
            let after = try predicted(fabric, from: "fd00:cafe:0:1::1", to: "fd00:cafe:0:2::a", ports: 20000..<20050)
            for (port, device) in before where device == "eth0" { #expect(after[port] == "eth0") }
        }
    }

    @Test func routesThatGoNowhere() throws {
        try Fabric.with { fabric in
            try fabric.install()
            try fabric.addPod("web")
            let local = try fabric.fabctl("bpf", "route", "get", "fd00:cafe:0:1::99", "-o", "json").json()
            #expect(local["kind"]?.string == "local" && local["nexthop"] == .null)
            let none = try fabric.fabctl("bpf", "route", "get", "10.9.9.9")
            #expect(none.code == 1 && none.output.isEmpty && none.error.hasPrefix("Error: no route to 10.9.9.9\n"), "\(none.error)")
            // An address of the Pod CIDR that nobody has: the kernel says so at once.
            let ping = try fabric.run(["ping", "-n", "-c", "1", "-W", "2", "fd00:cafe:0:1::99"], on: "web")
            #expect(ping.code == 1 && ping.output.contains("unreachable"), "\(ping.output)")
        }
    }
}
