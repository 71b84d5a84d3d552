import Model
import Net
public import YAML

/// A lab's topology in YAML:
///
///     name: fab                       # default of --name
///     spines: [spine1, spine2]
///     leaves: [leaf1, leaf2]
///     nodes:
///       - {name: node1, leaf: leaf1}
///       - {name: node2, leaves: [leaf1, leaf2], podCIDRs: ["fd00:cafe:0:2::/64"]}
///     pods:
///       - {namespace: default, name: web, node: node1, labels: {app: web}, ips: ["fd00:cafe:0:1::10"]}
///     externals:
///       - {name: external, leaf: leaf2, addresses: ["fd00:e0::1"]}
///     ipv4: false
///     mtu: 1500
///     switches: static                # or frr, bird: BGP, with the nodes as well
///     asns: {leaf1: 65101}            # other than by number
///     numbered: false                 # global addresses on links
///     links:
///       - {between: [leaf1, spine1], mtu: 1400, numbered: true}
///     expect:                         # what lab verify finds
///       - {from: default/web, to: default/db, protocol: tcp, port: 5432, verdict: allowed}
///     values: {...}                   # Cilium's Helm values for install
///
/// Only `leaves` and `nodes` must be there, and `spines` with more than one leaf.
public enum TopologyFile {
    /// Reads and checks a topology.
    /// - Parameters:
    ///   - file: how messages name the text.
    ///   - ipv4: IPv4 whatever the file says.
    /// - Throws: with line and column, at the first thing that is wrong.
    public static func read(_ text: String, file: String, ipv4: Bool = false) throws(YAMLError) -> Topology {
        let documents = try YAMLReader.documents(in: text, file: file).filter { !$0.isEmpty }
        guard let root = documents.first?.cursor else {
            throw YAMLError(file: file, position: YAMLPosition(line: 1, column: 1), message: "there is no topology in this file")
        }
        guard documents.count == 1 else { throw documents[1].cursor.error("a second document: a file holds one topology") }
        var topology = try decode(root)
        topology.ipv4 = topology.ipv4 || ipv4
        do throws(TopologyProblem) {
            try topology.validate()
        } catch {
            throw place(error, below: root)
        }
        return topology
    }

    /// Reads and checks the topology in a file.
    /// - Throws: also when there is no such file.
    public static func read(path: String, ipv4: Bool = false) throws(LabError) -> Topology {
        guard let bytes = try Files.read(path) else { throw LabError(.invalid, "\(path): there is no such file") }
        do throws(YAMLError) {
            return try read(String(decoding: bytes, as: UTF8.self), file: path, ipv4: ipv4)
        } catch {
            throw LabError(.invalid, error.description)
        }
    }

    private static func decode(_ root: YAMLCursor) throws(YAMLError) -> Topology {
        try root.allow(only: [
            "name", "spines", "leaves", "nodes", "pods", "externals", "mtu", "links", "numbered", "ipv4", "switches", "asns", "expect", "values",
        ])
        var topology = Topology(spines: try root.optional("spines")?.strings() ?? [], leaves: try root.required("leaves").strings(), nodes: [])
        topology.name = try root.optional("name")?.string()
        topology.mtu = try root.optional("mtu")?.int()
        topology.ipv4 = try root.optional("ipv4")?.bool() ?? false
        topology.values = try root.optional("values").map { cursor throws(YAMLError) in try values(cursor) }
        for cursor in try root.required("nodes").elements() { topology.nodes.append(try node(cursor)) }
        for cursor in try root.optional("pods")?.elements() ?? [] { topology.pods.append(try pod(cursor)) }
        for cursor in try root.optional("externals")?.elements() ?? [] { topology.externals.append(try external(cursor)) }
        topology.numbered = try root.optional("numbered")?.bool() ?? false
        if let switches = try root.optional("switches") { topology.switches = try choice(switches, Topology.Switching.self) }
        if let links = try root.optional("links") { try decode(links: links, &topology) }
        if let asns = try root.optional("asns") {
            for entry in try asns.mapping() {
                let cursor = try asns.required(entry.key)
                guard let asn = UInt32(exactly: try cursor.int()), asn > 0 else { throw cursor.error("an AS number is 1 to 4294967295") }
                topology.asns[entry.key] = asn
            }
        }
        for cursor in try root.optional("expect")?.elements() ?? [] { topology.expectations.append(try expectation(cursor)) }
        return topology
    }

    /// A list of links with something special, or one word for all.
    private static func decode(links: YAMLCursor, _ topology: inout Topology) throws(YAMLError) {
        if links.node.sequence == nil {
            let word = try links.string()
            guard ["numbered", "unnumbered"].contains(word) else { throw links.error("links is numbered, unnumbered or a list") }
            topology.numbered = word == "numbered"
            return
        }
        for cursor in try links.elements() {
            try cursor.allow(only: ["between", "mtu", "numbered"])
            topology.links.append(
                Topology.LinkSetting(
                    between: try cursor.required("between").strings(), mtu: try cursor.optional("mtu")?.int(),
                    numbered: try cursor.optional("numbered")?.bool()))
        }
    }

    private static func choice<T: RawRepresentable & CaseIterable>(_ cursor: YAMLCursor, _: T.Type) throws(YAMLError) -> T
    where T.RawValue == String {
        let text = try cursor.string()
        if let value = T(rawValue: text) { return value }
        throw cursor.error("\(StructuredValue.quoted(text)) is none of \(T.allCases.map(\.rawValue).joined(separator: ", "))")
    }

    private static func expectation(_ cursor: YAMLCursor) throws(YAMLError) -> Topology.Expectation {
        try cursor.allow(only: ["from", "to", "protocol", "port", "verdict"])
        let from = try cursor.required("from")
        let text = try from.string()
        guard let pod = PodName(text.contains("/") ? text : "default/" + text) else { throw from.error("\(StructuredValue.quoted(text)) is no pod") }
        let transport = try cursor.optional("protocol").map { cursor throws(YAMLError) in try choice(cursor, Topology.Expectation.Transport.self) }
        let port = try cursor.optional("port")
        let number = try port?.int()
        if let port, let number, !(1...65535).contains(number) { throw port.error("\(number) is no port") }
        let kind = transport ?? (port == nil ? .icmp : .tcp)
        if let port, kind == .icmp { throw port.error("ICMP has no ports") }
        if kind != .icmp, port == nil { throw cursor.error("\(kind.rawValue) needs a port") }
        let verdict = try cursor.required("verdict")
        let word = try verdict.string()
        guard ["allowed", "denied"].contains(word) else { throw verdict.error("a verdict is allowed or denied") }
        return Topology.Expectation(
            from: pod, to: try cursor.required("to").string(), transport: kind, port: number.map { UInt16($0) }, allowed: word == "allowed")
    }

    private static func node(_ cursor: YAMLCursor) throws(YAMLError) -> Topology.Node {
        try cursor.allow(only: ["name", "leaf", "leaves", "podCIDRs"])
        let name = try cursor.required("name").string()
        let single = try cursor.optional("leaf")
        let several = try cursor.optional("leaves")
        if single != nil, let several { throw several.error("\(name) has both leaf and leaves") }
        let leaves = if let single { [try single.string()] } else { try cursor.required("leaves").strings() }
        var prefixes: [Prefix] = []
        for element in try cursor.optional("podCIDRs")?.elements() ?? [] {
            let text = try element.string()
            guard let prefix = Prefix(text) else { throw element.error("\(StructuredValue.quoted(text)) is not a prefix") }
            prefixes.append(prefix)
        }
        return Topology.Node(name: name, leaves: leaves, podCIDRs: prefixes)
    }

    private static func pod(_ cursor: YAMLCursor) throws(YAMLError) -> Topology.Pod {
        try cursor.allow(only: ["namespace", "name", "node", "ips", "labels"])
        let namespace = try cursor.optional("namespace")?.string() ?? "default"
        let name = PodName(namespace: namespace, name: try cursor.required("name").string())
        return Topology.Pod(
            pod: name, node: try cursor.required("node").string(), addresses: try addresses(cursor.optional("ips")),
            labels: try cursor.optional("labels")?.stringMap() ?? [:])
    }

    private static func external(_ cursor: YAMLCursor) throws(YAMLError) -> Topology.External {
        try cursor.allow(only: ["name", "leaf", "addresses"])
        return Topology.External(
            name: try cursor.required("name").string(), leaf: try cursor.required("leaf").string(),
            addresses: try addresses(cursor.optional("addresses")))
    }

    private static func addresses(_ cursor: YAMLCursor?) throws(YAMLError) -> [IPAddress] {
        var addresses: [IPAddress] = []
        for element in try cursor?.elements() ?? [] {
            let text = try element.string()
            guard let address = IPAddress(text) else { throw element.error("\(StructuredValue.quoted(text)) is not an address") }
            addresses.append(address)
        }
        return addresses
    }

    /// Helm values as they stand, written again for `install -f`.
    private static func values(_ cursor: YAMLCursor) throws(YAMLError) -> String {
        _ = try cursor.mapping()
        return StructuredValue(cursor.node).yaml()
    }

    /// Finds the place in the text of a problem, or of what is nearest above it.
    private static func place(_ problem: TopologyProblem, below root: YAMLCursor) -> YAMLError {
        var found = root
        var pending = [root]
        while let cursor = pending.popLast() {
            if problem.path == cursor.path { return cursor.error(problem.message) }
            // `leaf: NAME` stands for a list of one.
            if problem.path == "\(cursor.path.dropSuffix(".leaf")).leaves[0]", cursor.path.hasSuffix(".leaf") { return cursor.error(problem.message) }
            if problem.path.hasPrefix(cursor.path), cursor.path.utf8.count >= found.path.utf8.count { found = cursor }
            if let mapping = cursor.node.mapping {
                pending += mapping.compactMap { cursor[$0.key] }
            } else if cursor.node.sequence != nil {
                pending += (try? cursor.elements()) ?? []
            }
        }
        return YAMLError(file: found.file, position: found.position, message: problem.description)
    }
}

extension String {
    fileprivate func dropSuffix(_ suffix: String) -> Substring { hasSuffix(suffix) ? dropLast(suffix.count) : self[...] }
}
