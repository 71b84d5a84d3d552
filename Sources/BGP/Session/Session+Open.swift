internal import Net

/// OPEN in both directions, and what both agree on (RFC 4271 sections 6.2 and 8.2.2, RFC 5492).
extension Session {
    mutating func sendOpen(_ index: Int, _ now: Nanoseconds) {
        let open = Open(
            asNumber: configuration.localAS, holdTime: configuration.holdTime, identifier: configuration.identifier, capabilities: capabilities)
        localOpen = open
        var bytes: [UInt8] = []
        open.encode(into: &bytes)
        counters.sent.opens += 1
        send(bytes, index, now)
        connections[index].phase = .openSent
        connections[index].holdDeadline = now.after(configuration.openHoldTime)
    }

    private var capabilities: [Capability] {
        let families = configuration.families.filter(\.isSupported)
        var list = families.map { Capability.multiprotocol($0) }
        list.append(.routeRefresh)
        if configuration.offersExtendedNextHop, families.contains(.ipv4Unicast) {
            list.append(.extendedNextHop([.init(family: .ipv4Unicast, nextHopAFI: AddressFamily.ipv6Unicast.afi)]))
        }
        if configuration.offersExtendedMessage { list.append(.extendedMessage) }
        if let restart = configuration.gracefulRestart {
            // Before the first session of a process that follows none, there is nothing that forwarding could have outlived.
            let outlived = restart.isRestarting || counters.established > 0
            let entries = families.map { GracefulRestartCapability.Entry(family: $0, forwarding: outlived && restart.forwarding.contains($0)) }
            list.append(
                .gracefulRestart(
                    GracefulRestartCapability(
                        restarting: saysRestarting, notification: restart.notification, restartTime: min(restart.restartTime, 4095),
                        families: entries)))
        }
        list.append(.fourOctetAS(configuration.localAS))
        list.append(.enhancedRouteRefresh)
        if !configuration.hostName.isEmpty { list.append(.hostName(host: configuration.hostName, domain: configuration.domainName)) }
        if !configuration.softwareVersion.isEmpty { list.append(.softwareVersion(configuration.softwareVersion)) }
        return list
    }

    /// The peer's OPEN: answers with KEEPALIVE, or ends this connection, or another one that it collides with.
    mutating func receivedOpen(_ body: ByteReader, _ id: ConnectionID, _ now: Nanoseconds) {
        counters.received.opens += 1
        let open: Open
        let agreed: Negotiated
        do throws(Notification) {
            open = try Open(body)
            peerOpen = open
            agreed = try negotiate(open)
        } catch {
            return fail(id, error, now)
        }
        guard survivesCollision(id, open, now), let index = connections.firstIndex(where: { $0.id == id }) else { return }
        connections[index].negotiated = agreed
        connections[index].phase = .openConfirm
        // Where there is no hold time, the KEEPALIVE that makes the session is waited for even so, but not for ever.
        connections[index].holdDeadline = now.after(agreed.holdTime == 0 ? configuration.openHoldTime : .seconds(agreed.holdTime))
        sendKeepalive(index, now)
    }

    /// - Throws: 2/2, 2/3, 2/7.
    private func negotiate(_ open: Open) throws(Notification) -> Negotiated {
        let offered = open.capabilities
        let fourOctets = offered.contains { if case .fourOctetAS = $0 { true } else { false } }
        // RFC 7607 section 2. AS_TRANS stands for another number, which must come along (RFC 6793 section 4.2.1).
        guard open.asNumber != ASNumber.reserved, fourOctets || open.asNumber != ASNumber.transition,
            configuration.peerAS == 0 || configuration.peerAS == open.asNumber
        else { throw Notification(2, 2) }
        let isInternal = open.asNumber == configuration.localAS
        // RFC 6286 section 2.2: identifiers are unique within an AS.
        guard !isInternal || open.identifier != configuration.identifier else { throw Notification(2, 3) }
        let families = try commonFamilies(offered)
        let holdTime = min(configuration.holdTime, open.holdTime)
        let third = max(1, holdTime / 3)
        let restart = offered.lazy.compactMap { if case .gracefulRestart(let value) = $0 { value } else { nil } }.first
        let hops = offered.lazy.compactMap { if case .extendedNextHop(let value) = $0 { value } else { nil } }.joined()
        return Negotiated(
            peerAS: open.asNumber, peerIdentifier: open.identifier, isInternal: isInternal, holdTime: holdTime,
            keepaliveTime: holdTime == 0 ? 0 : configuration.keepaliveTime == 0 ? third : min(configuration.keepaliveTime, third),
            families: families, fourOctetAS: fourOctets,
            routeRefresh: offered.contains(.routeRefresh) || offered.contains(.enhancedRouteRefresh),
            enhancedRouteRefresh: offered.contains(.enhancedRouteRefresh),
            extendedNextHop: configuration.offersExtendedNextHop && families.contains(.ipv4Unicast)
                && hops.contains(.init(family: .ipv4Unicast, nextHopAFI: AddressFamily.ipv6Unicast.afi)),
            extendedMessage: configuration.offersExtendedMessage && offered.contains(.extendedMessage),
            notificationRestart: configuration.gracefulRestart?.notification == true && restart?.notification == true,
            gracefulRestart: configuration.gracefulRestart == nil ? nil : restart)
    }

    /// A peer that names no family speaks IPv4 (RFC 4760 section 8), or nothing of ours: then the session stays up without routes.
    private func commonFamilies(_ offered: [Capability]) throws(Notification) -> [AddressFamily] {
        let named = offered.compactMap { if case .multiprotocol(let family) = $0 { family } else { nil } }
        let wanted = configuration.families.filter(\.isSupported)
        guard !named.isEmpty else { return wanted.filter { $0 == .ipv4Unicast } }
        let common = wanted.filter(named.contains)
        guard common.isEmpty else { return common }
        // RFC 5492 section 5: the data are the capabilities that are missed.
        var missed: [UInt8] = []
        for family in wanted { Capability.multiprotocol(family).encode(into: &missed) }
        throw Notification(2, 7, data: missed)
    }

    /// Connection collision detection (RFC 4271 section 6.8, RFC 6286 section 2.3, RFC 4724 section 4.2): when an OPEN has come, only
    /// one connection may go on.
    /// - Returns: whether it is this one; what does not go on has been closed.
    private mutating func survivesCollision(_ id: ConnectionID, _ open: Open, _ now: Nanoseconds) -> Bool {
        guard let this = connections.first(where: { $0.id == id }) else { return false }
        for other in connections where other.id != id && other.phase >= .openConfirm {
            if other.phase == .established {
                guard replaces(this, open, now) else {
                    lose(id, now)
                    return false
                }
                // Without a word: the peer knows nothing of it any more.
                actions.append(.close(other.id, .abort))
                ended(other.id, .replaced, now)
            } else {
                let keepsThis = this.isOutgoing == other.isOutgoing ? true : this.isOutgoing == winsCollisions(against: open)
                lose(keepsThis ? other.id : id, now)
                guard keepsThis else { return false }
            }
        }
        return true
    }

    /// Ours is the connection that stays.
    private func winsCollisions(against open: Open) -> Bool {
        open.identifier == configuration.identifier ? configuration.localAS > open.asNumber : configuration.identifier > open.identifier
    }

    /// A new connection takes the place of an established session when the peer has restarted: it came after the session did, and says
    /// so, or came too late to have been begun together with it. A peer that said so in the session too has been restarted once, and speaks
    /// of that: FRR, just started, begins a connection of its own while it takes ours.
    private func replaces(_ connection: Connection, _ open: Open, _ now: Nanoseconds) -> Bool {
        guard let establishedAt, negotiated?.gracefulRestart != nil, !connection.isOutgoing else { return false }
        let restarts = open.capabilities.contains { if case .gracefulRestart(let value) = $0 { value.restarting } else { false } }
        let isNews = restarts && negotiated?.gracefulRestart?.restarting != true
        return connection.since > establishedAt.after(isNews ? 0 : .seconds(1))
    }

    private mutating func lose(_ id: ConnectionID, _ now: Nanoseconds) {
        counters.collisions += 1
        notify(id, .cease(.collision), now)
        connections.removeAll { $0.id == id }
    }
}
