import Net
import Logging
import BGP
import BGPConfig
import Glibc
import NIOCore
import Store

/// Tells what there is, as documents.
extension Speaker {
    // MARK: Status

    /// Writes the status in a moment, with whatever else changes until then.
    func publishSoon() {
        guard publishing == nil, !isStopping else { return }
        let next = max(NIODeadline.now() + .milliseconds(20), lastPublished + .milliseconds(250))
        publishing = loop.scheduleTask(deadline: next) { [self] in
            assumeIsolated { speaker in
                speaker.publishing = nil
                speaker.publish()
            }
        }
    }

    func publish() {
        lastPublished = .now()
        do {
            try runtime.write(SpeakerStatus.document, try status().bytes())
        } catch {
            log.warning("cannot publish the status", metadata: ["error": "\(error)"])
        }
    }

    private func status() -> SpeakerStatus {
        let clock = ClockOffset(monotonic: now, calendar: .now)
        let counters = (before: authenticationFailures, now: AuthenticationCounters())
        let active = drivers.values.filter { !$0.isLeaving }.sorted { $0.peer.key < $1.peer.key }
        var problems = plan.problems.map { SpeakerStatus.Problem(subject: $0.subject, message: $0.message) }
        if let configurationError { problems.append(.init(subject: "configuration", message: configurationError)) }
        if let discoveryFailure {
            problems.append(.init(subject: "router discovery", message: "cannot receive router advertisements: \(discoveryFailure)"))
        }
        return SpeakerStatus(
            version: options.version, pid: getpid(), node: nodeName, routerID: identifier.description, source: options.file ?? "document",
            started: started, stopped: isStopping, restarted: isRestart, podCIDRs: podCIDRs.prefix(SpeakerStatus.shownPodCIDRs).map(\.description),
            podCIDRCount: podCIDRs.count,
            listeners: listeners.sorted { $0.key < $1.key }.map { .init(address: $0.key.description, error: $0.value.failure) },
            problems: problems, peers: active.map { PeerStatus($0, clock: clock, authentication: counters) })
    }

    // MARK: Routes

    /// Writes the routes once they have come to rest, or after some seconds of unrest.
    func publishRoutesSoon() {
        guard !isStopping else { return }
        let asked = NIODeadline.now()
        let latest = routesUnrest ?? asked + .seconds(5)
        routesUnrest = latest
        routesPublishing?.cancel()
        routesPublishing = loop.scheduleTask(deadline: min(asked + .milliseconds(500), latest)) { [self] in
            assumeIsolated { $0.publishRoutes() }
        }
    }

    func publishRoutes() {
        routesPublishing?.cancel()
        routesPublishing = nil
        routesUnrest = nil
        let active = drivers.values.filter { !$0.isLeaving }.sorted { $0.peer.key < $1.peer.key }
        do {
            try runtime.write(RoutesDocument.name, try RoutesDocument.bytes(of: active))
        } catch {
            log.warning("cannot publish the routes", metadata: ["error": "\(error)"])
        }
    }

    // MARK: Restarts

    /// Whether a process before this one may have left routes with the peers.
    func readMarker() {
        let document = (try? runtime.read(RestartMarker.document)) ?? nil
        let marker = document.flatMap { RestartMarker(bytes: $0.bytes) }
        isRestart = marker.map { $0.boot == RestartMarker.currentBoot } ?? false
        let known = isRestart && marker?.node == nodeName ? marker.flatMap { RouterID($0.routerID) } : nil
        identifier = known ?? RouterIdentifier.derive(interfaces, node: nodeName)
    }

    func writeMarker() {
        let marker = RestartMarker(pid: getpid(), started: started, routerID: identifier.description, node: nodeName)
        do {
            if let bytes = marker.bytes { try runtime.write(RestartMarker.document, bytes) }
        } catch {
            log.error("cannot write the restart marker: a restart will not be graceful", metadata: ["error": "\(error)"])
        }
    }

    func removeMarker() {
        do {
            try runtime.remove(RestartMarker.document)
        } catch {
            log.error("cannot remove the restart marker", metadata: ["error": "\(error)"])
        }
    }
}
