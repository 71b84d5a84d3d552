@testable import BGP
import Net
import Testing

/// What BIRD 2.0.12, GoBGP 3.10 and FRR 8.4 put on the wire as AS 65101 towards AS 65201, with graceful restart and two families on.
@Suite struct RealPeersTests {
    static let bird = (
        open: hex(
            "04fe4d00f00a0000012e022c01040001000101040002000102000506000100010002400a0078000101000002010041040000fe4d46004700"),
        updates: [
            hex(
                """
                0000005e900e003700020120fd000000000000000000000000000001fe80000000000000f05f7bfffe9c16cc0040fd00cafe0000000140fd00cafe00000002
                4001010040020602010000fe4dc00804fde80063c0200c0000fde80000000100000002
                """),
            hex("00000006800f03000201"),
            hex("0000003a900e002900010120fd000000000000000000000000000001fe80000000000000f05f7bfffe9c16cc00180af4014001010040020602010000fe4d"),
            hex("00000000"),
        ]
    )
    static let gobgp = (
        open: hex("04fe4d005a0a0000012c022a0200490402766d0001040002000101040001000141040000fe4d40064078000201000506000100010002"),
        updates: [
            hex("000000354001010240020602010000fe4dc00804fde80063800e1e00020110fd0000000000000000000000000000010040fd00cafe00000001"),
            hex("000000294001010240020602010000fe4d800e1900010110fd00000000000000000000000000000100180af401"),
        ]
    )
    static let frr = (
        open: hex(
            """
            04fe4d00b40a000001690206010400010001020805060001000100020206010400020001020280000202020002024600020641040000fe4d02020600
            020a4508000101010002010102094907056c6561663100020c400ac07800010100000201000210470e0001018000000000020180000000
            """),
        updates: [
            hex("00000032900e001900010110fd00000000000000000000000000000100180af401400101005002000602010000fe4d80040400000000"),
            hex(
                "00000040900e002700020110fd0000000000000000000000000000010040fd00cafe0000000140fd00cafe00000002400101005002000602010000fe4d80040400000000"
            ),
        ]
    )

    private func session(_ capture: (open: [UInt8], updates: [[UInt8]])) -> Peer {
        var peer = Peer { $0.gracefulRestart = RestartTests.restarting(false) }
        let id = peer.connect()
        peer.receive(id, message(1, capture.open) + message(4) + capture.updates.flatMap { message(2, $0) })
        #expect(peer.session.state == .established && peer.session.faults.isEmpty, "\(String(describing: peer.session.lastSent))")
        return peer
    }

    @Test func birdIsUnderstood() throws {
        let session = session(Self.bird).session
        let agreed = try #require(session.negotiated)
        #expect(agreed.extendedNextHop && agreed.enhancedRouteRefresh && agreed.fourOctetAS && !agreed.extendedMessage && !agreed.notificationRestart)
        #expect(agreed.holdTime == 90 && agreed.gracefulRestart?.restartTime == 120)
        #expect(session.peerOpen?.capabilities.last?.name == "long-lived-graceful-restart")
        #expect(session.received.map(\.prefix.description) == ["fd00:cafe:0:1::/64", "fd00:cafe:0:2::/64", "10.244.1.0/24"])
        let attributes = try #require(session.received.first?.attributes)
        #expect(attributes.nextHop == address("fd00::1") && attributes.linkLocalNextHop == address("fe80::f05f:7bff:fe9c:16cc"))
        #expect(attributes.communities == [Community(65000 << 16 | 99)] && attributes.largeCommunities == [LargeCommunity(65000, 1, 2)])
        #expect(session.received.last?.attributes.nextHop == address("fd00::1"))
    }

    @Test func gobgpIsUnderstood() throws {
        let session = session(Self.gobgp).session
        let agreed = try #require(session.negotiated)
        #expect(agreed.notificationRestart && agreed.extendedNextHop && !agreed.enhancedRouteRefresh && agreed.routeRefresh)
        #expect(agreed.gracefulRestart?.families == [.init(family: .ipv6Unicast, forwarding: false)])
        #expect(session.peerOpen?.capabilities.contains(.hostName(host: "vm", domain: "")) == true)
        #expect(session.received.map(\.prefix.description) == ["fd00:cafe:0:1::/64", "10.244.1.0/24"])
        #expect(session.received.first?.attributes.origin == .incomplete)
    }

    @Test func frrIsUnderstood() throws {
        let session = session(Self.frr).session
        let agreed = try #require(session.negotiated)
        #expect(agreed.notificationRestart && agreed.gracefulRestart?.restarting == true && agreed.extendedMessage && agreed.enhancedRouteRefresh)
        #expect(session.peerOpen?.capabilities.contains(.hostName(host: "leaf1", domain: "")) == true)
        #expect(
            session.peerOpen?.capabilities.contains(.addPath([.init(family: .ipv4Unicast, mode: 1), .init(family: .ipv6Unicast, mode: 1)])) == true)
        #expect(session.received.count == 3 && session.received.allSatisfy { $0.attributes.multiExitDiscriminator == 0 })
    }
}
