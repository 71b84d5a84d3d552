import Logging
import BGP
import BGPConfig
import CLinux
import Glibc
import Net
import Netlink
import NIOCore
import NIOPosix

/// Where peers are: interfaces that come and go, routers that make themselves known.
extension Speaker {
    /// To be called when links or addresses may have changed.
    func interfacesChanged() {
        guard !isStopping else { return }
        do throws(NetlinkError) {
            var socket = try NetlinkSocket()
            interfaces = try NodeInterfaces(&socket)
        } catch {
            log.error("cannot read links and addresses", metadata: ["error": "\(error)"])
            return
        }
        locatePeers()
        exportAll()
        publishSoon()
    }

    /// Finds each peer anew, ends connections that the change has broken, and connects at once where it has made that possible.
    func locatePeers() {
        refreshDiscovery()
        for driver in drivers.values where !driver.isLeaving {
            let before = (driver.remote, driver.link, driver.obstacle)
            locate(driver)
            if driver.obstacle == nil, before.0 == driver.remote, before.1 == driver.link, before.2 == nil { continue }
            if let obstacle = driver.obstacle {
                if before.2 != obstacle { log.info("peer out of reach", metadata: describe(driver, ["reason": "\(obstacle)"])) }
                cut(driver, obstacle)
            } else {
                if case .defaultGateway = driver.peer.target, before.0 != nil, before.0 != driver.remote {
                    // The router that it was hears that, lest it keep the routes for a restart that will not come.
                    log.info("peer moved", metadata: describe(driver))
                    handle(driver, .stop(.deconfigured))
                    handle(driver, .start)
                } else if before.0 != nil, before.0 != driver.remote || before.1 != driver.link {
                    cut(driver, "the peer's address or interface changed")
                }
                refreshListeners()
                handle(driver, .connectNow)
            }
        }
        refreshListeners()
    }

    /// As for all, for one that has no connections yet.
    func locateNew(_ driver: PeerDriver) {
        refreshDiscovery()
        locate(driver)
        refreshListeners()
    }

    private func locate(_ driver: PeerDriver) {
        driver.obstacle = passwordProblems[driver.peer.key]
        guard driver.obstacle == nil else { return }
        switch driver.peer.target {
        case .address(let address): locate(driver, at: address)
        case .defaultGateway(let family):
            guard let gateway = gateway(family) else {
                driver.obstacle = "there is no default route of \(family.rawValue)"
                return
            }
            locate(driver, at: gateway)
        case .unnumbered(let name):
            guard let link = usableLink(named: name, driver), let discovery else { return }
            let router = discovery.router(on: link.index, current: driver.remote?.address, now: now)
            driver.link = link.index
            // A router that lived on another interface of this name is none of this one's.
            driver.remote = router.map { SocketName($0, scope: link.index) }
            if router == nil { driver.obstacle = "no router has made itself known on \(name) yet" }
        }
        checkSource(driver)
    }

    private func locate(_ driver: PeerDriver, at address: ScopedAddress) {
        if let name = address.interface {
            guard let link = usableLink(named: name, driver) else { return }
            driver.link = link.index
            driver.remote = SocketName(address.address, scope: link.index)
            return
        }
        driver.remote = SocketName(address.address)
        // A peer on a link of ours is gone when that is; one further away is not.
        let link = interfaces.link(with: address.address)
        driver.link = link?.index ?? 0
        if let link, driver.peer.hopLimit == 1 || driver.peer.ttlSecurity == 1 { driver.obstacle = Self.obstacle(link) }
    }

    private func usableLink(named name: String, _ driver: PeerDriver) -> Link? {
        guard let link = interfaces.link(named: name) else {
            driver.obstacle = "there is no interface \(name)"
            driver.link = 0
            return nil
        }
        driver.obstacle = Self.obstacle(link)
        if driver.obstacle == nil, interfaces.linkLocal(on: link.index) == nil { driver.obstacle = "\(name) has no link-local address yet" }
        return driver.obstacle == nil ? link : nil
    }

    private static func obstacle(_ link: Link) -> String? {
        if !link.isUp { return "\(link.name) is down" }
        return link.hasCarrier ? nil : "\(link.name) has no carrier"
    }

    /// Connections do not outlive their own address.
    private func checkSource(_ driver: PeerDriver) {
        guard driver.obstacle == nil else { return }
        for channel in driver.channels.values {
            guard let local = SocketName(channel.localAddress), channel.isActive, !interfaces.has(local.address) else { continue }
            driver.obstacle = "this node no longer has the address \(local.address)"
        }
        guard let obstacle = driver.obstacle else { return }
        cut(driver, obstacle)
        driver.obstacle = nil
    }

    private func gateway(_ family: BGPFamily) -> ScopedAddress? {
        var routes: [Route] = []
        do throws(NetlinkError) {
            var socket = try NetlinkSocket()
            routes = try socket.routes(family: family.addresses, table: Route.mainTable)
        } catch {
            log.error("cannot read routes", metadata: ["error": "\(error)"])
        }
        let best = routes.filter { $0.prefix.isDefault && $0.nextHops.contains { $0.via != nil } }.min { $0.metric < $1.metric }
        guard let hop = best?.nextHops.first(where: { $0.via != nil }), let via = hop.via else { return nil }
        return ScopedAddress(via, interface: interfaces.link(index: hop.ifindex)?.name)
    }

    // MARK: - Routers on links

    private func refreshDiscovery() {
        let names = Set(
            drivers.values.compactMap { driver -> String? in
                if case .unnumbered(let name) = driver.peer.target, !driver.isLeaving { name } else { nil }
            })
        guard !names.isEmpty else {
            discovery = nil
            discoveryFailure = nil
            let channel = discoveryChannel
            discoveryChannel = nil
            channel?.close(promise: nil)
            return
        }
        let links = interfaces.links.filter { names.contains($0.name) && Self.obstacle($0) == nil && interfaces.linkLocal(on: $0.index) != nil }
        let before = Set(discovery?.links.keys.map { $0 } ?? [])
        var updated = discovery ?? RouterDiscovery()
        updated.set(links.map { ($0.index, $0.macAddress) }, now: now)
        discovery = updated
        if discoveryChannel == nil {
            openDiscovery()
        } else {
            join(links.map(\.index).filter { !before.contains($0) })
        }
        sendDiscovery()
    }

    /// One at a time: the channel is there only when the loop has had its turn.
    private func openDiscovery() {
        guard !isOpeningDiscovery else { return }
        let descriptor = clinux_router_socket()
        guard descriptor >= 0 else {
            discoveryFailed(String(cString: strerror(-descriptor)))
            return
        }
        isOpeningDiscovery = true
        let future = DatagramBootstrap(group: loop)
            .channelInitializer { [self] channel in
                channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(RouterHandler(speaker: self)) }
            }
            .withBoundSocket(descriptor)
        future.whenComplete { [self] result in
            let result = result.mapError { SpeakerError(.system, words(for: $0)) }
            assumeIsolated { speaker in
                speaker.isOpeningDiscovery = false
                switch result {
                case .success(let channel):
                    guard speaker.discovery != nil, !speaker.isStopping else {
                        channel.close(promise: nil)
                        return
                    }
                    speaker.discoveryChannel = channel
                    speaker.discoveryFailure = nil
                    channel.closeFuture.whenComplete { _ in speaker.assumeIsolated { $0.discoveryClosed(channel) } }
                    speaker.join(speaker.discovery.map { Array($0.links.keys) } ?? [])
                    speaker.sendDiscovery()
                case .failure(let error):
                    speaker.discoveryFailed(error.message)
                }
            }
        }
    }

    /// A packet that the kernel does not take (a queue that is full, a link that goes down) costs the channel its life: there is to be another.
    private func discoveryClosed(_ channel: any Channel) {
        guard discoveryChannel === channel, !isStopping else { return }
        discoveryChannel = nil
        loop.scheduleTask(in: .milliseconds(100)) { [self] in assumeIsolated { $0.reopenDiscovery() } }
    }

    /// Tries again where the socket is wanted and not there.
    func reopenDiscovery() {
        if discovery != nil, discoveryChannel == nil, !isStopping { openDiscovery() }
    }

    /// Said once, and in the status.
    private func discoveryFailed(_ reason: String) {
        if discoveryFailure == nil { log.error("cannot receive router advertisements", metadata: ["error": "\(reason)"]) }
        discoveryFailure = reason
        publishSoon()
    }

    /// Routers solicit at the group of all routers, which a host that does not forward is no member of.
    private func join(_ links: [Int]) {
        guard let discoveryChannel, let options = try? SocketOptions(discoveryChannel) else { return }
        for index in links {
            var group = clinux_ipv6_group()
            group.ifindex = Int32(index)
            let bytes = RouterMessage.allRouters.bytes
            withUnsafeMutableBytes(of: &group.address) { $0.copyBytes(from: bytes) }
            // Fails where it is a member already: an interface that was down for a while.
            try? options.set(.ipv6, CLINUX_IPV6_JOIN_GROUP, group)
        }
    }

    func sendDiscovery() {
        guard let discoveryChannel, !isStopping else { return }
        for packet in discovery?.due(now) ?? [] { send(packet, discoveryChannel) }
        discoveryTimer?.cancel()
        guard let deadline = discovery?.deadline else { return }
        discoveryTimer = loop.scheduleTask(deadline: .uptimeNanoseconds(deadline)) { [self] in assumeIsolated { $0.sendDiscovery() } }
    }

    private func send(_ packet: RouterDiscovery.Packet, _ channel: any Channel) {
        let bytes = packet.message.bytes(source: packet.source)
        let destination = SocketName(multicast: packet.destination, scope: packet.link)
        let name = interfaces.link(index: packet.link)?.name ?? "\(packet.link)"
        channel.writeAndFlush(AddressedEnvelope(remoteAddress: destination.nio, data: ByteBuffer(bytes: bytes))).whenFailure { [self] error in
            let words = words(for: error)
            assumeIsolated { $0.log.debug("cannot send to the link", metadata: ["interface": "\(name)", "error": "\(words)"]) }
        }
    }

    fileprivate func received(_ message: RouterMessage, from: SocketName) {
        guard let answer = discovery?.received(message, from: from.address, link: from.scope, now: now) else {
            if case .advertisement = message { heard(from) }
            return
        }
        if let discoveryChannel { send(answer, discoveryChannel) }
    }

    private func heard(_ router: SocketName) {
        for driver in drivers.values where !driver.isLeaving {
            guard case .unnumbered(let name) = driver.peer.target, interfaces.link(index: router.scope)?.name == name else { continue }
            // A session that stands is not moved.
            guard driver.session.state != .established, driver.remote?.address != router.address || driver.obstacle != nil else { continue }
            log.info("router found", metadata: describe(driver, ["router": "\(router.address)"]))
            locatePeers()
            return
        }
    }
}

/// Hands router solicitations and advertisements to the speaker.
private final class RouterHandler: ChannelInboundHandler {
    typealias InboundIn = AddressedEnvelope<ByteBuffer>

    private let speaker: Speaker

    init(speaker: Speaker) { self.speaker = speaker }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let envelope = unwrapInboundIn(data)
        guard let message = RouterMessage(envelope.data.readableBytesView), let from = SocketName(envelope.remoteAddress) else { return }
        speaker.assumeIsolated { $0.received(message, from: from) }
    }

    /// A send that fails is reported where it was begun.
    func errorCaught(context: ChannelHandlerContext, error: any Error) {}
}
