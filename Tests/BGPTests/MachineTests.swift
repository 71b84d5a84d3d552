@testable import BGP
import Testing

/// The FSM rows of the error table, and the table of RFC 4271 section 8.2.2.
@Suite struct MachineTests {
    @Test(arguments: [
        (SessionState.openSent, message(4), Notification(5, 1, data: [4])),
        (.openSent, update([]), Notification(5, 1, data: [2])),
        (.openSent, message(5, hex("0002 00 01")), Notification(5, 1, data: [5])),
        (.openConfirm, update([]), Notification(5, 2, data: [2])),
        (.openConfirm, OpenBytes().bytes, Notification(5, 2, data: [1])),
        (.openConfirm, message(5, hex("0002 00 01")), Notification(5, 2, data: [5])),
        (.established, OpenBytes().bytes, Notification(5, 3, data: [1])),
    ])
    func unexpectedMessagesEndTheSession(state: SessionState, bytes: [UInt8], error: Notification) {
        var (peer, id) = Peer.inState(state)
        peer.receive(id, bytes)
        #expect(peer.notification(id) == error)
        #expect(peer.session.state == .idle && peer.closed[id] == .orderly)
    }

    /// Stimuli of every state, and the state they lead to.
    static let transitions: [(SessionState, String, SessionState)] = [
        (.idle, "stop", .idle), (.idle, "accepted", .idle), (.idle, "timer", .idle),
        (.connect, "stop", .idle), (.connect, "failed", .active), (.connect, "closed", .active), (.connect, "accepted", .openSent),
        (.connect, "retry", .connect), (.connect, "connected", .openSent), (.connect, "start", .connect),
        (.active, "stop", .idle), (.active, "retry", .connect), (.active, "accepted", .openSent), (.active, "start", .active),
        (.active, "connectNow", .connect),
        (.openSent, "stop", .idle), (.openSent, "closed", .active), (.openSent, "open", .openConfirm), (.openSent, "keepalive", .idle),
        (.openSent, "notification", .idle), (.openSent, "hold", .connect), (.openSent, "garbage", .idle), (.openSent, "start", .openSent),
        (.openSent, "retry", .openSent), (.openSent, "connectNow", .openSent),
        (.openConfirm, "stop", .idle), (.openConfirm, "closed", .active), (.openConfirm, "keepalive", .established),
        (.openConfirm, "open", .idle), (.openConfirm, "notification", .idle), (.openConfirm, "hold", .connect), (.openConfirm, "garbage", .idle),
        (.openConfirm, "update", .idle),
        (.established, "stop", .idle), (.established, "keepalive", .established), (.established, "update", .established),
        (.established, "open", .idle), (.established, "notification", .idle), (.established, "hold", .connect), (.established, "garbage", .idle),
        (.established, "start", .established), (.established, "connectNow", .established),
    ]

    @Test(arguments: transitions) func transition(_ row: (from: SessionState, stimulus: String, to: SessionState)) {
        var (peer, id) = Peer.inState(row.from)
        switch row.stimulus {
        case "start": peer.handle(.start)
        case "stop": peer.handle(.stop(.shutdown("")))
        case "connectNow": peer.handle(.connectNow)
        case "connected": peer.handle(.connected(id, peer.addresses))
        case "failed": peer.handle(.connectFailed(id, reason: "refused"))
        case "closed": peer.handle(.closed(id, reason: nil))
        case "accepted": _ = peer.accept()
        case "timer": peer.handle(.timer)
        case "retry": peer.pass(.seconds(3))
        case "hold": peer.passOnly(.seconds(240))
        case "open": peer.receive(id, OpenBytes().bytes)
        case "keepalive": peer.receive(id, message(4))
        case "update": peer.receive(id, update([]))
        case "notification": peer.receive(id, message(3, [6, 4]))
        default: peer.receive(id, Array("garbage".utf8))
        }
        #expect(peer.session.state == row.to)
        // Whatever is left of the session can be started, and comes up.
        peer.passOnly(.seconds(120))
        if !peer.session.isStarted { peer.handle(.start) }
        if peer.session.state != .established {
            peer.session.connections.forEach { peer.handle(.closed($0.id, reason: nil)) }
            peer.pass(.seconds(3))
            let next = peer.connect()
            peer.establish(next)
        }
        #expect(peer.session.state == .established)
    }

    @Test func aNotificationInOpenSentIsNotAnswered() {
        var (peer, id) = Peer.inState(.openSent)
        _ = peer.messages(id)
        peer.receive(id, message(3, [2, 2]))
        #expect(peer.messages(id).isEmpty && peer.closed[id] != nil && peer.session.state == .idle)
        #expect(peer.session.lastReceived?.notification == Notification(2, 2))
    }

    @Test func bytesMayComeOneByOne() {
        var peer = Peer()
        let id = peer.connect()
        for byte in OpenBytes().bytes + message(4) + update([Good.reach("2001:db8:1::/48"), Good.origin, Good.asPath]) { peer.receive(id, [byte]) }
        #expect(peer.has("2001:db8:1::/48"))
    }

    @Test func manyUpdatesMayComeAtOnce() {
        var (peer, id) = Peer.established()
        let updates = (0..<200).flatMap { update([Good.reach("2001:db8:\(String($0, radix: 16))::/48"), Good.origin, Good.asPath]) }
        peer.receive(id, updates)
        #expect(peer.session.receivedCount(.ipv6Unicast) == 200 && peer.session.counters.received.updates == 200)
    }

    @Test func messagesAreCutAnywhere() {
        let stream =
            OpenBytes().bytes + message(4)
            + (0..<20).flatMap { update([Good.reach("2001:db8:\($0)::/48"), Good.origin, Good.asPath]) + message(4) }
        for size in 1...60 {
            var peer = Peer()
            let id = peer.connect()
            for start in stride(from: 0, to: stream.count, by: size) { peer.receive(id, Array(stream[start..<min(start + size, stream.count)])) }
            #expect(peer.session.receivedCount(.ipv6Unicast) == 20)
        }
    }

    @Test func whatIsClosedIsHeardNoMore() {
        var (peer, id) = Peer.established()
        peer.receive(id, message(9) + update([Good.reach("2001:db8:1::/48"), Good.origin, Good.asPath]))
        peer.receive(id, message(4))
        peer.handle(.closed(id, reason: nil))
        peer.handle(.sent(id, bytes: 100))
        #expect(peer.session.received.isEmpty && peer.session.state == .idle)
        #expect(peer.actions.count { if case .close = $0 { true } else { false } } == 1)
    }

    @Test func anOpenMayBeWaitedFor() {
        var peer = Peer { $0.openDelayTime = .seconds(5) }
        var id = peer.connect()
        #expect(peer.messages(id).isEmpty && peer.session.state == .active)
        peer.pass(.seconds(5))
        #expect(peer.messages(id).map(\.type) == [1] && peer.session.state == .openSent)
        peer.establish(id)
        #expect(peer.session.state == .established)

        peer = Peer { $0.openDelayTime = .seconds(5) }
        id = peer.connect()
        peer.receive(id, OpenBytes().bytes)
        #expect(peer.messages(id).map(\.type) == [1, 4] && peer.session.state == .openConfirm)
    }

    @Test func aPassiveSessionOnlyListens() {
        var peer = Peer { $0.isPassive = true }
        peer.handle(.start)
        peer.handle(.connectNow)
        peer.pass(.seconds(100))
        #expect(peer.attempts.isEmpty && peer.session.state == .active && peer.session.deadline == nil)
        let id = peer.accept()
        peer.establish(id)
        #expect(peer.session.state == .established)
    }
}

extension Peer {
    /// A peer whose session is in a state, and the connection that put it there.
    static func inState(_ state: SessionState) -> (Peer, ConnectionID) {
        var peer = Peer()
        if state == .idle { return (peer, .outgoing(.max)) }
        peer.handle(.start)
        let id = peer.attempts.last ?? .outgoing(.max)
        switch state {
        case .idle, .connect: break
        case .active: peer.handle(.connectFailed(id, reason: "refused"))
        case .openSent, .openConfirm, .established:
            peer.handle(.connected(id, peer.addresses))
            if state != .openSent { peer.receive(id, OpenBytes().bytes) }
            if state == .established { peer.receive(id, message(4)) }
        }
        peer.actions = []
        return (peer, id)
    }

    /// Time passes all at once, and one timer event tells of it.
    mutating func passOnly(_ span: Nanoseconds) {
        now += span
        handle(.timer)
    }
}
