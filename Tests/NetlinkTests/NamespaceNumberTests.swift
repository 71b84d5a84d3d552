import Glibc
import Netlink
import Testing

@Suite(.enabled(if: geteuid() == 0, "needs root: makes network namespaces"))
struct NamespaceNumberTests {
    /// The number of a namespace is what a device says of the one its other end is in, and tells it from all others.
    @Test func thatOfThePeer() throws {
        let node = try NetworkNamespace.anonymous()
        let pod = try NetworkNamespace.anonymous()
        let other = try NetworkNamespace.anonymous()
        var socket = try NetlinkSocket(in: node)
        #expect(try socket.number(of: pod) == -1, "they have nothing to do with each other yet")
        try socket.createVeth(VethEnd(name: "veth0"), peer: VethEnd(name: "eth0", namespace: pod.descriptor))
        try socket.createVeth(VethEnd(name: "veth1"), peer: VethEnd(name: "eth0", namespace: other.descriptor))
        let first = try #require(try socket.link(named: "veth0")?.peerNamespaceID)
        let second = try #require(try socket.link(named: "veth1")?.peerNamespaceID)
        #expect(first >= 0 && second >= 0 && first != second)
        #expect(try socket.number(of: pod) == first)
        #expect(try socket.number(of: other) == second)
    }
}
