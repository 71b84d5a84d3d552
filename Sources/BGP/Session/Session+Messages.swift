internal import Net

/// What comes in on a connection (RFC 4271 section 8.2.2, RFC 6608).
extension Session {
    mutating func received(_ id: ConnectionID, _ bytes: [UInt8], _ now: Nanoseconds) {
        guard let index = connections.firstIndex(where: { $0.id == id }) else { return }
        counters.bytesReceived += bytes.count
        connections[index].frames.append(bytes)
        if connections[index].phase == .parked {
            // Nothing but one OPEN can be there before we have spoken.
            if connections[index].frames.waiting > MessageHeader.maximumLength {
                actions.append(.close(id, .abort))
                connections.remove(at: index)
            }
            return
        }
        while let index = connections.firstIndex(where: { $0.id == id }) {
            let isExtended = connections[index].negotiated?.extendedMessage == true
            do throws(HeaderError) {
                let limit = isExtended ? MessageHeader.extendedMaximumLength : MessageHeader.maximumLength
                guard let message = try connections[index].frames.next(limit: limit) else { return }
                take(message.type, message.body, index, now)
            } catch {
                guard error.isNotification else { return fail(id, error.notification, now) }
                counters.received.notifications += 1
                actions.append(.close(id, .orderly))
                return ended(id, .received(error.notification), now)
            }
        }
    }

    private mutating func take(_ type: MessageType, _ body: ByteReader, _ index: Int, _ now: Nanoseconds) {
        let id = connections[index].id
        if type == .notification { return receivedNotification(body, id, now) }
        switch (connections[index].phase, type) {
        case (.delaying, .open):
            sendOpen(index, now)
            receivedOpen(body, id, now)
        case (.openSent, .open): receivedOpen(body, id, now)
        case (.openConfirm, .keepalive):
            counters.received.keepalives += 1
            establish(index, now)
        case (.established, .keepalive):
            counters.received.keepalives += 1
            restartHold(index, now)
        case (.established, .update):
            restartHold(index, now)
            receivedUpdate(body, index, now)
        case (.established, .routeRefresh):
            restartHold(index, now)
            receivedRefresh(body, index, now)
        default:
            let subcode: UInt8 =
                switch connections[index].phase {
                case .openSent: 1
                case .openConfirm: 2
                case .established: 3
                case .connecting, .parked, .delaying: 0
                }
            // RFC 6608 section 3: the data is the type that was unexpected.
            fail(id, Notification(5, subcode, data: [type.rawValue]), now)
        }
    }

    private mutating func receivedNotification(_ body: ByteReader, _ id: ConnectionID, _ now: Nanoseconds) {
        counters.received.notifications += 1
        let isEstablished = connections.contains { $0.id == id && $0.phase == .established }
        actions.append(.close(id, .orderly))
        guard let notification = Notification(body) else { return ended(id, .connectionLost("malformed NOTIFICATION"), now) }
        lastReceived = (notification, now)
        // The peer has another connection in mind: no error.
        if notification.code == 6, notification.subcode == Notification.Cease.collision.rawValue, !isEstablished {
            counters.collisions += 1
            connections.removeAll { $0.id == id }
            return
        }
        ended(id, .received(notification), now)
    }

    private mutating func receivedUpdate(_ body: ByteReader, _ index: Int, _ now: Nanoseconds) {
        counters.received.updates += 1
        let connection = connections[index]
        guard let negotiated = connection.negotiated else { return }
        let own = connection.addresses.map { [$0.local, $0.global, $0.linkLocal, $0.ipv4].compactMap { $0 } } ?? []
        let context = UpdateContext(
            localAS: configuration.localAS, peerAS: negotiated.peerAS, families: negotiated.families, fourOctetAS: negotiated.fourOctetAS,
            extendedNextHop: negotiated.extendedNextHop, enforcesFirstAS: configuration.enforcesFirstAS, own: own)
        do throws(Notification) {
            let update = try Update(body, context)
            note(update.faults, now)
            try ribIn.apply(update)
            if let family = update.endOfRIB { ribIn.removeStale(family) }
            actions.append(.learnt(update))
        } catch {
            fail(connection.id, error, now)
        }
    }

    private mutating func note(_ new: [UpdateFault], _ now: Nanoseconds) {
        guard !new.isEmpty else { return }
        if new.contains(where: { $0.handling == .treatAsWithdraw }) { counters.treatedAsWithdrawn += 1 }
        counters.attributesDiscarded += new.count { $0.handling == .attributeDiscard }
        faults = ((faults + new.map { ($0, now) }).suffix(16))
    }

    private mutating func receivedRefresh(_ body: ByteReader, _ index: Int, _ now: Nanoseconds) {
        counters.received.routeRefreshes += 1
        guard let negotiated = connections[index].negotiated else { return }
        do throws(Notification) {
            let message = try RouteRefresh(body, isEnhanced: negotiated.enhancedRouteRefresh)
            guard negotiated.families.contains(message.family) else { return }
            switch message.kind {
            case .request: ribOut.refresh(message.family)
            case .begin: ribIn.beginRefresh(message.family)
            case .end: ribIn.endRefresh(message.family)
            case .unknown: break
            }
        } catch {
            fail(connections[index].id, error, now)
        }
    }

    private mutating func restartHold(_ index: Int, _ now: Nanoseconds) {
        if let holdTime = connections[index].negotiated?.holdTime, holdTime > 0 {
            connections[index].holdDeadline = now.after(.seconds(holdTime))
        }
    }
}
