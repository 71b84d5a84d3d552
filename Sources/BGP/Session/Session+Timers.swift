/// Timers of RFC 4271 section 10, RFC 9687 and RFC 4724.
extension Session {
    mutating func fire(_ now: Nanoseconds) {
        if let idleUntil, now >= idleUntil { wake(now) }
        if let staleDeadline, now >= staleDeadline {
            ribIn.removeStale()
            self.staleDeadline = nil
        }
        for id in connections.map(\.id) { fire(id, now) }
    }

    private mutating func fire(_ id: ConnectionID, _ now: Nanoseconds) {
        guard let index = connections.firstIndex(where: { $0.id == id }) else { return }
        let connection = connections[index]
        if let due = connection.holdDeadline, now >= due {
            // DelayOpenTimer and HoldTimer are never needed together.
            return connection.phase == .delaying ? sendOpen(index, now) : fail(id, Notification(4), now)
        }
        if let due = connection.sendDeadline, now >= due { return fail(id, Notification(8), now) }
        if let due = connection.keepaliveDeadline, now >= due { sendKeepalive(index, now) }
    }
}
