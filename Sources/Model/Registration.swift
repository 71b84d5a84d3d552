import Net

/// Numbers run out: more next hops, sets of them, or pods than their maps have slots.
public struct CapacityError: Error, Hashable, CustomStringConvertible {
    public let what: String
    public let limit: Int

    public var description: String { "no room for more \(what): this node holds at most \(limit)" }
}

/// How many slots the maps have (bpf/include/fabric).
public struct SlotLimits: Sendable {
    public let endpoints: Int
    public let nextHops: Int
    public let groups: Int
    public let groupMembers: Int

    public init(endpoints: Int, nextHops: Int, groups: Int, groupMembers: Int) {
        self.endpoints = endpoints
        self.nextHops = nextHops
        self.groups = groups
        self.groupMembers = groupMembers
    }
}

extension Desired {
    /// Every set of next hops that a route uses.
    public var nextHopSets: [[NextHop]] {
        config.baseRoutes.map(\.nextHops)
            + nodes.flatMap { node in Set(node.podCIDRs.map(\.family)).sorted { $0.rawValue < $1.rawValue }.map(node.nextHops(for:)) }
            + staticRoutes.filter { $0.kind == .remote }.map(\.nextHops)
    }

    /// Gives numbers to what has none, releases those no longer used, and moves the revision on.
    /// To be called once on every change, before it is compiled.
    /// - Parameters:
    ///   - now: ns, CLOCK_MONOTONIC.
    ///   - forgetAfter: ns after which the history no longer mentions what is gone.
    public mutating func register(now: UInt64, forgetAfter: UInt64 = 24 * 3600 * 1_000_000_000, limits: SlotLimits) throws(CapacityError) {
        registry.revision += 1
        try registerNextHops(now: now, forgetAfter: forgetAfter, limits: limits)
        try registerGroups(limits: limits)
        departed.removeAll { now &- $0.deletedAt > forgetAfter }
        let used = Set(endpoints.map(\.identity) + departed.map(\.identity) + ips.map(\.identity))
        for index in identities.identities.indices {
            if used.contains(identities.identities[index].number) {
                identities.identities[index].unusedSince = nil
            } else if identities.identities[index].unusedSince == nil {
                identities.identities[index].unusedSince = now
            }
        }
        identities.identities.removeAll { $0.unusedSince.map { now &- $0 > forgetAfter } ?? false }
    }

    private mutating func registerNextHops(now: UInt64, forgetAfter: UInt64, limits: SlotLimits) throws(CapacityError) {
        struct Place: Hashable {
            let via: IPAddress?
            let device: String
        }
        let used = Set(nextHopSets.joined().map { Place(via: $0.via, device: $0.device) })
        for index in registry.nextHops.indices {
            let place = Place(via: registry.nextHops[index].via, device: registry.nextHops[index].device)
            if !used.contains(place), registry.nextHops[index].unusedSince == nil { registry.nextHops[index].unusedSince = now }
        }
        let present = Set(registry.nextHops.filter { $0.unusedSince == nil }.map { Place(via: $0.via, device: $0.device) })
        let missing = used.subtracting(present).sorted { ($0.device, $0.via ?? .unspecified) < ($1.device, $1.via ?? .unspecified) }
        var slots = Set(registry.nextHops.filter { $0.unusedSince == nil }.map { Int($0.id) % limits.nextHops })
        for place in missing {
            guard slots.count < limits.nextHops else { throw CapacityError(what: "next hops", limit: limits.nextHops) }
            while slots.contains(Int(registry.nextNextHopID) % limits.nextHops) { registry.nextNextHopID += 1 }
            registry.nextHops.append(RegisteredNextHop(id: registry.nextNextHopID, via: place.via, device: place.device))
            slots.insert(Int(registry.nextNextHopID) % limits.nextHops)
            registry.nextNextHopID += 1
        }
        registry.nextHops.removeAll { $0.unusedSince.map { now &- $0 > forgetAfter } ?? false }
    }

    /// A group's index is not used again in the change that frees it: packets on their way may still read it.
    private mutating func registerGroups(limits: SlotLimits) throws(CapacityError) {
        let used = Set(nextHopSets.map { $0.sorted(by: NextHop.inOrder) })
        if let wide = used.first(where: { $0.count > limits.groupMembers }) {
            throw CapacityError(what: "next hops in one route (\(wide.count))", limit: limits.groupMembers)
        }
        var taken = Set(registry.groups.map(\.index))
        let present = Set(registry.groups.map(\.nextHops))
        registry.groups.removeAll { !used.contains($0.nextHops) }
        var candidate: UInt32 = 0
        for set in used.subtracting(present).sorted(by: { $0.lexicographicallyPrecedes($1, by: NextHop.inOrder) }) {
            while taken.contains(candidate) { candidate += 1 }
            guard candidate < limits.groups else { throw CapacityError(what: "sets of next hops", limit: limits.groups) }
            registry.groups.append(RegisteredGroup(index: candidate, nextHops: set))
            taken.insert(candidate)
        }
        registry.groups.sort { $0.index < $1.index }
    }

    /// An id for a new endpoint.
    public mutating func newEndpointID(limits: SlotLimits) throws(CapacityError) -> UInt32 {
        let slots = Set(endpoints.map { Int($0.id) % limits.endpoints })
        guard slots.count < limits.endpoints else { throw CapacityError(what: "endpoints", limit: limits.endpoints) }
        while slots.contains(Int(registry.nextEndpointID) % limits.endpoints) { registry.nextEndpointID += 1 }
        defer { registry.nextEndpointID += 1 }
        return registry.nextEndpointID
    }
}

extension NextHop {
    /// By device, then address: the order of the members of a group.
    public static func inOrder(_ a: NextHop, _ b: NextHop) -> Bool {
        (a.device, a.via ?? .unspecified, a.weight) < (b.device, b.via ?? .unspecified, b.weight)
    }
}
