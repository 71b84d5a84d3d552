import Glibc
import NodeTestSupport
import Testing

@Suite("status", .enabled(if: isRoot, "needs root: loads programs into a namespace"))
struct StatusTests {
    @Test func aHealthyNode() throws {
        try Fabric.with(leaves: 2) { fabric in
            try fabric.install()
            try fabric.addPod("web")
            let text = try fabric.fabctl("status")
            #expect(text.code == 0)
            #expect(text.error.isEmpty)
            #expect(text.output.hasPrefix("Node:             node1   OK\n"))
            #expect(!text.output.contains("Problems"))
            #expect(!text.output.split(separator: "\n", omittingEmptySubsequences: false).contains { $0.hasSuffix(" ") })
            #expect(try fabric.fabctl("status", "--brief").output == "OK\n")
            let verbose = try fabric.fabctl("status", "--verbose").output
            for word in ["from_pod", "to_pod", "from_uplink", "to_uplink", "flows", "history"] { #expect(verbose.contains(word)) }

            let json = try fabric.fabctl("status", "-o", "json").json()
            #expect(json["healthy"]?.bool == true)
            #expect(json["problems"]?.elements.isEmpty == true)
            #expect(json["endpoints"]?["total"]?.int == 1 && json["endpoints"]?["ready"]?.int == 1)
            let desired = try #require(json["routes"]?["desired"]?.int)
            #expect(json["routes"]?["ebpf"]?.int == desired)
            #expect(json["routes"]?["kernel"]?.int == desired)
            #expect(json["programs"]?.elements.count == 6)
            #expect(json["programs"]?.elements.allSatisfy { ["tcx", "clsact"].contains($0["mode"]?.string) } == true)
            #expect(json["maps"]?.elements.count ?? 0 > 10)
            for map in json["maps"]?.elements ?? [] {
                #expect(map.names == ["entries", "evicted", "id", "key_size", "max_entries", "memory", "name", "type", "value_size"])
                if let entries = map["entries"]?.int, let limit = map["max_entries"]?.int { #expect(entries <= limit, "\(map)") }
            }
            let memory = json["maps"]?.elements.compactMap { $0["memory"]?.int }.reduce(0, +) ?? 0
            #expect((1 << 20...32 << 20).contains(memory), "\(memory) bytes")
            #expect(try fabric.fabctl("status", "-o", "yaml").output.hasPrefix("healthy: true\nnode: node1\n"))
        }
    }

    /// Counters and the history's window follow the traffic, with no process of ours left running.
    @Test func afterTraffic() throws {
        try Fabric.with { fabric in
            try fabric.install()
            try fabric.addPod("web")
            let empty = try fabric.fabctl("status", "-o", "json").json()
            #expect(empty["history"]?["held"]?.int == 0)
            #expect(empty["history"]?["window_ns"] == .null)
            #expect(try fabric.pings("web", "fd00:cafe:0:2::a"))
            let status = try fabric.fabctl("status", "-o", "json").json()
            #expect(status["packets"]?["forwarded"]?.int ?? 0 >= 2)
            #expect(status["flows"]?.int ?? 0 >= 1)
            #expect(status["history"]?["held"]?.int ?? 0 >= 2)
            #expect(status["history"]?["window_ns"]?.int ?? 0 > 0)
            #expect(status["history"]?["observers"]?.int == 0)
            #expect(
                try fabric.run(["sh", "-c", "grep -l \(fabric.root) /proc/[0-9]*/environ"]).output.split(separator: "\n").count <= 2,
                "only sh and grep")
        }
    }

    @Test func waiting() throws {
        try Fabric.with { fabric in
            expectRefusal(try fabric.fabctl("status", "--wait", "--timeout", "200ms"), 69)
            let early = try fabric.start([Fabric.program, "status", "--wait", "--timeout", "20s", "--brief"])
            try fabric.install()
            let ready = try early.finish()
            #expect(ready.code == 0 && ready.output == "OK\n", "\(ready.error)")

            try fabric.ip("n1", "-6 route del unreachable fd00:cafe:0:1::/64")
            let ill = try fabric.fabctl("status", "--wait", "--timeout", "200ms", "--brief")
            #expect(ill.code == 1)
            #expect(ill.output == "error: route fd00:cafe:0:1::/64: the kernel does not have it\n")
            let late = try fabric.start([Fabric.program, "status", "--wait", "--timeout", "20s", "--brief"])
            usleep(200_000)
            try fabric.done("repair")
            #expect(try late.finish().code == 0)
        }
    }

    /// The node's own addresses and routes changed: worth a warning, and repair takes them over.
    @Test func changedSurroundings() throws {
        try Fabric.with(leaves: 2) { fabric in
            try fabric.install()
            try fabric.addPod("web")
            try fabric.ip("n1", "addr add fd00:beef::99/128 dev lo")
            try fabric.ip("n1", "-6 route replace default via fd00:fab:2::1")
            let status = try fabric.fabctl("status", "-o", "json")
            #expect(status.code == 0)
            let problems = try status.json()["problems"]?.elements ?? []
            let subjects = problems.compactMap { $0["subject"]?.string }
            for subject in ["node", "routes"] { #expect(subjects.contains(subject)) }
            #expect(problems.allSatisfy { $0["severity"]?.string == "warning" }, "\(problems)")
            // Packets of the old size would not fit any more.
            try fabric.ip("n1", "link set eth1 mtu 1400")
            #expect(try fabric.fabctl("status").code == 1)
            #expect(try fabric.fabctl("repair").code == 0)
            #expect(try fabric.fabctl("repair").output == "nothing to repair\n")
            let route = try fabric.fabctl("bpf", "route", "get", "2001:db8::1", "-o", "json").json()
            #expect(route["nexthops"]?.elements.compactMap { $0["via"]?.string } == ["fd00:fab:2::1"])
            #expect(route["mtu"]?.int == 1400)
            #expect(try fabric.fabctl("bpf", "ip", "list").output.contains("fd00:beef::99 "))
        }
    }

    @Test func fromAnotherNamespace() throws {
        try Fabric.with { fabric in
            try fabric.install()
            try fabric.addPod("web")
            let status = try fabric.fabctl(["status", "-o", "json"], on: "l1")
            #expect(status.code == 0, "\(status.error)")
            #expect(try status.json()["routes"]?["kernel"] == .null)
            #expect(try status.json()["problems"]?[0]?["severity"]?.string == "warning")
            let before = try fabric.state()
            for arguments in [
                ["install"], ["uninstall"], ["repair"], ["endpoint", "delete", "default/web"],
                ["node", "add", "n3", "--pod-cidr", "fd00:cafe:0:3::/64", "--via", "fd00:fab:1::2"],
            ] {
                expectRefusal(try fabric.fabctl(arguments, on: "l1"), 65, "another network namespace")
            }
            expectSame(before, try fabric.state())
        }
    }
}
