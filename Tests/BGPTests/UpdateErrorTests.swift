@testable import BGP
import Net
import Testing

/// The UPD rows of the error table (RFC 7606), each sent over a session that knows P from before.
@Suite struct UpdateErrorTests {
    static let p = "2001:db8:1::/48"

    enum Want: Sendable, Equatable {
        /// P is there.
        case kept
        /// P is there, and an attribute was left out.
        case discarded
        /// P is gone, the session is up.
        case withdrawn
        case reset(UInt8, UInt8)
    }

    struct Row: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let want: Want
        let message: [UInt8]

        init(_ name: String, _ want: Want, _ attributes: [[UInt8]], withdrawn: [UInt8] = [], nlri: [UInt8] = []) {
            self.init(name, want, message: update(attributes, withdrawn: withdrawn, nlri: nlri))
        }

        init(_ name: String, _ want: Want, message: [UInt8]) {
            testDescription = name
            self.want = want
            self.message = message
        }
    }

    /// P's announcement with one attribute more.
    private static func with(_ extra: [UInt8]) -> [[UInt8]] { [Good.reach(p), Good.origin, Good.asPath, extra] }
    private static func withOrigin(_ origin: [UInt8]) -> [[UInt8]] { [Good.reach(p), origin, Good.asPath] }
    private static func withPath(_ path: String) -> [[UInt8]] { [Good.reach(p), Good.origin, attribute(0x40, 2, hex(path))] }
    private static func withHop(_ hop: String...) -> [[UInt8]] {
        [Good.reach(nlri(p), hop: hop.flatMap { address($0).bytes }), Good.origin, Good.asPath]
    }
    private static func withReach(_ value: String, flags: UInt8 = 0x90) -> [[UInt8]] { [attribute(flags, 14, hex(value)), Good.origin, Good.asPath] }
    private static let hop = "20010db8000000000000000000000009"

    static let attributes: [Row] = [
        Row("ORIGIN 5", .withdrawn, withOrigin(attribute(0x40, 1, [5]))),
        Row("ORIGIN of 2 bytes", .withdrawn, withOrigin(attribute(0x40, 1, [0, 0]))),
        Row("ORIGIN optional", .withdrawn, withOrigin(attribute(0xc0, 1, [0]))),
        Row("ORIGIN missing", .withdrawn, [Good.reach(p), Good.asPath]),
        Row("ORIGIN with extended length", .kept, withOrigin(attribute(0x50, 1, [0]))),
        Row("ORIGIN twice", .discarded, with(attribute(0x40, 1, [5]))),
        Row("AS_PATH missing", .withdrawn, [Good.reach(p), Good.origin]),
        Row("AS_PATH overruns", .withdrawn, withPath("02 03 0000fe4d")),
        Row("AS_PATH segment without a count", .withdrawn, withPath("02 01 0000fe4d 02")),
        Row("AS_PATH segment type 9", .withdrawn, withPath("09 01 0000fe4d")),
        Row("AS_PATH segment of none", .withdrawn, withPath("02 00")),
        Row("AS_PATH with another first AS", .kept, withPath("02 01 0000fde8")),
        Row("AS_PATH with our AS", .withdrawn, withPath("02 02 0000fe4d 0000feb1")),
        Row("AS_PATH with AS 0", .withdrawn, withPath("02 02 0000fe4d 00000000")),
        Row("AS_PATH empty", .kept, withPath("")),
        Row("AS_CONFED_SEQUENCE", .withdrawn, withPath("03 01 0000fe4d")),
        Row("AS_CONFED_SET", .withdrawn, withPath("04 01 0000fe4d")),
        Row(
            "AS_PATH of 300", .kept,
            [
                Good.reach(p), Good.origin,
                attribute(
                    0x50, 2, hex("02 ff" + String(repeating: "0000fe4d", count: 255) + "02 2d" + String(repeating: "0000fe4e", count: 45))),
            ]),
        Row("COMMUNITIES of 5", .withdrawn, with(attribute(0xc0, 8, hex("fde8 0001 00")))),
        Row("COMMUNITIES of 0", .withdrawn, with(attribute(0xc0, 8, []))),
        Row("COMMUNITIES", .kept, with(attribute(0xc0, 8, hex("fde8 0001")))),
        Row("LARGE_COMMUNITY of 13", .withdrawn, with(attribute(0xc0, 32, [UInt8](repeating: 1, count: 13)))),
        Row("LARGE_COMMUNITY", .kept, with(attribute(0xc0, 32, [UInt8](repeating: 1, count: 24)))),
        Row("EXTENDED COMMUNITIES of 9", .withdrawn, with(attribute(0xc0, 16, [UInt8](repeating: 1, count: 9)))),
        Row("EXTENDED COMMUNITIES", .kept, with(attribute(0xc0, 16, hex("0002fde800000064")))),
        Row("AGGREGATOR of 5", .discarded, with(attribute(0xc0, 7, [0, 0, 0, 0, 0]))),
        Row("AGGREGATOR with AS 0", .discarded, with(attribute(0xc0, 7, hex("00000000 0a000001")))),
        Row("ATOMIC_AGGREGATE of 1", .discarded, with(attribute(0x40, 6, [0]))),
        Row("MULTI_EXIT_DISC of 3", .withdrawn, with(attribute(0x80, 4, [0, 0, 0]))),
        Row("LOCAL_PREF from outside", .discarded, with(attribute(0x40, 5, hex("00000064")))),
        Row("LOCAL_PREF of 3 from outside", .discarded, with(attribute(0x40, 5, [0, 0, 0]))),
        Row("ORIGINATOR_ID from outside", .discarded, with(attribute(0x80, 9, hex("0a000001")))),
        Row("CLUSTER_LIST from outside", .discarded, with(attribute(0x80, 10, hex("0a000001")))),
        Row("AS4_PATH from a four-octet speaker", .discarded, with(attribute(0xc0, 17, hex("02 01 0000fe4d")))),
        Row("unknown well-known 99", .reset(3, 2), with(attribute(0x40, 99, [0x78]))),
        Row("unknown transitive 99", .kept, with(attribute(0xc0, 99, [0x78]))),
        Row("unknown non-transitive 99", .kept, with(attribute(0x80, 99, [0x78]))),
        Row("unknown transitive 99 of 2000", .kept, with(attribute(0xd0, 99, [UInt8](repeating: 0x78, count: 2000)))),
        Row("attribute 0", .discarded, with(attribute(0x40, 0, [0x78]))),
        Row("OTC without a role", .kept, with(attribute(0xc0, 35, hex("0000fe4d")))),
        Row("attributes in another order, MP_REACH last", .kept, [Good.asPath, Good.origin, Good.reach(p)]),
        Row("attribute overruns", .withdrawn, with([0xc0, 8, 40, 0, 0])),
        Row("attribute header cut", .withdrawn, with([0xc0])),
        Row("attribute overruns before any NLRI", .reset(3, 1), [Good.origin, [0xc0, 8, 40, 0, 0]]),
        Row("broken attribute without NLRI", .reset(3, 1), [attribute(0x40, 1, [5]), Good.asPath]),
        Row("MP_REACH first, ORIGIN 5", .withdrawn, withOrigin(attribute(0x40, 1, [5]))),
        Row("MP_REACH last, ORIGIN 5", .withdrawn, [attribute(0x40, 1, [5]), Good.asPath, Good.reach(p)]),
    ]

    static let reach: [Row] = [
        Row("MP_REACH twice", .reset(3, 1), with(Good.reach(p))),
        Row("MP_UNREACH twice", .reset(3, 1), [Good.unreach(p), Good.unreach(p)]),
        Row("next hop of 7", .reset(3, 9), withReach("0002 01 07 20010db8000000 00 30 20010db80001")),
        Row("next hop of 0", .reset(3, 9), withReach("0002 01 00 00 30 20010db80001")),
        Row("next hop of 64", .reset(3, 9), withReach("0002 01 40 \(hop) 00 30 20010db80001")),
        Row("next hop of 4 bytes in IPv6", .reset(3, 9), withReach("0002 01 04 c0000209 00 30 20010db80001")),
        Row("prefix length 129", .reset(3, 10), withReach("0002 01 10 \(hop) 00 81 20010db800010000000000000000000000")),
        Row("prefix cut", .reset(3, 10), withReach("0002 01 10 \(hop) 00 30 20010d")),
        Row("MP_REACH of 3 bytes", .reset(3, 9), withReach("0002 01")),
        Row("MP_REACH of another family", .kept, withReach("0019 46 04 0a000001 00 0102")),
        Row("MP_UNREACH of another family", .kept, [attribute(0x80, 15, hex("0019 46 0102"))]),
        Row("MP_UNREACH of 2 bytes", .reset(3, 9), [attribute(0x80, 15, hex("0002"))]),
        Row("MP_UNREACH of what was never there", .kept, [Good.unreach("2001:db8:ffff::/48")]),
        Row("MP_UNREACH prefix length 200", .reset(3, 10), [attribute(0x80, 15, hex("0002 01 c8 20010db8"))]),
        Row("MP_REACH transitive", .withdrawn, [attribute(0xd0, 14, hex("0002 01 10 \(hop) 00 30 20010db80001")), Good.origin, Good.asPath]),
        Row("next hop ::", .withdrawn, withHop("::")),
        Row("next hop is this node", .withdrawn, withHop("2001:db8::1")),
        Row("next hop ff02::1", .withdrawn, withHop("ff02::1")),
        Row("next hop ::1", .withdrawn, withHop("::1")),
        Row("next hop link-local", .kept, withHop("fe80::9")),
        Row("next hop global and link-local", .kept, withHop("2001:db8::9", "fe80::9")),
        Row("next hop :: and link-local", .kept, withHop("::", "fe80::9")),
        Row("next hop link-local twice", .kept, withHop("fe80::9", "fe80::9")),
        Row("default and host route", .kept, [Good.reach("::/0", "2001:db8::77/128", p), Good.origin, Good.asPath]),
        Row("announced and withdrawn", .kept, [Good.reach(p), Good.unreach(p), Good.origin, Good.asPath]),
        Row("a mapped prefix", .kept, withReach("0002 01 10 \(hop) 00 30 20010db80001 68 00000000000000000000ffff0a")),
    ]

    static let lengths: [Row] = [
        Row("attributes' length beyond the message", .reset(3, 1), message: message(2, hex("0000 0040 400101"))),
        Row("withdrawn length beyond the message", .reset(3, 1), message: message(2, hex("0040 0000"))),
        Row("no room for the attributes' length", .reset(3, 1), message: message(2, hex("0003 080a 08"))),
        Row("IPv4 withdrawn /33", .reset(3, 10), [], withdrawn: hex("21 0a00000000")),
        Row("IPv4 NLRI /33", .reset(3, 10), [Good.origin, Good.asPath, Good.nextHop], nlri: hex("21 0a00000000")),
        Row("IPv4 NLRI without NEXT_HOP", .kept, [Good.origin, Good.asPath], nlri: nlri("10.1.0.0/16")),
        Row("IPv4 NLRI, NEXT_HOP of 3", .kept, [Good.origin, Good.asPath, attribute(0x40, 3, [1, 2, 3])], nlri: nlri("10.1.0.0/16")),
        Row("End-of-RIB of both", .kept, message: update([attribute(0x80, 15, hex("0002 01"))]) + message(2, [0, 0, 0, 0])),
    ]

    @Test(arguments: attributes + reach + lengths) func row(_ row: Row) {
        var (peer, id) = Peer.established()
        peer.receive(id, update([Good.reach(Self.p), Good.origin, Good.asPath]))
        #expect(peer.has(Self.p))
        peer.receive(id, row.message)
        let faults = peer.session.faults.map(\.fault)
        switch row.want {
        case .kept: #expect(peer.has(Self.p) && !faults.contains { $0.handling == .attributeDiscard })
        case .discarded: #expect(peer.has(Self.p) && faults.contains { $0.handling == .attributeDiscard })
        case .withdrawn: #expect(!peer.has(Self.p) && peer.session.state == .established && !faults.isEmpty)
        case .reset(let code, let subcode):
            let sent = peer.notification(id)
            #expect(sent?.code == code && sent?.subcode == subcode && peer.session.state == .idle, "\(String(describing: sent))")
        }
        if case .reset = row.want { return }
        #expect(peer.session.state == .established, "\(String(describing: peer.notification(id)))")
    }

    @Test func theUnknownWellKnownAttributeComesBack() {
        var (peer, id) = Peer.established()
        peer.receive(id, update(Self.with(attribute(0x40, 99, [0x78]))))
        #expect(peer.notification(id) == Notification(3, 2, data: hex("40 63 01 78")))
    }

    @Test func hostBitsAreMasked() {
        var (peer, id) = Peer.established()
        peer.receive(id, update([Good.reach(hex("2c 20010db80bad"), hop: address("2001:db8::9").bytes), Good.origin, Good.asPath]))
        #expect(peer.session.received.map(\.prefix) == [prefix("2001:db8:ba0::/44")])
    }

    @Test func ipv4FaultsCostOnlyTheirRoutes() {
        var (peer, id) = Peer.established()
        let good = update([Good.origin, Good.asPath, Good.nextHop], nlri: nlri("10.1.0.0/16"))
        peer.receive(id, good)
        #expect(peer.has("10.1.0.0/16"))
        peer.receive(id, update([Good.origin, Good.asPath], nlri: nlri("10.1.0.0/16")))
        #expect(!peer.has("10.1.0.0/16") && peer.session.state == .established)
        peer.receive(id, good)
        peer.receive(id, update([Good.origin, Good.asPath, attribute(0x40, 3, [1, 2, 3])], nlri: nlri("10.1.0.0/16")))
        #expect(!peer.has("10.1.0.0/16"))
        peer.receive(id, good)
        peer.receive(id, update([], withdrawn: nlri("10.1.0.0/16")))
        #expect(!peer.has("10.1.0.0/16") && peer.session.counters.treatedAsWithdrawn == 2)
        peer.receive(id, update([Good.origin, Good.asPath, attribute(0x40, 3, [224, 0, 0, 1])], nlri: nlri("10.1.0.0/16")))
        #expect(!peer.has("10.1.0.0/16") && peer.session.counters.treatedAsWithdrawn == 3)
    }

    @Test func theFirstASCanBeEnforced() {
        var (peer, id) = Peer.established { $0.enforcesFirstAS = true }
        peer.receive(id, update(Self.withPath("02 01 0000fde8")))
        #expect(!peer.has(Self.p) && peer.session.counters.treatedAsWithdrawn == 1)
    }

    @Test func internalPeersMaySayMore() {
        var open = OpenBytes(asNumber: 65201)
        open.capabilities = OpenBytes.usual(asNumber: 65201)
        var (peer, id) = Peer.established(open: open) { $0.peerAS = 65201 }
        let base = [Good.reach(Self.p), Good.origin, attribute(0x40, 2, [])]
        peer.receive(
            id, update(base + [attribute(0x40, 5, hex("000000c8")), attribute(0x80, 9, hex("0a000002")), attribute(0x80, 10, hex("0a000003"))]))
        let route = peer.session.received.first
        #expect(route?.attributes.localPreference == 200 && route?.attributes.originatorID == RouterID(0x0a00_0002))
        #expect(route?.attributes.clusterList == [RouterID(0x0a00_0003)])
        for bad in [attribute(0x40, 5, [1, 2, 3]), attribute(0x80, 9, [1]), attribute(0x80, 10, [1, 2, 3]), attribute(0x80, 10, [])] {
            peer.receive(id, update(base))
            #expect(peer.has(Self.p))
            peer.receive(id, update(base + [bad]))
            #expect(!peer.has(Self.p) && peer.session.state == .established)
        }
    }
}
