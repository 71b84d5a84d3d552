import CFabricABI
import Compiler
import Net
import Testing

/// Hash-threshold (RFC 2992) and the keys that programs and commands must agree on.
@Suite struct GroupTests {
    /// The member whose bound is the first that is not below the hash.
    private func member(_ group: fabric_group, _ hash: UInt32) -> Int? { group.bounds.firstIndex { hash <= $0 } }

    @Test(arguments: [[1], [1, 1], [1, 1, 1], [3, 1], [1, 2, 3, 4], [100, 1], Array(repeating: 1, count: 16), [65535, 1, 65535]])
    func sharesFollowWeights(_ weights: [Int]) throws {
        let group = fabric_group(members: weights.enumerated().map { (UInt32($0.offset + 1), $0.element) })
        #expect(Int(group.count) == weights.count && group.ids == (1...weights.count).map { UInt32($0) })
        #expect(group.bounds == group.bounds.sorted() && group.bounds.last == UInt32(1 << 31) - 1, "every hash has a member")
        let total = weights.reduce(0, +)
        var lower: UInt64 = 0
        for (index, weight) in weights.enumerated() {
            let size = UInt64(group.bounds[index]) + 1 - lower
            let ideal = (1 << 31) * UInt64(weight) / UInt64(total)
            #expect(size >= ideal && size <= ideal + 1)
            #expect(member(group, UInt32(lower)) == index && member(group, group.bounds[index]) == index)
            lower = UInt64(group.bounds[index]) + 1
        }
    }

    @Test func anEmptyGroupHasNobody() {
        let group = fabric_group(members: [])
        #expect(group.count == 0 && group.ids.isEmpty && member(group, 0) == nil)
    }

    /// RFC 2992, section 3: adding one of N+1 equal members moves between a quarter and a half of the flows, not all of them.
    @Test func fewFlowsMove() {
        let before = fabric_group(members: (1...4).map { (UInt32($0), 1) })
        let after = fabric_group(members: (1...5).map { (UInt32($0), 1) })
        let hashes = (0..<10_000).map { UInt32($0) * 214_748 }
        let moved = hashes.count { member(before, $0) != member(after, $0) }
        #expect((2500...5000).contains(moved), "\(moved) of \(hashes.count)")
    }

    @Test func bothDirectionsAreOneFlow() throws {
        let web = try #require(IPAddress("fd00:cafe:0:1::1"))
        let db = try #require(IPAddress("fd00:cafe:0:2::a"))
        let there = fabric_flow_key.of(source: web, destination: db, sourcePort: 40000, destinationPort: 5432, proto: 6)
        let back = fabric_flow_key.of(source: db, destination: web, sourcePort: 5432, destinationPort: 40000, proto: 6)
        #expect(withUnsafeBytes(of: there.key) { Array($0) } == withUnsafeBytes(of: back.key) { Array($0) })
        #expect(there.side != back.side && there.key.hash == back.key.hash)
        let other = fabric_flow_key.of(source: web, destination: db, sourcePort: 40001, destinationPort: 5432, proto: 6)
        #expect(other.key.hash != there.key.hash)
        // A pod that talks to itself: the ports tell the ends apart.
        let one = fabric_flow_key.of(source: web, destination: web, sourcePort: 1, destinationPort: 2, proto: 17)
        let two = fabric_flow_key.of(source: web, destination: web, sourcePort: 2, destinationPort: 1, proto: 17)
        #expect(one.side != two.side && one.key.hash == two.key.hash)
    }

    /// 10,000 flows that differ in one port only: no next hop of 16 has less than half, or more than twice, its share.
    @Test func portsSpread() throws {
        let web = try #require(IPAddress("fd00:cafe:0:1::1"))
        let db = try #require(IPAddress("fd00:cafe:0:2::a"))
        let group = fabric_group(members: (1...16).map { (UInt32($0), 1) })
        var counts = [Int](repeating: 0, count: 16)
        for port in 30000..<40000 {
            let key = fabric_flow_key.of(source: web, destination: db, sourcePort: UInt16(port), destinationPort: 5432, proto: 6).key
            counts[try #require(member(group, key.hash >> 1))] += 1
        }
        #expect(counts.allSatisfy { (312...1250).contains($0) }, "\(counts)")
    }

    @Test(arguments: ["::/0", "fd00:cafe:0:1::/64", "fe80::1/128", "0.0.0.0/0", "10.0.0.0/8", "192.0.2.1/32", "2001:db8::/33"])
    func prefixKeys(_ text: String) throws {
        let prefix = try #require(Prefix(text))
        #expect(fabric_prefix_key(prefix).prefix == prefix)
        #expect(fabric_address(prefix.address).ipAddress == prefix.address)
    }

    /// The family is in the key: no IPv6 prefix matches an IPv4 address.
    @Test func familiesDoNotMix() throws {
        let all = fabric_prefix_key(.ipv6Default)
        let all4 = fabric_prefix_key(.ipv4Default)
        #expect(
            all.family == 6 && all4.family == 4 && all.prefixlen >= UInt32(FABRIC_PREFIX_BITS) && all4.prefixlen == UInt32(FABRIC_PREFIX_BITS) + 96)
    }

    @Test func historySize() {
        #expect(historySlots(32768, cpus: 2) == 16384)
        #expect(historySlots(32768, cpus: 3) == 8192)
        #expect(historySlots(1, cpus: 128) == 64)
        for cpus in [1, 2, 5, 64, 255] { #expect(historySlots(32768, cpus: cpus) * cpus <= max(32768, 64 * cpus)) }
    }
}
