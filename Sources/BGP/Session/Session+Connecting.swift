/// How connections come to be (RFC 4271 section 8.2.2, Idle, Connect and Active).
extension Session {
    mutating func start(_ now: Nanoseconds) {
        guard !isStarted else { return }
        isStarted = true
        idleUntil = nil
        errors = 0
        connectAt = now
    }

    mutating func connectSoon(_ now: Nanoseconds) {
        if isStarted, idleUntil != nil, peerMayWake { wake(now) }
        guard wantsToConnect else { return }
        // An attempt that is under way may be to where nobody was; one that has just begun is not.
        if let attempt = connections.first(where: { $0.phase == .connecting }) {
            guard now >= attempt.since.after(.milliseconds(200)) else { return }
        }
        connectAt = now
    }

    /// A connection of ours is due, or will be.
    var wantsToConnect: Bool {
        isStarted && !configuration.isPassive && idleUntil == nil
            && !connections.contains { $0.phase >= .openConfirm || $0.isOutgoing && $0.phase > .connecting }
    }

    mutating func connectIfDue(_ now: Nanoseconds) {
        guard wantsToConnect, let due = connectAt, now >= due else { return }
        // ConnectRetryTimer expires in Connect: the attempt is dropped for a new one.
        if let attempt = connections.firstIndex(where: { $0.phase == .connecting }) {
            actions.append(.close(connections.remove(at: attempt).id, .abort))
            counters.connectFailures += 1
            lastConnectFailure = ("timed out", now)
        }
        let id = ConnectionID.outgoing(nextNumber)
        nextNumber += 1
        counters.connectAttempts += 1
        connections.append(Connection(id: id, since: now, phase: .connecting))
        actions.append(.connect(id))
        connectAt = now.after(retryTime())
    }

    /// ConnectRetryTime with a quarter of jitter either way, and never so short that it is a flood.
    mutating func retryTime() -> Nanoseconds {
        max(.seconds(1), jitter(configuration.connectRetryTime, percent: 75, 125))
    }

    mutating func connected(_ id: ConnectionID, _ addresses: LocalAddresses, _ now: Nanoseconds) {
        guard let index = connections.firstIndex(where: { $0.id == id && $0.phase == .connecting }) else { return }
        connections[index].addresses = addresses
        speak(index, now)
    }

    mutating func connectFailed(_ id: ConnectionID, _ reason: String, _ now: Nanoseconds) {
        guard let index = connections.firstIndex(where: { $0.id == id && $0.phase == .connecting }) else { return }
        connections.remove(at: index)
        counters.connectFailures += 1
        lastConnectFailure = (reason, now)
    }

    mutating func accepted(_ id: ConnectionID, _ addresses: LocalAddresses, _ now: Nanoseconds) {
        guard isStarted else { return actions.append(.close(id, .abort)) }
        if idleUntil != nil, peerMayWake {
            idleUntil = nil
            // The peer's connection comes first: ours would collide with it.
            connectAt = now.after(retryTime())
        }
        let rests = idleUntil != nil
        // Of connections of the peer that have said nothing, the newest counts: the others may be dead, and must not block it.
        while let silent = connections.firstIndex(where: { !$0.isOutgoing && $0.phase < .openConfirm }) {
            actions.append(.close(connections.remove(at: silent).id, .abort))
        }
        connections.append(Connection(id: id, since: now, phase: rests ? .parked : .delaying, addresses: addresses))
        if !rests { speak(connections.count - 1, now) }
    }

    /// TCP is up: says OPEN, now or after DelayOpenTime.
    private mutating func speak(_ index: Int, _ now: Nanoseconds) {
        if configuration.openDelayTime > 0 {
            connections[index].phase = .delaying
            connections[index].holdDeadline = now.after(configuration.openDelayTime)
        } else {
            sendOpen(index, now)
        }
    }

    /// The rest after an error is over.
    mutating func wake(_ now: Nanoseconds) {
        idleUntil = nil
        connectAt = now
        guard let parked = connections.firstIndex(where: { $0.phase == .parked }) else { return }
        let id = connections[parked].id
        speak(parked, now)
        // What the peer has said meanwhile.
        received(id, [], now)
    }
}
