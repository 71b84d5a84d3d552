import Glibc
import NodeTestSupport
import Testing

@Suite("install", .enabled(if: isRoot, "needs root: loads programs into a namespace"))
struct InstallTests {
    /// The file is the issue's, to the letter.
    @Test func theIssuesValues() throws {
        try Fabric.with(leaves: 2) { fabric in
            let values = try fabric.file("values", "tunnel: \"disabled\"\nipv6:\n  enabled: true\n  nativeRoutingCIDR: \"fd00:cafe::/56\"\n")
            let before = try fabric.state()
            let dry = try fabric.fabctl("install", "-f", values, "--pod-cidr", "fd00:cafe:0:1::/64", "--node-name", "node1", "--dry-run")
            #expect(dry.code == 0, "\(dry.error)")
            #expect(dry.output == "would install node1 pod-cidr fd00:cafe:0:1::/64 uplink eth0,eth1\n")
            expectSame(before, try fabric.state())

            let first = try fabric.fabctl("install", "-f", values, "--pod-cidr", "fd00:cafe:0:1::/64", "--node-name", "node1")
            #expect(first.code == 0, "\(first.error)")
            #expect(first.output == "installed node1 pod-cidr fd00:cafe:0:1::/64 uplink eth0,eth1\n")
            #expect(first.error.isEmpty)
            let status = try fabric.done("status", "-o", "json").json()
            #expect(status["healthy"]?.bool == true)
            #expect(status["node"]?.string == "node1")
            #expect(status["config"]?["uplinks"]?.strings == ["eth0", "eth1"])
            #expect(status["config"]?["native_routing_cidrs"]?.strings == ["fd00:cafe::/56"])
            let programs = status["programs"]?.elements.map {
                "\($0["device"]?.string ?? "") \($0["direction"]?.string ?? "") \($0["program"]?.string ?? "")"
            }
            #expect(programs == ["eth0 egress to_uplink", "eth0 ingress from_uplink", "eth1 egress to_uplink", "eth1 ingress from_uplink"])
            #expect(try fabric.run(["sh", "-c", "cat /proc/sys/net/ipv6/conf/all/forwarding"]).output == "1\n")
            #expect(try fabric.ip("n1", "-6 route show proto 250").contains("unreachable fd00:cafe:0:1::/64"))
        }
    }

    @Test func aBareInstallKeepsEverything() throws {
        try Fabric.with(leaves: 2, ipv4: true) { fabric in
            let values = try fabric.file("values", Fabric.valuesWithIPv4)
            try fabric.done(
                "install", "-f", values, "--pod-cidr", "fd00:cafe:0:1::/64", "--pod-cidr", "10.1.0.0/24", "--node-name", "node1", "--uplink", "eth1")
            try fabric.addPod("web", "--label", "app=web")
            try fabric.done("node", "add", "node2", "--pod-cidr", "fd00:cafe:0:2::/64", "--via", "fd00:fab:2::1")
            #expect(try fabric.pings("web", "fd00:cafe:0:2::a"))
            func asked() throws -> [JSON?] {
                let status = try fabric.done("status", "-o", "json").json()
                let routes = try fabric.done("bpf", "route", "list", "-o", "json").json()
                let prefixes = routes.elements.map { JSON.array([$0["prefix"] ?? .null, $0["kind"] ?? .null, $0["kernel"] ?? .null]) }
                return [status["node"], status["config"], status["endpoints"], status["nodes"], .array(prefixes)]
            }
            let before = try asked()
            let flows = try fabric.done("bpf", "ct", "list", "-o", "json").json().elements.count
            #expect(flows > 0)
            let kernel = try fabric.state().filter { !$0.hasPrefix(fabric.root) }
            for _ in 0..<2 {
                let again = try fabric.fabctl("install")
                #expect(again.code == 0, "\(again.error)")
                #expect(again.output == "upgraded node1 pod-cidr fd00:cafe:0:1::/64,10.1.0.0/24 uplink eth1\n")
                #expect(try asked() == before)
                expectSame(kernel, try fabric.state().filter { !$0.hasPrefix(fabric.root) })
            }
            #expect(try fabric.done("bpf", "ct", "list", "-o", "json").json().elements.count >= flows)
        }
    }

    @Test func aConfigMapDoes() throws {
        try Fabric.with(ipv4: true) { fabric in
            let map = try fabric.file(
                "configmap",
                """
                apiVersion: v1
                kind: ConfigMap
                metadata: {name: cilium-config, namespace: kube-system}
                data:
                  routing-mode: "native"
                  enable-ipv6: "true"
                  enable-ipv4: "true"
                  ipv6-native-routing-cidr: "fd00:cafe::/56"
                  ipv4-native-routing-cidr: "10.0.0.0/8"
                  auto-direct-node-routes: "true"
                  enable-ipv4-masquerade: "false"
                  enable-ipv6-masquerade: "false"
                """)
            let installed = try fabric.fabctl(
                "install", "-f", map, "--pod-cidr", "10.1.0.0/24", "--pod-cidr", "fd00:cafe:0:1::/64", "--node-name", "node1")
            #expect(installed.code == 0, "\(installed.error)")
            let status = try fabric.done("status", "-o", "json").json()
            #expect(status["config"]?["pod_cidrs"]?.strings == ["fd00:cafe:0:1::/64", "10.1.0.0/24"])
            #expect(status["config"]?["native_routing_cidrs"]?.strings == ["fd00:cafe::/56", "10.0.0.0/8"])
        }
    }

    @Test func whatIsRefusedAtFirst() throws {
        try Fabric.with { fabric in
            let values = try fabric.file("values", Fabric.values)
            let vxlan = try fabric.file("vxlan", "ipv6:\n  enabled: true\ntunnel: vxlan\n")
            let broken = try fabric.file("broken", "tunnel: [\n")
            let cidr = ["--pod-cidr", "fd00:cafe:0:1::/64"]
            try fabric.unchanged {
                try fabric.refused(65, ["no Pod CIDR", "--pod-cidr"], "install", "-f", values, "--node-name", "node1")
                try fabric.refused(
                    65, ["fd00:beef:0:1::/64", "outside", "fd00:cafe::/56"], "install", "-f", values, "--pod-cidr", "fd00:beef:0:1::/64",
                    "--node-name", "node1")
                try fabric.refused(65, ["\(vxlan):3:", "tunnel"], "install", "-f", vxlan, cidr[0], cidr[1], "--node-name", "node1")
                try fabric.refused(65, [broken], "install", "-f", broken, cidr[0], cidr[1], "--node-name", "node1")
                try fabric.refused(65, ["/nonexistent"], "install", "-f", "/nonexistent", cidr[0], cidr[1], "--node-name", "node1")
                try fabric.refused(65, ["nope"], "install", "--uplink", "nope", cidr[0], cidr[1], "--node-name", "node1")
                try fabric.refused(65, ["lo"], "install", "--uplink", "lo", cidr[0], cidr[1], "--node-name", "node1")
                try fabric.refused(65, ["10.1.0.0/24", "ipv4"], "install", "--pod-cidr", "10.1.0.0/24", "--node-name", "node1")
                try fabric.refused(65, ["overlap"], "install", cidr[0], cidr[1], "--pod-cidr", "fd00:cafe:0:1:8000::/65", "--node-name", "node1")
                try fabric.refused(65, ["::/0"], "install", "--pod-cidr", "::/0", "--node-name", "node1")
                try fabric.refused(65, ["fe80::/64"], "install", "--pod-cidr", "fe80::/64", "--node-name", "node1")
                try fabric.refused(65, ["Node_1"], "install", cidr[0], cidr[1], "--node-name", "Node_1")
                // The link to the leaf is not pods'.
                try fabric.refused(65, ["fd00:fab:1::/64"], "install", "--pod-cidr", "fd00:fab:1::/64", "--node-name", "node1")
                try fabric.refused(64, [], "install", "--pod-cidr", "fd00:cafe:0:1::1/64")
                try fabric.refused(64, [], "install", "--pod-cidr", "nonsense")
                try fabric.refused(64, [], "install", "--nonsense")
            }
            try fabric.ip("n1", "-6 route del default")
            try fabric.refused(65, ["default route", "--uplink"], "install", cidr[0], cidr[1], "--node-name", "node1")
        }
    }

    @Test func aNewUplinkIsAttachedAndAnOldOneLeft() throws {
        try Fabric.with(leaves: 2) { fabric in
            try fabric.install()
            func devices() throws -> Set<String> {
                Set(try fabric.done("status", "-o", "json").json()["programs"]?.elements.compactMap { $0["device"]?.string } ?? [])
            }
            #expect(try devices() == ["eth0", "eth1"])
            #expect(try fabric.fabctl("install", "--uplink", "eth1").output.contains("uplink eth1\n"))
            #expect(try devices() == ["eth1"])
            #expect(try fabric.done("status").code == 0)
            #expect(try fabric.fabctl("install", "--uplink", "eth0", "--uplink", "eth1", "--uplink", "eth0").output.contains("uplink eth0,eth1\n"))
            #expect(try devices() == ["eth0", "eth1"])
            try fabric.refused(65, ["nope"], "install", "--uplink", "nope")
            try fabric.addPod("web")
            let device = try fabric.done("endpoint", "get", "default/web", "-o", "json").json()["device"]?.string ?? ""
            try fabric.refused(65, [device], "install", "--uplink", device)
        }
    }

    /// A changed setting must still hold what was added under the old one.
    @Test func whatIsRefusedLater() throws {
        try Fabric.with { fabric in
            try fabric.install()
            try fabric.addPod("web")
            try fabric.done("node", "add", "node2", "--pod-cidr", "fd00:cafe:0:2::/64", "--via", "fd00:fab:1::1")
            try fabric.unchanged {
                try fabric.refused(65, ["default/web"], "install", "--pod-cidr", "fd00:cafe:0:9::/64")
                try fabric.refused(65, ["node2"], "install", "--pod-cidr", "fd00:cafe:0:1::/64", "--pod-cidr", "fd00:cafe:0:2::/64")
                try fabric.refused(65, ["node2"], "install", "--node-name", "node2")
                try fabric.refused(65, ["node2"], "install", "--node-name", "node2", "--dry-run")
                let narrow = try fabric.file("narrow", "ipv6: {enabled: true, nativeRoutingCIDR: \"fd00:cafe:0:1::/64\"}\n")
                try fabric.refused(65, ["node2"], "install", "-f", narrow)
                let flows = try fabric.file("flows", "bpf: {ctTcpMax: 131072}\nipv6: {enabled: true, nativeRoutingCIDR: \"fd00:cafe::/56\"}\n")
                try fabric.refused(65, ["131072"], "install", "-f", flows)
            }
            #expect(try fabric.done("status").code == 0)
        }
    }

    /// What the kernel refuses of a first install leaves nothing behind.
    @Test func aRouteIsTaken() throws {
        try Fabric.with { fabric in
            try fabric.ip("n1", "-6 route add unreachable fd00:cafe:0:1::/64 proto static")
            try fabric.unchanged {
                let values = try fabric.file("values", Fabric.values)
                let refused = try fabric.fabctl("install", "-f", values, "--pod-cidr", "fd00:cafe:0:1::/64", "--node-name", "node1")
                expectRefusal(refused, 65, "fd00:cafe:0:1::/64", "File exists")
            }
            try fabric.ip("n1", "-6 route del unreachable fd00:cafe:0:1::/64 proto static")
            try fabric.install()
        }
    }

    /// A network namespace is one node's.
    @Test func aSecondNode() throws {
        try Fabric.with { fabric in
            try fabric.install()
            try fabric.addPod("web")
            try fabric.unchanged {
                let second = "\(fabric.root)_2"
                for dry in [[], ["--dry-run"]] {
                    let refused = try fabric.fabctl(["install", "--bpffs", second, "--pod-cidr", "fd00:cafe:0:7::/64", "--node-name", "node7"] + dry)
                    expectRefusal(refused, 65, "eth0", "another node")
                }
                #expect(access(second, F_OK) != 0)
            }
            #expect(try fabric.fabctl("status", "--brief").output == "OK\n")
        }
    }

    /// Under `ip netns exec` bpffs is hidden, and one mounted there would go with the command.
    @Test func underIPNetnsExec() throws {
        try Fabric.with { fabric in
            let values = try fabric.file("values", Fabric.values)
            for isInstalled in [false, true] {
                if isInstalled { try fabric.install() }
                let before = try fabric.state()
                for arguments in [
                    ["install", "-f", values, "--pod-cidr", "fd00:cafe:0:1::/64", "--node-name", "node1"], ["status"], ["uninstall"],
                    ["endpoint", "list"],
                ] {
                    let finished = try fabric.run(["ip", "netns", "exec", fabric.name("n1"), Fabric.program] + arguments)
                    expectRefusal(finished, 69)
                    #expect(finished.error.contains("nsenter"), "\(finished.error)")
                }
                expectSame(before, try fabric.state())
            }
        }
    }
}
