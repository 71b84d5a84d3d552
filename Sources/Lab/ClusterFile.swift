public import Model
public import Net
import YAML

/// What a node is told of the rest of the cluster: the file of `fabctl node add -f` (nodes, switches) and `fabctl ip add -f` (ips).
///
///     nodes:
///       - name: node2
///         podCIDRs: ["fd00:cafe:0:2::/64", "10.244.2.0/24"]
///         addresses: ["fd00:beef::2", "10.1.0.2"]      # the node's own, optional
///         via: ["fe80::1%eth0"]                        # ADDRESS%DEVICE each; for every Pod CIDR, of either family
///     ips:
///       - address: "fd00:cafe:0:2::10"                 # or a prefix
///         pod: default/db                              # optional
///         labels: {app: db}                            # optional
///     switches:
///       - name: leaf1
///         addresses: ["fd00:fab:0:2::1", "fe80::1"]    # loopback, link-local, addresses of links
///
/// Every section may be absent.
public struct ClusterFile: Hashable, Sendable {
    public struct IP: Hashable, Sendable {
        public var prefix: Prefix
        public var pod: PodName?
        public var labels: [String: String]

        public init(prefix: Prefix, pod: PodName?, labels: [String: String]) {
            self.prefix = prefix
            self.pod = pod
            self.labels = labels
        }
    }

    public var nodes: [RemoteNode]
    public var ips: [IP]
    public var switches: [Switch]

    public init(nodes: [RemoteNode] = [], ips: [IP] = [], switches: [Switch] = []) {
        self.nodes = nodes
        self.ips = ips
        self.switches = switches
    }

    /// The file's text.
    public var yaml: String {
        let nodes = nodes.map { node in
            StructuredValue.object([
                .init("name", .string(node.name)), .init("podCIDRs", .array(node.podCIDRs.map { .string($0.description) })),
                .init("addresses", .array(node.addresses.map { .string($0.description) })),
                .init("via", .array(node.nextHops.map { .string("\($0.via?.description ?? "")%\($0.device)") })),
            ])
        }
        let ips = ips.map { ip in
            var fields: [StructuredValue.Field] = [
                .init("address", .string(ip.prefix.isHost ? ip.prefix.address.description : ip.prefix.description))
            ]
            if let pod = ip.pod { fields.append(.init("pod", .string(pod.description))) }
            if !ip.labels.isEmpty { fields.append(.init("labels", StructuredValue(ip.labels))) }
            return StructuredValue.object(fields)
        }
        let switches = switches.map { item in
            StructuredValue.object([.init("name", .string(item.name)), .init("addresses", .array(item.addresses.map { .string($0.description) }))])
        }
        let sections = [("nodes", nodes), ("ips", ips), ("switches", switches)].filter { !$0.1.isEmpty }
        return StructuredValue.object(sections.map { .init($0.0, .array($0.1)) }).yaml()
    }
}

extension LabPlan {
    /// What one of the lab's nodes has to know of the others.
    public func clusterFile(for node: LabMember) -> ClusterFile {
        // IPv4 goes by way of the same neighbours (RFC 8950): a next hop of each family would be two for every prefix.
        let hops = ports(of: node.name).map { NextHop(via: $0.peer.linkLocal, device: $0.own.device) }
        let others = members(.node).filter { $0.name != node.name }
        return ClusterFile(
            // With BGP no node has a route to another: all goes to the leaf.
            nodes: bgp != nil ? [] : others.map { RemoteNode(name: $0.name, podCIDRs: $0.podCIDRs, addresses: $0.addresses, nextHops: hops) },
            ips: members(.pod).filter { $0.node != node.name }.flatMap { pod in
                pod.addresses.map { ClusterFile.IP(prefix: Prefix($0), pod: pod.pod, labels: pod.labels) }
            },
            // Nodes as well then, so that they have names on a path.
            switches: (members.filter { $0.kind.isSwitch } + (bgp == nil ? [] : others)).map {
                Switch(name: $0.name, addresses: allAddresses(of: $0))
            })
    }

    /// A member's addresses on lo and on its ports.
    public func allAddresses(of member: LabMember) -> [IPAddress] {
        let ports = ports(of: member.name).map(\.own)
        return Set(member.addresses + ports.map(\.linkLocal) + ports.compactMap(\.ipv6) + ports.compactMap(\.ipv4)).sorted()
    }
}
