import Netlink
import Logging
import BGP
import BGPConfig
import Net
import NIOCore
import Store

/// Follows what the operator asks.
extension Speaker {
    func readConfiguration() throws(SpeakerError) -> ConfigurationSources.Found {
        let found = try sources.read()
        for problem in found.plan.problems where !plan.problems.contains(problem) {
            log.warning("configuration", metadata: ["subject": "\(problem.subject)", "problem": "\(problem.message)"])
        }
        return found
    }

    /// Reads everything again, passwords included.
    func reload() {
        service.reloading()
        refresh()
        service.ready(summary)
    }

    /// To be called when documents may have changed.
    func documentsChanged() {
        guard !isStopping else { return }
        guard runtime.exists, options.file != nil || options.root.isInstalled else {
            // Uninstalled under us: there is nothing left to announce, and nowhere to say so.
            failure = SpeakerError(
                .unavailable, "the node at \(options.root.path) was uninstalled", hint: "fabctl install, and run the speaker again")
            stop(.shutdown("\(nodeName) is uninstalled"), "the node was uninstalled: the routes are withdrawn")
            return
        }
        options.root.watch(queue, runtime: runtime)
        answerRequests()
        if options.file == nil || options.root.isInstalled { refresh() }
    }

    private func refresh() {
        do throws(SpeakerError) {
            let found = try readConfiguration()
            if configurationError != nil { log.notice("the configuration can be used again") }
            configurationError = nil
            apply(found)
        } catch {
            // What was asked before stays in force.
            if configurationError != error.message { log.error("the configuration cannot be used", metadata: ["error": "\(error)"]) }
            configurationError = error.message
            publishSoon()
        }
    }

    func apply(_ found: ConfigurationSources.Found) {
        nodeName = found.nodeName
        plan = found.plan
        podCIDRs = found.podCIDRs
        passwordProblems = [:]
        let wanted = Dictionary(found.plan.peers.map { ($0.key, $0) }) { first, _ in first }
        for driver in drivers.values where !driver.isLeaving {
            guard let peer = wanted[driver.peer.key] else {
                leave(driver, .deconfigured, "peer removed")
                continue
            }
            let password = password(of: peer)
            if peer.needsAnotherSession(than: driver.peer) || password != driver.password {
                // GR keeps the routes where it was negotiated; it is over in a moment otherwise.
                leave(driver, .configurationChange, "peer changed")
            } else {
                driver.peer = peer
            }
        }
        let present = Set(drivers.values.filter { !$0.isLeaving }.map(\.peer.key))
        for peer in found.plan.peers where !present.contains(peer.key) { add(peer) }
        if found.plan.peers.contains(where: { if case .defaultGateway = $0.target { true } else { false } }) { watchRoutes() }
        locatePeers()
        exportAll()
        publishSoon()
    }

    private func add(_ peer: BGPPeer) {
        let number = nextNumber
        nextNumber += 1
        let configuration = SessionConfiguration(
            peer, identifier: identifier, isRestart: isRestart, seed: UInt64.random(in: .min ... .max), host: nodeName,
            version: "fabctl/\(options.version)")
        let driver = PeerDriver(number: number, peer: peer, password: password(of: peer), session: Session(configuration))
        drivers[number] = driver
        log.info("peer added", metadata: describe(driver, ["as": "\(peer.peerAS)", "local-as": "\(peer.localAS)"]))
        if peer.password != nil, driver.password == nil {
            // Never without the protection that was asked for.
            driver.obstacle = passwordProblems[peer.key]
            return
        }
        export(driver)
        locateNew(driver)
        handle(driver, .start)
    }

    private func leave(_ driver: PeerDriver, _ reason: StopReason, _ words: String) {
        log.info("\(words)", metadata: describe(driver))
        driver.isLeaving = true
        handle(driver, .stop(reason))
        for (_, channel) in driver.channels { channel.close(promise: nil) }
        driver.timer?.cancel()
        drivers[driver.number] = nil
    }

    private func password(of peer: BGPPeer) -> Password? {
        guard let place = peer.password else { return nil }
        do throws(SpeakerError) {
            return try PasswordSource(directories: options.secrets).password(place)
        } catch {
            if passwordProblems[peer.key] == nil {
                log.error("no password: the peer is not connected to", metadata: ["peer": "\(peer.key)", "error": "\(error)"])
            }
            passwordProblems[peer.key] = error.message
            return nil
        }
    }

    // MARK: - Routes

    func exportAll() {
        for driver in drivers.values where !driver.isLeaving { export(driver) }
    }

    /// Gives the session its table when what that is made of has changed.
    private func export(_ driver: PeerDriver) {
        var addresses: [String: [IPAddress]] = [:]
        for case .interface(let name) in driver.peer.wishes.map(\.source) {
            guard let link = interfaces.link(named: name), link.isUp else { continue }
            addresses[name] = interfaces.global(on: link.index)
        }
        let inputs = PeerDriver.ExportInputs(
            wishes: driver.peer.wishes, families: driver.peer.families, podCIDRs: podCIDRs, addresses: addresses)
        guard driver.exported != inputs else { return }
        driver.exported = inputs
        let table = driver.peer.export(podCIDRs: podCIDRs) { addresses[$0] ?? [] }
        log.debug("routes", metadata: describe(driver, ["wanted": "\(table.routes.count)"]))
        handle(driver, .export(table))
        publishRoutesSoon()
    }
}

extension BGPPeer {
    /// Whether the difference cannot be made to a session that stands.
    func needsAnotherSession(than other: BGPPeer) -> Bool {
        var plain = self
        plain.wishes = other.wishes
        return plain != other
    }
}
