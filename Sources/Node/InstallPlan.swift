import Model
public import Net

/// What an operator asks of `install`: nil and empty are "as it is", or the default at the first install.
public struct InstallRequest: Sendable {
    public var name: String?
    public var clusterName: String?
    public var uplinks: [String] = []
    public var podCIDRs: [Prefix] = []
    public var nativeRoutingCIDRs: [Prefix] = []
    public var ipv6Enabled: Bool?
    public var ipv4Enabled: Bool?
    public var podMTU: Int?
    public var flows: Int?
    public var policyEntries: Int?
    /// ns
    public var eventInterval: UInt64?
    /// ns
    public var timeouts: (any: UInt64?, tcpSYN: UInt64?, tcp: UInt64?, tcpFIN: UInt64?) = (nil, nil, nil, nil)

    public init() {}
}

extension InstallRequest {
    /// The node's configuration as asked: pure.
    /// - Parameters:
    ///   - present: the configuration of an earlier install, whose settings stay where nothing is said.
    ///   - hostname: the node's name when none is given.
    ///   - bootID: for a first install.
    func config(present: NodeConfig?, facts: NodeFacts, hostname: String, bootID: UInt64) throws(NodeError) -> NodeConfig {
        var config = present ?? NodeConfig(name: hostname, podCIDRs: [], nativeRoutingCIDRs: [], bootID: bootID)
        if let name { config.name = name }
        guard PodName.isName(config.name) else {
            throw NodeError(.invalid, "\"\(config.name)\" is not a node's name (lower-case letters, digits, '-' and '.')", hint: "give --node-name")
        }
        if let clusterName { config.clusterName = clusterName }
        if let ipv6Enabled { config.ipv6Enabled = ipv6Enabled }
        if let ipv4Enabled { config.ipv4Enabled = ipv4Enabled }
        if !nativeRoutingCIDRs.isEmpty { config.nativeRoutingCIDRs = nativeRoutingCIDRs.sorted() }
        if !podCIDRs.isEmpty { config.podCIDRs = podCIDRs.sorted() }
        if let podMTU { config.requestedMTU = podMTU }
        if let eventInterval { config.eventInterval = eventInterval }
        if let flows {
            if let present, present.mapSizes.flows != flows, present.podCIDRs.count > 0 {
                throw NodeError(
                    .invalid, "the flow table was made for \(present.mapSizes.flows) flows; it cannot become \(flows) without losing them",
                    hint: "fabctl uninstall first")
            }
            config.mapSizes.flows = flows
        }
        if let policyEntries { config.mapSizes.policy = policyEntries }
        config.timeouts.any = timeouts.any ?? config.timeouts.any
        config.timeouts.tcpSYN = timeouts.tcpSYN ?? config.timeouts.tcpSYN
        config.timeouts.tcp = timeouts.tcp ?? config.timeouts.tcp
        config.timeouts.tcpFIN = timeouts.tcpFIN ?? config.timeouts.tcpFIN
        try checkPrefixes(config)
        try chooseUplinks(&config, facts: facts)
        config.podMTU = try choosePodMTU(config)
        config.addresses = facts.addresses
        config.baseRoutes = facts.baseRoutes(uplinks: Set(config.uplinks.map(\.device)))
        for prefix in config.podCIDRs {
            if let link = config.baseRoutes.first(where: { $0.prefix.overlaps(prefix) && $0.nextHops.contains { $0.via == nil } }) {
                throw NodeError(
                    .invalid,
                    "Pod CIDR \(prefix) overlaps \(link.prefix), which is on the link of uplink "
                        + link.nextHops.map(\.device).joined(separator: ", "))
            }
        }
        return config
    }

    private func checkPrefixes(_ config: NodeConfig) throws(NodeError) {
        guard !config.podCIDRs.isEmpty else { throw NodeError(.invalid, "this node has no Pod CIDR yet", hint: "a first install needs --pod-cidr") }
        for (index, prefix) in config.podCIDRs.enumerated() {
            guard prefix.family == .ipv6 ? config.ipv6Enabled : config.ipv4Enabled else {
                let family = prefix.family == .ipv6 ? "ipv6" : "ipv4"
                throw NodeError(.invalid, "Pod CIDR \(prefix) needs \(family).enabled: true", hint: "set it in the values file")
            }
            guard !prefix.address.isMulticast, !prefix.address.isLinkLocal, !prefix.address.isLoopback, !prefix.isDefault else {
                throw NodeError(.invalid, "\(prefix) cannot be a Pod CIDR")
            }
            if let other = config.podCIDRs[..<index].first(where: { $0.overlaps(prefix) }) {
                throw NodeError(.invalid, "Pod CIDRs \(other) and \(prefix) overlap")
            }
            let native = config.nativeRoutingCIDRs.filter { $0.family == prefix.family }
            guard native.isEmpty || native.contains(where: { $0.contains(prefix) }) else {
                throw NodeError(
                    .invalid, "Pod CIDR \(prefix) is outside the native routing CIDR \(native.map(\.description).joined(separator: ", "))")
            }
        }
    }

    private func chooseUplinks(_ config: inout NodeConfig, facts: NodeFacts) throws(NodeError) {
        var names = uplinks.isEmpty ? config.uplinks.map(\.device) : uplinks
        if names.isEmpty {
            names = facts.defaultRouteDevices
            guard !names.isEmpty else { throw NodeError(.invalid, "no default route tells which devices are uplinks", hint: "give --uplink DEV") }
        }
        // As Cilium writes patterns: eth+ is every device whose name begins with eth.
        names = names.flatMap { name in
            guard name.hasSuffix("+") else { return [name] }
            let matching = facts.devices.map(\.name).filter { $0.hasPrefix(name.dropLast()) }
            return matching.isEmpty ? [name] : matching
        }
        var found: [Uplink] = []
        for name in Set(names).sorted() {
            guard let device = facts.devices.first(where: { $0.name == name }) else {
                // A known uplink that is away stays known: what can still work does, and status names it.
                if let known = config.uplinks.first(where: { $0.device == name }), uplinks.isEmpty {
                    found.append(known)
                    continue
                }
                throw NodeError(.invalid, "uplink \(name): there is no such device", hint: "ip link shows them")
            }
            if device.isLoopback { throw NodeError(.invalid, "uplink \(name): it leads nowhere") }
            found.append(Uplink(device: name, ifindex: device.ifindex, mtu: device.mtu))
        }
        config.uplinks = found
    }

    private func choosePodMTU(_ config: NodeConfig) throws(NodeError) -> Int {
        let mtu = config.requestedMTU ?? config.uplinks.map(\.mtu).min() ?? 1500
        guard (1280...65535).contains(mtu) else { throw NodeError(.invalid, "an MTU of \(mtu) is outside 1280...65535") }
        return mtu
    }
}
