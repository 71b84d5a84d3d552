internal import Net

/// What goes out on a connection.
extension Session {
    /// Bytes that may wait for the kernel before no more routes are given: KEEPALIVEs never wait behind much.
    static let window = 128 << 10
    /// Bytes of routes made at a time.
    static let chunk = 64 << 10

    mutating func send(_ bytes: [UInt8], _ index: Int, _ now: Nanoseconds) {
        counters.bytesSent += bytes.count
        if connections[index].outstanding == 0, connections[index].phase == .established { startSendHold(index, now) }
        connections[index].outstanding += bytes.count
        actions.append(.send(connections[index].id, bytes))
    }

    mutating func sent(_ id: ConnectionID, _ bytes: Int, _ now: Nanoseconds) {
        guard bytes > 0, let index = connections.firstIndex(where: { $0.id == id }) else { return }
        connections[index].outstanding = max(0, connections[index].outstanding - bytes)
        if connections[index].outstanding == 0 || connections[index].phase != .established {
            connections[index].sendDeadline = nil
        } else {
            startSendHold(index, now)
        }
    }

    /// SendHoldTimer (RFC 9687): runs while the kernel takes nothing.
    mutating func startSendHold(_ index: Int, _ now: Nanoseconds) {
        guard configuration.sendHoldTime > 0, let holdTime = connections[index].negotiated?.holdTime else { return }
        connections[index].sendDeadline = now.after(max(configuration.sendHoldTime, .seconds(2 * UInt64(holdTime))))
    }

    /// A peer that reads nothing gets no more of them: what is queued will do when it reads again.
    mutating func sendKeepalive(_ index: Int, _ now: Nanoseconds) {
        if connections[index].outstanding < Self.window {
            counters.sent.keepalives += 1
            send(MessageHeader.keepalive, index, now)
        }
        restartKeepalive(index, now)
    }

    /// KeepaliveTimer, restarted by every KEEPALIVE and UPDATE, with a quarter of jitter (RFC 4271 section 10).
    private mutating func restartKeepalive(_ index: Int, _ now: Nanoseconds) {
        guard let time = connections[index].negotiated?.keepaliveTime, time > 0 else { return connections[index].keepaliveDeadline = nil }
        connections[index].keepaliveDeadline = now.after(jitter(.seconds(time), percent: 75, 100))
    }

    /// Gives the peer as much of what it is to have as the connection takes.
    mutating func pump(_ now: Nanoseconds) {
        guard let index = connections.firstIndex(where: { $0.phase == .established }) else { return }
        while connections[index].outstanding < Self.window {
            let output = ribOut.next(limit: Self.chunk)
            guard !output.bytes.isEmpty else { return }
            counters.sent.updates += output.updates
            counters.sent.routeRefreshes += output.refreshes
            send(output.bytes, index, now)
            if output.updates > 0 { restartKeepalive(index, now) }
            for family in output.completed { actions.append(.initialUpdateSent(family)) }
        }
    }

    mutating func requestRefresh(_ family: AddressFamily?, _ now: Nanoseconds) {
        guard let index = connections.firstIndex(where: { $0.phase == .established }), let negotiated, negotiated.routeRefresh,
            connections[index].outstanding < Self.window
        else { return }
        var bytes: [UInt8] = []
        for wanted in negotiated.families where family == nil || family == wanted {
            RouteRefresh(family: wanted, kind: .request).encode(into: &bytes)
            counters.sent.routeRefreshes += 1
        }
        if !bytes.isEmpty { send(bytes, index, now) }
    }

    mutating func resend(_ family: AddressFamily?) {
        for wanted in negotiated?.families ?? [] where family == nil || family == wanted { ribOut.refresh(wanted) }
    }

    /// Sends a NOTIFICATION and closes. The connection remains to be forgotten.
    mutating func notify(_ id: ConnectionID, _ notification: Notification, _ now: Nanoseconds) {
        guard let index = connections.firstIndex(where: { $0.id == id }), connections[index].phase > .parked else { return }
        counters.sent.notifications += 1
        lastSent = (notification, now)
        send(notification.encoded, index, now)
        actions.append(.close(id, .orderly))
    }

    /// An error found here: says so and ends the connection.
    mutating func fail(_ id: ConnectionID, _ notification: Notification, _ now: Nanoseconds) {
        notify(id, notification, now)
        ended(id, .sent(notification), now)
    }
}
