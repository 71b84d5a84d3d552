@testable import BGP
import Net
import Testing

/// What is written is read as it was, and bytes that are known elsewhere come out as known.
@Suite struct RoundTripTests {
    static let capabilities: [Capability] = [
        .multiprotocol(.ipv6Unicast), .multiprotocol(AddressFamily(afi: 25, safi: 70)), .routeRefresh,
        .outboundRouteFiltering(hex("0002 00 01 01 40 03")),
        .extendedNextHop([.init(family: .ipv4Unicast, nextHopAFI: 2)]), .extendedMessage, .role(3),
        .gracefulRestart(.init(restarting: true, notification: true, restartTime: 4095, families: [.init(family: .ipv6Unicast, forwarding: true)])),
        .gracefulRestart(.init(restarting: false, notification: false, restartTime: 0, families: [])), .fourOctetAS(4_200_000_001),
        .addPath([.init(family: .ipv4Unicast, mode: 3), .init(family: .ipv6Unicast, mode: 1)]), .enhancedRouteRefresh,
        .hostName(host: "knoten-ü", domain: ""), .softwareVersion("fabctl"), .unknown(code: 200, value: [1, 2, 3]), .unknown(code: 128, value: []),
    ]

    @Test(arguments: capabilities) func capability(_ capability: Capability) throws {
        var bytes: [UInt8] = []
        capability.encode(into: &bytes)
        #expect(bytes[0] == capability.code && Int(bytes[1]) == bytes.count - 2)
        #expect(Capability(code: bytes[0], value: ByteReader(bytes, 2..<bytes.count)) == capability)
        #expect(!capability.name.isEmpty)
    }

    @Test func open() throws {
        let open = Open(
            asNumber: 4_200_000_001, holdTime: 9, identifier: RouterID(0x0a00_0001),
            capabilities: Self.capabilities.filter { $0.code != 65 } + [.fourOctetAS(4_200_000_001)])
        #expect(try decoded(open) == open)
        // So long that it takes the extended form.
        var long = open
        long.capabilities += (0..<10).map { .unknown(code: 201, value: [UInt8](repeating: $0, count: 200)) }
        #expect(try decoded(long) == long)
        #expect(try decoded(Open(asNumber: 65001, holdTime: 0, identifier: RouterID(1), capabilities: [])).capabilities.isEmpty)
    }

    private func decoded(_ open: Open) throws -> Open {
        var bytes: [UInt8] = []
        open.encode(into: &bytes)
        #expect(Int(bytes[16]) << 8 | Int(bytes[17]) == bytes.count)
        return try Open(ByteReader(bytes, 19..<bytes.count))
    }

    @Test func anOpenByteForByte() {
        var peer = Peer {
            $0.gracefulRestart = .init(restartTime: 120, notification: true, isRestarting: true, forwarding: [.ipv6Unicast, .ipv4Unicast])
            $0.hostName = "n1"
        }
        let id = peer.connect()
        #expect(
            peer.output[id] == [UInt8](repeating: 0xff, count: 16)
                + hex(
                    """
                    0051 01 04 feb1 005a 0a000001 34 02 32
                    01 04 0002 00 01 01 04 0001 00 01 02 00 05 06 0001 0001 0002 06 00
                    40 0a c078 0002 01 80 0001 01 80 41 04 0000feb1 46 00 49 04 02 6e31 00
                    """))
    }

    @Test(
        arguments: [
            (Notification(6, 2, data: [2] + Array("hi".utf8)), "Cease/Administrative Shutdown (6/2)", "hi"),
            (Notification(6, 9, data: [6, 2, 2] + Array("hi".utf8)), "Cease/Hard Reset (6/9): Cease/Administrative Shutdown (6/2)", "hi"),
            (Notification(4), "Hold Timer Expired (4/0)", nil), (Notification(2, 2), "OPEN Message Error/Bad Peer AS (2/2)", nil),
            (Notification(6, 2, data: [200, 65]), "Cease/Administrative Shutdown (6/2)", nil), (Notification(77, 3), "Unknown Error (77/3)", nil),
            (Notification(6, 9, data: [6, 9, 6, 9]), "Cease/Hard Reset (6/9)", nil), (Notification(8), "Send Hold Timer Expired (8/0)", nil),
        ] as [(Notification, String, String?)])
    func notifications(notification: Notification, words: String, text: String?) {
        #expect(notification.description == words && notification.text == text)
        let bytes = notification.encoded
        #expect(Notification(ByteReader(bytes, 19..<bytes.count)) == notification)
    }

    @Test(arguments: ["::/0", "2000::/3", "fd00:cafe:0:1::/64", "2001:db8::1/128", "2001:db8:8000::/33", "2001:db8::8000:0:0:0/65"])
    func ipv6Prefixes(text: String) {
        var reader = ByteReader(nlri(text))
        #expect(reader.prefixes(.ipv6) == [prefix(text)] && reader.isEmpty)
    }

    @Test(arguments: ["0.0.0.0/0", "10.0.0.0/8", "10.128.0.0/9", "192.0.2.1/32"]) func ipv4Prefixes(text: String) {
        var reader = ByteReader(nlri(text))
        #expect(reader.prefixes(.ipv4) == [prefix(text)])
    }

    @Test func attributesAreUnderstood() throws {
        let context = UpdateContext(localAS: 65201, peerAS: 65101, families: [.ipv6Unicast, .ipv4Unicast])
        let bytes = update(
            [
                Good.origin, attribute(0x40, 2, hex("02 02 0000fe4d fa56ea01 01 02 0000fde8 0000fde9")), Good.nextHop,
                attribute(0x80, 4, hex("00000007")),
                attribute(0x40, 6, []), attribute(0xc0, 7, hex("0000fe4d 0a000009")), attribute(0xc0, 8, hex("fde80063 ffff0000")),
                attribute(0xc0, 16, hex("0002fde800000064")), attribute(0xc0, 32, hex("fa56ea01 00000001 00000002")), attribute(0xe0, 99, [1, 2]),
            ], nlri: nlri("10.1.0.0/16"))
        let decoded = try Update(ByteReader(bytes, 19..<bytes.count), context)
        let announcement = try #require(decoded.announced.first)
        #expect(announcement.prefixes == [prefix("10.1.0.0/16")] && announcement.family == .ipv4Unicast && decoded.faults.isEmpty)
        let attributes = announcement.attributes
        #expect(attributes.asPath.description == "65101 4200000001 {65000,65001}" && attributes.asPath.length == 3)
        #expect(attributes.nextHop == address("192.0.2.9") && attributes.multiExitDiscriminator == 7 && attributes.isAtomicAggregate)
        #expect(attributes.aggregator == .init(asNumber: 65101, identifier: RouterID(0x0a00_0009)))
        #expect(attributes.communities.map(\.description) == ["65000:99", "65535:0"] && attributes.communities.last?.name == "planned-shut")
        #expect(attributes.extendedCommunities == [0x0002_fde8_0000_0064])
        #expect(attributes.largeCommunities == [LargeCommunity(4_200_000_001, 1, 2)])
        #expect(attributes.unknown == [.init(flags: 0xe0, type: 99, value: [1, 2])])
    }

    /// RFC 6793 section 4.2.3: what came through speakers of two octets.
    @Test(
        arguments: [
            ("02 03 fe4d 5ba0 5ba0", "02 02 fa56ea01 fa56ea02", nil, "65101 4200000001 4200000002"),
            ("02 02 fe4d 5ba0", "02 03 00000001 00000002 00000003", nil, "65101 23456"),
            ("02 02 fe4d 5ba0", "02 01 00000000", nil, "65101 23456"),
            ("02 02 fe4d 5ba0", "02 01 fa56ea01", "fde8 0a000001", "65101 23456"),
            ("02 02 fe4d 5ba0", "02 01 fa56ea01", "5ba0 0a000001", "65101 4200000001"),
            ("01 02 fe4d fe4e 02 01 5ba0", "02 01 fa56ea01", nil, "{65101,65102} 4200000001"),
        ] as [(String, String, String?, String)])
    func pathsOfTwoOctets(short: String, wide: String, aggregator: String?, path: String) throws {
        let context = UpdateContext(localAS: 65201, peerAS: 65101, families: [.ipv4Unicast], fourOctetAS: false)
        var attributes = [Good.origin, attribute(0x40, 2, hex(short)), Good.nextHop, attribute(0xc0, 17, hex(wide))]
        if let aggregator { attributes += [attribute(0xc0, 7, hex(aggregator)), attribute(0xc0, 18, hex("fa56ea01 0a000001"))] }
        let bytes = update(attributes, nlri: nlri("10.1.0.0/16"))
        let decoded = try Update(ByteReader(bytes, 19..<bytes.count), context)
        #expect(decoded.announced.first?.attributes.asPath.description == path)
    }

    @Test func familiesAndIdentifiersHaveText() {
        #expect(AddressFamily.ipv6Unicast.description == "ipv6/unicast" && AddressFamily(afi: 25, safi: 70).description == "l2vpn/evpn")
        #expect(AddressFamily(afi: 99, safi: 99).description == "afi99/safi99")
        #expect(RouterID("10.0.0.1") == RouterID(0x0a00_0001) && RouterID("0.0.0.0") == nil && RouterID("::1") == nil)
        #expect(Nanoseconds.seconds(Int.max) == .max && Nanoseconds.seconds(-1) == 0)
    }
}
