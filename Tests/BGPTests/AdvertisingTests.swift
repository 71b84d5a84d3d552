@testable import BGP
import Net
import Testing

/// What a peer is told of this node's routes: Adj-RIB-Out and its UPDATEs.
@Suite struct AdvertisingTests {
    static func table(_ prefixes: String..., attributes: RouteAttributes = RouteAttributes()) -> ExportTable {
        ExportTable(prefixes.map { (prefix($0), attributes) })
    }

    static func many(_ count: Int) -> ExportTable {
        ExportTable(
            (0..<count).lazy.compactMap { index in
                Prefix(IPAddress(high: 0xfd00_0000_0000_0000 | UInt64(index), low: 0), length: 64).map { ($0, RouteAttributes()) }
            })
    }

    /// Bodies of the UPDATEs sent since last looked at.
    private func updates(_ peer: inout Peer, _ id: ConnectionID) -> [[UInt8]] { peer.messages(id).filter { $0.type == 2 }.map(\.body) }

    @Test func anUpdateByteForByte() {
        var (peer, id) = Peer.established()
        _ = peer.messages(id)
        let attributes = RouteAttributes(
            communities: [Community(0xffff_ff01), Community(0xfde8_0063)], largeCommunities: [LargeCommunity(4_200_000_001, 1, 2)],
            localPreference: 300, multiExitDiscriminator: 7)
        peer.handle(.export(Self.table("fd00:cafe:0:1::/64", attributes: attributes)))
        #expect(
            updates(&peer, id) == [
                hex(
                    """
                    0000 0050
                    90 0e 001e 0002 01 10 20010db8000000000000000000000001 00 40 fd00cafe00000001
                    40 01 01 00
                    40 02 06 02 01 0000feb1
                    80 04 04 00000007
                    c0 08 08 fde80063 ffffff01
                    c0 20 0c fa56ea01 00000001 00000002
                    """)
            ])
        peer.handle(.export(ExportTable()))
        #expect(updates(&peer, id) == [hex("0000 0010 90 0f 000c 0002 01 40 fd00cafe00000001")])
    }

    @Test func ipv4ByteForByte() {
        var (peer, id) = Peer.established()
        _ = peer.messages(id)
        peer.handle(.export(Self.table("10.244.1.0/24", "10.244.2.0/23")))
        #expect(
            updates(&peer, id) == [
                hex("0000 0014 40 01 01 00 40 02 06 02 01 0000feb1 40 03 04 c0000201 18 0af401 17 0af402")
            ])
        peer.handle(.export(Self.table("10.244.2.0/23")))
        #expect(updates(&peer, id) == [hex("0004 18 0af401 0000")])
    }

    @Test func ipv4OverIPv6() {
        var open = OpenBytes()
        open.capabilities.append(hex("05 06 0001 0001 0002"))
        var peer = Peer()
        peer.handle(.start)
        let id = peer.attempts[0]
        peer.handle(.connected(id, LocalAddresses(local: address("fe80::1"), peer: address("fe80::9"), global: address("fd00::1"))))
        peer.establish(id, open)
        #expect(peer.session.negotiated?.extendedNextHop == true)
        _ = peer.messages(id)
        peer.handle(.export(Self.table("10.244.1.0/24")))
        #expect(
            updates(&peer, id) == [
                hex(
                    """
                    0000 003a 90 0e 0029 0001 01 20 fd000000000000000000000000000001 fe800000000000000000000000000001 00 18 0af401
                    40 01 01 00 40 02 06 02 01 0000feb1
                    """)
            ])
        // Where the peer cannot, there is no next hop; the reason is told.
        var (plain, plainID) = (Peer(), ConnectionID.outgoing(0))
        plain.handle(.start)
        plain.handle(.connected(plainID, LocalAddresses(local: address("fe80::1"), peer: address("fe80::9"))))
        plain.establish(plainID)
        _ = plain.messages(plainID)
        plain.handle(.export(Self.table("10.244.1.0/24", "fd00:1::/64")))
        #expect(updates(&plain, plainID).count == 1)
        #expect(plain.session.advertised.map(\.state) == [.announced, .withheld(.noNextHop)])
        #expect(plain.session.advertised.map(\.nextHops) == [[address("fe80::1")], []])
        #expect(plain.session.announcedCount(.ipv4Unicast) == 0 && plain.session.announcedCount(.ipv6Unicast) == 1)
    }

    @Test(arguments: [
        (LocalAddresses(local: address("fe80::1"), peer: address("fe80::9")), "fe800000000000000000000000000001"),
        (
            LocalAddresses(local: address("fe80::1"), peer: address("fe80::9"), global: address("fd00::1"), linkLocal: address("fe80::1")),
            "fd000000000000000000000000000001 fe800000000000000000000000000001"
        ),
        (
            LocalAddresses(local: address("fd00::1"), peer: address("fd00::9"), linkLocal: address("fe80::1")),
            "fd000000000000000000000000000001"
        ),
        (LocalAddresses(local: address("fd00::1"), peer: address("fd00::9")), "fd000000000000000000000000000001"),
        (
            LocalAddresses(local: address("fe80::1"), peer: address("fe80::9"), global: address("fe80::9"), linkLocal: address("fe80::1")),
            "fe800000000000000000000000000001"
        ),
        (LocalAddresses(local: address("192.0.2.1"), peer: address("192.0.2.9"), global: address("fd00::1")), "fd000000000000000000000000000001"),
    ])
    func nextHopsOfIPv6(addresses: LocalAddresses, bytes: String) {
        var peer = Peer()
        peer.handle(.start)
        peer.handle(.connected(.outgoing(0), addresses))
        peer.establish(.outgoing(0))
        _ = peer.messages(.outgoing(0))
        peer.handle(.export(Self.table("fd00:1::/64")))
        let body = updates(&peer, .outgoing(0)).first ?? []
        #expect(Array(body.dropFirst(11).prefix(Int(body[11]) + 1)) == [UInt8(hex(bytes).count)] + hex(bytes))
    }

    @Test func internalPeersGetLocalPreferenceAndAnEmptyPath() {
        var open = OpenBytes(asNumber: 65201)
        open.capabilities = OpenBytes.usual(asNumber: 65201)
        var (peer, id) = Peer.established(open: open) { $0.peerAS = 65201 }
        _ = peer.messages(id)
        peer.handle(.export(Self.table("10.1.0.0/16", attributes: RouteAttributes(localPreference: 300))))
        #expect(updates(&peer, id) == [hex("0000 0015 40 01 01 00 40 02 00 40 03 04 c0000201 40 05 04 0000012c 10 0a01")])
    }

    @Test func speakersOfTwoOctetsGetBothPaths() {
        var open = OpenBytes()
        open.capabilities.removeLast()
        var (peer, id) = Peer.established(open: open) { $0.localAS = 4_200_000_001 }
        _ = peer.messages(id)
        peer.handle(.export(Self.table("10.1.0.0/16")))
        #expect(
            updates(&peer, id) == [hex("0000 001b 40 01 01 00 40 02 04 02 01 5ba0 40 03 04 c0000201 c0 11 06 02 01 fa56ea01 10 0a01")])
    }

    @Test func prefixesArePackedAndEveryOneArrives() throws {
        for count in [1, 447, 448, 449, 10_000] {
            var (peer, id) = Peer.established()
            _ = peer.messages(id)
            peer.handle(.export(Self.many(count)))
            let updates = updates(&peer, id)
            // 9 bytes each; 4,096 less header, attributes and next hop.
            #expect(updates.count == (count + 447) / 448, "\(count)")
            #expect(updates.allSatisfy { $0.count + 19 <= 4096 })
            let context = UpdateContext(localAS: 65101, peerAS: 65201, families: [.ipv6Unicast])
            let seen = try updates.flatMap { try Update(ByteReader($0), context).announced.flatMap(\.prefixes) }
            #expect(seen == Self.many(count).routes.map(\.prefix))
            #expect(peer.session.announcedCount(.ipv6Unicast) == count)
            peer.handle(.export(ExportTable()))
            let gone = try self.updates(&peer, id).flatMap { try Update(ByteReader($0), context).withdrawn }
            #expect(gone == seen && peer.session.announcedCount(.ipv6Unicast) == 0)
        }
    }

    @Test func onlyDifferencesAreTold() throws {
        var (peer, id) = Peer.established()
        let red = RouteAttributes(communities: [Community(1)])
        let blue = RouteAttributes(communities: [Community(2)])
        peer.handle(.export(ExportTable([(prefix("fd00:1::/64"), red), (prefix("fd00:2::/64"), blue), (prefix("fd00:3::/64"), red)])))
        _ = peer.messages(id)
        // The same in another order, with attributes numbered otherwise: nothing.
        peer.handle(.export(ExportTable([(prefix("fd00:2::/64"), blue), (prefix("fd00:3::/64"), red), (prefix("fd00:1::/64"), red)])))
        #expect(updates(&peer, id).isEmpty)
        // One changed, one gone, one new.
        peer.handle(.export(ExportTable([(prefix("fd00:1::/64"), blue), (prefix("fd00:2::/64"), blue), (prefix("fd00:4::/64"), blue)])))
        let context = UpdateContext(localAS: 65101, peerAS: 65201, families: [.ipv6Unicast])
        let told = try updates(&peer, id).map { try Update(ByteReader($0), context) }
        #expect(told.count == 2)
        #expect(told.first?.withdrawn == [prefix("fd00:3::/64")])
        #expect(told.last?.announced.flatMap(\.prefixes) == [prefix("fd00:1::/64"), prefix("fd00:4::/64")])
    }

    @Test func routesWithTheSameAttributesTravelTogether() {
        var (peer, id) = Peer.established()
        _ = peer.messages(id)
        let sets = (0..<4).map { RouteAttributes(communities: [Community(UInt32($0))]) }
        peer.handle(.export(ExportTable((0..<400).map { (prefix("fd00:\($0)::/64"), sets[$0 % 4]) })))
        #expect(updates(&peer, id).count == 4)
    }

    @Test func aPeerThatTakesNothingCostsNoMemory() {
        var (peer, id) = Peer.established()
        _ = peer.messages(id)
        peer.takes = false
        for round in 0..<10 { peer.handle(.export(Self.many(40_000 + round))) }
        let queued = peer.output[id]?.count ?? 0
        #expect(queued <= Session.window + Session.chunk + 4096)
        #expect(peer.session.advertised.contains { $0.state == .queued } && peer.session.advertised.contains { $0.state == .announced })
        peer.takes = true
        peer.handle(.sent(id, bytes: queued))
        #expect(peer.session.announcedCount(.ipv6Unicast) == 40_009 && peer.session.advertised.allSatisfy { $0.state == .announced })
    }

    @Test func whatIsWantedHasAReasonNotToBeAnnounced() {
        var peer = Peer { $0.families = [.ipv6Unicast] }
        peer.handle(.export(Self.table("fd00:1::/64", "10.1.0.0/16")))
        #expect(peer.session.advertised.map(\.state) == [.withheld(.notEstablished), .withheld(.notEstablished)])
        peer.establish(peer.connect())
        #expect(peer.session.advertised.map(\.state) == [.announced, .withheld(.familyNotNegotiated)])
        let large = RouteAttributes(largeCommunities: (0..<400).map { LargeCommunity(1, 2, $0) })
        peer.handle(.export(Self.table("fd00:1::/64", attributes: large)))
        #expect(peer.session.advertised.map(\.state) == [.withheld(.attributesTooLarge)])
        #expect(peer.session.wantedCount(.ipv6Unicast) == 1)
    }

    @Test func aNewSessionIsToldEverythingAgain() {
        var (peer, id) = Peer.established()
        peer.handle(.export(Self.many(1000)))
        peer.pass(.seconds(5))
        peer.handle(.closed(id, reason: nil))
        id = peer.connect()
        peer.establish(id)
        // 1,000 prefixes in three, and two End-of-RIB.
        #expect(updates(&peer, id).count == 5)
    }

    @Test func tablesKeepTheLastOfEquals() {
        let red = RouteAttributes(communities: [Community(1)])
        let table = ExportTable([(prefix("fd00:2::/64"), red), (prefix("fd00:1::/64"), red), (prefix("fd00:2::/64"), RouteAttributes())])
        #expect(table.routes.map(\.prefix) == [prefix("fd00:1::/64"), prefix("fd00:2::/64")])
        #expect(table[prefix("fd00:2::/64")] == RouteAttributes() && table[prefix("fd00:3::/64")] == nil)
        #expect(RouteAttributes(communities: [Community(2), Community(1), Community(2)]).communities == [Community(1), Community(2)])
    }
}
