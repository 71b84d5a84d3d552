internal import Net

/// How a session comes up and goes down, and what of its routes outlives it (RFC 4271 section 8.2.2, RFC 4724, RFC 8538).
extension Session {
    mutating func establish(_ index: Int, _ now: Nanoseconds) {
        guard let agreed = connections[index].negotiated, let addresses = connections[index].addresses else { return }
        connections[index].phase = .established
        connections[index].sendDeadline = nil
        if connections[index].outstanding > 0 { startSendHold(index, now) }
        connections[index].holdDeadline = agreed.holdTime > 0 ? now.after(.seconds(agreed.holdTime)) : nil
        // An attempt of ours that has got nowhere is one too many.
        for attempt in connections where attempt.phase == .connecting { actions.append(.close(attempt.id, .abort)) }
        connections.removeAll { $0.phase == .connecting }
        negotiated = agreed
        establishedAt = now
        counters.established += 1
        saysRestarting = false
        actions.append(.established(agreed))

        // RFC 4724 section 4.2: what is stale stays only where the peer's forwarding went on, until its End-of-RIB.
        if ribIn.hasStale {
            for family in configuration.families
            where agreed.gracefulRestart?.families.contains(.init(family: family, forwarding: true)) != true || !agreed.families.contains(family) {
                ribIn.removeStale(family)
            }
            staleDeadline = ribIn.hasStale ? now.after(.seconds(360)) : nil
        }
        let attributes = AttributeEncoder(localAS: configuration.localAS, isInternal: agreed.isInternal, fourOctetAS: agreed.fourOctetAS)
        let encoder = UpdateEncoder(attributes: attributes, nextHops: addresses.nextHops(agreed))
        ribOut.begin(agreed.families, encoder, marksRefresh: agreed.enhancedRouteRefresh)
    }

    /// A connection is over, closed already where that was ours to do.
    mutating func ended(_ id: ConnectionID, _ reason: DownReason, _ now: Nanoseconds) {
        guard let index = connections.firstIndex(where: { $0.id == id }) else { return }
        let connection = connections.remove(at: index)
        if connection.phase == .connecting { return }
        if connection.phase <= .openSent, case .connectionLost = reason { connectionsUnanswered += 1 } else { connectionsUnanswered = 0 }
        if connection.phase == .established || negotiated == nil { lastDown = (reason, now) }
        let lasted = connection.phase == .established ? now - (establishedAt ?? now) : nil
        if connection.phase == .established, let agreed = connection.negotiated { wentDown(agreed, reason, now) }
        rest(reason, lasted: lasted, now)
    }

    private mutating func wentDown(_ agreed: Negotiated, _ reason: DownReason, _ now: Nanoseconds) {
        counters.flaps += 1
        negotiated = nil
        establishedAt = nil
        ribOut.end()
        if let restart = agreed.gracefulRestart, configuration.gracefulRestart?.helps == true, keepsRoutes(agreed, reason) {
            let kept = restart.families.map(\.family).filter(agreed.families.contains)
            ribIn.becomeStale(Set(kept))
            staleDeadline = ribIn.hasStale ? now.after(.seconds(restart.restartTime)) : nil
        } else {
            ribIn.removeAll()
            staleDeadline = nil
        }
        actions.append(.down(reason))
    }

    /// RFC 4724 section 4.2, RFC 8538 section 4.
    private func keepsRoutes(_ agreed: Negotiated, _ reason: DownReason) -> Bool {
        switch reason {
        case .connectionLost, .replaced: true
        case .sent(let notification), .received(let notification):
            agreed.notificationRestart && !notification.isHardReset && !notification.isAboutResources
        case .restart: false
        }
    }

    /// When to try again: at once, after ConnectRetryTime, or after a rest that grows with every error.
    private mutating func rest(_ reason: DownReason, lasted: Nanoseconds?, _ now: Nanoseconds) {
        guard isStarted else { return }
        if let lasted, lasted >= .seconds(60) { errors = 0 }
        let notification: Notification
        switch reason {
        case _ where reason.isLoss:
            // A session that has stood is worth a try at once; whatever opens and closes is not.
            if let lasted, lasted >= configuration.connectRetryTime {
                connectAt = now
            } else if lasted != nil {
                connectAt = now.after(retryTime())
            }
            return
        case .replaced, .restart, .connectionLost: return
        case .sent(let sent):
            notification = sent
            peerMayWake = false
        case .received(let received):
            notification = received
            // The peer's reasons are the peer's: when it connects, they are served.
            peerMayWake = !received.isAboutResources
        }
        // Another connection may be about to do better.
        guard !connections.contains(where: { $0.phase >= .openSent }) else { return connectAt = now.after(retryTime()) }
        let limits = configuration.idleHoldTime
        var span = limits.lowerBound << UInt64(min(errors, 20))
        span = min(max(span, limits.lowerBound), limits.upperBound)
        errors += 1
        if notification.code == 6, notification.subcode == Notification.Cease.maximumPrefixes.rawValue {
            span = max(span, configuration.maximumPrefixIdleTime)
        }
        idleUntil = now.after(span)
        // An attempt on its way is given up.
        for attempt in connections where attempt.isOutgoing { actions.append(.close(attempt.id, .abort)) }
        connections.removeAll(where: \.isOutgoing)
    }

    mutating func closed(_ id: ConnectionID, _ reason: String?, _ now: Nanoseconds) {
        guard let connection = connections.first(where: { $0.id == id }) else { return }
        switch connection.phase {
        case .connecting: connectFailed(id, reason ?? "closed", now)
        case .parked: connections.removeAll { $0.id == id }
        default: ended(id, .connectionLost(reason), now)
        }
    }

    mutating func stop(_ reason: StopReason, _ now: Nanoseconds) {
        let comesBack: Bool
        var notification: Notification?
        var isFinal = false
        switch reason {
        case .shutdown(let text): (comesBack, notification, isFinal) = (false, .cease(.administrativeShutdown, text: text), true)
        case .deconfigured: (comesBack, notification, isFinal) = (false, .cease(.peerDeconfigured), true)
        case .reset(let text): (comesBack, notification) = (true, .cease(.administrativeReset, text: text))
        case .configurationChange: (comesBack, notification) = (true, .cease(.configurationChange))
        case .bfdDown: (comesBack, notification) = (true, .cease(.bfdDown))
        case .restart: comesBack = false
        }
        let wasStarted = isStarted
        // What ends now is not to be tried again, or rested from.
        isStarted = false
        for connection in connections {
            guard connection.phase > .parked, let notification else {
                actions.append(.close(connection.id, connection.phase > .parked ? .orderly : .abort))
                ended(connection.id, .restart, now)
                continue
            }
            // RFC 8538 section 3: who leaves for good says so, or the peer would keep the routes.
            let said = isFinal && connection.negotiated?.notificationRestart == true ? notification.hardReset : notification
            notify(connection.id, said, now)
            ended(connection.id, .sent(said), now)
        }
        connections = []
        errors = 0
        idleUntil = nil
        isStarted = wasStarted && comesBack
        guard isStarted else { return connectAt = nil }
        if reason == .bfdDown {
            peerMayWake = true
            idleUntil = now.after(configuration.idleHoldTime.lowerBound)
        } else {
            connectAt = now
        }
    }
}

extension DownReason {
    /// The peer could not be reached, or heard: nobody did anything wrong.
    fileprivate var isLoss: Bool {
        switch self {
        case .connectionLost: true
        case .sent(let notification), .received(let notification): notification.code == 4 || notification.code == 8
        case .replaced, .restart: false
        }
    }
}
