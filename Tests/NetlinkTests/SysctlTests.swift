import Glibc
import Netlink
import TestSupport
import Testing

@Suite struct SysctlTests {
    @Test(arguments: [
        ("net.ipv6.conf.all.forwarding", "/proc/sys/net/ipv6/conf/all/forwarding", "net.ipv6.conf.all.forwarding"),
        ("net.ipv6.conf.eth0/100.forwarding", "/proc/sys/net/ipv6/conf/eth0.100/forwarding", "net.ipv6.conf.eth0/100.forwarding"),
        ("net/ipv6/conf/eth0.100/forwarding", "/proc/sys/net/ipv6/conf/eth0.100/forwarding", "net.ipv6.conf.eth0/100.forwarding"),
        ("/proc/sys/net/core/somaxconn", "/proc/sys/net/core/somaxconn", "net.core.somaxconn"),
    ])
    func names(_ name: String, _ path: String, _ canonical: String) throws {
        let sysctl = try #require(Sysctl(name))
        #expect(sysctl.path == path)
        #expect(sysctl.description == canonical)
        #expect(Sysctl(canonical) == sysctl)
    }

    @Test(arguments: [
        "", "net", "kernel.hostname", "net..core", "net/../kernel/hostname", "net/./core", "/net/core", "net.core.", "net.//.x", "net.ipv4.\0",
    ])
    func refusedNames(_ name: String) {
        #expect(Sysctl(name) == nil)
    }

    @Test func components() throws {
        let sysctl = try #require(Sysctl(net: "ipv4", "conf", "eth0.100", "forwarding"))
        #expect(sysctl.path == "/proc/sys/net/ipv4/conf/eth0.100/forwarding")
        #expect(Sysctl(net: "ipv4", "..", "x") == nil)
        #expect(Sysctl(net: "ipv4", "a/b") == nil)
        #expect(Sysctl(net: "") == nil)
    }

    @Test(.enabled(if: geteuid() == 0, "needs root: network namespaces"))
    func valuesBelongToTheNamespace() async throws {
        try await withNetworkNamespace { outer in
            let inner = try NetworkNamespace.anonymous()
            let forwarding = try #require(Sysctl("net.ipv6.conf.all.forwarding"))
            try forwarding.write("1")
            #expect(try forwarding.read() == "1")
            #expect(try inner.run { try forwarding.read() } == "0")
            try inner.run { try forwarding.write("2") }
            #expect(try forwarding.read() == "1")
            #expect(try Witness.run(["cat", forwarding.path]) == "1\n")

            var socket = try NetlinkSocket()
            try socket.createVeth(VethEnd(name: "eth0.100"), peer: VethEnd(name: "b"))
            let device = try #require(Sysctl(net: "ipv6", "conf", "eth0.100", "accept_dad"))
            try device.write("0")
            #expect(try device.read() == "0")
            #expect(try Witness.run(["cat", "/proc/sys/net/ipv6/conf/eth0.100/accept_dad"]) == "0\n")
            let ranges = try #require(Sysctl("net.ipv4.ip_local_port_range"))
            try ranges.write("2000 3000")
            #expect(try ranges.read() == "2000\t3000")
        }
    }

    @Test(.enabled(if: geteuid() == 0, "needs root: network namespaces"))
    func refusals() async throws {
        try await withNetworkNamespace { _ in
            let absent = try #require(Sysctl("net.ipv6.conf.nosuch.forwarding"))
            #expect {
                _ = try absent.read()
            } throws: { error in
                "\(error)" == "read sysctl net.ipv6.conf.nosuch.forwarding: No such file or directory"
            }
            let forwarding = try #require(Sysctl("net.ipv6.conf.all.forwarding"))
            #expect {
                try forwarding.write("much")
            } throws: { error in
                "\(error)" == "write much to sysctl net.ipv6.conf.all.forwarding: Invalid argument"
            }
        }
    }
}
