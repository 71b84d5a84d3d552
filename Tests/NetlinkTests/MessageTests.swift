import CLinux
import Glibc
import Net
import Testing

@testable import Netlink

/// Encoding and decoding without a kernel. Numbers in the byte strings are little-endian: the machines that run this.
@Suite struct MessageTests {
    private func encode(_ requests: [NetlinkRequest]) -> [UInt8] {
        var writer = MessageWriter()
        for request in requests { request.encode(into: &writer, sequence: UInt32(1 + writer.count)) }
        return writer.bytes
    }

    private func samples() throws -> [NetlinkRequest] {
        let hop = RouteNextHop(via: try address("fe80::1"), ifindex: 7)
        var other = RouteNextHop(via: try address("fe80::2"), ifindex: 300, weight: 256)
        other.onLink = true
        return [
            .addRoute(
                Route(try prefix("fd00:1::/64"), nextHops: [hop], proto: 250, metric: 1024, mtu: 1400, preferredSource: try address("fd00::9"))),
            .addRoute(Route(try prefix("10.1.0.0/16"), nextHops: [hop, other], table: 70000, proto: 250, metric: 3, scope: .universe)),
            .replaceRoute(Route(.ipv6Default, kind: .unreachable, proto: 250)),
            .addAddress(
                InterfaceAddress(
                    try address("10.0.0.1"), prefixLength: 24, ifindex: 3, flags: [.noPrefixRoute, .permanent], peer: try address("10.0.0.2"))),
            .replaceNeighbour(Neighbour(address: try address("fd00::2"), ifindex: 9, macAddress: MACAddress(0x0200_0000_0001))),
            .createVeth(VethEnd(name: "a", mtu: 1500), peer: VethEnd(name: "b", macAddress: MACAddress(1), namespace: 5)),
            .setLink(ifindex: 4, LinkChange(up: true, name: "c", mtu: 1400, addressGeneration: LinkChange.AddressGeneration.none)),
        ]
    }

    @Test func routeOnTheWire() throws {
        let hop = RouteNextHop(via: try address("fe80::1"), ifindex: 7)
        let bytes = encode([.addRoute(Route(try prefix("fd00:2::/64"), nextHops: [hop], proto: 250))])
        let address: [UInt8] = [0xfd, 0, 0, 2] + [UInt8](repeating: 0, count: 12)
        let gateway: [UInt8] = [0xfe, 0x80] + [UInt8](repeating: 0, count: 13) + [1]
        let header: [UInt8] = [84, 0, 0, 0, 24, 0, 0x01, 0x06, 1, 0, 0, 0, 0, 0, 0, 0] // length, RTM_NEWROUTE, REQUEST|EXCL|CREATE, sequence 1
        let route: [UInt8] = [10, 64, 0, 0, 254, 250, 0, 1, 0, 0, 0, 0] // AF_INET6, /64, main, protocol, universe, unicast
        let expected =
            header + route + [20, 0, 1, 0] + address // RTA_DST
            + [8, 0, 15, 0, 254, 0, 0, 0] // RTA_TABLE
            + [20, 0, 5, 0] + gateway // RTA_GATEWAY
            + [8, 0, 4, 0, 7, 0, 0, 0] // RTA_OIF
        #expect(bytes.count == expected.count)
        #expect(Array(bytes[4...]) == Array(expected[4...]))
        #expect(bytes.first == UInt8(expected.count))
    }

    @Test func everyRequestIsWellFormed() throws {
        let requests = try samples()
        let messages = try NetlinkMessage.split(encode(requests))
        #expect(messages.count == requests.count + 1, "the change of a link is two messages: up comes last")
        #expect(messages.map(\.sequence) == (1...UInt32(messages.count)).map { $0 })
        #expect(messages.allSatisfy { $0.flags & NLM_F_REQUEST != 0 })
    }

    @Test func routesAndOthersReadBack() throws {
        for request in try samples() {
            let message = try #require(try NetlinkMessage.split(encode([request])).first)
            switch request {
            case .addRoute(let route):
                var expected = route
                expected.scope = route.prefix.family == .ipv4 ? .universe : nil
                #expect(try Route(message) == expected)
            case .addAddress(let address): #expect(try InterfaceAddress(message) == address)
            case .replaceNeighbour(let neighbour): #expect(try Neighbour(message) == neighbour)
            default: break
            }
        }
    }

    /// Decodes a datagram with every decoder there is.
    private func decodeAll(_ bytes: [UInt8]) {
        guard let messages = try? NetlinkMessage.split(bytes) else { return }
        for message in messages {
            _ = try? message.acknowledgement()
            _ = try? Route(message)
            _ = try? InterfaceAddress(message)
            _ = try? Neighbour(message)
            _ = try? Link(message)
            _ = try? LinkStatistics(message)
        }
    }

    @Test func truncationIsNoticed() throws {
        let bytes = encode([try samples()[1]])
        for length in 1..<bytes.count {
            #expect(throws: MalformedMessage.self) { try NetlinkMessage.split(Array(bytes[..<length])) }
            // As if the header were right and the attributes cut off.
            guard length >= 16 else { continue }
            var cut = Array(bytes[..<length])
            cut[0] = UInt8(length)
            decodeAll(cut)
            let message = try #require(try NetlinkMessage.split(cut).first)
            if let route = try? Route(message) {
                // Only at the end of an attribute is what is left a message.
                #expect(length % 4 == 0)
                #expect(route.nextHops.isEmpty, "they come last")
            }
        }
    }

    @Test func corruptionNeverCrashes() throws {
        let whole = encode(try samples())
        var generator = SplitMix(state: 0x5eed)
        for _ in 0..<2_000 {
            var bytes = whole
            for _ in 0..<(1 + generator.next() % 4) {
                bytes[Int(generator.next() % UInt64(bytes.count))] = UInt8(truncatingIfNeeded: generator.next())
            }
            decodeAll(bytes)
        }
        for _ in 0..<2_000 {
            decodeAll((0..<(generator.next() % 200)).map { _ in UInt8(truncatingIfNeeded: generator.next() % 40) })
        }
    }

    @Test(arguments: [0, 1, 3])
    func attributeLengthsBelowTheHeader(_ length: UInt8) {
        #expect(throws: MalformedMessage.self) { try NetlinkAttribute.parse([length, 0, 1, 0, 0, 0, 0, 0]) }
    }

    @Test func attributesOfTheWrongSize() throws {
        let short = try #require(try NetlinkAttribute.parse([6, 0, 4, 0, 1, 2, 0, 0]).first)
        #expect(throws: MalformedMessage("attribute 4: 2 bytes where UInt32 belongs")) { try short.load(UInt32.self) }
        #expect(throws: MalformedMessage("attribute 4: 2 bytes where an address belongs")) { try short.address() }
    }

    @Test func routeWithImpossiblePrefix() throws {
        var bytes = encode([.addRoute(Route(try prefix("10.0.0.0/8"), kind: .blackhole))])
        bytes[17] = 33
        let message = try #require(try NetlinkMessage.split(bytes).first)
        #expect(throws: MalformedMessage.self) { try Route(message) }
    }

    @Test func acknowledgements() throws {
        func message(_ flags: Int32, _ payload: [UInt8]) -> NetlinkMessage {
            NetlinkMessage(type: Int(NLMSG_ERROR), flags: flags, sequence: 1, payload: payload[...])
        }
        let header: [UInt8] = [24, 0, 0, 0, 24, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0]
        let words: [UInt8] = [7, 0, 1, 0, 0x6e, 0x6f, 0, 0] // NLMSGERR_ATTR_MSG "no"
        let refused: [UInt8] = [0xfe, 0xff, 0xff, 0xff]
        let capped = try message(NLM_F_CAPPED | NLM_F_ACK_TLVS, refused + header + words).acknowledgement()
        #expect(capped.code == 2 && capped.message == "no")
        let whole = try message(NLM_F_ACK_TLVS, refused + header + [1, 2, 3, 4, 5, 6, 7, 8] + words).acknowledgement()
        #expect(whole.code == 2 && whole.message == "no")
        #expect(try message(0, [0, 0, 0, 0] + header).acknowledgement().code == 0)
        #expect(throws: MalformedMessage.self) { try message(0, [1, 0, 0, 0] + header).acknowledgement() }
        #expect(throws: MalformedMessage.self) { try message(0, [1, 0]).acknowledgement() }
        #expect(throws: MalformedMessage.self) { try message(0, [0, 0, 0, 0x80]).acknowledgement() }
        #expect(throws: MalformedMessage.self) { try message(NLM_F_ACK_TLVS, refused + header + [1, 2, 3, 4]).acknowledgement() }
    }

    @Test func errorsReadAsOneLine() {
        let error = NetlinkError(operation: "set eth0 up", code: EPERM)
        #expect("\(error)" == "set eth0 up: Operation not permitted")
        #expect("\(NetlinkError(operation: "set eth0 up", code: EPERM, message: "no"))" == "set eth0 up: Operation not permitted (no)")
    }

    @Test func requestsInWords() throws {
        let names = [7: "eth0", 300: "eth1"]
        let texts = try samples().map { request in request.description { names[$0] ?? "ifindex \($0)" } }
        #expect(
            texts == [
                "add route fd00:1::/64 via fe80::1 dev eth0 metric 1024",
                "add route 10.1.0.0/16 nexthop via fe80::1 dev eth0 nexthop via fe80::2 dev eth1 table 70000 metric 3",
                "replace unreachable route ::/0", "add address 10.0.0.1/24 dev ifindex 3",
                "replace neighbour fd00::2 lladdr 02:00:00:00:00:01 dev ifindex 9", "create veth a with peer b",
                "set ifindex 4 name c mtu 1400 addrgenmode none up",
            ])
    }
}

/// A small generator with a seed, so that a failure can be seen again.
private struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var value = state
        value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
        value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
        return value ^ (value >> 31)
    }
}
