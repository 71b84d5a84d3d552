public import Net
import BGP

/// The peers of one node, and what keeps others from being its peers.
public struct BGPPlan: Hashable, Sendable {
    public struct Problem: Hashable, Sendable, CustomStringConvertible {
        /// The object at fault.
        public var subject: String
        public var message: String

        public init(subject: String, message: String) {
            self.subject = subject
            self.message = message
        }

        public var description: String { "\(subject): \(message)" }
    }

    /// Sorted by key.
    public var peers: [BGPPeer] = []
    public var problems: [Problem] = []
    /// Pod CIDRs of this node by its Node or CiliumNode, for where no datapath is installed.
    public var podCIDRs: [Prefix] = []

    public init() {}
}

extension BGPIntent {
    /// What the intent means for one node.
    /// - Parameter labels: those that the node has besides the ones of its Node object.
    public func plan(node: String, labels: [String: String] = [:]) -> BGPPlan {
        var plan = BGPPlan()
        let object = nodes.first { $0.metadata.name == node }
        plan.podCIDRs = object?.spec?.podCIDRs ?? []
        var all = ["kubernetes.io/hostname": node]
        all.merge(object?.metadata.labels ?? [:]) { $1 }
        all.merge(labels) { $1 }

        let matching = clusterConfigs.filter { $0.spec.nodeSelector?.matches(all) ?? true }
        if let config = matching.first { add(config, node: node, to: &plan) }
        for other in matching.dropFirst() {
            plan.problems.append(
                .init(
                    subject: "CiliumBGPClusterConfig \(other.metadata.name)",
                    message: "selects this node, which \(matching[0].metadata.name) does already: it is not used"))
        }
        if matching.isEmpty, !clusterConfigs.isEmpty {
            plan.problems.append(.init(subject: "CiliumBGPClusterConfig", message: "none of \(clusterConfigs.count) selects node \(node)"))
        }
        let prefixWishes = prefixes.map { item in
            BGPWish(
                source: .prefix(item.announced), family: BGPFamily(item.prefix.family),
                attributes: RouteAttributes(communities: item.communities, localPreference: item.localPreference), origin: "flags")
        }
        for index in plan.peers.indices { plan.peers[index].wishes += prefixWishes }
        for peer in peers { plan.peers.append(resolve(peer, prefixWishes)) }
        plan.refuseTwins()
        plan.peers.sort { $0.key < $1.key }
        return plan
    }

    private func add(_ config: BGPClusterConfig, node: String, to plan: inout BGPPlan) {
        let override = nodeConfigOverrides.first { $0.metadata.name == node }
        for instance in config.spec.bgpInstances {
            let own = override?.spec.bgpInstances.first { $0.name == instance.name }
            let subject = "CiliumBGPClusterConfig \(config.metadata.name) instance \(instance.name)"
            guard let localAS = own?.localASN ?? instance.localASN else {
                plan.problems.append(.init(subject: subject, message: "has no localASN, neither here nor in an override"))
                continue
            }
            for peer in instance.peers ?? [] {
                guard let target = peer.target else { continue }
                var resolved = BGPPeer(
                    name: peer.name, instance: instance.name, target: target, localAS: localAS, peerAS: peer.peerASN ?? 0)
                resolved.localPort = own?.localPort ?? instance.localPort
                resolved.routerID = own?.routerID
                resolved.localAddress = own?.peers?.first { $0.name == peer.name }?.localAddress
                if let reference = peer.peerConfigRef {
                    guard let found = peerConfigs.first(where: { $0.metadata.name == reference.name }) else {
                        plan.problems.append(
                            .init(subject: "\(subject) peer \(peer.name)", message: "there is no CiliumBGPPeerConfig \(reference.name)"))
                        continue
                    }
                    apply(found, to: &resolved)
                }
                plan.peers.append(resolved)
            }
        }
        for own in override?.spec.bgpInstances ?? [] where !config.spec.bgpInstances.contains(where: { $0.name == own.name }) {
            plan.problems.append(
                .init(subject: "CiliumBGPNodeConfigOverride \(node)", message: "\(config.metadata.name) has no instance \(own.name)"))
        }
    }

    private func apply(_ config: BGPPeerConfig, to peer: inout BGPPeer) {
        let spec = config.spec
        peer.port = spec.transport?.peerPort ?? peer.port
        peer.sourceInterface = spec.transport?.sourceInterface
        let defaults = BGPPeer.Timers.cilium
        let hold = spec.timers?.holdTimeSeconds ?? defaults.hold
        peer.timers = BGPPeer.Timers(
            connectRetry: spec.timers?.connectRetryTimeSeconds ?? defaults.connectRetry, hold: hold,
            keepAlive: spec.timers?.keepAliveTimeSeconds ?? min(defaults.keepAlive, max(1, hold / 3)))
        peer.password = spec.authSecretRef.map { .secret($0) }
        let annotations = config.metadata.annotations ?? [:]
        if let restart = spec.gracefulRestart, restart.enabled {
            peer.gracefulRestart = .init(
                restartTime: restart.restartTimeSeconds ?? 120, notification: annotations[BGPAnnotation.gracefulNotification] != "false")
        }
        peer.multihop = spec.ebgpMultihop ?? 1
        peer.ttlSecurity = annotations[BGPAnnotation.ttlSecurity].flatMap { decimal($0) }
        peer.maximumPrefixes = annotations[BGPAnnotation.maximumPrefixes].flatMap { decimal($0) }
        peer.isPassive = annotations[BGPAnnotation.passive] == "true"
        guard let families = spec.families, !families.isEmpty else { return }
        peer.families = families.map(\.afi).sorted()
        for family in families {
            guard let selector = family.advertisements else { continue }
            for advertisement in advertisements where selector.matches(advertisement.metadata.labels ?? [:]) {
                peer.wishes += advertisement.spec.advertisements.compactMap { item in
                    item.source.map {
                        BGPWish(
                            source: $0, family: family.afi, attributes: item.routeAttributes,
                            origin: "CiliumBGPAdvertisement \(advertisement.metadata.name)")
                    }
                }
            }
        }
    }

    private func resolve(_ flags: BGPFlagPeer, _ prefixWishes: [BGPWish]) -> BGPPeer {
        let target: BGPPeer.Target = flags.address.map { .address($0) } ?? .unnumbered(flags.interface ?? "")
        var peer = BGPPeer(name: flags.name, instance: "flags", target: target, localAS: flags.localAS, peerAS: flags.peerAS)
        peer.port = flags.port
        peer.localAddress = flags.localAddress
        peer.routerID = flags.routerID
        peer.timers = flags.timers
        peer.password = flags.password
        peer.gracefulRestart = flags.gracefulRestart
        peer.multihop = flags.multihop
        peer.ttlSecurity = flags.ttlSecurity
        peer.isPassive = flags.isPassive
        peer.families = flags.families.sorted()
        peer.maximumPrefixes = flags.maximumPrefixes
        let attributes = RouteAttributes(communities: flags.communities, localPreference: nil)
        peer.wishes = flags.families.map { BGPWish(source: .podCIDRs, family: $0, attributes: attributes, origin: "flags") } + prefixWishes
        return peer
    }
}

extension BGPPlan {
    /// A connection from an address must belong to one peer.
    fileprivate mutating func refuseTwins() {
        var owners: [BGPPeer.Target: String] = [:]
        peers = peers.filter { peer in
            guard let owner = owners[peer.target] else {
                owners[peer.target] = peer.key
                return true
            }
            problems.append(.init(subject: "peer \(peer.key)", message: "has the address of peer \(owner): it is not used"))
            return false
        }
    }
}

extension BGPClusterConfig.Peer {
    var target: BGPPeer.Target? {
        if let peerAddress { return .address(peerAddress) }
        switch autoDiscovery?.mode {
        case .unnumbered: return autoDiscovery?.unnumbered.map { .unnumbered($0.interface) }
        case .defaultGateway: return autoDiscovery?.defaultGateway.map { .defaultGateway($0.addressFamily) }
        case nil: return nil
        }
    }
}

extension BGPAdvertisement.Item {
    var source: BGPWish.Source? {
        switch advertisementType {
        case .podCIDR: .podCIDRs
        case .interface: interface.map { .interface($0.name) }
        }
    }

    var routeAttributes: RouteAttributes {
        let communities = attributes?.communities
        return RouteAttributes(
            communities: (communities?.standard ?? []) + (communities?.wellKnown ?? []) + (communities?.large ?? []),
            localPreference: attributes?.localPreference)
    }
}

/// Digits alone, without leading zeros: `Int("+5")` is 5 too.
func decimal<Number: FixedWidthInteger>(_ text: some StringProtocol) -> Number? {
    guard !text.isEmpty, text.utf8.allSatisfy({ (48...57).contains($0) }), text == "0" || text.utf8.first != 48 else { return nil }
    return Number(String(text))
}
