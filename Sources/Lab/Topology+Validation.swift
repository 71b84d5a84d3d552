import Model
import Net

/// What is wrong with a topology, and where.
public struct TopologyProblem: Error, Hashable, Sendable, CustomStringConvertible {
    /// The field, as in `nodes[1].leaves[0]`.
    public let path: String
    public let message: String

    init(_ path: String, _ message: String) {
        self.path = path
        self.message = message
    }

    public var description: String { path.isEmpty ? message : "\(path): \(message)" }
}

extension Topology {
    /// Switches, nodes and hosts of each kind at most: their numbers are one byte of an address.
    static let mostOfAKind = 250
    /// A port is named `to-PEER`, in at most 15 bytes.
    static let longestName = 12

    /// Whether a lab may have this name: it begins names that a hyphen parts, so it has none itself.
    public static func isLabName(_ name: String) -> Bool {
        let characters = Array(name.utf8)
        guard let first = characters.first, (97...122).contains(first), characters.count <= longestName else { return false }
        return characters.allSatisfy { (97...122).contains($0) || (48...57).contains($0) }
    }

    /// - Throws: at the first thing that cannot be built.
    public func validate() throws(TopologyProblem) {
        if let name, !Self.isLabName(name) { throw TopologyProblem("name", Self.badLabName(name)) }
        try validateMembers()
        for (index, node) in nodes.enumerated() { try validate(node, "nodes[\(index)]") }
        for (index, external) in externals.enumerated() { try validate(external, "externals[\(index)]") }
        try validatePodCIDRs()
        try validatePods()
        try validateExternalAddresses()
        try validateLinks()
        try validateASNs()
        try validateExpectations()
    }

    /// Who peers must have different numbers, leaves all: a leaf does not take paths that hold its own.
    private func validateASNs() throws(TopologyProblem) {
        let known = Set(spines + leaves + nodes.map(\.name))
        if let name = asns.keys.sorted().first(where: { !known.contains($0) }) {
            throw TopologyProblem("asns.\(name)", "there is no switch or node \(name)")
        }
        guard switches != .static else { return }
        let numbers = LabBGP.asns(self)
        for (a, b) in wires where numbers[a] != nil && numbers[a] == numbers[b] {
            throw TopologyProblem("asns", "\(a) and \(b) are connected, and have the AS number \(numbers[a] ?? 0) both")
        }
        for (index, leaf) in leaves.enumerated() {
            if let other = leaves[..<index].first(where: { numbers[$0] == numbers[leaf] }) {
                throw TopologyProblem("asns", "leaves \(other) and \(leaf) have the AS number \(numbers[leaf] ?? 0) both")
            }
        }
    }

    private func validateExpectations() throws(TopologyProblem) {
        let members = Set(nodes.map(\.name) + externals.map(\.name) + spines + leaves)
        for (index, item) in expectations.enumerated() {
            let path = "expect[\(index)]"
            guard pods.contains(where: { $0.pod == item.from }) else { throw TopologyProblem("\(path).from", "there is no pod \(item.from)") }
            let isPod = pods.contains { $0.pod.description == item.to || $0.pod.description == "default/" + item.to }
            guard isPod || members.contains(item.to) || IPAddress(item.to) != nil else {
                throw TopologyProblem("\(path).to", "there is no \(item.to), and it is no address")
            }
        }
    }

    static func badLabName(_ name: String) -> String {
        "\"\(name)\" is not a lab's name: a lower-case letter, then lower-case letters and digits, at most \(longestName)"
    }

    private func validateMembers() throws(TopologyProblem) {
        guard !leaves.isEmpty else { throw TopologyProblem("leaves", "there is no leaf") }
        guard !nodes.isEmpty else { throw TopologyProblem("nodes", "there is no node") }
        if spines.isEmpty, leaves.count > 1 { throw TopologyProblem("spines", "\(leaves.count) leaves need a spine between them") }
        var taken: [String: String] = [:]
        let groups: [(String, [String], String)] = [
            ("spines", spines, ""), ("leaves", leaves, ""), ("nodes", nodes.map(\.name), ".name"), ("externals", externals.map(\.name), ".name"),
        ]
        for (field, names, suffix) in groups {
            guard names.count <= Self.mostOfAKind else { throw TopologyProblem(field, "\(names.count) are more than \(Self.mostOfAKind)") }
            for (index, name) in names.enumerated() {
                let path = "\(field)[\(index)]\(suffix)"
                guard PodName.isName(name), !name.contains("."), name.utf8.count <= Self.longestName else {
                    throw TopologyProblem(
                        path, "\"\(name)\" is not a name here: lower-case letters, digits and '-', at most \(Self.longestName) bytes")
                }
                if let other = taken[name] { throw TopologyProblem(path, "\(name) is the name of \(other) already") }
                taken[name] = path
            }
        }
        guard spines.count * leaves.count <= 4096 else { throw TopologyProblem("leaves", "more than 4096 links between leaves and spines") }
    }

    private func validate(_ node: Node, _ path: String) throws(TopologyProblem) {
        guard (1...16).contains(node.leaves.count) else {
            throw TopologyProblem("\(path).leaves", "\(node.name) needs a leaf, and takes at most 16")
        }
        for (index, leaf) in node.leaves.enumerated() {
            // A single leaf may have been written as `leaf: NAME`.
            let place = "\(path).leaves[\(index)]"
            try check(leaf: leaf, place)
            guard node.leaves.firstIndex(of: leaf) == index else { throw TopologyProblem(place, "\(node.name) is attached to \(leaf) twice") }
        }
    }

    private func validate(_ external: External, _ path: String) throws(TopologyProblem) {
        try check(leaf: external.leaf, "\(path).leaf")
    }

    private func check(leaf: String, _ path: String) throws(TopologyProblem) {
        guard leaves.contains(leaf) else { throw TopologyProblem(path, "there is no leaf \(leaf) (leaves: \(leaves.joined(separator: ", ")))") }
    }

    private func validatePodCIDRs() throws(TopologyProblem) {
        var seen: [(prefix: Prefix, node: String)] = []
        for (index, node) in nodes.enumerated() {
            for (position, prefix) in node.podCIDRs.enumerated() {
                let path = "nodes[\(index)].podCIDRs[\(position)]"
                if prefix.family == .ipv4, !ipv4 { throw TopologyProblem(path, "\(prefix) is IPv4, and the lab has none (ipv4: true)") }
                guard prefix.length <= prefix.family.bits - 6 else { throw TopologyProblem(path, "\(prefix) is too small for pods") }
                if let own = LabAddressing.infrastructure.first(where: { $0.overlaps(prefix) }) {
                    throw TopologyProblem(path, "\(prefix) overlaps \(own), which the lab itself uses")
                }
                guard values != nil || LabAddressing.clusterCIDRs.contains(where: { $0.contains(prefix) }) else {
                    let cluster = LabAddressing.clusterCIDRs.map(\.description).joined(separator: " and ")
                    throw TopologyProblem(path, "\(prefix) is outside \(cluster): give values with another native routing CIDR")
                }
                if node.podCIDRs[..<position].contains(where: { $0.family == prefix.family }) {
                    throw TopologyProblem(path, "\(node.name) has two \(prefix.family) Pod CIDRs")
                }
            }
            for (position, prefix) in LabAddressing.podCIDRs(of: node, index: index, ipv4: ipv4).enumerated() {
                let path =
                    node.podCIDRs.contains(prefix)
                    ? "nodes[\(index)].podCIDRs[\(node.podCIDRs.firstIndex(of: prefix) ?? position)]" : "nodes[\(index)]"
                if let other = seen.first(where: { $0.prefix.overlaps(prefix) }) {
                    throw TopologyProblem(path, "Pod CIDR \(prefix) of \(node.name) overlaps \(other.prefix) of \(other.node)")
                }
                seen.append((prefix, node.name))
            }
        }
    }

    private func validatePods() throws(TopologyProblem) {
        var pods: Set<PodName> = []
        var namespaces: [String: String] = [:]
        for name in spines + leaves + nodes.map(\.name) + externals.map(\.name) { namespaces[name] = name }
        for (index, pod) in self.pods.enumerated() {
            let path = "pods[\(index)]"
            guard PodName.isName(pod.pod.namespace) else {
                throw TopologyProblem("\(path).namespace", "\"\(pod.pod.namespace)\" is not a namespace's name")
            }
            guard PodName.isName(pod.pod.name), pod.pod.name.utf8.count <= 128 else {
                throw TopologyProblem("\(path).name", "\"\(pod.pod.name)\" is not a pod's name")
            }
            guard pods.insert(pod.pod).inserted else { throw TopologyProblem("\(path).name", "there are two pods \(pod.pod)") }
            guard nodes.contains(where: { $0.name == pod.node }) else {
                throw TopologyProblem("\(path).node", "there is no node \(pod.node) (nodes: \(nodes.map(\.name).joined(separator: ", ")))")
            }
            let namespace = "\(pod.pod.namespace)-\(pod.pod.name)"
            if let other = namespaces[namespace] {
                throw TopologyProblem("\(path).name", "\(pod.pod) and \(other) would share the network namespace LAB-\(namespace)")
            }
            namespaces[namespace] = pod.pod.description
        }
        try validatePodAddresses()
    }

    private func validatePodAddresses() throws(TopologyProblem) {
        var owners: [IPAddress: PodName] = [:]
        for (index, pod) in pods.enumerated() {
            guard let number = nodes.firstIndex(where: { $0.name == pod.node }) else { continue }
            let prefixes = LabAddressing.podCIDRs(of: nodes[number], index: number, ipv4: ipv4)
            for (position, address) in pod.addresses.enumerated() {
                let path = "pods[\(index)].ips[\(position)]"
                guard let prefix = prefixes.first(where: { $0.contains(address) }), prefix.address != address else {
                    let own = prefixes.map(\.description).joined(separator: ", ")
                    throw TopologyProblem(path, "\(address) of \(pod.pod) is no address of \(pod.node)'s Pod CIDR \(own)")
                }
                if let other = owners[address] { throw TopologyProblem(path, "\(address) of \(pod.pod) is taken by \(other)") }
                owners[address] = pod.pod
            }
        }
        for (index, addresses) in LabAddressing.podAddresses(self).enumerated() {
            guard let number = nodes.firstIndex(where: { $0.name == pods[index].node }) else { continue }
            let prefixes = LabAddressing.podCIDRs(of: nodes[number], index: number, ipv4: ipv4)
            guard addresses.allSatisfy({ address in prefixes.contains { $0.contains(address) } }) else {
                throw TopologyProblem("pods[\(index)]", "no address is left for \(pods[index].pod) on \(pods[index].node)")
            }
        }
    }

    private func validateExternalAddresses() throws(TopologyProblem) {
        let pods = nodes.enumerated().flatMap { LabAddressing.podCIDRs(of: $1, index: $0, ipv4: ipv4) } + LabAddressing.clusterCIDRs
        var owners: [IPAddress: String] = [:]
        for (index, external) in externals.enumerated() {
            for (position, address) in external.addresses.enumerated() {
                let path = "externals[\(index)].addresses[\(position)]"
                if address.isIPv4, !ipv4 { throw TopologyProblem(path, "\(address) is IPv4, and the lab has none (ipv4: true)") }
                if address.isUnspecified || address.isLoopback || address.isMulticast || address.isLinkLocal {
                    throw TopologyProblem(path, "\(address) cannot be a host's address")
                }
                if let prefix = (pods + LabAddressing.infrastructure).first(where: { $0.contains(address) }) {
                    throw TopologyProblem(path, "\(address) is in \(prefix), which the cluster uses")
                }
            }
            for address in LabAddressing.addresses(of: external, index: index, ipv4: ipv4) {
                if let other = owners[address] { throw TopologyProblem("externals[\(index)]", "\(address) of \(external.name) is taken by \(other)") }
                owners[address] = external.name
            }
        }
    }

    private func validateLinks() throws(TopologyProblem) {
        func check(mtu: Int, _ path: String) throws(TopologyProblem) {
            // RFC 8200 section 5: no IPv6 link is smaller.
            guard (1280...65535).contains(mtu) else { throw TopologyProblem(path, "an MTU of \(mtu) is not within 1280 to 65535") }
        }
        if let mtu { try check(mtu: mtu, "mtu") }
        var seen: Set<Set<String>> = []
        let present = Set(wires.map { Set([$0.upper, $0.lower]) })
        for (index, link) in links.enumerated() {
            let path = "links[\(index)]"
            guard link.between.count == 2, present.contains(Set(link.between)) else {
                throw TopologyProblem("\(path).between", "there is no link between \(link.between.joined(separator: " and "))")
            }
            guard seen.insert(Set(link.between)).inserted else { throw TopologyProblem("\(path).between", "this link is listed twice") }
            if let mtu = link.mtu { try check(mtu: mtu, "\(path).mtu") }
        }
    }

    /// Every link, by the names of its ends: the one nearer to the spines first.
    var wires: [(upper: String, lower: String)] {
        spines.flatMap { spine in leaves.map { (spine, $0) } } + nodes.flatMap { node in node.leaves.map { ($0, node.name) } }
            + externals.map { ($0.leaf, $0.name) }
    }
}
