import BGP
import BGPConfig
import Net
import NIOCore

/// One peer at work: its session, the connections and the timer that it asked for. The speaker's own, on its event loop.
final class PeerDriver {
    /// Tells drivers apart, also of one peer that was configured anew.
    let number: UInt64
    /// What of it needs another session if changed is never changed.
    var peer: BGPPeer
    let password: Password?
    var session: Session

    var channels: [ConnectionID: any Channel] = [:]
    /// Connections asked for that are not there yet.
    var connecting: Set<ConnectionID> = []
    /// Where the peer is at present; nil while that is not known.
    var remote: SocketName?
    /// Of the link that the peer is on; 0 when it is on none of ours.
    var link = 0
    /// Why no connection can be made at present.
    var obstacle: String?

    var timer: Scheduled<Void>?
    var timerDeadline: Nanoseconds?
    /// Events that came while an event was worked on.
    private var inbox: [SessionEvent] = []
    private var isBusy = false

    /// What the table of routes was made of last.
    var exported: ExportInputs?
    /// To be removed once its connections are closed.
    var isLeaving = false
    var stateSince = Timestamp.now
    var establishedSince: Timestamp?

    init(number: UInt64, peer: BGPPeer, password: Password?, session: Session) {
        self.number = number
        self.peer = peer
        self.password = password
        self.session = session
    }

    struct ExportInputs: Equatable {
        var wishes: [BGPWish]
        var families: [BGPFamily]
        var podCIDRs: [Prefix]
        var addresses: [String: [IPAddress]]
    }

    /// Gives an event to the session and what comes of it to `perform`, one event after the other, also when performing one makes the next.
    func handle(_ event: SessionEvent, now: () -> Nanoseconds, perform: ([SessionAction]) -> Void) {
        inbox.append(event)
        guard !isBusy else { return }
        isBusy = true
        defer { isBusy = false }
        var next = 0
        while next < inbox.count {
            perform(session.handle(inbox[next], now: now()))
            next += 1
        }
        inbox.removeAll(keepingCapacity: true)
    }

    /// As `fe80::1%eth0`, `eth0` while the router there is not known.
    var title: String {
        switch peer.target {
        case .address(let address): address.bracketed
        case .unnumbered(let interface): remote.map { "[\($0.address)%\(interface)]" } ?? interface
        case .defaultGateway(let family): remote.map { $0.address.bracketed } ?? "\(family.rawValue) gateway"
        }
    }

    /// The interface that the peer's address or the operator names.
    var interface: String? {
        switch peer.target {
        case .address(let address): address.interface
        case .unnumbered(let interface): interface
        case .defaultGateway: nil
        }
    }
}

extension SessionConfiguration {
    /// - Parameters:
    ///   - identifier: for a peer that was given none.
    ///   - isRestart: a process before this one may have left routes with the peer.
    init(_ peer: BGPPeer, identifier: RouterID, isRestart: Bool, seed: UInt64, host: String, version: String) {
        let families = peer.families.map { $0 == .ipv6 ? AddressFamily.ipv6Unicast : .ipv4Unicast }
        self.init(
            localAS: peer.localAS, peerAS: peer.peerAS, identifier: peer.routerID?.ipv4.map { RouterID($0) } ?? identifier, families: families)
        isPassive = peer.isPassive
        holdTime = UInt16(clamping: peer.timers.hold)
        keepaliveTime = UInt16(clamping: peer.timers.keepAlive)
        connectRetryTime = .seconds(peer.timers.connectRetry)
        // Pods' packets go by eBPF and the kernel's routes: they never need this process.
        gracefulRestart = peer.gracefulRestart.map {
            GracefulRestart(
                restartTime: UInt16(clamping: $0.restartTime), notification: $0.notification, isRestarting: isRestart, forwarding: Set(families))
        }
        if let maximum = peer.maximumPrefixes { maximumPrefixes = maximum }
        hostName = host
        softwareVersion = version
        self.seed = seed
    }
}
