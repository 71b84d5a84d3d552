import Model
import Net
import Testing

/// Numbers: given once, kept while in use, released when the history can no longer mention them, and never reused before.
@Suite struct RegistrationTests {
    private let limits = SlotLimits(endpoints: 8, nextHops: 8, groups: 4, groupMembers: 3)
    private let day: UInt64 = 24 * 3600 * 1_000_000_000

    private func desired() throws -> Desired {
        Desired(config: NodeConfig(name: "node1", podCIDRs: [try #require(Prefix("fd00:1::/64"))], nativeRoutingCIDRs: [], bootID: 1))
    }

    private func hop(_ last: UInt64, weight: Int = 1) -> NextHop {
        NextHop(via: IPAddress(high: 0xfe80 << 48, low: last), device: "eth0", weight: weight)
    }

    private func node(_ index: Int, _ hops: [NextHop]) throws -> RemoteNode {
        RemoteNode(name: "node\(index)", podCIDRs: [try #require(Prefix("fd00:\(index)::/64"))], nextHops: hops)
    }

    @Test func theRevisionGrows() throws {
        var state = try desired()
        let first = state.registry.revision
        try state.register(now: 1, limits: limits)
        try state.register(now: 1, limits: limits)
        #expect(state.registry.revision == first + 2)
    }

    @Test func nextHopsAndGroupsAreShared() throws {
        var state = try desired()
        state.nodes = [try node(2, [hop(1), hop(2)]), try node(3, [hop(2), hop(1)]), try node(4, [hop(1)])]
        try state.register(now: 1, limits: limits)
        #expect(state.registry.nextHops.map(\.id) == [1, 2])
        #expect(state.registry.groups.count == 2)
        let before = state.registry
        try state.register(now: 2, limits: limits)
        #expect(state.registry.nextHops == before.nextHops && state.registry.groups == before.groups)
        // Another weight is another set of the same next hops.
        state.nodes[0] = try node(2, [hop(1, weight: 3), hop(2)])
        try state.register(now: 3, limits: limits)
        #expect(state.registry.nextHops.map(\.id) == [1, 2])
        #expect(state.registry.groups.count == 3)
    }

    @Test func aNextHopThatGoesIsRememberedForADay() throws {
        var state = try desired()
        state.nodes = [try node(2, [hop(1)])]
        try state.register(now: 1, limits: limits)
        state.nodes = []
        try state.register(now: 10, limits: limits)
        #expect(state.registry.nextHops.first?.unusedSince == 10)
        // Back within the day: a new number, so that old flows never mean the new one.
        state.nodes = [try node(2, [hop(1)])]
        try state.register(now: 20, limits: limits)
        #expect(state.registry.nextHops.filter { $0.unusedSince == nil }.map(\.id) == [2])
        try state.register(now: 11 + day, limits: limits)
        #expect(state.registry.nextHops.map(\.id) == [2])
    }

    /// 3,000 changes at random: no number in use twice, no slot shared, none reused.
    @Test func noNumberTwice() throws {
        var state = try desired()
        var generator = Generator(state: 42)
        var highest: UInt32 = 0
        for step in 0..<3000 {
            let count = Int.random(in: 0...3, using: &generator)
            state.nodes = try (0..<count).map { index in
                let members = Set((0..<Int.random(in: 1...3, using: &generator)).map { _ in Int.random(in: 1...8, using: &generator) })
                return try node(index + 2, members.sorted().map { hop(UInt64($0)) })
            }
            let known = Set(state.registry.nextHops.map(\.id))
            do { try state.register(now: UInt64(step), limits: limits) } catch { continue }
            let used = state.registry.nextHops.filter { $0.unusedSince == nil }
            #expect(Set(used.map { $0.id % 8 }).count == used.count)
            #expect(Set(state.registry.nextHops.map(\.id)).count == state.registry.nextHops.count)
            for hop in used where !known.contains(hop.id) {
                #expect(hop.id > highest)
            }
            highest = max(highest, used.map(\.id).max() ?? 0)
            #expect(Set(state.registry.groups.map(\.index)).count == state.registry.groups.count)
            #expect(Set(state.registry.groups.map(\.nextHops)) == Set(state.nextHopSets.map { $0.sorted(by: NextHop.inOrder) }))
        }
        #expect(highest > 500)
    }

    @Test func whatDoesNotFit() throws {
        var state = try desired()
        state.nodes = [try node(2, (1...4).map { hop($0) })]
        #expect(throws: CapacityError.self) { try state.register(now: 1, limits: limits) }
        state = try desired()
        state.nodes = try (0..<5).map { try node($0 + 2, [hop(UInt64($0) + 1)]) }
        #expect(throws: CapacityError.self) { try state.register(now: 1, limits: limits) }
        state = try desired()
        state.nodes = try [node(2, [hop(1), hop(2), hop(3)]), node(3, [hop(4), hop(5), hop(6)]), node(4, [hop(7), hop(8), hop(9)])]
        #expect(throws: CapacityError.self) { try state.register(now: 1, limits: limits) }
    }

    @Test func endpointIDs() throws {
        var state = try desired()
        var ids: [UInt32] = []
        func add() throws {
            let id = try state.newEndpointID(limits: limits)
            ids.append(id)
            state.endpoints.append(
                Endpoint(
                    id: id, pod: PodName(namespace: "default", name: "p\(id)"), addresses: [], identity: 256, labels: [:], device: "pod\(id)",
                    mac: MACAddress(0), hostMAC: MACAddress(0), netns: nil, podDevice: "", mtu: 1500))
        }
        for _ in 0..<8 { try add() }
        #expect(ids == Array(1...8))
        #expect(throws: CapacityError.self) { _ = try state.newEndpointID(limits: limits) }
        // Only the slot of the one that went is free: its next number is 3 + 8.
        state.endpoints.removeAll { $0.id == 3 }
        try add()
        #expect(ids.last == 11)
        state.endpoints.removeAll { $0.id == 11 }
        try add()
        #expect(ids.last == 19)
    }

    @Test func identitiesOutliveTheirUsersForADay() throws {
        var state = try desired()
        let prefix = try #require(Prefix("2001:db8::/32"))
        let number = state.identities.number(labels: ["cidr:2001:db8::/32"])
        state.ips = [IPEntry(prefix: prefix, pod: nil, labels: [:], identity: number)]
        try state.register(now: 1, limits: limits)
        state.ips = []
        try state.register(now: 5, limits: limits)
        #expect(state.identities.identities.first?.unusedSince == 5)
        // Wanted again: the same number.
        #expect(state.identities.number(labels: ["cidr:2001:db8::/32"]) == number)
        state.ips = [IPEntry(prefix: prefix, pod: nil, labels: [:], identity: number)]
        try state.register(now: 6, limits: limits)
        #expect(state.identities.identities.first?.unusedSince == nil)
        state.ips = []
        try state.register(now: 7, limits: limits)
        try state.register(now: 8 + day, limits: limits)
        #expect(state.identities.identities.isEmpty)
        #expect(state.identities.number(labels: ["cidr:2001:db8:1::/48"]) > number)
    }

    private struct Generator: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state &+= 0x9e37_79b9_7f4a_7c15
            var mixed = state
            mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
            return mixed ^ (mixed >> 31)
        }
    }
}
