@testable import BGP
import Testing

/// Timers of RFC 4271 section 10, RFC 9687, and what follows errors.
@Suite struct TimerTests {
    @Test func aSilentConnectionIsGivenFourMinutes() {
        var peer = Peer()
        let id = peer.connect()
        peer.pass(.seconds(240) - 1)
        #expect(peer.session.state == .openSent)
        peer.pass(1)
        #expect(peer.notification(id) == Notification(4))
    }

    @Test func openConfirmIsGivenTheHoldTime() {
        var peer = Peer()
        let id = peer.connect()
        peer.receive(id, OpenBytes(holdTime: 3).bytes)
        peer.pass(.seconds(3) - 1)
        #expect(peer.session.state == .openConfirm)
        peer.pass(1)
        #expect(peer.notification(id) == Notification(4))
    }

    @Test func aSilentPeerIsDroppedAtTheHoldTime() {
        var (peer, id) = Peer.established(open: OpenBytes(holdTime: 3))
        _ = peer.messages(id)
        peer.pass(.seconds(3) - 1)
        #expect(peer.session.state == .established)
        #expect((2...4).contains(peer.messages(id).count { $0.type == 4 }))
        peer.pass(1)
        #expect(peer.notification(id) == Notification(4) && peer.session.lastDown?.reason == .sent(Notification(4)))
    }

    @Test func keepalivesAndUpdatesKeepIt() {
        var (peer, id) = Peer.established(open: OpenBytes(holdTime: 3))
        for turn in 0..<20 {
            peer.pass(.seconds(2))
            peer.receive(id, turn % 2 == 0 ? message(4) : update([]))
        }
        #expect(peer.session.state == .established)
        // Half a message is none.
        peer.receive(id, Array(message(4).prefix(18)))
        peer.pass(.seconds(3))
        #expect(peer.session.state != .established)
    }

    @Test func theSmallerHoldTimeCountsAndKeepalivesAreAThirdOfIt() {
        var (peer, id) = Peer.established(open: OpenBytes(holdTime: 9))
        #expect(peer.session.negotiated?.holdTime == 9 && peer.session.negotiated?.keepaliveTime == 3)
        var times: [Nanoseconds] = []
        let start = peer.now
        while peer.now < start + .seconds(60) {
            peer.receive(id, message(4))
            guard let next = peer.session.deadline else { break }
            peer.now = next
            _ = peer.messages(id)
            peer.handle(.timer)
            if peer.messages(id).contains(where: { $0.type == 4 }) { times.append(peer.now) }
        }
        let gaps = zip(times, times.dropFirst()).map { $1 - $0 }
        #expect(gaps.count > 15 && gaps.allSatisfy { (.milliseconds(2250)...(.seconds(3))).contains($0) })
        #expect(Set(gaps).count > 5)
    }

    @Test func holdTimeZeroMeansNoKeepalives() {
        var (peer, id) = Peer.established(open: OpenBytes(holdTime: 0))
        _ = peer.messages(id)
        peer.pass(.seconds(100_000))
        #expect(peer.session.state == .established && peer.messages(id).isEmpty)
    }

    @Test func openConfirmEndsWithoutAHoldTimeToo() {
        var peer = Peer()
        let id = peer.connect()
        peer.receive(id, OpenBytes(holdTime: 0).bytes)
        peer.pass(.seconds(239))
        #expect(peer.session.state == .openConfirm)
        peer.pass(.seconds(1))
        #expect(peer.notification(id) == Notification(4))
    }

    @Test func aPeerThatTakesNothingIsDroppedAfterTheSendHoldTime() {
        var (peer, id) = Peer.established()
        peer.takes = false
        peer.handle(.resend(nil))
        for _ in 0..<47 {
            peer.pass(.seconds(10))
            peer.receive(id, message(4))
        }
        #expect(peer.session.state == .established)
        for _ in 0..<4 {
            peer.pass(.seconds(10))
            peer.receive(id, message(4))
        }
        #expect(peer.notification(id) == Notification(8))
    }

    @Test func aPeerThatTakesALittleStays() {
        var (peer, id) = Peer.established()
        peer.takes = false
        for _ in 0..<200 {
            peer.pass(.seconds(10))
            peer.receive(id, message(4))
            peer.handle(.sent(id, bytes: 10))
        }
        #expect(peer.session.state == .established)
    }

    @Test func theFirstAttemptIsAtOnceAndTheOthersArePaced() {
        var peer = Peer()
        peer.handle(.start)
        #expect(peer.attempts.count == 1)
        var times = [peer.now]
        for _ in 0..<50 {
            peer.handle(.connectFailed(peer.attempts[0], reason: "refused"))
            peer.actions = []
            guard let next = peer.session.deadline else { break }
            peer.now = next
            peer.handle(.timer)
            times.append(peer.now)
            #expect(peer.attempts.count == 1)
        }
        let gaps = zip(times, times.dropFirst()).map { $1 - $0 }
        #expect(gaps.allSatisfy { (.milliseconds(1500)...(.milliseconds(2500))).contains($0) } && Set(gaps).count > 5)
        #expect(peer.session.lastConnectFailure?.reason == "refused")
    }

    @Test func acceptedAndClosedIsNoReasonToHurry() {
        var peer = Peer()
        var last = peer.now - .seconds(10)
        for _ in 0..<20 {
            let id = peer.connect()
            #expect(peer.now - last >= .seconds(1))
            last = peer.now
            peer.actions = []
            peer.handle(.closed(id, reason: nil))
            #expect(peer.attempts.isEmpty)
            peer.pass(.seconds(3))
        }
    }

    @Test func aSessionThatIsLostIsSoughtAtOnce() {
        var (peer, id) = Peer.established()
        for _ in 0..<20 {
            peer.pass(.seconds(2))
            peer.actions = []
            peer.handle(.closed(id, reason: "reset"))
            #expect(peer.attempts.count == 1)
            id = peer.connect()
            peer.establish(id)
        }
        // One that is lost as soon as it is there is not.
        peer.actions = []
        peer.handle(.closed(id, reason: nil))
        #expect(peer.attempts.isEmpty)
    }

    @Test func errorsAreFollowedByRestsThatGrow() {
        var peer = Peer()
        var rests: [Nanoseconds] = []
        for _ in 0..<10 {
            let id = peer.connect()
            peer.receive(id, OpenBytes(holdTime: 1).bytes)
            peer.actions = []
            let until = peer.session.idleUntil ?? peer.now
            rests.append(until - peer.now)
            peer.pass(until - peer.now - 1)
            #expect(peer.attempts.isEmpty)
            peer.pass(1)
            #expect(peer.attempts.count == 1)
        }
        #expect(rests.map { $0 / 1_000_000_000 } == [1, 2, 4, 8, 16, 32, 60, 60, 60, 60])
        // A minute of peace makes up for them.
        let id = peer.connect()
        peer.establish(id)
        for _ in 0..<6 {
            peer.pass(.seconds(10))
            peer.receive(id, message(4))
        }
        peer.receive(id, message(9))
        #expect(peer.session.idleUntil == peer.now + .seconds(1))
    }

    @Test func whoIsNotHeardIsSoughtAtOnce() {
        for last in [nil, message(3, [4, 0])] {
            var (peer, id) = Peer.established(open: OpenBytes(holdTime: 9))
            for _ in 0..<20 {
                peer.pass(.seconds(3))
                peer.actions = []
                if let last { peer.receive(id, last) } else { peer.passOnly(.seconds(9)) }
                #expect(peer.attempts.count == 1 && peer.session.idleUntil == nil)
                id = peer.connect()
                peer.establish(id, OpenBytes(holdTime: 9))
            }
        }
    }

    @Test func aLinkThatComesUpEndsARestOfThePeersMaking() {
        for (last, ends) in [([6, 6], true), ([6, 1], false), ([2, 2], true)] as [([UInt8], Bool)] {
            var (peer, id) = Peer.established()
            peer.receive(id, message(3, last))
            peer.actions = []
            peer.handle(.connectNow)
            #expect(peer.attempts.isEmpty != ends)
        }
        var (peer, id) = Peer.established()
        peer.receive(id, message(9))
        peer.actions = []
        peer.handle(.connectNow)
        #expect(peer.attempts.isEmpty)
    }

    @Test func tooManyPrefixesAreFollowedByALongRest() {
        var (peer, id) = Peer.established()
        peer.receive(id, message(3, [6, 1]))
        peer.actions = []
        peer.pass(.seconds(59))
        #expect(peer.attempts.isEmpty)
        peer.pass(.seconds(1))
        #expect(peer.attempts.count == 1)
    }

    @Test func theDeadlineIsAlwaysAhead() {
        var (peer, _) = Peer.established()
        for _ in 0..<1000 {
            guard let next = peer.session.deadline else { break }
            #expect(next > peer.now)
            peer.now = next
            peer.handle(.timer)
        }
    }
}
