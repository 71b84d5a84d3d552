import Lab
import Model
import Net
import Netlink
import Node

/// What a path is looked for in: a lab, or the node that this machine is.
struct PathPlace {
    enum Kind {
        case lab(Lab, LabPlan)
        case node(Desired)
    }

    let kind: Kind

    /// A lab that is named, the node that is named, the node that is installed here, or the lab that is there, in this order. A node of a lab
    /// knows the lab, and so all its names.
    init(lab name: String?, bpffs: String?) throws(LabError) {
        if let name {
            self = try Self.lab(name)
            return
        }
        let root = bpffs.flatMap { $0.isEmpty ? nil : absolutePath($0) } ?? Environment.variable("FABCTL_BPFFS")
        if let root, let name = Self.labName(of: root), let place = try? Self.lab(name) {
            self = place
            return
        }
        let outcome = Result { () throws(NodeError) in try Node(root: root ?? Node.defaultRoot).desired() }
        if case .success(let desired) = outcome {
            kind = .node(desired)
            return
        }
        let names = root == nil ? (try? Lab.names()) ?? [] : []
        if names.contains(Lab.standardName) || names.count == 1, let name = names.contains(Lab.standardName) ? Lab.standardName : names.first {
            self = try Self.lab(name)
            return
        }
        guard names.isEmpty else {
            throw LabError(.invalid, "which lab?", hint: "--name names one: " + names.joined(separator: ", "))
        }
        if case .failure(let error) = outcome {
            let hint = error.kind == .unavailable ? "a path is looked for from a pod of an installed node, or of a lab (fabctl lab up)" : error.hint
            throw LabError(LabError.Kind(rawValue: error.kind.rawValue) ?? .system, error.message, hint: hint)
        }
        throw LabError(.internal, "no node and no lab")
    }

    private static func lab(_ name: String) throws(LabError) -> PathPlace {
        let lab = try Lab(name: name)
        return PathPlace(kind: .lab(lab, try lab.plan()))
    }

    private init(kind: Kind) { self.kind = kind }

    /// The lab that a node's directory on bpffs belongs to.
    private static func labName(of root: String) -> String? {
        let labs = LabPaths.fromEnvironment().bpffs + "/"
        guard root.hasPrefix(labs) else { return nil }
        return root.dropFirst(labs.count).split(separator: "/").first.map(String.init)
    }

    /// Where a path begins.
    struct Source {
        let name: String
        let addresses: [IPAddress]
        /// The node whose datapath the packets pass first; nil when they pass none.
        let node: Node?
    }

    func source(_ text: String, bpffs: String?) throws(LabError) -> Source {
        switch kind {
        case .lab(let lab, let plan):
            let member = try lab.member(text)
            let node = plan.members(.node).first { $0.name == member.node }
            return Source(name: member.name, addresses: member.addresses, node: node.map { Node(root: lab.bpffs(of: $0)) })
        case .node(let desired):
            if text == desired.config.name { return Source(name: text, addresses: desired.config.addresses, node: nil) }
            let wanted = PodName(text) ?? PodName(namespace: "default", name: text)
            guard let endpoint = desired.endpoints.first(where: { $0.pod == wanted }) else {
                throw LabError(
                    .invalid, "\(text) is no pod of this node", hint: "a path begins at a pod of this node, or at \(desired.config.name) itself")
            }
            return Source(
                name: endpoint.pod.description, addresses: endpoint.addresses,
                node: Node(root: bpffs.map(absolutePath) ?? Environment.variable("FABCTL_BPFFS") ?? Node.defaultRoot))
        }
    }

    /// Runs `body` with the network namespace of where a path begins.
    func inside<R>(_ source: Source, _ body: (borrowing NetworkNamespace) throws(LabError) -> R) throws(LabError) -> R {
        switch kind {
        case .lab(let lab, _): return try body(try lab.namespace(of: try lab.member(source.name)))
        case .node(let desired):
            guard let endpoint = desired.endpoints.first(where: { $0.pod.description == source.name }) else {
                return try body(try speaking { () throws(NetlinkError) in try NetworkNamespace.current() })
            }
            if let path = endpoint.netns { return try body(try speaking { () throws(NetlinkError) in try NetworkNamespace(path: path) }) }
            guard let found = try speaking({ () throws(NetlinkError) in try Self.namespace(behind: endpoint.device) }) else {
                throw LabError(.invalid, "the network namespace of \(source.name) has no name", hint: "bind it: ip netns attach NAME PID")
            }
            return try body(found)
        }
    }

    /// Runs what speaks to the kernel, its errors in the commands' terms.
    private func speaking<R: ~Copyable>(_ body: () throws(NetlinkError) -> R) throws(LabError) -> R {
        do throws(NetlinkError) {
            return try body()
        } catch {
            throw LabError(error)
        }
    }

    /// The named namespace that has the other end of a veth device.
    private static func namespace(behind device: String) throws(NetlinkError) -> NetworkNamespace? {
        var socket = try NetlinkSocket()
        guard let number = try socket.link(named: device)?.peerNamespaceID else { return nil }
        for name in try NetworkNamespace.names() {
            guard let namespace = try? NetworkNamespace(named: name) else { continue }
            if try socket.number(of: namespace) == number { return namespace }
        }
        return nil
    }

    /// Where a path ends: a name, or an address.
    func destination(_ text: String, ipv4: Bool) throws(LabError) -> (name: String, address: IPAddress) {
        if let address = IPAddress(text) { return (names[address] ?? text, address) }
        let found: (name: String, addresses: [IPAddress])
        switch kind {
        case .lab(let lab, _):
            let member = try lab.member(text)
            found = (member.name, member.addresses)
        case .node(let desired):
            let pod = PodName(text) ?? PodName(namespace: "default", name: text)
            if let endpoint = desired.endpoints.first(where: { $0.pod == pod }) {
                found = (pod.description, endpoint.addresses)
            } else if let node = desired.nodes.first(where: { $0.name == text }) {
                found = (text, node.addresses)
            } else {
                found = (pod.description, desired.ips.filter { $0.pod == pod && $0.prefix.isHost }.map(\.prefix.address))
            }
            if found.addresses.isEmpty { throw LabError(.invalid, "this node does not know \(text)", hint: "give an address, or fabctl ip add it") }
        }
        guard let address = found.addresses.first(where: { $0.isIPv4 == ipv4 }) ?? (ipv4 ? nil : found.addresses.first) else {
            throw LabError(.invalid, "\(found.name) has no IPv4 address")
        }
        return (found.name, address)
    }

    /// Names by address.
    var names: [IPAddress: String] {
        switch kind {
        case .lab(_, let plan): return plan.names
        case .node(let desired):
            var names: [IPAddress: String] = [:]
            func add(_ name: String, _ addresses: [IPAddress]) { for address in addresses where names[address] == nil { names[address] = name } }
            add(desired.config.name, desired.config.addresses)
            for endpoint in desired.endpoints { add(endpoint.pod.description, endpoint.addresses) }
            for entry in desired.ips where entry.prefix.isHost { if let pod = entry.pod { add(pod.description, [entry.prefix.address]) } }
            for node in desired.nodes { add(node.name, node.addresses) }
            for item in desired.switches { add(item.name, item.addresses) }
            return names
        }
    }

    /// Routers that a path can lead by, and who is connected to whom, where that is known.
    var routers: (names: [String], neighbours: [String: Set<String>]?) {
        switch kind {
        case .lab(_, let plan): (plan.members.filter { $0.kind != .pod }.map(\.name), plan.neighbours)
        case .node(let desired): ([desired.config.name] + desired.nodes.map(\.name) + desired.switches.map(\.name), nil)
        }
    }
}
