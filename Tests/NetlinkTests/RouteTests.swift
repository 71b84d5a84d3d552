import Glibc
import Net
import Netlink
import TestSupport
import Testing

@Suite(.enabled(if: geteuid() == 0, "needs root: network namespaces"))
struct RouteTests {
    @Test func attribution() throws {
        try withNetworkNamespace { _ in
            var socket = try NetlinkSocket()
            let links = try socket.links()
            #expect(links.map(\.name) == ["eth0"])
        }
    }
}
