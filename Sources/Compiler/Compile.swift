public import CFabricABI
public import Model
public import Net

/// The pods' gateways on the host side of their devices (bpf/lib/common.h).
public enum Gateway {
    public static let ipv6 = IPAddress(high: 0xfe80 << 48, low: 1)
    public static let ipv4 = IPAddress(ipv4: 0xa9fe_0101)
}

extension SlotLimits {
    /// As the maps are declared in bpf/lib/maps.h.
    public static let maps = SlotLimits(
        endpoints: Int(FABRIC_ENDPOINT_SLOTS), nextHops: Int(FABRIC_NEXTHOP_SLOTS), groups: Int(FABRIC_GROUP_SLOTS),
        groupMembers: Int(FABRIC_GROUP_NEXTHOPS))
}

/// Compiles the documents.
/// - Parameters:
///   - links: devices by name, as the kernel numbers them now.
///   - cpus: possible CPUs.
///   - plan: of the same documents, if it has been made already.
public func compile(_ desired: Desired, links: [String: LinkFact], cpus: Int, plan: PolicyPlan? = nil) -> Tables {
    var tables = Tables()
    let plan = plan ?? PolicyPlan(desired)
    tables.config = compileConfig(desired.config, cpus: cpus)
    tables.revision = desired.registry.revision
    compileEndpoints(desired, links: links, policies: plan.ids(desired.policyRegistry), into: &tables)
    tables.keepsAddresses = plan.isPart
    if !plan.isPart { plan.addresses(into: &tables, endpoints: desired.endpoints) }
    compileNextHops(desired, links: links, into: &tables)
    compileRoutes(desired, into: &tables)
    tables.missingDevices = Array(Set(tables.missingDevices)).sorted()
    return tables
}

/// Events that each CPU keeps: a power of two, so that the place of the next one is a mask away.
public func historySlots(_ total: Int, cpus: Int) -> Int {
    var slots = 64
    while slots * 2 * cpus <= total { slots *= 2 }
    return slots
}

private func compileConfig(_ config: NodeConfig, cpus: Int) -> fabric_config {
    var out = fabric_config()
    // By enum fabric_timeout.
    out.timeout = (config.timeouts.any, config.timeouts.tcpSYN, config.timeouts.tcp, config.timeouts.tcpFIN)
    out.event_interval = config.eventInterval
    out.history_slots = UInt32(historySlots(config.mapSizes.history, cpus: cpus))
    out.cpus = UInt32(cpus)
    out.boot_id = config.bootID
    out.health_interval = config.healthInterval
    return out
}

private func compileEndpoints(_ desired: Desired, links: [String: LinkFact], policies: [UInt32], into tables: inout Tables) {
    for (endpoint, policy) in zip(desired.endpoints, policies) {
        guard let link = links[endpoint.device] else {
            tables.missingDevices.append(endpoint.device)
            continue
        }
        var record = fabric_endpoint()
        record.id = endpoint.id
        record.ifindex = UInt32(link.ifindex)
        record.identity = endpoint.identity
        record.mtu = UInt32(endpoint.mtu)
        record.policy = (policy, policy)
        if policy != 0 { tables.policies.insert(policy) }
        withUnsafeMutableBytes(of: &record.mac) { $0.copyBytes(from: endpoint.mac.bytes) }
        withUnsafeMutableBytes(of: &record.host_mac) { $0.copyBytes(from: endpoint.hostMAC.bytes) }
        tables.endpoints[endpoint.id % UInt32(FABRIC_ENDPOINT_SLOTS)] = record
        tables.devices[UInt32(link.ifindex)] = fabric_device(endpoint: endpoint.id, kind: FABRIC_DEVICE_ENDPOINT.rawValue)
    }
    for uplink in desired.config.uplinks {
        guard let link = links[uplink.device] else {
            tables.missingDevices.append(uplink.device)
            continue
        }
        tables.devices[UInt32(link.ifindex)] = fabric_device(endpoint: 0, kind: FABRIC_DEVICE_UPLINK.rawValue)
    }
}

private func compileNextHops(_ desired: Desired, links: [String: LinkFact], into tables: inout Tables) {
    var ids: [String: UInt32] = [:]
    func key(_ via: IPAddress?, _ device: String) -> String { "\(device) \(via?.description ?? "")" }
    for hop in desired.registry.nextHops where hop.unusedSince == nil {
        guard let link = links[hop.device] else {
            tables.missingDevices.append(hop.device)
            continue
        }
        ids[key(hop.via, hop.device)] = hop.id
        var record = fabric_nexthop()
        record.id = hop.id
        record.ifindex = UInt32(link.ifindex)
        record.mtu = UInt32(link.mtu)
        record.weight = 1
        if let via = hop.via {
            record.gateway = fabric_address(via)
            record.flags = via.isIPv4 ? FABRIC_NEXTHOP_GATEWAY_IPV4.rawValue : 0
        } else {
            record.flags = FABRIC_NEXTHOP_ON_LINK.rawValue
        }
        tables.nextHops[hop.id % UInt32(FABRIC_NEXTHOP_SLOTS)] = record
        if desired.config.healthInterval > 0, desired.config.ipv6Enabled, hop.via?.isIPv4 != true {
            tables.kernelRoutes.append(
                KernelRoute(prefix: .health(FABRIC_HEALTH_NEXTHOP, hop.id), kind: .unicast, nextHops: [NextHop(via: hop.via, device: hop.device)]))
        }
    }
    for group in desired.registry.groups {
        // A member without its device is left out: what can still work does.
        let members = group.nextHops.compactMap { hop in ids[key(hop.via, hop.device)].map { (id: $0, weight: max(1, hop.weight)) } }
        tables.groups[group.index] = fabric_group(members: members)
    }
}

extension fabric_group {
    /// Hash-threshold (RFC 2992): each member owns a share of the 31-bit hash space in proportion to its weight.
    /// - Parameter members: at most `FABRIC_GROUP_NEXTHOPS`.
    public init(members: [(id: UInt32, weight: Int)]) {
        self.init()
        count = UInt32(members.count)
        let total = UInt64(members.reduce(0) { $0 + $1.weight })
        withUnsafeMutableBytes(of: &nexthop) { ids in
            withUnsafeMutableBytes(of: &bound) { bounds in
                var sum: UInt64 = 0
                for (index, member) in members.enumerated() {
                    sum += UInt64(member.weight)
                    ids.storeBytes(of: member.id, toByteOffset: 4 * index, as: UInt32.self)
                    bounds.storeBytes(of: UInt32(sum * (1 << 31) / total - 1), toByteOffset: 4 * index, as: UInt32.self)
                }
            }
        }
    }

    /// The member that a new flow takes: judge_nexthop of bpf/lib/judge.h.
    /// - Parameters:
    ///   - hash: fabric_flow_hash of its key.
    ///   - dead: members that do not work, by id.
    public func nextHop(hash: UInt32, dead: Set<UInt32> = []) -> UInt32? {
        guard let index = bounds.firstIndex(where: { hash >> 1 <= $0 }) else { return nil }
        let working = ids.filter { !dead.contains($0) }
        return dead.contains(ids[index]) && !working.isEmpty ? working[Int(hash >> 1) % working.count] : ids[index]
    }

    /// The members in order.
    public var ids: [UInt32] {
        withUnsafeBytes(of: nexthop) { bytes in
            (0..<min(Int(count), Int(FABRIC_GROUP_NEXTHOPS))).map { bytes.load(fromByteOffset: 4 * $0, as: UInt32.self) }
        }
    }

    /// The last 31-bit hash of each member, in order.
    public var bounds: [UInt32] {
        withUnsafeBytes(of: bound) { bytes in
            (0..<min(Int(count), Int(FABRIC_GROUP_NEXTHOPS))).map { bytes.load(fromByteOffset: 4 * $0, as: UInt32.self) }
        }
    }
}

/// The kernel routes of documents, without the rest.
public func kernelRoutes(_ desired: Desired) -> [KernelRoute] {
    var tables = Tables()
    compileRoutes(desired, into: &tables)
    return tables.kernelRoutes
}

private func compileRoutes(_ desired: Desired, into tables: inout Tables) {
    var groups: [[NextHop]: UInt32] = [:]
    for group in desired.registry.groups { groups[group.nextHops] = group.index }
    func remote(_ prefix: Prefix, _ nextHops: [NextHop], _ source: fabric_route_source, world: Bool = false) {
        guard let group = groups[nextHops.sorted(by: NextHop.inOrder)] else { return }
        tables.routes[prefix] = fabric_route(
            kind: UInt8(FABRIC_ROUTE_REMOTE.rawValue), source: UInt8(source.rawValue), flags: world ? UInt16(FABRIC_ROUTE_WORLD.rawValue) : 0,
            group: group, mtu: 0, reserved: 0)
    }
    func final(_ prefix: Prefix, _ kind: fabric_route_kind, _ source: fabric_route_source) {
        tables.routes[prefix] = fabric_route(kind: UInt8(kind.rawValue), source: UInt8(source.rawValue), flags: 0, group: 0, mtu: 0, reserved: 0)
    }
    for route in desired.config.baseRoutes { remote(route.prefix, route.nextHops, FABRIC_SOURCE_CONFIG, world: true) }
    for route in desired.staticRoutes {
        let source = route.source == .bgp ? FABRIC_SOURCE_BGP : FABRIC_SOURCE_STATIC
        switch route.kind {
        case .remote:
            remote(route.prefix, route.nextHops, source)
            tables.kernelRoutes.append(KernelRoute(prefix: route.prefix, kind: .unicast, nextHops: route.nextHops.sorted(by: NextHop.inOrder)))
        case .blackhole:
            final(route.prefix, FABRIC_ROUTE_BLACKHOLE, source)
            tables.kernelRoutes.append(KernelRoute(prefix: route.prefix, kind: .blackhole))
        case .unreachable:
            final(route.prefix, FABRIC_ROUTE_UNREACHABLE, source)
            tables.kernelRoutes.append(KernelRoute(prefix: route.prefix, kind: .unreachable))
        }
    }
    for node in desired.nodes {
        for prefix in node.podCIDRs {
            let hops = node.nextHops(for: prefix.family)
            remote(prefix, hops, FABRIC_SOURCE_NODE)
            tables.kernelRoutes.append(KernelRoute(prefix: prefix, kind: .unicast, nextHops: hops))
        }
    }
    for prefix in desired.config.podCIDRs {
        final(prefix, FABRIC_ROUTE_LOCAL, FABRIC_SOURCE_CONFIG)
        tables.kernelRoutes.append(KernelRoute(prefix: prefix, kind: .unreachable))
    }
    let asksOfHealth = desired.config.healthInterval > 0 && desired.config.ipv6Enabled
    if asksOfHealth { tables.kernelRoutes.append(KernelRoute(prefix: .allHealth, kind: .unreachable)) }
    for endpoint in desired.endpoints {
        for address in endpoint.addresses {
            tables.kernelRoutes.append(
                KernelRoute(
                    prefix: Prefix(address), kind: .unicast, nextHops: [NextHop(via: nil, device: endpoint.device)],
                    preferredSource: address.isIPv4 ? desired.config.addresses.first { $0.isIPv4 && !$0.isLinkLocal } : nil))
        }
        if asksOfHealth {
            tables.kernelRoutes.append(
                KernelRoute(
                    prefix: .health(FABRIC_HEALTH_ENDPOINT, endpoint.id), kind: .unicast, nextHops: [NextHop(via: nil, device: endpoint.device)]))
        }
    }
    tables.kernelRoutes.sort { $0.prefix < $1.prefix }
}

extension Prefix {
    /// The address by which programs ask whether a next hop or endpoint can be reached (bpf/include/fabric/health.h).
    public static func health(_ kind: UInt64, _ id: UInt32) -> Prefix { Prefix(IPAddress(high: FABRIC_HEALTH_HIGH, low: kind | UInt64(id))) }

    /// All of these.
    public static let allHealth = Prefix(IPAddress(high: FABRIC_HEALTH_HIGH, low: FABRIC_HEALTH_PREFIX), length: 80) ?? .ipv6Default
}

extension fabric_address {
    public init(_ address: IPAddress) {
        self.init(words: (address.high.bigEndian, address.low.bigEndian))
    }

    public var ipAddress: IPAddress { IPAddress(high: UInt64(bigEndian: words.0), low: UInt64(bigEndian: words.1)) }
}

extension fabric_address_key {
    public init(_ address: IPAddress) {
        self.init()
        self.address = fabric_address(address)
        family = address.family.rawValue
    }
}

extension fabric_prefix_key {
    public init(_ prefix: Prefix, bank: UInt8 = 0) {
        self.init()
        prefixlen = UInt32(Int(FABRIC_PREFIX_BITS) + prefix.mappedLength)
        self.bank = bank
        family = prefix.family.rawValue
        withUnsafeMutableBytes(of: &address) { $0.copyBytes(from: prefix.address.bytes) }
    }

    /// The prefix of the key; nil when its length is out of range.
    public var prefix: Prefix? {
        guard let address = withUnsafeBytes(of: address, { IPAddress(bytes: Array($0)) }) else { return nil }
        let length = Int(prefixlen) - Int(FABRIC_PREFIX_BITS) - (family == 4 ? 96 : 0)
        if family == 6, address == .unspecified, length == 0 { return .ipv6Default }
        return Prefix(address, length: length)
    }
}

extension fabric_flow_key {
    /// The key of a flow and the side (0 or 1) that `source` is. Ports in host order.
    public static func of(
        source: IPAddress, destination: IPAddress, sourcePort: UInt16, destinationPort: UInt16, proto: UInt8
    ) -> (key: fabric_flow_key, side: Int) {
        var key = fabric_flow_key()
        var from = fabric_address(source)
        var to = fabric_address(destination)
        let side = fabric_flow_key_set(&key, &from, &to, sourcePort.bigEndian, destinationPort.bigEndian, source.family.rawValue, proto)
        return (key, Int(side))
    }

    /// The hash that picks the flow's next hop.
    public var hash: UInt32 {
        var key = self
        return fabric_flow_hash(&key)
    }
}
