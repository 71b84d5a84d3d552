import Model
import Net
import Node
import YAML

/// What lies elsewhere: nodes, addresses and switches, as one YAML file.
///
///     nodes:
///       - name: node2
///         podCIDRs: [fd00:cafe:0:2::/64]
///         addresses: [fd00:beef::2]
///         via: [fe80::1%eth0]
///     ips:
///       - address: fd00:cafe:0:2::a
///         pod: default/db
///         labels: {app: db}
///     switches:
///       - name: leaf1
///         addresses: [fe80::1, fd00:fab::11]
struct ClusterFile {
    struct NodeItem {
        var name: String
        var podCIDRs: [Prefix]
        var addresses: [IPAddress]
        var via: [(address: IPAddress, device: String?)]
        var device: String?
    }

    struct IPItem {
        var prefix: Prefix
        var pod: PodName?
        var labels: [String: String]
    }

    var nodes: [NodeItem] = []
    var ips: [IPItem] = []
    var switches: [Switch] = []

    init(_ bytes: [UInt8], file: String) throws(NodeError) {
        do throws(YAMLError) {
            for document in try YAMLReader.documents(in: bytes, file: file) where !document.isEmpty { try read(document.cursor) }
        } catch {
            throw NodeError(.invalid, error.description)
        }
    }

    private mutating func read(_ root: YAMLCursor) throws(YAMLError) {
        try root.allow(only: ["nodes", "ips", "switches"])
        for item in try root.optional("nodes")?.elements() ?? [] {
            try item.allow(only: ["name", "podCIDRs", "addresses", "via", "device"])
            var via: [(address: IPAddress, device: String?)] = []
            for hop in try item.optional("via")?.elements() ?? [] {
                guard let parsed = ViaArgument(argument: try hop.string()) else { throw hop.error("expected ADDRESS or ADDRESS%DEV") }
                via.append((parsed.address, parsed.device))
            }
            nodes.append(
                NodeItem(
                    name: try item.required("name").string(), podCIDRs: try Self.prefixes(try item.required("podCIDRs")),
                    addresses: try Self.addresses(try item.optional("addresses")), via: via, device: try item.optional("device")?.string()))
        }
        for item in try root.optional("ips")?.elements() ?? [] {
            try item.allow(only: ["address", "pod", "labels"])
            let address = try item.required("address")
            guard let prefix = Prefix(try address.string()) else { throw address.error("expected an address or a prefix without host bits") }
            var pod: PodName?
            if let name = try item.optional("pod") {
                guard let parsed = PodName(try name.string()) else { throw name.error("expected NAMESPACE/POD") }
                pod = parsed
            }
            ips.append(IPItem(prefix: prefix, pod: pod, labels: try item.optional("labels")?.stringMap() ?? [:]))
        }
        for item in try root.optional("switches")?.elements() ?? [] {
            try item.allow(only: ["name", "addresses"])
            switches.append(Switch(name: try item.required("name").string(), addresses: try Self.addresses(try item.required("addresses"))))
        }
    }

    private static func prefixes(_ cursor: YAMLCursor) throws(YAMLError) -> [Prefix] {
        var out: [Prefix] = []
        for item in try cursor.elements() {
            guard let prefix = Prefix(try item.string()) else { throw item.error("expected a prefix without host bits (fd00:cafe:0:2::/64)") }
            out.append(prefix)
        }
        return out
    }

    private static func addresses(_ cursor: YAMLCursor?) throws(YAMLError) -> [IPAddress] {
        var out: [IPAddress] = []
        for item in try cursor?.elements() ?? [] {
            guard let address = IPAddress(try item.string()) else { throw item.error("expected an address") }
            out.append(address)
        }
        return out
    }
}
