@testable import BGP
import Testing

/// Graceful restart, both ways (RFC 4724, RFC 8538), how sessions are stopped, and the GR rows of the error table.
@Suite struct RestartTests {
    static let p = "2001:db8:1::/48"

    static func restarting(_ isRestarting: Bool, notification: Bool = true) -> SessionConfiguration.GracefulRestart {
        .init(restartTime: 120, notification: notification, isRestarting: isRestarting, forwarding: [.ipv6Unicast])
    }

    /// An OPEN with graceful restart for both families: R and N as said, F of IPv6.
    static func open(_ flags: UInt8, seconds: UInt8 = 30, forwarding: UInt8 = 0x80) -> OpenBytes {
        var open = OpenBytes()
        open.capabilities.append([64, 10, flags, seconds, 0, 2, 1, forwarding, 0, 1, 1, 0])
        return open
    }

    private func said(_ peer: Peer) -> GracefulRestartCapability? {
        peer.session.localOpen?.capabilities.lazy.compactMap { if case .gracefulRestart(let value) = $0 { value } else { nil } }.first
    }

    @Test func theBitsAreHonest() {
        var peer = Peer { $0.gracefulRestart = Self.restarting(true) }
        var id = peer.connect()
        #expect(said(peer)?.restarting == true && said(peer)?.notification == true && said(peer)?.restartTime == 120)
        #expect(
            said(peer)?.families == [.init(family: .ipv6Unicast, forwarding: true), .init(family: .ipv4Unicast, forwarding: false)])
        // A failure before the session is up does not end the restart; the session does.
        peer.handle(.closed(id, reason: nil))
        peer.pass(.seconds(3))
        id = peer.connect()
        #expect(said(peer)?.restarting == true)
        peer.establish(id, Self.open(0))
        peer.pass(.seconds(5))
        peer.handle(.closed(id, reason: nil))
        id = peer.connect()
        #expect(said(peer)?.restarting == false && said(peer)?.families.first?.forwarding == true)

        peer = Peer { $0.gracefulRestart = Self.restarting(false) }
        _ = peer.connect()
        #expect(said(peer)?.restarting == false)
        peer = Peer()
        _ = peer.connect()
        #expect(said(peer) == nil)
    }

    @Test func everyFamilyHasItsEndOfRIB() {
        var (peer, id) = Peer.established(open: Self.open(0)) { $0.gracefulRestart = Self.restarting(true) }
        let bodies = peer.messages(id).filter { $0.type == 2 }.map(\.body)
        #expect(bodies == [hex("0000 0006 80 0f 03 0002 01"), hex("0000 0000")])
        let families = peer.actions.compactMap { if case .initialUpdateSent(let family) = $0 { family } else { nil } }
        #expect(families == [.ipv6Unicast, .ipv4Unicast])
    }

    @Test func leavingForGoodIsAHardReset() {
        var (peer, id) = Peer.established(open: Self.open(0x40)) { $0.gracefulRestart = Self.restarting(false) }
        peer.handle(.stop(.shutdown("maintenance")))
        let notification = peer.notification(id)
        #expect(notification == Notification(6, 9, data: [6, 2, 11] + Array("maintenance".utf8)))
        #expect(notification?.text == "maintenance" && notification?.inner == .cease(.administrativeShutdown, text: "maintenance"))
        #expect(peer.closed[id] == .orderly && peer.session.state == .idle && peer.session.deadline == nil)
    }

    @Test func withoutTheNBitItIsAShutdown() {
        var (peer, id) = Peer.established(open: Self.open(0)) { $0.gracefulRestart = Self.restarting(false) }
        peer.handle(.stop(.shutdown("bye")))
        #expect(peer.notification(id) == Notification(6, 2, data: [3] + Array("bye".utf8)))
        (peer, id) = Peer.established(open: Self.open(0x40)) { $0.gracefulRestart = Self.restarting(false, notification: false) }
        peer.handle(.stop(.deconfigured))
        #expect(peer.notification(id) == Notification(6, 3))
    }

    @Test func aRestartIsSilent() {
        var (peer, id) = Peer.established(open: Self.open(0x40)) { $0.gracefulRestart = Self.restarting(false) }
        _ = peer.messages(id)
        peer.handle(.stop(.restart))
        #expect(peer.messages(id).isEmpty && peer.closed[id] == .orderly && peer.session.state == .idle && !peer.session.isStarted)
    }

    @Test func aResetComesBackAtOnce() {
        var (peer, id) = Peer.established()
        peer.actions = []
        peer.handle(.stop(.reset("new key")))
        #expect(peer.notification(id) == Notification(6, 4, data: [7] + Array("new key".utf8)))
        #expect(peer.attempts.count == 1 && peer.session.isStarted)
        peer.establish(peer.connect())
        #expect(peer.session.state == .established)
    }

    @Test func textsAreCutBetweenCharacters() {
        let text = String(repeating: "ü", count: 200)
        let notification = Notification.cease(.administrativeShutdown, text: text)
        #expect(notification.data.first == 254 && notification.text == String(repeating: "ü", count: 127))
    }

    /// How the peer goes, the bits it said, whether N is ours too, and whether its route is kept.
    @Test(arguments: [
        (message(3, [6, 2]), UInt8(0x40), true, true), (message(3, [6, 2]), 0x40, false, false), (message(3, [6, 9, 6, 2]), 0x40, true, false),
        (message(3, [6, 2]), 0, true, false), (nil, 0, true, true), (nil, 0x40, true, true), (message(3, [4, 0]), 0x40, true, true),
        (message(3, [6, 1]), 0x40, true, false),
    ])
    func routesOutliveThePeerOnlyWhereAgreed(last: [UInt8]?, flags: UInt8, notification: Bool, kept: Bool) {
        var (peer, id) = Peer.established(open: Self.open(flags)) { $0.gracefulRestart = Self.restarting(false, notification: notification) }
        peer.receive(id, update([Good.reach(Self.p), Good.origin, Good.asPath]))
        if let last { peer.receive(id, last) } else { peer.handle(.closed(id, reason: nil)) }
        #expect(peer.has(Self.p) == kept && peer.session.received.allSatisfy(\.isStale))
        // Not for ever.
        peer.passOnly(.seconds(30))
        #expect(!peer.has(Self.p))
    }

    @Test func withoutGracefulRestartNothingIsKept() {
        var (peer, id) = Peer.established(open: Self.open(0))
        peer.receive(id, update([Good.reach(Self.p), Good.origin, Good.asPath]))
        peer.handle(.closed(id, reason: nil))
        #expect(!peer.has(Self.p))
    }

    @Test func staleRoutesGoWithTheEndOfRIB() {
        var (peer, id) = Peer.established(open: Self.open(0)) { $0.gracefulRestart = Self.restarting(false) }
        peer.receive(id, update([Good.reach(Self.p, "2001:db8:2::/48"), Good.origin, Good.asPath]))
        peer.pass(.seconds(5))
        peer.handle(.closed(id, reason: nil))
        id = peer.connect()
        peer.establish(id, Self.open(0x80))
        #expect(peer.session.received.map(\.isStale) == [true, true])
        peer.receive(id, update([Good.reach(Self.p), Good.origin, Good.asPath]))
        #expect(peer.session.received.map(\.isStale) == [false, true])
        peer.receive(id, update([attribute(0x80, 15, hex("0002 01"))]))
        #expect(peer.session.received.map(\.prefix) == [prefix(Self.p)])
    }

    @Test func lostForwardingLosesTheRoutes() {
        var (peer, id) = Peer.established(open: Self.open(0)) { $0.gracefulRestart = Self.restarting(false) }
        peer.receive(id, update([Good.reach(Self.p), Good.origin, Good.asPath]))
        peer.pass(.seconds(5))
        peer.handle(.closed(id, reason: nil))
        #expect(peer.has(Self.p))
        peer.establish(peer.connect(), Self.open(0x80, forwarding: 0))
        #expect(!peer.has(Self.p))
    }

    @Test func aRestartedPeerTakesOverItsOwnSession() {
        var (peer, old) = Peer.established(open: Self.open(0)) { $0.gracefulRestart = Self.restarting(false) }
        peer.receive(old, update([Good.reach(Self.p), Good.origin, Good.asPath]))
        _ = peer.messages(old)
        peer.pass(.milliseconds(1))
        let new = peer.accept()
        peer.receive(new, Self.open(0x80).bytes)
        #expect(peer.closed[old] == .abort && peer.messages(old).isEmpty && peer.has(Self.p))
        peer.receive(new, message(4))
        #expect(peer.session.state == .established && peer.session.lastDown?.reason == .replaced && peer.session.received.first?.isStale == true)
        #expect(peer.session.negotiated != nil && peer.session.counters.flaps == 1)
    }

    @Test func aCollisionIsNoRestart() {
        var peer = Peer { $0.gracefulRestart = Self.restarting(false) }
        let ours = peer.connect()
        let theirs = peer.accept()
        peer.establish(ours, Self.open(0x80))
        peer.pass(.milliseconds(5))
        peer.receive(theirs, Self.open(0x80).bytes)
        #expect(peer.notification(theirs) == Notification(6, 7) && peer.closed[ours] == nil && peer.session.state == .established)
    }

    /// Both connections are of the process that has started just now.
    @Test func aPeerThatHasJustStartedCollides() {
        var (peer, ours) = Peer.established(open: Self.open(0x80)) { $0.gracefulRestart = Self.restarting(false) }
        peer.pass(.milliseconds(40))
        let theirs = peer.accept()
        peer.receive(theirs, Self.open(0x80).bytes)
        #expect(peer.notification(theirs) == Notification(6, 7) && peer.closed[ours] == nil && peer.session.state == .established)
        peer.pass(.seconds(2))
        let late = peer.accept()
        peer.establish(late, Self.open(0x80))
        #expect(peer.session.lastDown?.reason == .replaced && peer.session.state == .established)
    }

    @Test func withoutItsBitOnlyALateConnectionDoes() {
        var (peer, _) = Peer.established(open: Self.open(0)) { $0.gracefulRestart = Self.restarting(false) }
        let early = peer.accept()
        peer.receive(early, Self.open(0).bytes)
        #expect(peer.notification(early) == Notification(6, 7))
        peer.pass(.seconds(2))
        let late = peer.accept()
        peer.establish(late, Self.open(0))
        #expect(peer.session.lastDown?.reason == .replaced && peer.session.state == .established)
    }
}
