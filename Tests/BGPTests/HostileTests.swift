@testable import BGP
import Net
import Testing

/// A peer that means harm, or whose memory is bad: scripts that end with a session of another connection, to see that nothing is left over.
@Suite struct HostileTests {
    /// Whatever happened before, a good peer gets its session.
    private func comesUp(_ peer: inout Peer, sourceLocation: SourceLocation = #_sourceLocation) {
        peer.passOnly(.seconds(300))
        for connection in peer.session.connections where connection.phase != .connecting { peer.handle(.closed(connection.id, reason: nil)) }
        peer.pass(.seconds(70))
        let id = peer.accept()
        peer.establish(id)
        #expect(
            peer.session.state == .established,
            "\(String(describing: peer.session.lastDown)) \(String(describing: peer.session.idleUntil)) \(peer.now)", sourceLocation: sourceLocation)
        #expect(peer.session.connections.count { $0.phase >= .openSent } == 1, sourceLocation: sourceLocation)
    }

    @Test func halfOpen() {
        var peer = Peer()
        for _ in 0..<50 {
            let id = peer.connect()
            peer.actions = []
            peer.pass(.seconds(241))
            #expect(peer.closed[id] == .orderly)
            peer.pass(.seconds(61))
        }
        comesUp(&peer)
    }

    @Test func slowHeaders() {
        var (peer, id) = Peer.established(open: OpenBytes(holdTime: 3))
        // A byte a second keeps nobody alive.
        for byte in message(4) where peer.session.state == .established {
            peer.pass(.seconds(1))
            peer.receive(id, [byte])
        }
        #expect(peer.session.lastSent?.notification == Notification(4))
        comesUp(&peer)
    }

    @Test func slowOpen() {
        var peer = Peer()
        let id = peer.connect()
        for byte in OpenBytes().bytes.prefix(40) {
            peer.pass(.seconds(10))
            peer.receive(id, [byte])
        }
        #expect(peer.closed[id] == .orderly)
        comesUp(&peer)
    }

    @Test func theLongestOpen() {
        var open = OpenBytes()
        var list = open.capabilities.flatMap { $0 }
        while list.count + 102 <= 4096 - 29 - 6 { list += [201, 100] + [UInt8](repeating: 1, count: 100) }
        open.parameters =
            [255, 255] + [UInt8((list.count + 3) >> 8), UInt8((list.count + 3) & 255), 2, UInt8(list.count >> 8), UInt8(list.count & 255)] + list
        let (peer, _) = Peer.established(open: open)
        #expect(peer.session.state == .established && open.bytes.count > 3900)
    }

    @Test func everyCapabilityThereCanBe() {
        var open = OpenBytes()
        open.capabilities += (0...255).map { [UInt8($0), 0] }
        let list = open.capabilities.flatMap { $0 }
        open.parameters =
            [255, 255, UInt8((list.count + 3) >> 8), UInt8((list.count + 3) & 255), 2, UInt8(list.count >> 8), UInt8(list.count & 255)] + list
        let (peer, _) = Peer.established(open: open)
        #expect(peer.session.state == .established && peer.session.peerOpen?.capabilities.count == 260)
    }

    @Test func contradictingCapabilities() {
        var open = OpenBytes()
        open.capabilities += OpenBytes.usual(asNumber: 65009) + [hex("40 02 c001"), hex("40 06 0001 0002 01 80"), hex("40 02 8000")]
        let (peer, _) = Peer.established(open: open) { $0.gracefulRestart = RestartTests.restarting(false) }
        // The first of each counts.
        #expect(peer.session.negotiated?.peerAS == 65101 && peer.session.negotiated?.gracefulRestart?.restartTime == 1)
    }

    @Test func emptyAttributes() {
        for type in UInt8(0)...255 {
            for flags in [UInt8(0x40), 0x80, 0xc0, 0x90] {
                var (peer, id) = Peer.established()
                peer.receive(id, update([Good.reach("2001:db8:1::/48"), Good.origin, Good.asPath, attribute(flags, type, [])]))
                let known = AttributeType(rawValue: type)
                // Only what no attribute may be ends the session.
                if peer.session.state != .established {
                    #expect(known == .reach || known == .unreach || known == nil && flags & 0x80 == 0, "\(type) \(flags)")
                }
            }
        }
    }

    @Test func onlyEmptyAttributes() {
        for type in UInt8(0)...255 {
            var (peer, id) = Peer.established()
            peer.receive(id, update([attribute(0x40, type, [])]))
            peer.receive(id, message(4))
            #expect(peer.session.received.isEmpty)
        }
    }

    @Test func everyAttributeTwice() {
        for type in UInt8(1)...255 where AttributeType(rawValue: type) != nil {
            var (peer, id) = Peer.established()
            let extra = attribute((AttributeType(rawValue: type)?.flags ?? 0), type, [0, 0, 0, 1])
            peer.receive(id, update([Good.reach("2001:db8:1::/48"), Good.origin, Good.asPath, extra, extra, extra]))
            #expect(peer.session.state == .established || type == 14 || type == 15, "\(type)")
        }
    }

    @Test func prefixLengthsOfEveryKind() {
        for length in 0...255 {
            var (peer, id) = Peer.established()
            let bytes = [UInt8(length)] + [UInt8](repeating: 0x20, count: (length + 7) / 8)
            peer.receive(id, update([Good.reach(bytes, hop: address("2001:db8::9").bytes), Good.origin, Good.asPath]))
            #expect((peer.session.state == .established) == (length <= 128))
            #expect(peer.session.received.count == (length <= 128 ? 1 : 0))
            (peer, id) = Peer.established()
            peer.receive(id, update([Good.origin, Good.asPath, Good.nextHop], nlri: bytes))
            #expect((peer.session.state == .established) == (length <= 32))
        }
    }

    @Test func everyHeaderThereCanBe() {
        for type in 0...255 {
            for length in [0, 18, 19, 20, 22, 23, 29, 4096, 4097, 65535] {
                var (peer, id) = Peer.established()
                peer.receive(id, [UInt8](repeating: 0xff, count: 16) + [UInt8(length >> 8), UInt8(length & 255), UInt8(type)])
                let isSound = MessageType(rawValue: UInt8(type)).map {
                    length >= $0.minimumLength && length <= 4096 && ($0 != .keepalive || length == 19)
                }
                #expect((peer.session.state == .established) == (isSound ?? false), "\(type) \(length)")
            }
        }
    }

    @Test func aNotificationStorm() {
        var peer = Peer()
        peer.handle(.start)
        var attempts = 0
        for _ in 0..<1000 {
            let known = peer.session.connections.last?.id ?? peer.accept()
            if peer.session.state == .connect { peer.handle(.connected(known, peer.addresses)) }
            peer.receive(known, message(3, [2, 2]))
            peer.pass(.milliseconds(100))
            attempts = peer.session.counters.connectAttempts
        }
        // 100 seconds: the rests are 1, 2, 4, ... 60 seconds, and a Bad Peer AS is not mended by connecting.
        #expect(attempts < 12)
        comesUp(&peer)
    }

    @Test func connectionsByTheThousand() {
        var (peer, id) = Peer.established()
        for _ in 0..<5000 { _ = peer.accept() }
        #expect(peer.session.connections.count == 2 && peer.session.state == .established)
        peer.receive(id, update([Good.reach("2001:db8:1::/48"), Good.origin, Good.asPath]))
        #expect(peer.has("2001:db8:1::/48"))
    }

    @Test func parkedConnectionsHoldLittle() {
        var peer = Peer()
        peer.receive(peer.connect(), message(9))
        let parked = peer.accept()
        for _ in 0..<100 { peer.receive(parked, [UInt8](repeating: 0xff, count: 100)) }
        #expect(peer.closed[parked] == .abort && peer.session.connections.isEmpty)
        peer.closed = [:]
        comesUp(&peer)
    }

    @Test func flappingRoutesLeaveNothing() {
        var (peer, id) = Peer.established()
        for turn in 0..<2000 {
            let communities = attribute(0xc0, 8, [0, 0, UInt8(turn >> 8), UInt8(turn & 255)])
            peer.receive(
                id, update([Good.reach("2001:db8:1::/48"), Good.origin, Good.asPath, communities]) + update([Good.unreach("2001:db8:1::/48")]))
        }
        #expect(peer.session.received.isEmpty && peer.session.receivedCount(.ipv6Unicast) == 0 && peer.session.state == .established)
    }
}
