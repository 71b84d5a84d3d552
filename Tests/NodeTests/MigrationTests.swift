import FoundationEssentials
import Model
import Net
import Store
import Testing
@testable import Node

/// What older fabctls have stored is read as if this one had written it.
@Suite("migration")
struct MigrationTests {
    private func pending(_ text: String) -> [String: [UInt8]] { [Pending.document: Array(text.utf8)] }

    @Test func aPendingChangeOfTheFirstFormat() throws {
        let old = #"{"load":true,"releaseDevices":[],"removeDevices":["pod7"],"uninstall":false}"#
        #expect(throws: NodeError.self) { _ = try Pending(bytes: Array(old.utf8)) }
        let bytes = try #require(try Migration.upgrade(pending(old), from: 1)[Pending.document])
        let read = try Pending(bytes: bytes)
        #expect(read.load && read.removeDevices == ["pod7"] && read.changes.isEmpty && !read.remake && !read.uninstall)
    }

    @Test func nothingElseChanges() throws {
        var config = NodeConfig(name: "node1", podCIDRs: [], nativeRoutingCIDRs: [], bootID: .max)
        config.imageChecksum = 0xfedc_ba98_7654_3210
        var desired = Desired(config: config)
        desired.registry.revision = 7
        var documents: [String: [UInt8]] = [:]
        for (document, bytes) in try desired.documents() { documents[document.rawValue] = bytes }
        for version in 1...DocumentFormat.version {
            #expect(try Desired(documents: try Migration.upgrade(documents, from: version)) == desired, "from \(version)")
        }
    }

    /// Numbers that no Double holds, and those that are none.
    @Test(arguments: ["18446744073709551615", "-9223372036854775808", "0.5", "true", "null", "[1,\"a\",{}]", "\"\\u0000/\""])
    func valuesStayAsTheyAre(_ text: String) throws {
        let value = try decode(StoredValue.self, Array(text.utf8), "test")
        #expect(String(decoding: try encoded(value), as: UTF8.self) == text)
    }

    @Test func whatIsNoJSONIsSaid() {
        let error = #expect(throws: NodeError.self) { try Migration.upgrade(["nodes": Array("{".utf8)], from: 1) }
        #expect(error?.kind == .stored && error?.message.contains("document nodes cannot be read") == true)
    }

    /// A node's documents as the first release wrote them.
    private static let first = [
        "config":
            #"{"addresses":["fd00:fab:1::2","fd00:beef::1"],"baseRoutes":[{"nextHops":[{"device":"eth0","via":"fd00:fab:1::1","weight":1}],"#
            + #""prefix":"::/0"},{"nextHops":[{"device":"eth0","weight":1}],"prefix":"fd00:fab:1::/64"}],"bootID":9013448620639035957,"#
            + #""clusterName":"default","eventInterval":5000000000,"imageChecksum":10539620677096267877,"ipv4Enabled":false,"ipv6Enabled":true,"#
            + #""layout":1,"mapSizes":{"addresses":16384,"denied":4096,"flows":65536,"fragments":2048,"halfOpen":8192,"history":32768,"#
            + #""policy":16384,"routes":16384},"name":"node1","nativeRoutingCIDRs":[],"netns":"4:4026532177","podCIDRs":["fd00:cafe:0:1::/64"],"#
            + #""podMTU":1500,"savedSysctls":{"net/ipv6/conf/all/forwarding":"0"},"timeouts":{"any":60000000000,"tcp":8000000000000,"#
            + #""tcpFIN":10000000000,"tcpSYN":60000000000},"uplinks":[{"device":"eth0","ifindex":2,"mtu":1500}]}"#,
        "endpoints":
            #"{"departed":[],"endpoints":[{"addresses":["fd00:cafe:0:1::1"],"device":"pod1","hostMAC":"06:ea:f4:88:9c:80","id":1,"#
            + #""identity":256,"labels":{},"mac":"a6:3f:ff:68:2a:85","mtu":1500,"netns":"/run/netns/a","#
            + #""pod":{"name":"a","namespace":"default"},"podDevice":"eth0"}]}"#,
        "nodes": #"{"nodes":[],"switches":[]}"#, "ips": "[]", "routes": "[]",
        "identities": #"{"identities":[{"labels":["k8s:io.kubernetes.pod.namespace=default"],"number":256}],"nextCIDR":16777216,"nextLabels":257}"#,
        "registry":
            #"{"groups":[{"index":0,"nextHops":[{"device":"eth0","weight":1}]}],"nextEndpointID":2,"nextHops":[{"device":"eth0","id":1}],"#
            + #""nextNextHopID":2,"revision":5}"#,
    ]

    @Test func aNodeOfTheFirstRelease() throws {
        let desired = try Desired(documents: try Migration.upgrade(Self.first.mapValues { Array($0.utf8) }, from: 1))
        #expect(desired.config.bootID == 9_013_448_620_639_035_957 && desired.config.imageChecksum == 10_539_620_677_096_267_877)
        #expect(desired.config.layout == 1 && desired.registry.revision == 5)
        #expect(desired.endpoints.map(\.pod.description) == ["default/a"])
    }
}
