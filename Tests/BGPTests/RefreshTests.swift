@testable import BGP
import Testing

/// ROUTE-REFRESH (RFC 2918, RFC 7313), and the limit of prefixes (RFC 4486).
@Suite struct RefreshTests {
    static func enhanced() -> OpenBytes {
        var open = OpenBytes()
        open.capabilities.append(hex("46 00"))
        return open
    }

    @Test func everythingIsSentAgain() {
        var (peer, id) = Peer.established()
        peer.handle(.export(AdvertisingTests.table("fd00:1::/64", "10.1.0.0/16")))
        _ = peer.messages(id)
        peer.receive(id, message(5, hex("0002 00 01")))
        let sent = peer.messages(id)
        #expect(sent.map(\.type) == [2] && sent[0].body.count > 30)
        #expect(peer.session.state == .established && peer.session.counters.received.routeRefreshes == 1)
    }

    @Test func aRefreshIsMarkedWhereThePeerKnowsMarks() {
        var (peer, id) = Peer.established(open: Self.enhanced())
        peer.handle(.export(AdvertisingTests.table("fd00:1::/64")))
        _ = peer.messages(id)
        peer.receive(id, message(5, hex("0002 00 01")))
        var sent = peer.messages(id)
        #expect(sent.map(\.type) == [5, 2, 5] && sent[0].body == hex("0002 01 01") && sent[2].body == hex("0002 02 01"))
        peer.handle(.resend(.ipv4Unicast))
        sent = peer.messages(id)
        #expect(sent.map(\.body) == [hex("0001 01 01"), hex("0001 02 01")])
    }

    @Test(arguments: ["0019 00 46", "0002 07 01", "0002 01 01", "0002 02 01"])
    func othersAreIgnored(body: String) {
        var (peer, id) = Peer.established()
        peer.handle(.export(AdvertisingTests.table("fd00:1::/64")))
        _ = peer.messages(id)
        peer.receive(id, message(5, hex(body)))
        #expect(peer.messages(id).isEmpty && peer.session.state == .established)
    }

    @Test func filtersAreNotObeyed() {
        var (peer, id) = Peer.established()
        peer.handle(.export(AdvertisingTests.table("fd00:1::/64")))
        _ = peer.messages(id)
        peer.receive(id, message(5, hex("0002 00 01 01 40 0001 00")))
        #expect(peer.messages(id).map(\.type) == [2] && peer.session.state == .established)
    }

    @Test func aMarkOfAnotherLengthIsAnError() {
        var (peer, id) = Peer.established(open: Self.enhanced())
        let bytes = message(5, hex("0002 01 01 00"))
        peer.receive(id, bytes)
        #expect(peer.notification(id) == Notification(7, 1, data: bytes))
    }

    @Test func requestsAreSentWhereThePeerTakesThem() {
        var (peer, id) = Peer.established()
        _ = peer.messages(id)
        peer.handle(.requestRefresh(nil))
        #expect(peer.messages(id).map(\.body) == [hex("0002 00 01"), hex("0001 00 01")])
        (peer, id) = Peer.established(open: OpenBytes(parameters: [0]))
        _ = peer.messages(id)
        peer.handle(.requestRefresh(nil))
        #expect(peer.messages(id).isEmpty)
    }

    @Test func whatTheRefreshDoesNotNameIsGone() {
        var (peer, id) = Peer.established(open: Self.enhanced())
        peer.receive(id, update([Good.reach("2001:db8:1::/48", "2001:db8:2::/48"), Good.origin, Good.asPath]))
        peer.receive(id, message(5, hex("0002 01 01")) + update([Good.reach("2001:db8:2::/48"), Good.origin, Good.asPath]))
        #expect(peer.session.receivedCount(.ipv6Unicast) == 2)
        peer.receive(id, message(5, hex("0002 02 01")))
        #expect(peer.session.received.map(\.prefix) == [prefix("2001:db8:2::/48")])
    }

    @Test func aRequestDuringTheDumpIsMetAfterIt() {
        var (peer, id) = Peer.established()
        peer.handle(.export(AdvertisingTests.many(40_000)))
        peer.takes = false
        _ = peer.messages(id)
        for _ in 0..<100 { peer.receive(id, message(5, hex("0002 00 01"))) }
        peer.handle(.sent(id, bytes: 1 << 20))
        peer.takes = true
        peer.handle(.sent(id, bytes: 1 << 20))
        // Once, and perhaps once more: not a hundred times.
        #expect(peer.messages(id).count { $0.type == 2 } <= 2 * 90)
        #expect(peer.session.announcedCount(.ipv6Unicast) == 40_000)
    }

    @Test func theLimitOfPrefixesEndsTheSession() {
        var (peer, id) = Peer.established { $0.maximumPrefixes = 3 }
        for index in 1...3 { peer.receive(id, update([Good.reach("2001:db8:\(index)::/48"), Good.origin, Good.asPath])) }
        peer.receive(id, update([Good.reach("2001:db8:3::/48"), Good.origin, Good.asPath]))
        peer.receive(id, update([Good.origin, Good.asPath, Good.nextHop], nlri: nlri("10.1.0.0/16")))
        #expect(peer.session.state == .established && peer.session.receivedCount(.ipv6Unicast) == 3)
        peer.receive(id, update([Good.reach("2001:db8:4::/48"), Good.origin, Good.asPath]))
        #expect(peer.notification(id) == Notification(6, 1, data: hex("0002 01 00000003")))
        #expect(peer.session.idleUntil == peer.now + .seconds(60) && peer.session.received.isEmpty)
    }

    @Test func attributesAreLimitedToo() {
        var open = OpenBytes()
        open.capabilities.append(hex("06 00"))
        var (peer, id) = Peer.established(open: open)
        let blob = [UInt8](repeating: 7, count: 60_000)
        for index in 0..<2000 where peer.session.state == .established {
            let path = attribute(0x40, 2, hex("02 01") + [0, 1, UInt8(index >> 8), UInt8(index & 255)])
            peer.receive(id, update([Good.reach("2001:db8:\(String(index, radix: 16))::/48"), Good.origin, path, attribute(0xd0, 99, blob)]))
        }
        #expect(peer.notification(id) == Notification(6, 8))
    }

    @Test func attributesThatNobodyUsesAreForgotten() {
        var open = OpenBytes()
        open.capabilities.append(hex("06 00"))
        var (peer, id) = Peer.established(open: open)
        let blob = [UInt8](repeating: 7, count: 60_000)
        for index in 0..<1300 {
            let path = attribute(0x40, 2, hex("02 01") + [0, 1, UInt8(index >> 8), UInt8(index & 255)])
            peer.receive(id, update([Good.reach("2001:db8:1::/48"), Good.origin, path, attribute(0xd0, 99, blob)]))
        }
        #expect(peer.session.state == .established && peer.session.received.count == 1)
    }
}
