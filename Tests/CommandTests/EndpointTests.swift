import Glibc
import NodeTestSupport
import Testing

@Suite("endpoint", .enabled(if: isRoot, "needs root: loads programs into a namespace"))
struct EndpointTests {
    @Test func addresses() throws {
        try Fabric.with(ipv4: true) { fabric in
            try fabric.install()
            for pod in ["web", "client", "third"] { try fabric.addNamespace(pod) }
            // Not given: the first that is free, one of each family.
            let added = try fabric.fabctl(
                "endpoint", "add", "default/web", "--netns", fabric.path("web"), "--label", "app=web", "--label", "tier=front", "-o", "json")
            #expect(added.code == 0, "\(added.error)")
            let web = try added.json()
            #expect(web["ips"]?.strings == ["fd00:cafe:0:1::1", "10.1.0.1"])
            #expect(web["labels"]?.strings == ["k8s:app=web", "k8s:io.kubernetes.pod.namespace=default", "k8s:tier=front"])
            #expect(web["state"]?.string == "ready")
            #expect(web["id"]?.int == 1 && web["identity"]?.int == 256)
            // Given: those alone, and in any order.
            let given = try fabric.fabctl(
                "endpoint", "add", "default/client", "--netns", fabric.path("client"), "--ip", "10.1.0.1", "--ip", "fd00:cafe:0:1::c", "-o", "json")
            expectRefusal(given, 65, "10.1.0.1", "default/web")
            let client = try fabric.fabctl(
                "endpoint", "add", "default/client", "--netns", fabric.path("client"), "--ip", "10.1.0.9", "--ip", "fd00:cafe:0:1::c", "-o", "json"
            ).json()
            #expect(client["ips"]?.strings == ["fd00:cafe:0:1::c", "10.1.0.9"])
            // Labels of a place, not of what they claim; the same labels have the same identity.
            let third = try fabric.fabctl(
                "endpoint", "add", "other/third", "--netns", fabric.path("third"), "--ip", "fd00:cafe:0:1::3", "--label",
                "io.kubernetes.pod.namespace=kube-system",
                "-o", "json"
            ).json()
            #expect(third["ips"]?.strings == ["fd00:cafe:0:1::3"])
            #expect(third["labels"]?.strings == ["k8s:io.kubernetes.pod.namespace=other"])

            let list = try fabric.fabctl("endpoint", "list", "-o", "json").json()
            #expect(
                list.elements.map { "\($0["namespace"]?.string ?? "")/\($0["name"]?.string ?? "")" } == [
                    "default/client", "default/web", "other/third",
                ])
            let get = try fabric.fabctl("endpoint", "get", "default/web", "-o", "json").json()
            #expect(get == web && list[1] == web)

            // What is inside.
            let inside = try fabric.ip("web", "-o addr show dev eth0")
            #expect(inside.contains("inet6 fd00:cafe:0:1::1/128") && inside.contains("inet 10.1.0.1/32"))
            #expect(try fabric.ip("web", "-6 route").contains("default via fe80::1 dev eth0"))
            #expect(try fabric.ip("web", "route").contains("default via 169.254.1.1 dev eth0"))
            #expect(try fabric.ip("web", "link show eth0").contains(web["mac"]?.string ?? "no MAC"))
            for address in ["fd00:cafe:0:1::c", "10.1.0.9", "fd00:cafe:0:2::a", "10.2.0.10", "fd00:e0::1", "192.0.2.1", "fd00:beef::1"] {
                #expect(try fabric.pings("web", address), "\(address)")
            }
            #expect(try fabric.pings("n1", "fd00:cafe:0:1::1") && fabric.pings("n1", "10.1.0.1"))
            #expect(try fabric.pings("l1", "fd00:cafe:0:1::1") && fabric.pings("l1", "10.1.0.9"))
            #expect(try fabric.fabctl("status", "--brief").output == "OK\n")
        }
    }

    @Test func whatIsRefused() throws {
        try Fabric.with { fabric in
            let web = try fabric.addNamespace("web")
            let spare = try fabric.addNamespace("spare")
            expectRefusal(try fabric.fabctl("endpoint", "add", "default/web", "--netns", web), 69, "not installed")
            try fabric.install()
            try fabric.done("endpoint", "add", "default/web", "--netns", web, "--label", "app=web")
            let file = try fabric.file("nothing", "")
            func add(_ code: Int32, _ words: [String], _ pod: String, _ arguments: String...) throws {
                try fabric.refusedAll(code, words, ["endpoint", "add", pod] + arguments)
            }
            try fabric.unchanged {
                try add(65, ["fd00:cafe:0:1::1", "default/web"], "default/x", "--netns", spare, "--ip", "fd00:cafe:0:1::1")
                try add(65, ["fd00:cafe:0:9::1", "outside", "fd00:cafe:0:1::/64"], "default/x", "--netns", spare, "--ip", "fd00:cafe:0:9::1")
                try add(65, ["10.1.0.1", "outside"], "default/x", "--netns", spare, "--ip", "10.1.0.1")
                try add(65, ["fd00:cafe:0:1::"], "default/x", "--netns", spare, "--ip", "fd00:cafe:0:1::")
                try add(65, ["twice"], "default/x", "--netns", spare, "--ip", "fd00:cafe:0:1::5", "--ip", "fd00:cafe:0:1:0:0:0:5")
                try add(65, ["default/web", "exists"], "default/web", "--netns", spare)
                try add(65, ["default/web", "exists"], "default/web", "--netns", web, "--label", "app=other")
                try add(65, ["/nonexistent", "No such file"], "default/x", "--netns", "/nonexistent")
                try add(65, [file], "default/x", "--netns", file)
                try add(65, ["/proc/self/ns/mnt"], "default/x", "--netns", "/proc/self/ns/mnt")
                try add(65, ["node's own"], "default/x", "--netns", fabric.path("n1"))
                try add(65, ["eth0"], "default/x", "--netns", web)
                try add(65, ["nope"], "default/x", "--device", "nope")
                try add(65, ["eth0", "uplink"], "default/x", "--device", "eth0")
                try add(65, ["pod1", "default/web"], "default/x", "--device", "pod1")
                try add(65, ["lo"], "default/x", "--device", "lo")
                try add(64, [], "default/x")
                try add(64, [], "default/x", "--netns", spare, "--device", "pod1")
                try add(64, [], "nonsense", "--netns", spare)
                try add(64, [], "default/Web", "--netns", spare)
                try add(64, [], "default/x", "--netns", spare, "--ip", "fd00::1::2")
                try add(64, [], "default/x", "--netns", spare, "--label", "=x")
                try add(64, [], "default/x", "--netns", spare, "--timeout", "999999999h")
                try fabric.refusedAll(65, ["default/x"], ["endpoint", "delete", "default/x"])
                try fabric.refusedAll(65, ["default/x"], ["endpoint", "get", "default/x"])
            }
            // The node's own address inside the Pod CIDR is no pod's.
            try fabric.ip("n1", "addr add fd00:cafe:0:1::ffff/128 dev lo")
            try fabric.done("repair")
            try add(65, ["fd00:cafe:0:1::ffff", "node's own"], "default/x", "--netns", spare, "--ip", "fd00:cafe:0:1::ffff")
            #expect(try fabric.fabctl("status").code == 0)
        }
    }

    /// Asked again for what is there, nothing changes and nothing fails.
    @Test func addedAgain() throws {
        try Fabric.with { fabric in
            try fabric.install()
            try fabric.addPod("web", "--label", "app=web")
            let before = try fabric.state()
            let again = try fabric.fabctl("endpoint", "add", "default/web", "--netns", fabric.path("web"), "--label", "app=web")
            #expect(again.code == 0, "\(again.error)")
            expectSame(before, try fabric.state())
            let dry = try fabric.fabctl("endpoint", "add", "default/new", "--netns", try fabric.addNamespace("new"), "--dry-run")
            #expect(dry.code == 0)
            #expect(dry.output.hasPrefix("would add default/new id 2 "))
            let gone = try fabric.fabctl("endpoint", "delete", "default/web", "--dry-run")
            #expect(gone.code == 0 && gone.output == "would delete default/web id 1\n")
            #expect(try fabric.fabctl("endpoint", "list", "-o", "json").json().elements.count == 1)
            expectSame(before, try fabric.state().filter { !$0.hasPrefix("new ") })
        }
    }

    @Test func deleteLeavesNothing() throws {
        try Fabric.with(ipv4: true) { fabric in
            try fabric.install()
            for pod in ["web", "client"] { try fabric.addNamespace(pod) }
            func entries() throws -> [String?] {
                try fabric.fabctl("bpf", "map", "list", "-o", "json").json().elements.filter {
                    ["addresses", "devices", "endpoints", "routes", "prefixes", "groups", "nexthops"].contains($0["name"]?.string)
                }.map { "\($0["name"]?.string ?? "") \($0["entries"]?.int ?? -1)" }
            }
            func kernel() throws -> [String] { try fabric.state().filter { !$0.hasPrefix("\(fabric.root)/state") && !$0.hasPrefix("web ") } }
            let before = try kernel()
            let maps = try entries()
            try fabric.done("endpoint", "add", "default/web", "--netns", fabric.path("web"))
            #expect(try entries() != maps)
            #expect(try fabric.pings("web", "fd00:cafe:0:2::a"))
            let deleted = try fabric.fabctl("endpoint", "delete", "default/web")
            #expect(deleted.code == 0 && deleted.output == "deleted default/web id 1\n", "\(deleted.error)")
            expectSame(before, try kernel())
            #expect(try entries() == maps)
            #expect(try fabric.ip("web", "-o link").split(separator: "\n").count == 1, "nothing but lo")
            #expect(try fabric.fabctl("endpoint", "list", "-o", "json").output == "[]\n")
            #expect(try fabric.fabctl("bpf", "endpoint", "list", "-o", "json").output == "[]\n")
            #expect(try fabric.fabctl("status", "--brief").output == "OK\n")

            // Its name stays known to the history; its address rests, and its id never comes back.
            let flows = try fabric.fabctl("observe", "--pod", "default/web", "-o", "json").jsonLines()
            #expect(flows.contains { $0["flow"]?["source"]?["pod_name"]?.string == "web" })
            let next = try fabric.fabctl("endpoint", "add", "default/client", "--netns", fabric.path("client"), "-o", "json").json()
            #expect(next["ips"]?.strings == ["fd00:cafe:0:1::2", "10.1.0.2"])
            #expect(next["id"]?.int == 2)
            #expect(next["device"]?.string == "pod2")
            expectRefusal(try fabric.fabctl("endpoint", "delete", "default/web"), 65, "default/web")
        }
    }

    @Test func anAdoptedDevice() throws {
        try Fabric.with(ipv4: true) { fabric in
            try fabric.install()
            // Two pairs with the same indexes at both ends, one of another node: the MAC address must be this one's.
            for (node, pod, mac) in [("l1", "decoy", "02:00:00:00:0d:0d"), ("n1", "own", "02:00:00:00:00:aa")] {
                try fabric.addNamespace(pod)
                try fabric.batch(
                    node,
                    [
                        "link add veth0 index 50 type veth peer name eth0 index 60 address \(mac) netns \(fabric.name(pod))", "link set veth0 up",
                    ])
                try fabric.batch(pod, ["link set eth0 up"])
            }
            try fabric.batch(
                "own",
                [
                    "addr add fd00:cafe:0:1::aa/128 dev eth0", "addr add 10.1.0.170/32 dev eth0", "route add ::/0 via fe80::1 dev eth0",
                    "route add 0.0.0.0/0 via 169.254.1.1 dev eth0 onlink",
                ])
            let before = try fabric.state().filter { !$0.hasPrefix(fabric.root) }
            let added = try fabric.fabctl(
                "endpoint", "add", "default/own", "--device", "veth0", "--ip", "fd00:cafe:0:1::aa", "--ip", "10.1.0.170", "-o", "json")
            #expect(added.code == 0, "\(added.error)")
            let endpoint = try added.json()
            #expect(endpoint["mac"]?.string == "02:00:00:00:00:aa")
            #expect(endpoint["device"]?.string == "veth0")
            for address in ["fd00:cafe:0:2::a", "10.2.0.10"] { #expect(try fabric.pings("own", address), "\(address)") }
            #expect(try fabric.fabctl("status", "--brief").output == "OK\n")
            try fabric.done("endpoint", "delete", "default/own")
            // The device is still there, and what was put on it is not.
            func known(_ lines: [String]) -> [String] {
                lines.filter { !$0.contains("fe80::") && !$0.contains("ff00::/8") && !$0.contains("veth0/accept_ra") && !$0.hasPrefix(fabric.root) }
            }
            expectSame(known(before), known(try fabric.state()))
            #expect(try fabric.fabctl("status", "--brief").output == "OK\n")
        }
    }

    @Test func manyPods() throws {
        try Fabric.with { fabric in
            try fabric.install()
            let names = (1...10).map { "p\($0)" }
            for name in names { try fabric.addNamespace(name) }
            // All at once: each waits for its turn.
            let running = try names.map { try fabric.start([Fabric.program, "endpoint", "add", "many/\($0)", "--netns", fabric.path($0)]) }
            for command in running {
                let finished = try command.finish()
                #expect(finished.code == 0, "\(finished.error)")
            }
            let list = try fabric.fabctl("endpoint", "list", "-o", "json").json().elements
            #expect(list.compactMap { $0["name"]?.string } == names.sorted())
            #expect(Set(list.compactMap { $0["id"]?.int }).count == 10)
            #expect(Set(list.flatMap { $0["ips"]?.strings ?? [] }) == Set((1...10).map { "fd00:cafe:0:1::" + String($0, radix: 16) }))
            #expect(Set(list.compactMap { $0["identity"]?.int }).count == 1)
            #expect(list.allSatisfy { $0["state"]?.string == "ready" })
            let addresses = list.compactMap { $0["ips"]?[0]?.string }
            for (name, target) in zip(names.sorted(), addresses.dropFirst() + addresses.prefix(1)) { #expect(try fabric.pings(name, target)) }
            let deletes = try names.map { try fabric.start([Fabric.program, "endpoint", "delete", "many/\($0)"]) }
            for command in deletes { #expect(try command.finish().code == 0) }
            #expect(try fabric.fabctl("endpoint", "list", "-o", "json").output == "[]\n")
            #expect(try fabric.fabctl("status", "--brief").output == "OK\n")
        }
    }
}
