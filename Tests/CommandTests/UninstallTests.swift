import Glibc
import Model
import NodeTestSupport
import Testing

@Suite("uninstall", .enabled(if: isRoot, "needs root: loads programs into a namespace"))
struct UninstallTests {
    /// Nothing of ours is left, and all that was there before is as it was: other protocols' routes, devices, settings.
    @Test func nothingIsLeft() throws {
        try Fabric.with(leaves: 2, ipv4: true) { fabric in
            try fabric.batch(
                "n1",
                [
                    "route add 2001:db8:1::/48 via fd00:fab:1::1 proto static", "route add 198.51.100.0/24 via 172.16.1.1 proto bird",
                    "route add blackhole 2001:db8:2::/48 proto 249", "route add blackhole 203.0.113.0/24 proto 251",
                ])
            let before = try fabric.state()
            try fabric.install()
            try fabric.addPod("web")
            try fabric.addPod("client", "--ip", "10.1.0.77", "--ip", "fd00:cafe:0:1::77")
            try fabric.done("node", "add", "node2", "--pod-cidr", "fd00:cafe:0:2::/64", "--pod-cidr", "10.2.0.0/24", "--via", "fd00:fab:1::1")
            try fabric.done("ip", "add", "fd00:cafe:0:2::a", "--pod", "default/db")
            #expect(try fabric.pings("web", "fd00:cafe:0:2::a"))

            let installed = try fabric.state()
            let dry = try fabric.fabctl("uninstall", "--dry-run")
            #expect(dry.code == 0)
            #expect(dry.output.contains("would delete endpoint default/client device pod2\n"))
            expectSame(installed, try fabric.state())

            let uninstalled = try fabric.fabctl("uninstall")
            #expect(uninstalled.code == 0, "\(uninstalled.error)\(uninstalled.output)")
            #expect(uninstalled.output == "uninstalled\n")
            for pod in ["web", "client"] { try fabric.deleteNamespace(pod) }
            expectSame(before, try fabric.state())
            #expect(access(fabric.root, F_OK) != 0)
            expectRefusal(try fabric.fabctl("uninstall"), 69, "not installed")
            // And it can come back.
            try fabric.install()
            #expect(try fabric.fabctl("status", "--brief").output == "OK\n")
        }
    }

    @Test func anAdoptedDeviceStays() throws {
        try Fabric.with(ipv4: true) { fabric in
            try fabric.addNamespace("own")
            try fabric.batch("n1", ["link add veth0 type veth peer name eth0 netns \(fabric.name("own"))", "link set veth0 up"])
            try fabric.batch("own", ["link set eth0 up"])
            #expect(try eventually { try fabric.ip("n1", "-o link show veth0").contains("state UP") })
            let before = try fabric.state()
            try fabric.install()
            try fabric.done("endpoint", "add", "default/own", "--device", "veth0")
            #expect(try fabric.fabctl("uninstall").code == 0)
            // Its link-local address went when the pod's gateway came: it is not ours to bring back.
            func known(_ lines: [String]) -> [String] {
                lines.filter { !$0.contains("fe80::") && !$0.contains("ff00::/8") && !$0.contains("veth0/accept_ra") }
            }
            expectSame(known(before), known(try fabric.state()))
        }
    }

    /// What a command that was killed had still to remove goes too.
    @Test func withAChangePending() throws {
        try Fabric.with { fabric in
            let before = try fabric.state()
            try fabric.install()
            try fabric.addPod("web")
            try fabric.addPod("client")
            try fabric.leavePending(removing: ["pod1"]) { $0.endpoints.removeAll { $0.pod.name == "web" } }
            let uninstalled = try fabric.fabctl("uninstall")
            #expect(uninstalled.code == 0, "\(uninstalled.error)")
            for pod in ["web", "client"] { try fabric.deleteNamespace(pod) }
            expectSame(before, try fabric.state())
        }
    }

    /// An install after an uninstall that was killed begins anew.
    @Test func killedThenInstalled() throws {
        try Fabric.with { fabric in
            try fabric.install()
            try fabric.addPod("web")
            try fabric.leavePending(uninstalling: true)
            #expect(try fabric.fabctl("status").code == 1)
            let installed = try fabric.fabctl("install", "--pod-cidr", "fd00:cafe:0:1::/64", "--node-name", "node1")
            #expect(installed.code == 0, "\(installed.error)")
            #expect(installed.output == "installed node1 pod-cidr fd00:cafe:0:1::/64 uplink eth0\n")
            #expect(try fabric.fabctl("status", "--brief").output == "OK\n")
            #expect(try fabric.fabctl("endpoint", "list", "-o", "json").output == "[]\n")
            #expect(try !fabric.ip("n1", "-o link").contains("pod1"))
        }
    }

    /// Another command, when an uninstall was killed: it is carried out, and the command says that there is no node.
    @Test func killedThenAnything() throws {
        try Fabric.with { fabric in
            let before = try fabric.state()
            try fabric.install()
            try fabric.leavePending(uninstalling: true)
            expectRefusal(try fabric.fabctl("node", "delete", "node2"), 69, "not installed")
            expectSame(before, try fabric.state())
        }
    }
}
