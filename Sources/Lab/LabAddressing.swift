import Net

/// Who has which address: a pure function of the kind of a member and its number among its kind (from 1).
///
///     what                     IPv6                        IPv4
///     spine N                  fd00:fab:0:1::N             10.1.1.N         on lo
///     leaf N                   fd00:fab:0:2::N             10.1.2.N         on lo
///     node N                   fd00:beef::N                10.1.0.N         on lo
///     external host N          fd00:e0::N                  10.2.0.N         on lo
///     Pod CIDR of node N       fd00:cafe:0:N::/64          10.244.N.0/24
///     pod K of a node          Pod CIDR + 0x10 + K - 1     Pod CIDR + 16 + K - 1
///     every port of leaf N     fe80::N
///     every port of spine N    fe80::1:N
///     uplinks of node N        fe80::2:N
///     uplink of external N     fe80::3:N
///     link L (from 0)          fd00:fab:0:3::2L/127        10.0.0.0 + 2L /31, the upper end first
///
/// IPv6 links have link-local addresses alone (RFC 7404) unless they are numbered (RFC 6164). IPv4 addresses of links have link scope: what a machine sends, errors of ICMP
/// as well, comes from its one address on lo, and that has a name. Numbers are hexadecimal in IPv6.
enum LabAddressing {
    /// The cluster's pod prefixes: the native routing CIDRs of the default values.
    static let clusterCIDRs: [Prefix] = prefixes("fd00:cafe::/56", "10.244.0.0/16")
    /// What pods and external hosts cannot have. External hosts' own default range is not part of it.
    static let infrastructure: [Prefix] = prefixes("fd00:fab::/32", "fd00:beef::/64", "fe80::/10", "10.0.0.0/16", "10.1.0.0/16")

    private static func prefixes(_ texts: String...) -> [Prefix] { texts.compactMap { Prefix($0) } }

    enum Kind {
        case spine, leaf, node, external
    }

    /// The addresses on lo, IPv6 first.
    static func loopback(_ kind: Kind, index: Int, ipv4: Bool) -> [IPAddress] {
        let number = UInt64(index + 1)
        let high: UInt64
        let base: UInt32
        switch kind {
        case .spine: (high, base) = (0xfd00_0fab_0000_0001, 0x0a01_0100)
        case .leaf: (high, base) = (0xfd00_0fab_0000_0002, 0x0a01_0200)
        case .node: (high, base) = (0xfd00_beef_0000_0000, 0x0a01_0000)
        case .external: (high, base) = (0xfd00_00e0_0000_0000, 0x0a02_0000)
        }
        return [IPAddress(high: high, low: number)] + (ipv4 ? [IPAddress(ipv4: base + UInt32(number))] : [])
    }

    /// The link-local address of every port.
    static func linkLocal(_ kind: Kind, index: Int) -> IPAddress {
        let tier: UInt64
        switch kind {
        case .leaf: tier = 0
        case .spine: tier = 1
        case .node: tier = 2
        case .external: tier = 3
        }
        return IPAddress(high: 0xfe80 << 48, low: tier << 16 | UInt64(index + 1))
    }

    /// The IPv4 addresses of a link's upper and lower end (RFC 3021).
    static func ipv4(link index: Int) -> (upper: IPAddress, lower: IPAddress) {
        let base = 0x0a00_0000 + UInt32(index) * 2
        return (IPAddress(ipv4: base), IPAddress(ipv4: base + 1))
    }

    /// The IPv6 addresses of a numbered link's upper and lower end.
    static func ipv6(link index: Int) -> (upper: IPAddress, lower: IPAddress) {
        let base = UInt64(index) * 2
        return (IPAddress(high: 0xfd00_0fab_0000_0003, low: base), IPAddress(high: 0xfd00_0fab_0000_0003, low: base + 1))
    }

    /// IPv6 first; what the topology does not say is by number.
    static func podCIDRs(of node: Topology.Node, index: Int, ipv4: Bool) -> [Prefix] {
        let number = UInt64(index + 1)
        let byNumber = [
            Prefix(IPAddress(high: 0xfd00_cafe_0000_0000 | number, low: 0), length: 64),
            Prefix(IPAddress(ipv4: 0x0af4_0000 + UInt32(number) << 8), length: 24),
        ]
        return [IPAddress.Family.ipv6, .ipv4].compactMap { family in
            if family == .ipv4, !ipv4 { return nil }
            return node.podCIDRs.first { $0.family == family } ?? byNumber.compactMap { $0 }.first { $0.family == family }
        }
    }

    /// IPv6 first; a family of which the topology names no address gets the one by number.
    static func addresses(of external: Topology.External, index: Int, ipv4: Bool) -> [IPAddress] {
        var addresses = external.addresses
        for address in loopback(.external, index: index, ipv4: ipv4) where !addresses.contains(where: { $0.family == address.family }) {
            addresses.append(address)
        }
        return addresses.sorted()
    }

    /// The addresses of all pods, in the topology's order: what it does not say is the next free one from 0x10 on.
    static func podAddresses(_ topology: Topology) -> [[IPAddress]] {
        var taken = Set(topology.pods.flatMap(\.addresses))
        return topology.pods.map { pod in
            guard let index = topology.nodes.firstIndex(where: { $0.name == pod.node }) else { return [] }
            var addresses = pod.addresses
            for prefix in podCIDRs(of: topology.nodes[index], index: index, ipv4: topology.ipv4)
            where !addresses.contains(where: { $0.family == prefix.family }) {
                var address = prefix.address.advanced(by: 0x10)
                while taken.contains(address), prefix.contains(address) { address = address.advanced(by: 1) }
                taken.insert(address)
                addresses.append(address)
            }
            return addresses.sorted()
        }
    }
}
