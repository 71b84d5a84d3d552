import Net
import NIOCore
import BGP
import BGPConfig

/// Session's times are of a clock that began somewhere; documents have the calendar's.
struct ClockOffset {
    let monotonic: Nanoseconds
    let calendar: Timestamp

    func time(_ at: Nanoseconds) -> Timestamp {
        Timestamp(nanoseconds: calendar.nanoseconds &+ Int64(truncatingIfNeeded: at &- monotonic))
    }
}

extension PeerStatus {
    init(_ driver: PeerDriver, clock: ClockOffset, authentication counters: (before: AuthenticationCounters, now: AuthenticationCounters)) {
        let (peer, session) = (driver.peer, driver.session)
        let negotiated = session.negotiated
        let restart = negotiated?.gracefulRestart
        self.init(
            name: peer.name, instance: peer.instance, address: driver.title, port: Int(peer.port), interface: driver.interface,
            localAddress: driver.channels.values.first { $0.isActive }.flatMap { SocketName($0.localAddress)?.address.description },
            localASN: peer.localAS, peerASN: peer.peerAS, remoteASN: session.peerOpen?.asNumber,
            remoteRouterID: session.peerOpen?.identifier.description, state: session.state.rawValue, since: driver.stateSince,
            established: driver.establishedSince, isInternal: negotiated?.isInternal ?? peer.isInternal, isPassive: peer.isPassive,
            authentication: peer.password.map { "md5 (\($0))" }, ttlSecurity: peer.ttlSecurity.map { Int($0) }, multihop: Int(peer.multihop),
            timers: Timers(
                connectRetry: peer.timers.connectRetry, hold: peer.timers.hold, keepAlive: peer.timers.keepAlive,
                negotiatedHold: negotiated.map { Int($0.holdTime) }, negotiatedKeepAlive: negotiated.map { Int($0.keepaliveTime) }),
            gracefulRestart: peer.gracefulRestart.map {
                GracefulRestart(
                    restartTime: $0.restartTime, notification: negotiated?.notificationRestart ?? $0.notification, negotiated: restart != nil,
                    peerRestartTime: restart.map { Int($0.restartTime) })
            },
            families: session.configuration.families.sorted { $0 > $1 }.map { family in
                Family(
                    family: family.description, negotiated: negotiated?.families.contains(family) ?? false, wanted: session.wantedCount(family),
                    announced: session.announcedCount(family), received: session.receivedCount(family))
            },
            sent: Messages(session.counters.sent, bytes: session.counters.bytesSent),
            received: Messages(session.counters.received, bytes: session.counters.bytesReceived), sessions: session.counters.established,
            flaps: session.counters.flaps, connectAttempts: session.counters.connectAttempts, connectFailures: session.counters.connectFailures,
            collisions: session.counters.collisions,
            lastDown: session.lastDown.map { Event(at: clock.time($0.at), reason: $0.reason.words) },
            lastSent: session.lastSent.map { Notification($0.notification, at: clock.time($0.at)) },
            lastReceived: session.lastReceived.map { Notification($0.notification, at: clock.time($0.at)) },
            lastConnectFailure: session.lastConnectFailure.map { Event(at: clock.time($0.at), reason: $0.reason) },
            faults: session.faults.map { Event(at: clock.time($0.at), reason: "\($0.fault.handling.rawValue): \($0.fault.reason)") },
            treatedAsWithdrawn: session.counters.treatedAsWithdrawn, attributesDiscarded: session.counters.attributesDiscarded,
            obstacle: session.state == .established ? nil : driver.obstacle,
            retryAt: session.state == .idle || session.state == .active ? session.idleUntil.map { clock.time($0) } : nil,
            hints: driver.hints(counters), localCapabilities: (session.localOpen?.capabilities ?? []).map { Capability($0) },
            remoteCapabilities: (session.peerOpen?.capabilities ?? []).map { Capability($0) })
        for capability in session.peerOpen?.capabilities ?? [] {
            if case .hostName(let host, _) = capability { remoteHostName = host }
            if case .softwareVersion(let version) = capability { remoteVersion = version }
        }
    }
}

extension PeerStatus.Messages {
    init(_ messages: SessionCounters.Messages, bytes: Int) {
        self.init(
            opens: messages.opens, updates: messages.updates, notifications: messages.notifications, keepalives: messages.keepalives,
            routeRefreshes: messages.routeRefreshes, total: messages.total, bytes: bytes)
    }
}

extension PeerStatus.Notification {
    init(_ notification: BGP.Notification, at: Timestamp) {
        self.init(
            at: at, code: Int(notification.code), subcode: Int(notification.subcode), name: notification.name,
            text: notification.text ?? notification.inner.map(\.description))
    }
}

extension BGP.Notification {
    /// Without the numbers.
    var name: String { subcodeName.map { "\(codeName)/\($0)" } ?? codeName }
}

extension PeerStatus.Capability {
    init(_ capability: BGP.Capability) {
        self.init(code: Int(capability.code), name: capability.name, value: Self.value(capability))
    }

    private static func value(_ capability: BGP.Capability) -> String? {
        switch capability {
        case .multiprotocol(let family): family.description
        case .routeRefresh, .extendedMessage, .enhancedRouteRefresh: nil
        case .outboundRouteFiltering(let bytes): "\(bytes.count) bytes, not in use"
        case .extendedNextHop(let entries):
            entries.map { "\($0.family) via " + ($0.nextHopAFI == 2 ? "ipv6" : "afi\($0.nextHopAFI)") }.joined(separator: ", ")
        case .role(let role): "\(role)"
        case .gracefulRestart(let restart):
            "restart time \(restart.restartTime)s" + (restart.restarting ? ", restarting" : "") + (restart.notification ? ", notification" : "")
                + restart.families.map { ", \($0.family)" + ($0.forwarding ? " (forwarding kept)" : "") }.joined()
        case .fourOctetAS(let number): "\(number)"
        case .addPath(let entries):
            entries.map { "\($0.family) " + (["", "receive", "send", "both"][min(3, Int($0.mode))]) }.joined(separator: ", ") + ", not in use"
        case .hostName(let host, let domain): domain.isEmpty ? host : "\(host).\(domain)"
        case .softwareVersion(let version): version
        case .unknown(_, let value): "\(value.count) bytes"
        }
    }
}

extension DownReason {
    /// For people.
    var words: String {
        switch self {
        case .sent(let notification): "sent \(notification)" + Self.text(notification)
        case .received(let notification): "received \(notification)" + Self.text(notification)
        case .connectionLost(let reason): reason ?? "the peer closed the connection"
        case .restart: "closed for a restart"
        case .replaced: "a new connection of the peer took over"
        }
    }

    private static func text(_ notification: BGP.Notification) -> String { notification.text.map { ": \"\($0)\"" } ?? "" }
}

extension PeerDriver {
    /// What the operator may want to look at, where the protocol cannot say it.
    func hints(_ counters: (before: AuthenticationCounters, now: AuthenticationCounters)) -> [String] {
        guard session.state != .established else { return [] }
        var hints: [String] = []
        if let hint = counters.now.hint(since: counters.before, hasPassword: password != nil) { hints.append(hint) }
        if hints.isEmpty, password != nil, session.lastConnectFailure?.reason == "timed out" {
            hints.append("nobody answers: where passwords differ, or only one side has one, packets are dropped without a word")
        }
        if case .sent(let notification) = session.lastDown?.reason, notification.code == 4 {
            if peer.ttlSecurity != nil {
                hints.append("the peer fell silent: with TTL security it must send with hop limit 255, and be no more hops away than allowed")
            } else if !peer.isInternal, peer.multihop < 255 {
                hints.append("the peer fell silent: if it uses TTL security (ttl-security), this side needs it too")
            }
        }
        if case .received(let notification) = session.lastDown?.reason, notification.code == 4, peer.ttlSecurity == nil {
            hints.append("the peer heard nothing: if it uses TTL security (ttl-security), this side needs it too")
        }
        if let last = session.lastSent?.notification, last.code == 2, last.subcode == 2, let open = session.peerOpen {
            hints.append("the peer is AS \(open.asNumber), and AS \(peer.peerAS) is configured")
        }
        if let last = session.lastReceived?.notification, last.code == 2, last.subcode == 2 {
            hints.append("the peer does not expect AS \(peer.localAS)")
        }
        if session.connectionsUnanswered > 3 {
            var hint = "the peer ends each connection without a word: to it, this address is no neighbor's"
            if case .unnumbered(let name) = peer.target {
                hint += "; FRR may have missed a quick flap of the link, and takes another one (ip link set \(name) down, then up)"
            }
            hints.append(hint)
        }
        if session.counters.collisions > 3, session.counters.established == 0 {
            hints.append("connections collide again and again: the peer may not resolve collisions (gobgpd 3.10 does not); let one side be passive")
        }
        return hints
    }
}
