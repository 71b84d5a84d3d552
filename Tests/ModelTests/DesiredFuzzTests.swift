import FoundationEssentials
import FuzzSupport
import Model
import Net
import Testing

/// Damaged JSON of documents: what is decoded is encoded and decoded again as the same.
@Suite("fuzzed intent") struct DesiredFuzzTests {
    private struct Documents: Codable, Equatable {
        var config: NodeConfig
        var nodes: [RemoteNode]
        var ips: [IPEntry]
    }

    private static func seed() throws -> [UInt8] {
        func address(_ text: String) throws -> IPAddress { try #require(IPAddress(text)) }
        func prefix(_ text: String) throws -> Prefix { try #require(Prefix(text)) }
        let documents = Documents(
            config: NodeConfig(
                name: "node1", podCIDRs: [try prefix("fd00:cafe:0:1::/64")], nativeRoutingCIDRs: [try prefix("fd00:cafe::/56")],
                uplinks: [Uplink(device: "eth0", ifindex: 2, mtu: 1500)], addresses: [try address("fd00:beef::1")], bootID: 1),
            nodes: [
                RemoteNode(
                    name: "node2", podCIDRs: [try prefix("fd00:cafe:0:2::/64")], nextHops: [NextHop(via: try address("fe80::1"), device: "eth0")])
            ],
            ips: [
                IPEntry(
                    prefix: try prefix("fd00:cafe:0:2::a/128"), pod: PodName(namespace: "default", name: "db"), labels: ["app": "db"], identity: 257)
            ])
        return Array(try JSONEncoder().encode(documents))
    }

    @Test func damagedIntent() throws {
        let seed = try Self.seed()
        var mutator = Mutator(
            seed: 4, words: ["null", "-1", "1e99", "[", "{}", "\"\"", "99999999999999999999", "fd00::1/129", "\\ud800"].map { Array($0.utf8) })
        var read = 0, refused = 0
        for _ in 0..<Fuzz.cases(share: 4_000) {
            let text = mutator.damaged(seed)
            guard let found = try? JSONDecoder().decode(Documents.self, from: Data(text)) else {
                refused += 1
                continue
            }
            read += 1
            #expect(try JSONDecoder().decode(Documents.self, from: JSONEncoder().encode(found)) == found)
        }
        #expect(read > 0 && refused > 0)
    }
}
