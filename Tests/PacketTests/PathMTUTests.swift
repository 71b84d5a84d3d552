import Glibc
import Net
import Netlink
import NodeTestSupport
import Testing

/// A link of 1400 bytes in the middle, which neither end is on: pods find out, and everything arrives.
@Suite("path MTU", .enabled(if: isRoot, "needs root: makes network namespaces"))
struct PathMTUTests {
    /// A node whose leaf has `far` behind a router, with a narrower link to that one.
    private func with(ipv4: Bool, mtu: Int = 1400, _ body: (Fabric, String) throws -> Void) throws {
        try Fabric.with(ipv4: ipv4) { fabric in
            try fabric.install()
            try fabric.addPod("web")
            for member in ["middle", "far"] { try fabric.addNamespace(member) }
            let far = ipv4 ? "10.3.0.10" : "fd00:cafe:0:3::a", prefix = ipv4 ? "10.3.0.0/24" : "fd00:cafe:0:3::/64"
            func end(_ link: Int, _ end: Int) -> String { ipv4 ? "172.16.\(link).\(end)" : "fd00:fab:\(link)::\(end)" }
            let length = ipv4 ? 24 : 64
            try fabric.batch("l1", ["link add to-middle mtu \(mtu) type veth peer name to-l1 mtu \(mtu) netns \(fabric.name("middle"))"])
            try fabric.batch("middle", ["link add to-far type veth peer name to-middle netns \(fabric.name("far"))"])
            try fabric.batch(
                "l1", ["addr add \(end(8, 1))/\(length) dev to-middle", "link set to-middle up", "route add \(prefix) via \(end(8, 2))"])
            try fabric.batch(
                "middle",
                [
                    "addr add \(end(8, 2))/\(length) dev to-l1", "addr add \(end(9, 1))/\(length) dev to-far", "link set to-l1 up",
                    "link set to-far up",
                    "route add \(prefix) via \(end(9, 2))", "route add default via \(end(8, 1))",
                ])
            try fabric.batch(
                "far",
                [
                    "link set lo up", "addr add \(far)/\(ipv4 ? 32 : 128) dev lo\(ipv4 ? "" : " nodad")",
                    "addr add \(end(9, 2))/\(length) dev to-middle",
                    "link set to-middle up", "route add default via \(end(9, 1)) src \(far)",
                ])
            let forwarding = ipv4 ? "net.ipv4.ip_forward" : "net.ipv6.conf.all.forwarding"
            _ = try fabric.run(["sysctl", "-qw", "\(forwarding)=1"], on: "middle")
            try fabric.done("node", "add", "node3", "--pod-cidr", prefix, "--via", end(1, 1))
            #expect(try fabric.pings("web", far))
            try body(fabric, far)
        }
    }

    private static let megabytes = 10

    @Test(arguments: [false, true]) func aTransfer(_ ipv4: Bool) throws {
        try with(ipv4: ipv4) { fabric, far in
            for (from, to, address) in [("web", "far", far), ("far", "web", ipv4 ? "10.1.0.1" : "fd00:cafe:0:1::1")] {
                let client = try fabric.namespace(from), server = try fabric.namespace(to)
                let received = try Transfer.tcp(from: client, to: server, address, port: 5000, bytes: Self.megabytes << 20)
                #expect(received == Self.megabytes << 20, "from \(from) to \(to)")
            }
            let known = try fabric.run(["ip", "route", "get", far], on: "web").output
            #expect(known.contains("mtu 1400"), "the pod was told: \(known)")
            try expectNoDrops(fabric)
        }
    }

    @Test(arguments: [false, true]) func aDatagram(_ ipv4: Bool) throws {
        try with(ipv4: ipv4) { fabric, far in
            for (from, to, address) in [("web", "far", far), ("far", "web", ipv4 ? "10.1.0.1" : "fd00:cafe:0:1::1")] {
                // The first one may be what the link's router answers to.
                let client = try fabric.namespace(from), server = try fabric.namespace(to)
                #expect(try Transfer.udp(from: client, to: server, address, port: 5001, bytes: 3000), "from \(from) to \(to)")
            }
            // Before the path is known, a router complains about each piece, and programs know the flow of the first one's alone; and what was
            // small enough comes without its first piece.
            try expectNoDrops(fabric, but: "UNKNOWN_CONNECTION_TRACKING_STATE", "FIRST_LOGICAL_DATAGRAM_FRAGMENT_NOT_FOUND")
        }
    }

    /// Segments larger than 64 KB (BIG TCP), whose length an IP header cannot say.
    @Test(arguments: [false, true]) func jumbo(_ ipv4: Bool) throws {
        try with(ipv4: ipv4, mtu: 1500) { fabric, far in
            try fabric.addPod("db")
            let sizes = "gso_max_size 185000 gro_max_size 185000"
            for pod in ["web", "db"] { try fabric.ip(pod, "link set eth0 \(sizes)") }
            for device in try fabric.ip("n1", "-br link").split(separator: "\n").compactMap({ $0.split(separator: "@").first })
            where device.count < 16 {
                _ = try fabric.run(["ip", "link", "set", String(device)] + sizes.split(separator: " ").map(String.init))
            }
            for (to, address) in [("far", far), ("db", ipv4 ? "10.1.0.2" : "fd00:cafe:0:1::2")] {
                let client = try fabric.namespace("web"), server = try fabric.namespace(to)
                #expect(try Transfer.tcp(from: client, to: server, address, port: 5002, bytes: 64 << 20) == 64 << 20, "to \(to)")
            }
            try expectNoDrops(fabric)
        }
    }

    private func expectNoDrops(_ fabric: Fabric, but allowed: String..., sourceLocation: SourceLocation = #_sourceLocation) throws {
        let drops = try fabric.fabctl("bpf", "metrics", "list", "-o", "json").json().elements.filter {
            $0["reason_code"]?.int != 0 && !allowed.contains($0["reason_desc"]?.string ?? "")
        }
        #expect(drops.isEmpty, "\(drops)", sourceLocation: sourceLocation)
    }
}
