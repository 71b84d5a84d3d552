import NodeTestSupport
import Testing

@Suite("node, ip and cluster files", .enabled(if: isRoot, "needs root: loads programs into a namespace"))
struct ClusterTests {
    @Test func nodes() throws {
        try Fabric.with(leaves: 2, ipv4: true) { fabric in
            try fabric.install()
            #expect(try fabric.fabctl("node", "list", "-o", "json").output == "[]\n")
            let dry = try fabric.fabctl("node", "add", "node2", "--pod-cidr", "fd00:cafe:0:2::/64", "--via", "fd00:fab:1::1", "--dry-run")
            #expect(dry.code == 0 && dry.output == "would add node node2\n")
            #expect(try fabric.fabctl("node", "list", "-o", "json").output == "[]\n")
            let added = try fabric.fabctl(
                "node", "add", "node2", "--pod-cidr", "fd00:cafe:0:2::/64", "--pod-cidr", "10.2.0.0/24", "--via", "fd00:fab:1::1", "--via",
                "fd00:fab:2::1%eth1",
                "--via", "fd00:fab:1::1", "--address", "fd00:beef::2")
            #expect(added.code == 0 && added.output == "added node node2\n", "\(added.error)")
            try fabric.done("node", "add", "node10", "--pod-cidr", "fd00:cafe:0:10::/64", "--via", "fe80::abcd%eth0")
            try fabric.done("node", "add", "node3", "--pod-cidr", "fd00:cafe:0:3::/64", "--device", "eth1")
            let list = try fabric.fabctl("node", "list", "-o", "json").json()
            #expect(list.elements.compactMap { $0["name"]?.string } == ["node10", "node2", "node3"])
            #expect(list[0]?["nexthops"] == .array([.object(["via": .string("fe80::abcd"), "device": .string("eth0"), "weight": .number(1)])]))
            #expect(list[1]?.names == ["addresses", "name", "nexthops", "podCIDRs"])
            #expect(list[1]?["podCIDRs"]?.strings == ["fd00:cafe:0:2::/64", "10.2.0.0/24"])
            #expect(list[1]?["addresses"]?.strings == ["fd00:beef::2"])
            #expect(list[1]?["nexthops"]?.elements.compactMap { $0["device"]?.string } == ["eth0", "eth1"])
            #expect(list[2]?["nexthops"]?[0]?["via"] == .null)
            let routes = try fabric.ip("n1", "-6 route show proto 250")
            #expect(routes.contains("fd00:cafe:0:10::/64 via fe80::abcd dev eth0"))
            #expect(routes.contains("fd00:cafe:0:3::/64 dev eth1"))
            // The IPv4 prefix over the IPv6 next hops (RFC 5549).
            #expect(try fabric.ip("n1", "route show 10.2.0.0/24").contains("via inet6 fd00:fab:1::1"))

            // The same again changes nothing; something else replaces it.
            let before = try fabric.state()
            try fabric.done("node", "add", "node3", "--pod-cidr", "fd00:cafe:0:3::/64", "--device", "eth1")
            expectSame(before, try fabric.state())
            try fabric.done("node", "add", "node3", "--pod-cidr", "fd00:cafe:0:33::/64", "--via", "fd00:fab:1::1")
            let changed = try fabric.ip("n1", "-6 route show proto 250")
            #expect(changed.contains("fd00:cafe:0:33::/64 via fd00:fab:1::1") && !changed.contains("fd00:cafe:0:3::/64"))
            for node in ["node2", "node3", "node10"] { try fabric.done("node", "delete", node) }
            #expect(try fabric.fabctl("node", "list", "-o", "json").output == "[]\n")
            let left = try fabric.ip("n1", "-6 route show proto 250").split(separator: "\n").filter { !$0.contains("100::fab1:2:") }
            // Of the Pod CIDR, and of health: those of next hops and of all else.
            #expect(left.count { !$0.contains("100::") && !$0.contains("100:0:0:0:fab1::") } == 1, "\(left)")
            #expect(try fabric.fabctl("status", "--brief").output == "OK\n")
        }
    }

    @Test func nodesThatAreRefused() throws {
        try Fabric.with { fabric in
            try fabric.install()
            try fabric.done("node", "add", "node2", "--pod-cidr", "fd00:cafe:0:2::/64", "--via", "fd00:fab:1::1")
            func add(_ code: Int32, _ words: [String], _ name: String, _ arguments: String...) throws {
                try fabric.refusedAll(code, words, ["node", "add", name] + arguments)
            }
            try fabric.unchanged {
                try add(65, ["fd00:cafe:0:1::/64", "overlaps"], "node3", "--pod-cidr", "fd00:cafe:0:1::/64", "--via", "fd00:fab:1::1")
                try add(65, ["fd00:cafe:0:1:8000::/65", "overlaps"], "node3", "--pod-cidr", "fd00:cafe:0:1:8000::/65", "--via", "fd00:fab:1::1")
                try add(65, ["fd00:cafe::/60", "overlaps"], "node3", "--pod-cidr", "fd00:cafe::/60", "--via", "fd00:fab:1::1")
                try add(65, ["fd00:cafe:0:2::/64", "node2"], "node3", "--pod-cidr", "fd00:cafe:0:2::/64", "--via", "fd00:fab:1::1")
                try add(
                    65, ["node3", "overlap"], "node3", "--pod-cidr", "fd00:cafe:0:3::/64", "--pod-cidr", "fd00:cafe:0:3::/65", "--via",
                    "fd00:fab:1::1")
                try add(65, ["2001:db8::/64", "outside"], "node3", "--pod-cidr", "2001:db8::/64", "--via", "fd00:fab:1::1")
                try add(65, ["::/0"], "node3", "--pod-cidr", "::/0", "--via", "fd00:fab:1::1")
                try add(65, ["node1", "itself"], "node1", "--pod-cidr", "fd00:cafe:0:3::/64", "--via", "fd00:fab:1::1")
                try add(65, ["Node_3"], "Node_3", "--pod-cidr", "fd00:cafe:0:3::/64", "--via", "fd00:fab:1::1")
                try add(65, ["fe80::1", "link-local"], "node3", "--pod-cidr", "fd00:cafe:0:3::/64", "--via", "fe80::1")
                try add(65, ["2001:db8::1", "no link"], "node3", "--pod-cidr", "fd00:cafe:0:3::/64", "--via", "2001:db8::1")
                try add(65, ["fd00:fab:1::2", "own"], "node3", "--pod-cidr", "fd00:cafe:0:3::/64", "--via", "fd00:fab:1::2")
                try add(65, ["nope"], "node3", "--pod-cidr", "fd00:cafe:0:3::/64", "--via", "fe80::1%nope")
                try add(65, ["nope"], "node3", "--pod-cidr", "fd00:cafe:0:3::/64", "--device", "nope")
                try add(65, ["lo"], "node3", "--pod-cidr", "fd00:cafe:0:3::/64", "--device", "lo")
                try add(65, ["::"], "node3", "--pod-cidr", "fd00:cafe:0:3::/64", "--via", "::")
                try add(65, ["ff02::1"], "node3", "--pod-cidr", "fd00:cafe:0:3::/64", "--via", "ff02::1%eth0")
                try add(64, [], "node3", "--via", "fd00:fab:1::1")
                try add(64, [], "node3", "--pod-cidr", "fd00:cafe:0:3::/64")
                try add(64, [], "node3", "--pod-cidr", "fd00:cafe:0:3::1/64", "--via", "fd00:fab:1::1")
                try add(64, [], "node3", "--pod-cidr", "fd00:cafe:0:3::/64", "--via", "fe80::1%")
                try fabric.refusedAll(65, ["node3"], ["node", "delete", "node3"])
            }
            var hops: [String] = []
            for index in 10..<27 { hops += ["--via", "fd00:fab:1::\(index)"] }
            try fabric.refusedAll(65, ["16"], ["node", "add", "node3", "--pod-cidr", "fd00:cafe:0:3::/64"] + hops)
            // Another program's route is not ours to replace.
            try fabric.ip("n1", "-6 route add fd00:cafe:0:3::/64 via fd00:fab:1::1 proto static")
            let before = try fabric.ip("n1", "-6 route")
            expectRefusal(
                try fabric.fabctl("node", "add", "node3", "--pod-cidr", "fd00:cafe:0:3::/64", "--via", "fd00:fab:1::1"), 65, "fd00:cafe:0:3::/64",
                "File exists")
            #expect(try fabric.ip("n1", "-6 route") == before)
            #expect(try fabric.fabctl("status", "--brief").output == "OK\n")
            #expect(try fabric.fabctl("node", "list", "-o", "json").json().elements.count == 1)
        }
    }

    @Test func addressesElsewhere() throws {
        try Fabric.with { fabric in
            try fabric.install()
            try fabric.addPod("web", "--label", "app=web")
            #expect(try fabric.fabctl("ip", "list", "-o", "json").output == "[]\n")
            try fabric.done("ip", "add", "fd00:cafe:0:2::a", "--pod", "default/db", "--label", "app=db")
            try fabric.done("ip", "add", "fd00:e0::/32", "--label", "zone=dmz")
            try fabric.done("ip", "add", "2001:db8::/32")
            try fabric.done("ip", "add", "fd00:cafe:0:2::b", "--pod", "default/web2", "--label", "app=web")
            let list = try fabric.fabctl("ip", "list", "-o", "json").json()
            #expect(list.elements.compactMap { $0["address"]?.string } == ["2001:db8::/32", "fd00:e0::/32", "fd00:cafe:0:2::a", "fd00:cafe:0:2::b"])
            #expect(list[0]?.names == ["address", "identity", "labels", "name", "namespace"])
            #expect(list[0]?["identity"]?.int == 16_777_216)
            #expect(list[0]?["labels"]?.strings == ["cidr:2001:db8::/32"])
            #expect(list[2]?["namespace"]?.string == "default" && list[2]?["name"]?.string == "db")
            #expect(list[2]?["labels"]?.strings == ["k8s:app=db", "k8s:io.kubernetes.pod.namespace=default"])
            // An identity is a label set's number, wherever the pod is.
            let web = try fabric.fabctl("endpoint", "get", "default/web", "-o", "json").json()
            #expect(list[3]?["identity"] == web["identity"])
            let identities = list.elements.compactMap { $0["identity"]?.int }
            #expect(identities.dropFirst().allSatisfy { (256..<16_777_216).contains($0) })

            #expect(try fabric.pings("web", "fd00:cafe:0:2::a") && fabric.pings("web", "fd00:e0::1"))
            let compact = try fabric.fabctl("observe", "--last", "50").output
            #expect(compact.contains("-> default/db (ID:\(identities[2]))"), "\(compact)")
            let flow = try fabric.fabctl("observe", "--last", "50", "--to-ip", "fd00:e0::1", "-o", "json").jsonLines().first?["flow"]
            #expect(flow?["destination"]?["labels"]?.strings == ["k8s:zone=dmz"])

            let before = try fabric.state()
            try fabric.done("ip", "add", "2001:db8::/32")
            expectSame(before, try fabric.state())
            try fabric.unchanged {
                try fabric.refusedAll(65, ["fd00:cafe:0:1::1", "default/web"], ["ip", "add", "fd00:cafe:0:1::1", "--pod", "default/x"])
                try fabric.refusedAll(65, ["fd00:cafe:0:1::/64"], ["ip", "add", "fd00:cafe:0:1::55", "--pod", "default/x"])
                try fabric.refusedAll(65, ["fd00:beef::1", "own"], ["ip", "add", "fd00:beef::1", "--label", "a=b"])
                try fabric.refusedAll(65, ["fd00:cafe:0:2::c"], ["ip", "delete", "fd00:cafe:0:2::c"])
                try fabric.refusedAll(64, [], ["ip", "add", "fd00:cafe:0:2::1/64"])
                try fabric.refusedAll(64, [], ["ip", "add", "fd00:cafe:0:2::c", "--pod", "nonsense"])
                try fabric.refusedAll(64, [], ["ip", "add"])
            }
            for address in ["2001:db8::/32", "fd00:e0::/32", "fd00:cafe:0:2::a", "fd00:cafe:0:2::b"] { try fabric.done("ip", "delete", address) }
            #expect(try fabric.fabctl("ip", "list", "-o", "json").output == "[]\n")
            // Its number is not given to others while the history can mention it.
            try fabric.done("ip", "add", "2001:db8:1::/48")
            #expect(try fabric.fabctl("ip", "list", "-o", "json").json()[0]?["identity"]?.int == 16_777_217)
            #expect(try fabric.fabctl("status", "--brief").output == "OK\n")
        }
    }

    @Test func aClusterFile() throws {
        try Fabric.with(leaves: 2) { fabric in
            try fabric.install()
            try fabric.addPod("web")
            let text = """
                nodes:
                  - name: node1
                    podCIDRs: [fd00:cafe:0:1::/64]
                    addresses: [fd00:beef::1]
                    via: [fd00:fab:1::1]
                  - name: node2
                    podCIDRs: [fd00:cafe:0:2::/64]
                    addresses: [fd00:beef::2]
                    via: [fd00:fab:1::1, "fd00:fab:2::1%eth1"]
                  - name: node3
                    podCIDRs: [fd00:cafe:0:3::/64]
                ips:
                  - {address: "fd00:cafe:0:1::1", pod: default/web, labels: {app: other}}
                  - {address: "fd00:cafe:0:2::a", pod: default/db, labels: {app: db}}
                  - {address: "2001:db8::/32"}
                switches:
                  - {name: leaf1, addresses: ["fd00:fab:1::1"]}
                  - {name: leaf2, addresses: ["fd00:fab:2::1"]}
                """
            let file = try fabric.file("cluster", text)
            let before = try fabric.state()
            let dry = try fabric.fabctl("node", "add", "-f", file, "--dry-run")
            #expect(dry.code == 0, "\(dry.error)")
            expectSame(before, try fabric.state())
            let added = try fabric.fabctl("node", "add", "-f", file)
            #expect(added.code == 0, "\(added.error)")
            #expect(added.output == "added 3 nodes, 3 addresses, 2 switches, of which 2 are this node's own and were left out\n")
            let after = try fabric.state()
            #expect(try fabric.fabctl("ip", "add", "-f", file).code == 0)
            expectSame(after, try fabric.state())
            // What is this node's own is what this node says.
            #expect(
                try fabric.fabctl("endpoint", "get", "default/web", "-o", "json").json()["labels"]?.strings == [
                    "k8s:io.kubernetes.pod.namespace=default"
                ])
            let nodes = try fabric.fabctl("node", "list", "-o", "json").json()
            #expect(nodes.elements.compactMap { $0["name"]?.string } == ["node2", "node3"])
            // Nothing said: as the default route goes.
            #expect(nodes[1]?["nexthops"]?.elements.count == 2)

            // Next hops have the switches' names.
            let routes = try fabric.fabctl("bpf", "route", "list").output
            #expect(routes.contains("leaf1 fd00:fab:1::1") && routes.contains("leaf2 fd00:fab:2::1"))
            #expect(try fabric.pings("web", "fd00:cafe:0:2::a"))
            let line = try fabric.fabctl("observe", "--to-pod", "default/db").output
            #expect(line.contains(" via leaf1 fd00:fab:1::1%eth0\n") || line.contains(" via leaf2 fd00:fab:2::1%eth1\n"), "\(line)")
            #expect(!(try fabric.fabctl("observe", "--next-hop", "leaf*").output + fabric.fabctl("observe", "--next-hop", "leaf1").output).isEmpty)

            try fabric.unchanged {
                for (bad, words) in [
                    ("nodes:\n  - name: node4\n    podCIDRs: [fd00:cafe:0:4::1/64]\n", [":3:", "podCIDRs"]),
                    ("nodes:\n  - name: node4\n    podCIDR: [fd00:cafe:0:4::/64]\n", [":3:", "podCIDR"]),
                    ("nodes:\n  - podCIDRs: [fd00:cafe:0:4::/64]\n", ["name"]),
                    ("ips:\n  - {address: nonsense}\n", [":2:"]),
                    ("switches:\n  - {name: leaf1}\n", ["addresses"]),
                    ("nodes: [\n", [":"]),
                    // All or nothing: the first is good, the second is not.
                    (
                        "nodes:\n  - {name: node4, podCIDRs: [\"fd00:cafe:0:4::/64\"]}\n  - {name: node5, podCIDRs: [\"fd00:cafe:0:4::/65\"]}\n",
                        ["node5", "node4"]
                    ),
                ] {
                    let file = try fabric.file("bad", bad)
                    try fabric.refusedAll(65, words, ["node", "add", "-f", file])
                }
                try fabric.refusedAll(65, ["/nonexistent"], ["node", "add", "-f", "/nonexistent"])
                try fabric.refusedAll(64, [], ["node", "add", "node9", "-f", file])
            }
        }
    }
}
