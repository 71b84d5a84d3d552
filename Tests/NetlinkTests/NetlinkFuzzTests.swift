import FuzzSupport
import Net
import Testing

@testable import Netlink

/// Damaged answers of the kernel: each is read or refused, and nothing reaches outside the datagram.
@Suite("fuzzed netlink messages") struct NetlinkFuzzTests {
    /// What a live kernel says of a namespace with devices, addresses, routes and neighbours is as good as what we ourselves would say to it.
    private static func seeds() throws -> [[UInt8]] {
        func address(_ text: String) throws -> IPAddress { try #require(IPAddress(text)) }
        func prefix(_ text: String) throws -> Prefix { try #require(Prefix(text)) }
        let hops = [RouteNextHop(via: try address("fe80::1"), ifindex: 7), RouteNextHop(via: try address("fe80::2"), ifindex: 300, weight: 9)]
        let requests: [NetlinkRequest] = [
            .addRoute(Route(try prefix("fd00:1::/64"), nextHops: hops, proto: 250, metric: 1024, mtu: 1400, preferredSource: try address("fd00::9"))),
            .addRoute(Route(try prefix("10.1.0.0/16"), nextHops: [RouteNextHop(via: try address("10.0.0.1"), ifindex: 2)], table: 70000, proto: 250)),
            .replaceRoute(Route(.ipv6Default, kind: .unreachable, proto: 250)),
            .addAddress(InterfaceAddress(try address("10.0.0.1"), prefixLength: 24, ifindex: 3, flags: [.permanent], peer: try address("10.0.0.2"))),
            .replaceNeighbour(Neighbour(address: try address("fd00::2"), ifindex: 9, macAddress: MACAddress(0x0200_0000_0001))),
            .createVeth(VethEnd(name: "a", mtu: 1500), peer: VethEnd(name: "b", macAddress: MACAddress(1), namespace: 5)),
            .setLink(ifindex: 4, LinkChange(up: true, name: "c", mtu: 1400)),
        ]
        return requests.map { request in
            var writer = MessageWriter()
            request.encode(into: &writer, sequence: 1)
            return writer.bytes
        }
    }

    @Test func damagedMessages() throws {
        let seeds = try Self.seeds()
        var mutator = Mutator(seed: 1, words: [[0, 0, 0, 0], [0xff, 0xff, 0xff, 0x7f], [4, 0, 1, 0], [3, 0, 1, 0], [8, 0, 15, 0, 254, 0, 0, 0]])
        var read = 0, refused = 0
        for _ in 0..<Fuzz.cases(share: 20_000) {
            var datagram = mutator.damaged(seeds[mutator.random.below(seeds.count)])
            if mutator.random.chance(4) { datagram += mutator.damaged(seeds[mutator.random.below(seeds.count)]) }
            do throws(MalformedMessage) {
                for message in try NetlinkMessage.split(datagram) {
                    // Each of them, whatever its type says.
                    _ = try? Link(message)
                    _ = try? LinkStatistics(message)
                    _ = try? Route(message)
                    _ = try? InterfaceAddress(message)
                    _ = try? Neighbour(message)
                    _ = try? message.acknowledgement()
                    read += 1
                }
            } catch {
                refused += 1
            }
        }
        #expect(read > 0 && refused > 0)
    }
}
