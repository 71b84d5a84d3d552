import Compiler
public import Model
public import Net

/// What an operator asks of a pod's networking.
public struct EndpointRequest: Sendable {
    public var pod: PodName
    public var netns: String?
    /// An existing device to adopt, instead of making one.
    public var device: String?
    public var addresses: [IPAddress]
    public var labels: [String: String]

    public init(pod: PodName, netns: String?, device: String?, addresses: [IPAddress], labels: [String: String]) {
        self.pod = pod
        self.netns = netns
        self.device = device
        self.addresses = addresses
        self.labels = labels
    }
}

extension EndpointRequest {
    /// Whether the endpoint is just what is asked for.
    func asks(for endpoint: Endpoint) -> Bool {
        pod == endpoint.pod && labels == endpoint.labels && (addresses.isEmpty || addresses.sorted() == endpoint.addresses)
            && (device.map { $0 == endpoint.device && endpoint.netns == nil } ?? (netns == endpoint.netns))
    }
}

/// Changes to the desired state, each checked against all that is there: pure, so that `--dry-run` is the real thing.
extension Desired {
    /// Adds a pod. Its MAC addresses and device are the caller's to find.
    public mutating func addEndpoint(
        _ request: EndpointRequest, device: String?, podDevice: String, mac: MACAddress, hostMAC: MACAddress
    ) throws(NodeError) -> Endpoint {
        try checkIsNew(request.pod)
        var addresses = request.addresses
        for address in addresses { try checkPodAddress(address, for: request.pod) }
        guard Set(addresses).count == addresses.count else { throw NodeError(.invalid, "an address is given twice for \(request.pod)") }
        if addresses.isEmpty {
            for prefix in config.podCIDRs { addresses.append(try freeAddress(in: prefix)) }
        }
        guard !addresses.isEmpty else { throw NodeError(.invalid, "this node has no Pod CIDR to take an address from", hint: "give --ip") }
        addresses.sort()
        let id: UInt32
        do {
            id = try newEndpointID(limits: .maps)
        } catch {
            throw NodeError(.invalid, error.description)
        }
        let identity = identities.number(labels: IdentityTable.podLabels(request.labels, namespace: request.pod.namespace))
        let endpoint = Endpoint(
            id: id, pod: request.pod, addresses: addresses, identity: identity, labels: request.labels, device: device ?? "pod\(id)", mac: mac,
            hostMAC: hostMAC,
            netns: device == nil ? request.netns : nil, podDevice: podDevice, mtu: config.podMTU)
        endpoints.append(endpoint)
        endpoints.sort { $0.pod < $1.pod }
        return endpoint
    }

    /// Also to be asked before anything else is found wrong with a request.
    func checkIsNew(_ pod: PodName) throws(NodeError) {
        guard let present = endpoints.first(where: { $0.pod == pod }) else { return }
        throw NodeError(.invalid, "endpoint \(pod) exists already (id \(present.id))", hint: "fabctl endpoint delete \(pod) removes it")
    }

    private func checkPodAddress(_ address: IPAddress, for pod: PodName) throws(NodeError) {
        guard let prefix = config.podCIDRs.first(where: { $0.contains(address) }) else {
            let own = config.podCIDRs.map(\.description).joined(separator: ", ")
            throw NodeError(.invalid, "address \(address) of \(pod) is outside this node's Pod CIDR \(own)")
        }
        if address == prefix.address, prefix.length < prefix.family.bits - 1 {
            throw NodeError(.invalid, "address \(address) of \(pod) is the network's own (the first of \(prefix))")
        }
        if let owner = endpoints.first(where: { $0.addresses.contains(address) }) {
            throw NodeError(.invalid, "address \(address) is taken by \(owner.pod)")
        }
        if config.addresses.contains(address) { throw NodeError(.invalid, "address \(address) is this node's own") }
        if let entry = ips.first(where: { $0.prefix == Prefix(address) }) {
            throw NodeError(
                .invalid, "address \(address) is known as \(entry.pod?.description ?? "an address elsewhere")",
                hint: "fabctl ip delete \(address) forgets it")
        }
    }

    /// The first address that nobody has, after the highest given: an address rests before it is given again.
    private func freeAddress(in prefix: Prefix) throws(NodeError) -> IPAddress {
        let hostBits = prefix.family.bits - prefix.length
        let limit: UInt64 = hostBits >= 17 ? 65536 : UInt64(1) << UInt64(hostBits)
        var taken = Set(endpoints.flatMap(\.addresses))
        taken.formUnion(config.addresses)
        var left: [IPAddress: UInt64] = [:]
        for endpoint in departed {
            for address in endpoint.addresses { left[address] = max(left[address] ?? 0, endpoint.deletedAt) }
        }
        // When all have been given once: the one that has rested longest.
        var resting: (address: IPAddress, since: UInt64)?
        let first: UInt64 = limit > 2 ? 1 : 0
        let last: UInt64 = prefix.family == .ipv4 && limit > 2 ? limit - 1 : limit
        var offset = first
        while offset < last {
            let candidate = prefix.address.advanced(by: offset)
            if !taken.contains(candidate) {
                guard let since = left[candidate] else { return candidate }
                if since < resting?.since ?? .max { resting = (candidate, since) }
            }
            offset += 1
        }
        guard let resting else { throw NodeError(.invalid, "every address of \(prefix) is taken") }
        return resting.address
    }

    /// Removes a pod and remembers its name for the flow history.
    /// - Parameter now: ns, CLOCK_MONOTONIC.
    public mutating func deleteEndpoint(_ pod: PodName, now: UInt64) throws(NodeError) -> Endpoint {
        guard let index = endpoints.firstIndex(where: { $0.pod == pod }) else {
            throw NodeError(.invalid, "there is no endpoint \(pod)", hint: "fabctl endpoint list shows them")
        }
        let endpoint = endpoints.remove(at: index)
        departed.append(
            DepartedEndpoint(id: endpoint.id, pod: endpoint.pod, identity: endpoint.identity, addresses: endpoint.addresses, deletedAt: now))
        return endpoint
    }

    /// Adds or replaces another node.
    public mutating func setNode(_ given: RemoteNode) throws(NodeError) { try setNodes([given]) }

    /// Adds or replaces other nodes: all at once, for a fabric has thousands.
    public mutating func setNodes(_ given: [RemoteNode]) throws(NodeError) {
        var byName: [String: RemoteNode] = [:]
        for node in nodes { byName[node.name] = node }
        for node in given { byName[node.name] = try checked(node) }
        let after = byName.values.sorted { $0.name < $1.name }
        try Self.checkApart(after, given: Set(given.map(\.name)))
        nodes = after
    }

    /// No two nodes share an address of a pod. In order, the prefix after one that contains another is always one that it contains.
    private static func checkApart(_ nodes: [RemoteNode], given: Set<String>) throws(NodeError) {
        let all = nodes.flatMap { node in node.podCIDRs.map { (prefix: $0, node: node.name) } }.sorted { $0.prefix < $1.prefix }
        for (first, second) in zip(all, all.dropFirst()) where first.node != second.node && first.prefix.overlaps(second.prefix) {
            let (new, taken) = given.contains(second.node) ? (second, first) : (first, second)
            throw NodeError(.invalid, "Pod CIDR \(new.prefix) of \(new.node) overlaps \(taken.prefix) of \(taken.node)")
        }
    }

    /// A node by itself, as it is to be kept.
    private func checked(_ given: RemoteNode) throws(NodeError) -> RemoteNode {
        var node = given
        // Said twice, a next hop is still one.
        node.nextHops = given.nextHops.enumerated().filter { index, hop in
            !given.nextHops[..<index].contains { $0.via == hop.via && $0.device == hop.device }
        }.map(\.element)
        guard PodName.isName(node.name) else {
            throw NodeError(.invalid, "\"\(node.name)\" is not a node's name (lower-case letters, digits, '-' and '.')")
        }
        guard node.name != config.name else { throw NodeError(.invalid, "\(node.name) is this node itself") }
        guard !node.podCIDRs.isEmpty else { throw NodeError(.invalid, "node \(node.name) has no Pod CIDR", hint: "give --pod-cidr") }
        guard !node.nextHops.isEmpty else { throw NodeError(.invalid, "node \(node.name) has no next hop", hint: "give --via or --device") }
        for (index, prefix) in node.podCIDRs.enumerated() {
            guard !prefix.isDefault, !prefix.address.isMulticast, !prefix.address.isLinkLocal, !prefix.address.isLoopback else {
                throw NodeError(.invalid, "\(prefix) of \(node.name) cannot be a Pod CIDR")
            }
            if let other = node.podCIDRs[..<index].first(where: { $0.overlaps(prefix) }) {
                throw NodeError(.invalid, "Pod CIDRs \(other) and \(prefix) of \(node.name) overlap")
            }
            guard !node.nextHops(for: prefix.family).isEmpty else {
                throw NodeError(.invalid, "Pod CIDR \(prefix) of \(node.name) has no next hop of its family", hint: "give an IPv6 --via")
            }
            if let own = config.podCIDRs.first(where: { $0.overlaps(prefix) }) {
                throw NodeError(.invalid, "Pod CIDR \(prefix) of \(node.name) overlaps this node's \(own)")
            }
            if !config.nativeRoutingCIDRs.isEmpty, config.nativeRoutingCIDRs.contains(where: { $0.family == prefix.family }),
                !config.nativeRoutingCIDRs.contains(where: { $0.contains(prefix) })
            {
                throw NodeError(
                    .invalid,
                    "Pod CIDR \(prefix) of \(node.name) is outside the native routing CIDR "
                        + config.nativeRoutingCIDRs.map(\.description).joined(separator: ", "))
            }
        }
        return node
    }

    public mutating func deleteNode(_ name: String) throws(NodeError) {
        guard nodes.contains(where: { $0.name == name }) else {
            throw NodeError(.invalid, "there is no node \(name)", hint: "fabctl node list shows them")
        }
        nodes.removeAll { $0.name == name }
    }

    public mutating func setSwitch(_ item: Switch) throws(NodeError) {
        guard PodName.isName(item.name) else { throw NodeError(.invalid, "\"\(item.name)\" is not a switch's name") }
        switches.removeAll { $0.name == item.name }
        switches.append(item)
        switches.sort { $0.name < $1.name }
    }

    /// Adds or replaces what is known of an address or prefix elsewhere.
    public mutating func setIP(_ prefix: Prefix, pod: PodName?, labels: [String: String]) throws(NodeError) {
        try setIPs([(prefix, pod, labels)])
    }

    /// Adds or replaces what is known of addresses and prefixes elsewhere: all at once, for a cluster has thousands.
    public mutating func setIPs(_ given: [(prefix: Prefix, pod: PodName?, labels: [String: String])]) throws(NodeError) {
        let own = Dictionary(endpoints.flatMap { endpoint in endpoint.addresses.map { (Prefix($0), endpoint.pod) } }) { first, _ in first }
        let node = Set(config.addresses.map { Prefix($0) })
        var entries = Dictionary(ips.map { ($0.prefix, $0) }) { _, last in last }
        var numbers = Dictionary(identities.identities.map { ($0.labels, $0.number) }) { first, _ in first }
        for item in given {
            let prefix = item.prefix
            if let pod = own[prefix] { throw NodeError(.invalid, "\(prefix.address) is this node's own endpoint \(pod)") }
            if node.contains(prefix) { throw NodeError(.invalid, "\(prefix.address) is this node's own address") }
            if let own = config.podCIDRs.first(where: { $0.overlaps(prefix) }) {
                throw NodeError(.invalid, "\(prefix) is in this node's Pod CIDR \(own)", hint: "its pods are added with fabctl endpoint add")
            }
            let labels =
                if let pod = item.pod {
                    IdentityTable.podLabels(item.labels, namespace: pod.namespace)
                } else if !item.labels.isEmpty {
                    item.labels.map { "k8s:\($0.key)=\($0.value)" }.sorted()
                } else {
                    ["cidr:\(prefix)"]
                }
            let identity = numbers[labels] ?? identities.add(labels: labels)
            numbers[labels] = identity
            entries[prefix] = IPEntry(prefix: prefix, pod: item.pod, labels: item.labels, identity: identity)
        }
        ips = entries.values.sorted { $0.prefix < $1.prefix }
    }

    public mutating func deleteIP(_ prefix: Prefix) throws(NodeError) {
        guard ips.contains(where: { $0.prefix == prefix }) else {
            throw NodeError(.invalid, "\(prefix) is not known", hint: "fabctl ip list shows what is")
        }
        ips.removeAll { $0.prefix == prefix }
    }
}
