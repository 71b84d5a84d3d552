@testable import BGP
import Testing

/// The HDR rows of the error table: RFC 4271 section 6.1.
@Suite struct HeaderErrorTests {
    /// What is sent, and what answers it once the session is established.
    static let rows: [(String, [UInt8], Notification)] = [
        ("bad marker", [UInt8](repeating: 0xff, count: 15) + hex("fe 0013 04"), Notification(1, 1)),
        ("length 18", [UInt8](repeating: 0xff, count: 16) + hex("0012 04"), Notification(1, 2, data: [0, 0x12])),
        ("length 0", [UInt8](repeating: 0xff, count: 16) + hex("0000 04"), Notification(1, 2, data: [0, 0])),
        ("UPDATE of 4097", [UInt8](repeating: 0xff, count: 16) + hex("1001 02"), Notification(1, 2, data: [0x10, 1])),
        ("length 65535", [UInt8](repeating: 0xff, count: 16) + hex("ffff 02"), Notification(1, 2, data: [0xff, 0xff])),
        ("KEEPALIVE of 20", message(4, [0]), Notification(1, 2, data: [0, 0x14])),
        ("OPEN of 28", message(1, [UInt8](repeating: 0, count: 9)), Notification(1, 2, data: [0, 0x1c])),
        ("UPDATE of 22", message(2, [0, 0, 0]), Notification(1, 2, data: [0, 0x16])),
        ("ROUTE-REFRESH of 22", message(5, [0, 2, 0]), Notification(1, 2, data: [0, 0x16])),
        ("type 0", message(0), Notification(1, 3, data: [0])),
        ("type 9", message(9), Notification(1, 3, data: [9])),
        ("HTTP", Array("GET / HTTP/1.0\r\n\r\n".utf8), Notification(1, 1)),
    ]

    @Test(arguments: rows) func row(_ row: (name: String, bytes: [UInt8], error: Notification)) {
        var (peer, id) = Peer.established()
        peer.receive(id, row.bytes)
        #expect(peer.notification(id) == row.error, "\(row.name)")
        #expect(peer.session.state == .idle)
    }

    @Test(arguments: rows) func rowBeforeOpen(_ row: (name: String, bytes: [UInt8], error: Notification)) {
        var peer = Peer()
        let id = peer.connect()
        peer.receive(id, row.bytes)
        #expect(peer.notification(id) == row.error, "\(row.name)")
    }

    @Test func aBadMarkerIsKnownByItsFirstByte() {
        var (peer, id) = Peer.established()
        peer.receive(id, [0xff, 0xff, 0x47])
        #expect(peer.notification(id) == Notification(1, 1))
    }

    @Test func aNotificationIsNeverAnswered() {
        var (peer, id) = Peer.established()
        _ = peer.messages(id)
        peer.receive(id, message(3, [6]))
        #expect(peer.messages(id).isEmpty && peer.closed[id] == .orderly)
    }

    @Test func extendedMessagesAreTakenOnceBothOfferThem() {
        var open = OpenBytes()
        open.capabilities.append(hex("06 00"))
        var (peer, id) = Peer.established(open: open)
        let big = attribute(0xd0, 99, [UInt8](repeating: 1, count: 60_000))
        peer.receive(id, update([Good.reach("2001:db8:1::/48"), Good.origin, Good.asPath, big]))
        #expect(peer.session.state == .established && peer.has("2001:db8:1::/48"))
        peer.receive(id, [UInt8](repeating: 0xff, count: 16) + hex("1001 04"))
        #expect(peer.notification(id) == Notification(1, 2, data: [0x10, 1]))
    }
}
