@testable import BGP
import Testing

/// Two connections at once (RFC 4271 section 6.8), and the rows COLL and FSM of the error table.
@Suite struct CollisionTests {
    static let higher: [UInt8] = [10, 0, 0, 9]
    static let lower: [UInt8] = [9, 0, 0, 9]

    /// Both orders of the identifiers, both orders of the OPENs.
    @Test(arguments: [(higher, true), (higher, false), (lower, true), (lower, false)])
    func theHigherIdentifiersConnectionStays(identifier: [UInt8], oursFirst: Bool) {
        var peer = Peer()
        let ours = peer.connect()
        let theirs = peer.accept()
        let open = OpenBytes(identifier: identifier).bytes
        for id in oursFirst ? [ours, theirs] : [theirs, ours] { peer.receive(id, open) }
        let (winner, loser) = identifier == Self.higher ? (theirs, ours) : (ours, theirs)
        #expect(peer.notification(loser) == Notification(6, 7) && peer.closed[loser] == .orderly)
        #expect(peer.closed[winner] == nil && peer.session.state == .openConfirm)
        peer.receive(winner, message(4))
        #expect(peer.session.state == .established && peer.session.counters.collisions == 1)
        #expect(peer.session.idleUntil == nil && peer.session.lastDown == nil)
    }

    @Test(arguments: [(higher, false), (lower, true)])
    func oursInOpenConfirmMeetsTheirs(identifier: [UInt8], oursStays: Bool) {
        var peer = Peer()
        let ours = peer.connect()
        let open = OpenBytes(identifier: identifier).bytes
        peer.receive(ours, open)
        let theirs = peer.accept()
        peer.receive(theirs, open)
        #expect(peer.notification(oursStays ? theirs : ours) == Notification(6, 7))
        peer.receive(oursStays ? ours : theirs, message(4))
        #expect(peer.session.state == .established)
    }

    @Test(arguments: [(UInt32(65101), true), (65301, false)])
    func equalIdentifiersLeaveItToTheASNumber(peerAS: UInt32, oursStays: Bool) {
        var peer = Peer { $0.peerAS = peerAS }
        let ours = peer.connect()
        let theirs = peer.accept()
        var open = OpenBytes(asNumber: UInt16(peerAS), identifier: [10, 0, 0, 1])
        open.capabilities = OpenBytes.usual(asNumber: peerAS)
        peer.receive(ours, open.bytes)
        peer.receive(theirs, open.bytes)
        #expect(peer.notification(oursStays ? theirs : ours) == Notification(6, 7))
    }

    @Test func thePeersDecisionIsNoError() {
        var peer = Peer()
        let ours = peer.connect()
        let theirs = peer.accept()
        peer.receive(theirs, OpenBytes().bytes)
        peer.receive(ours, message(3, [6, 7]))
        peer.receive(theirs, message(4))
        #expect(peer.session.state == .established && peer.session.idleUntil == nil && peer.session.lastDown == nil)
    }

    @Test func anEstablishedSessionStays() {
        var (peer, first) = Peer.established()
        let second = peer.accept()
        peer.receive(second, OpenBytes().bytes)
        #expect(peer.notification(second) == Notification(6, 7) && peer.closed[first] == nil && peer.session.state == .established)
        // And so it does when the other one turns out to be rubbish, or goes away.
        let third = peer.accept()
        peer.receive(third, Array("GET".utf8))
        let fourth = peer.accept()
        peer.handle(.closed(fourth, reason: "reset"))
        #expect(peer.session.state == .established && peer.session.idleUntil == nil && peer.session.lastDown == nil)
    }

    @Test func ourAttemptEndsWhenTheirsIsEstablished() {
        var peer = Peer()
        peer.handle(.start)
        let ours = peer.attempts[0]
        let theirs = peer.accept()
        peer.establish(theirs)
        #expect(peer.closed[ours] == .abort && peer.session.state == .established)
        peer.actions = []
        peer.passOnly(.seconds(5))
        #expect(peer.attempts.isEmpty)
    }

    @Test func silentConnectionsBlockNobody() {
        var peer = Peer { $0.isPassive = true }
        peer.handle(.start)
        var silent: [ConnectionID] = []
        for _ in 0..<200 { silent.append(peer.accept()) }
        let real = peer.accept()
        peer.establish(real)
        #expect(peer.session.state == .established && peer.session.connections.count == 1)
        #expect(silent.allSatisfy { peer.closed[$0] == .abort })
    }

    @Test func whoConnectsDuringARestWaitsForItsEnd() {
        var peer = Peer()
        let id = peer.connect()
        peer.receive(id, message(9))
        #expect(peer.session.idleUntil != nil)
        let theirs = peer.accept()
        peer.receive(theirs, OpenBytes().bytes)
        #expect(peer.closed[theirs] == nil && peer.messages(theirs).isEmpty && peer.session.state == .idle)
        peer.pass(.seconds(1))
        #expect(peer.messages(theirs).map(\.type) == [1, 4])
        peer.receive(theirs, message(4))
        #expect(peer.session.state == .established)
    }

    @Test func whoEndedTheSessionMayBeginItAgain() {
        var (peer, id) = Peer.established()
        peer.receive(id, message(3, [6, 2]))
        #expect(peer.session.state == .idle)
        let theirs = peer.accept()
        #expect(peer.messages(theirs).map(\.type) == [1])
        peer.establish(theirs)
        #expect(peer.session.state == .established)
    }

    @Test func aStoppedSessionRefuses() {
        var peer = Peer()
        let early = peer.accept()
        #expect(peer.closed[early] == .abort)
        peer.handle(.start)
        peer.handle(.stop(.shutdown("")))
        let late = peer.accept()
        #expect(peer.closed[late] == .abort && peer.session.deadline == nil && peer.session.connections.isEmpty)
    }
}
