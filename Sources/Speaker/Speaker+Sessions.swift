import Netlink
import BGP
import BGPConfig
import Logging
import Net
import NIOCore
import NIOPosix

/// Sessions' events and actions.
extension Speaker {
    func handle(_ driver: PeerDriver, _ event: SessionEvent) {
        driver.handle(event, now: { now }, perform: { perform(driver, $0) })
        arm(driver)
        publishSoon()
    }

    private func arm(_ driver: PeerDriver) {
        let deadline = driver.session.deadline
        guard deadline != driver.timerDeadline || driver.timer == nil else { return }
        driver.timer?.cancel()
        driver.timer = nil
        driver.timerDeadline = deadline
        guard let deadline, !isStopping else { return }
        let number = driver.number
        driver.timer = loop.scheduleTask(deadline: .uptimeNanoseconds(deadline)) { [self] in
            assumeIsolated { speaker in
                guard let driver = speaker.drivers[number] else { return }
                driver.timer = nil
                driver.timerDeadline = nil
                speaker.handle(driver, .timer)
            }
        }
    }

    private func perform(_ driver: PeerDriver, _ actions: [SessionAction]) {
        var written: [ConnectionID: any Channel] = [:]
        for action in actions {
            switch action {
            case .connect(let id): connect(driver, id)
            case .send(let id, let bytes):
                guard let channel = driver.channels[id] else { continue }
                send(driver, id, bytes, on: channel)
                written[id] = channel
            case .close(let id, let how):
                if let channel = written.removeValue(forKey: id) { channel.flush() }
                close(driver, id, how)
            case .stateChanged(let state):
                driver.stateSince = .now
                log.debug("state", metadata: describe(driver, ["state": "\(state.rawValue)"]))
            case .established(let negotiated):
                driver.establishedSince = .now
                log.notice("session established", metadata: describe(driver, describe(negotiated)))
                service.status(summary)
                publishRoutesSoon()
            case .down(let reason):
                driver.establishedSince = nil
                log.warning("session down", metadata: describe(driver, ["reason": "\(reason.words)"]))
                service.status(summary)
                publishRoutesSoon()
            case .initialUpdateSent(let family):
                let count = driver.session.announcedCount(family)
                log.info("initial update sent", metadata: describe(driver, ["family": "\(family)", "prefixes": "\(count)"]))
                publishRoutesSoon()
            case .learnt(let update):
                for fault in update.faults {
                    // What is merely of no use here is no fault of the peer's.
                    let level: Logger.Level = fault.handling == .unusable ? .debug : .warning
                    log.log(
                        level: level, "update", metadata: describe(driver, ["reason": "\(fault.reason)", "handling": "\(fault.handling.rawValue)"]))
                }
                publishRoutesSoon()
            }
        }
        for channel in written.values { channel.flush() }
    }

    private func send(_ driver: PeerDriver, _ id: ConnectionID, _ bytes: [UInt8], on channel: any Channel) {
        let promise = loop.makePromise(of: Void.self)
        let (number, count) = (driver.number, bytes.count)
        promise.futureResult.whenSuccess { [self] in
            assumeIsolated { speaker in
                guard let driver = speaker.drivers[number], driver.channels[id] != nil else { return }
                speaker.handle(driver, .sent(id, bytes: count))
            }
        }
        channel.write(ByteBuffer(bytes: bytes), promise: promise)
    }

    private func close(_ driver: PeerDriver, _ id: ConnectionID, _ how: SessionAction.Closing) {
        driver.connecting.remove(id)
        guard let channel = driver.channels.removeValue(forKey: id) else { return }
        let key = ObjectIdentifier(channel)
        closing[key] = channel
        channel.closeFuture.whenComplete { [self] _ in
            assumeIsolated { speaker in
                speaker.closing[key] = nil
                speaker.finishWhenClosed()
            }
        }
        guard how == .orderly, channel.isActive else {
            // Reset, so that the peer does not take what is queued for the end of it.
            if channel.isActive { try? channel.syncOptions?.setOption(.socketOption(.so_linger), value: 0) }
            channel.close(promise: nil)
            return
        }
        // To close with bytes unread would reset the connection and lose the NOTIFICATION: let the peer close first.
        channel.close(mode: .output, promise: nil)
        loop.scheduleTask(in: .seconds(1)) { channel.close(promise: nil) }
    }

    // MARK: - Connections

    private func connect(_ driver: PeerDriver, _ id: ConnectionID) {
        guard !driver.isLeaving else { return }
        driver.connecting.insert(id)
        guard let remote = driver.remote, driver.obstacle == nil else {
            connectFailed(driver.number, id, driver.obstacle ?? "the peer's address is not known yet")
            return
        }
        let target = SocketName(remote.address, scope: remote.scope, port: driver.peer.port)
        let socket = PeerSocket(driver.peer, isIPv4: target.address.isIPv4)
        let (number, key) = (driver.number, driver.password)
        var bootstrap = ClientBootstrap(group: loop)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .connectTimeout(.seconds(120))
            .channelInitializer { [self] channel in
                channel.eventLoop.makeCompletedFuture {
                    try socket.configure(channel)
                    if let key { try SocketOptions(channel).setKey(key, for: remote) }
                    try channel.pipeline.syncOperations.addHandler(ConnectionHandler(speaker: self, driver: number, id: id))
                    assumeIsolated { $0.drivers[number]?.channels[id] = channel }
                }
            }
        if let source = source(of: driver, to: target) { bootstrap = bootstrap.bind(to: source.nio) }
        bootstrap.connect(to: target.nio).whenFailure { [self] error in
            let words = words(for: error)
            assumeIsolated { $0.connectFailed(number, id, words) }
        }
    }

    /// The address to connect from; nil where the kernel is to choose.
    private func source(of driver: PeerDriver, to target: SocketName) -> SocketName? {
        if let local = driver.peer.localAddress {
            return SocketName(local.address, scope: local.interface.flatMap { interfaces.link(named: $0)?.index } ?? target.scope)
        }
        guard let name = driver.peer.sourceInterface, let link = interfaces.link(named: name) else { return nil }
        if target.scope != 0 { return interfaces.linkLocal(on: link.index).map { SocketName($0, scope: link.index) } }
        return interfaces.global(on: link.index).first { $0.family == target.address.family }.map { SocketName($0) }
    }

    private func connectFailed(_ number: UInt64, _ id: ConnectionID, _ reason: String) {
        // Not within the call that asked for the connection.
        loop.execute { [self] in
            assumeIsolated { speaker in
                // What was closed meanwhile is not to be heard of again.
                guard let driver = speaker.drivers[number], driver.connecting.remove(id) != nil else { return }
                driver.channels[id] = nil
                speaker.log.debug("connection failed", metadata: speaker.describe(driver, ["reason": "\(reason)"]))
                speaker.handle(driver, .connectFailed(id, reason: reason))
            }
        }
    }

    func connectionBegan(_ number: UInt64, _ id: ConnectionID, _ channel: any Channel, local: SocketName?, remote: SocketName?) {
        guard let driver = drivers[number], driver.channels[id] != nil, let local, let remote else {
            channel.close(promise: nil)
            return
        }
        let addresses = interfaces.localAddresses(local: local, peer: remote)
        if case .incoming = id {
            handle(driver, .accepted(id, addresses))
        } else {
            driver.connecting.remove(id)
            handle(driver, .connected(id, addresses))
        }
    }

    func connectionReceived(_ number: UInt64, _ id: ConnectionID, _ bytes: [UInt8]) {
        guard let driver = drivers[number], driver.channels[id] != nil else { return }
        handle(driver, .received(id, bytes))
    }

    func connectionEnded(_ number: UInt64, _ id: ConnectionID, _ reason: String?) {
        guard let driver = drivers[number], driver.channels.removeValue(forKey: id) != nil else { return }
        handle(driver, .closed(id, reason: reason))
    }

    /// Ends all connections of a peer that cannot be reached any more.
    func cut(_ driver: PeerDriver, _ reason: String) {
        for (id, channel) in driver.channels {
            driver.channels[id] = nil
            driver.connecting.remove(id)
            if channel.isActive { try? channel.syncOptions?.setOption(.socketOption(.so_linger), value: 0) }
            channel.close(promise: nil)
            handle(driver, .closed(id, reason: reason))
        }
    }

    // MARK: - Words

    func describe(_ driver: PeerDriver, _ more: Logger.Metadata = [:]) -> Logger.Metadata {
        ["peer": "\(driver.peer.key)", "address": "\(driver.title)"].merging(more) { $1 }
    }

    private func describe(_ negotiated: Negotiated) -> Logger.Metadata {
        [
            "as": "\(negotiated.peerAS)", "router-id": "\(negotiated.peerIdentifier)", "hold": "\(negotiated.holdTime)",
            "families": "\(negotiated.families.map(\.description).joined(separator: ","))",
        ]
    }
}
