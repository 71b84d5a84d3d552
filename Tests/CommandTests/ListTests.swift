import NodeTestSupport
import Testing

/// What scripts rely on: JSON with these names and types, sorted, `[]` when empty, YAML of the same.
@Suite("bpf lists", .enabled(if: isRoot, "needs root: loads programs into a namespace"))
struct ListTests {
    @Test func routesAndEndpoints() throws {
        try Fabric.with(leaves: 2, ipv4: true) { fabric in
            try fabric.install()
            try fabric.addPod("web", "--label", "app=web")
            try fabric.addPod("client")
            try fabric.done(
                "node", "add", "node2", "--pod-cidr", "fd00:cafe:0:2::/64", "--pod-cidr", "10.2.0.0/24", "--via", "fd00:fab:1::1", "--via",
                "fd00:fab:2::1")
            #expect(try fabric.pings("web", "fd00:cafe:0:2::a"))

            let routes = try fabric.fabctl("bpf", "route", "list", "-o", "json").json().elements
            #expect(
                routes.compactMap { $0["prefix"]?.string } == [
                    "::/0", "fd00:fab:1::/64", "fd00:fab:2::/64", "fd00:cafe:0:1::/64", "fd00:cafe:0:2::/64", "0.0.0.0/0", "10.1.0.0/24",
                    "10.2.0.0/24",
                    "172.16.1.0/24", "172.16.2.0/24",
                ])
            for route in routes {
                #expect(Set(route.names).isSuperset(of: ["prefix", "kind", "source", "nexthops", "mtu", "kernel"]))
                #expect(["local", "remote", "blackhole", "unreachable"].contains(route["kind"]?.string))
                #expect(["config", "node", "static", "bgp"].contains(route["source"]?.string))
                #expect(route["kernel"]?.bool == true, "\(route)")
                for hop in route["nexthops"]?.elements ?? [] {
                    #expect(Set(hop.names).isSuperset(of: ["via", "device", "weight", "neighbour"]))
                    #expect(hop["weight"]?.int == 1)
                    #expect(hop["via"] == .null || hop["via"]?.string?.contains("%") == false)
                }
            }
            let remote = try #require(routes.first { $0["prefix"]?.string == "fd00:cafe:0:2::/64" })
            #expect(remote["kind"]?.string == "remote" && remote["source"]?.string == "node" && remote["mtu"]?.int == 1500)
            #expect(remote["nexthops"]?.elements.compactMap { $0["device"]?.string } == ["eth0", "eth1"])
            #expect(remote["nexthops"]?.elements.contains { $0["neighbour"]?.string != nil } == true)
            let local = try #require(routes.first { $0["prefix"]?.string == "fd00:cafe:0:1::/64" })
            #expect(
                local["kind"]?.string == "local" && local["source"]?.string == "config" && local["nexthops"] == .array([]) && local["mtu"] == .null)

            let endpoints = try fabric.fabctl("bpf", "endpoint", "list", "-o", "json").json()
            #expect(endpoints == (try fabric.fabctl("endpoint", "list", "-o", "json").json()))
            for endpoint in endpoints.elements {
                #expect(Set(endpoint.names).isSuperset(of: ["namespace", "name", "id", "identity", "ips", "device", "mac", "labels", "state"]))
                #expect(
                    endpoint["ips"]?.strings.count == 2 && endpoint["ips"]?[0]?.string?.contains(":") == true
                        && endpoint["ips"]?[1]?.string?.contains(".") == true)
                #expect(endpoint["id"]?.int != nil && endpoint["identity"]?.int != nil)
            }
            #expect(endpoints.elements.compactMap { $0["name"]?.string } == ["client", "web"])

            // The kernel disagrees: the table says so, and the list still works.
            try fabric.ip("n1", "-6 route del fd00:cafe:0:2::/64")
            #expect(try fabric.fabctl("bpf", "route", "get", "fd00:cafe:0:2::a", "-o", "json").json()["kernel"]?.bool == false)
            #expect(try fabric.fabctl("bpf", "route", "list").output.contains("DIFFERS"))

            // From elsewhere the pins say all they know, and the kernel cannot be asked.
            for command in [
                ["bpf", "endpoint", "list"], ["bpf", "ip", "list"], ["bpf", "metrics", "list"], ["bpf", "map", "list"], ["bpf", "ct", "list"],
            ] {
                let here = try fabric.fabctl(command + ["-o", "json"])
                let there = try fabric.fabctl(command + ["-o", "json"], on: "l1")
                #expect(there.code == 0, "\(there.error)")
                if command[1] != "ct" { #expect(try here.json() == there.json(), "\(command)") }
            }
            let far = try fabric.fabctl(["bpf", "route", "list", "-o", "json"], on: "l1").json().elements
            #expect(far.count == routes.count)
            #expect(far.allSatisfy { $0["kernel"] == .null && $0["nexthops"]?.elements.allSatisfy { $0["neighbour"] == .null } == true })
            #expect(try fabric.fabctl(["bpf", "prog", "list", "-o", "json"], on: "l1").json().elements.count == 4)
        }
    }

    @Test func tablesOfAnEmptyNode() throws {
        try Fabric.with { fabric in
            try fabric.install()
            for command in [
                ["endpoint", "list"], ["node", "list"], ["ip", "list"], ["bpf", "endpoint", "list"], ["bpf", "ct", "list"],
                ["bpf", "metrics", "list"],
            ] {
                #expect(try fabric.fabctl(command + ["-o", "json"]).output == "[]\n", "\(command)")
                #expect(try fabric.fabctl(command + ["-o", "yaml"]).output == "[]\n", "\(command)")
                let text = try fabric.fabctl(command)
                #expect(text.code == 0 && text.output.split(separator: "\n").count == 1, "\(command)")
            }
            #expect(try fabric.fabctl("observe", "-o", "json").output.isEmpty)
            #expect(try fabric.fabctl("observe", "--fail-empty").code == 1)
        }
    }

    @Test func everythingElse() throws {
        try Fabric.with { fabric in
            try fabric.install()
            try fabric.addPod("web")
            #expect(try fabric.pings("web", "fd00:cafe:0:2::a"))
            #expect(try Traffic.udp(in: fabric.namespace("web"), to: "fd00:cafe:0:2::a", port: 53, sourcePorts: [4000, 4001]) == 2)

            let flows = try fabric.fabctl("bpf", "ct", "list", "-o", "json").json().elements
            #expect(flows.count >= 3)
            for flow in flows {
                #expect(
                    flow.names == [
                        "age_ns", "bytes", "destination", "destination_endpoint", "destination_identity", "destination_port", "idle_ns", "nexthop",
                        "packets",
                        "protocol", "reply_bytes", "reply_packets", "revision", "source", "source_endpoint", "source_identity", "source_port",
                        "state",
                    ])
            }
            let echo = try #require(flows.first { $0["protocol"]?.string == "ICMPv6" })
            #expect(echo["source_port"] == .null && echo["source_identity"]?.int == 256 && echo["packets"]?.int ?? 0 >= 1)
            let udp = flows.filter { $0["protocol"]?.string == "UDP" }
            #expect(udp.compactMap { $0["source_port"]?.int } == [4000, 4001])
            #expect(udp.allSatisfy { $0["destination_port"]?.int == 53 })

            let ips = try fabric.fabctl("bpf", "ip", "list", "-o", "json").json().elements
            for entry in ips { #expect(entry.names == ["endpoint", "identity", "kind", "labels", "prefix"]) }
            let own = try #require(ips.first { $0["prefix"]?.string == "fd00:cafe:0:1::1/128" })
            #expect(own["kind"]?.string == "endpoint" && own["endpoint"]?.int == 1 && own["identity"]?.int == 256)
            #expect(
                ips.contains {
                    $0["prefix"]?.string == "fd00:beef::1/128" && $0["kind"]?.string == "host" && $0["labels"]?.strings == ["reserved:host"]
                })
            #expect(ips.contains { $0["prefix"]?.string == "fd00:cafe::/56" && $0["kind"]?.string == "prefix" })

            let metrics = try fabric.fabctl("bpf", "metrics", "list", "-o", "json").json().elements
            #expect(metrics.allSatisfy { $0.names == ["bytes", "direction", "packets", "reason", "reason_code", "reason_desc"] })
            #expect(metrics.contains { $0["reason_code"]?.int == 0 && $0["direction"]?.string == "EGRESS" && $0["packets"]?.int ?? 0 >= 3 })

            let programs = try fabric.fabctl("bpf", "prog", "list", "-o", "json").json().elements
            #expect(programs.compactMap { $0["name"]?.string } == ["from_pod", "from_uplink", "to_pod", "to_uplink"])
            #expect(programs[0]["attached"]?.strings == ["pod1 ingress"] && programs[1]["attached"]?.strings == ["eth0 ingress"])
            #expect(programs.allSatisfy { $0["tag"]?.string?.count == 16 && $0["instructions"]?.int ?? 0 > 100 })

            let maps = try fabric.fabctl("bpf", "map", "list", "-o", "json").json().elements.compactMap { $0["name"]?.string }
            #expect(maps == maps.sorted() && maps.contains("flows") && maps.contains("history"))
            // Tables for people: no trailing space, the same rows.
            for command in ["route", "endpoint", "ip", "ct", "metrics", "map", "prog"] {
                let text = try fabric.fabctl("bpf", command, "list").output
                #expect(text.split(separator: "\n").count > 1, "\(command)")
                #expect(!text.split(separator: "\n").contains { $0.hasSuffix(" ") }, "\(command)")
                let yaml = try fabric.fabctl("bpf", command, "list", "-o", "yaml").output
                #expect(yaml.hasPrefix("- "), "\(command)")
            }
        }
    }
}
