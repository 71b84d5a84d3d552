import ArgumentParser
import Model
import Net
import Node
import YAML

/// `fabctl node`
struct NodeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "node", abstract: "The other nodes of the cluster, and the switches between.",
        subcommands: [NodeAdd.self, NodeDelete.self, NodeList.self])
}

struct NodeAdd: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add", abstract: "Adds a node: its Pod CIDRs, and the next hops that lead there.",
        discussion: """
            A node that is known already is replaced. With -f a whole cluster is read: nodes, addresses and the names of switches.

              fabctl node add node2 --pod-cidr fd00:cafe:0:2::/64 --via fe80::1%eth0
              fabctl node add -f cluster.yaml
            """)

    @Argument(help: ArgumentHelp("The node's name.", valueName: "name")) var name: String?
    @Option(help: ArgumentHelp("A prefix that its pods have their addresses from.", valueName: "prefix")) var podCidr: [Prefix] = []
    @Option(
        help: ArgumentHelp(
            "A next hop: a neighbour on the fabric, with %dev when its address is link-local. Several share the flows.", valueName: "address[%dev]"))
    var via: [ViaArgument] = []
    @Option(help: ArgumentHelp("The device that the node is on the link of, when there is no --via.", valueName: "dev"), completion: .devices)
    var device: String?
    @Option(help: ArgumentHelp("An address of the node itself.", valueName: "address")) var address: [IPAddress] = []
    @Option(
        name: [.customShort("f", allowingJoined: true), .long], help: ArgumentHelp("A cluster file (YAML); - is standard input.", valueName: "file"),
        completion: .file())
    var file: String?
    @OptionGroup var change: ChangeOptions
    @OptionGroup var options: NodeOptions

    func validate() throws {
        if (name == nil) == (file == nil) { throw ValidationError("Give a node's name, or a cluster file with -f.") }
        if name != nil, podCidr.isEmpty { throw ValidationError("Give --pod-cidr.") }
        if name != nil, via.isEmpty, device == nil { throw ValidationError("Give --via or --device.") }
        if !via.isEmpty, device != nil, via.contains(where: { $0.device != nil }) {
            throw ValidationError("Name the device once: --via ADDRESS%DEV, or --device.")
        }
    }

    func run() throws {
        try reporting { () throws(NodeError) in
            if let file {
                let cluster = try ClusterFile(try readInput(file), file: file == "-" ? "standard input" : file)
                try applyCluster(cluster, options.node, change)
                return
            }
            guard let name else { return }
            try options.node.change(dryRun: change.dryRun, timeout: change.timeout.nanoseconds) {
                (desired: inout Desired, facts: NodeFacts) throws(NodeError) in
                var hops: [NextHop] = []
                for item in via { hops.append(try facts.nextHop(item.address, device: item.device ?? device)) }
                if via.isEmpty, let device { hops = [try facts.onLink(device)] }
                try desired.setNode(RemoteNode(name: name, podCIDRs: podCidr.sorted(), addresses: address.sorted(), nextHops: hops))
            }
            Output.write((change.dryRun ? "would add" : "added") + " node \(name)\n")
        }
    }
}

func applyCluster(_ cluster: ClusterFile, _ node: Node, _ change: ChangeOptions) throws(NodeError) {
    let skipped = try node.change(dryRun: change.dryRun, timeout: change.timeout.nanoseconds) {
        (desired: inout Desired, facts: NodeFacts) throws(NodeError) -> Int in
        var skipped = 0
        var nodes: [RemoteNode] = []
        for item in cluster.nodes {
            if item.name == desired.config.name {
                skipped += 1
                continue
            }
            var hops: [NextHop] = []
            for hop in item.via { hops.append(try facts.nextHop(hop.address, device: hop.device ?? item.device)) }
            if item.via.isEmpty, let device = item.device { hops = [try facts.onLink(device)] }
            if hops.isEmpty { hops = desired.config.baseRoutes.first { $0.prefix.isDefault && $0.prefix.family == .ipv6 }?.nextHops ?? [] }
            nodes.append(RemoteNode(name: item.name, podCIDRs: item.podCIDRs.sorted(), addresses: item.addresses.sorted(), nextHops: hops))
        }
        try desired.setNodes(nodes)
        for item in cluster.switches { try desired.setSwitch(item) }
        let elsewhere = cluster.ips.filter { item in !desired.config.podCIDRs.contains { $0.contains(item.prefix) } }
        try desired.setIPs(elsewhere.map { ($0.prefix, $0.pod, $0.labels) })
        return skipped + cluster.ips.count - elsewhere.count
    }
    let verb = change.dryRun ? "would add" : "added"
    Output.write(
        "\(verb) \(cluster.nodes.count) nodes, \(cluster.ips.count) addresses, \(cluster.switches.count) switches"
            + (skipped > 0 ? ", of which \(skipped) are this node's own and were left out" : "") + "\n")
}

struct NodeDelete: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "delete", abstract: "Forgets a node and its routes.")

    @Argument(help: ArgumentHelp("The node's name.", valueName: "name"), completion: .nodes) var name: String
    @OptionGroup var change: ChangeOptions
    @OptionGroup var options: NodeOptions

    func run() throws {
        try reporting { () throws(NodeError) in
            try options.node.change(dryRun: change.dryRun, timeout: change.timeout.nanoseconds) {
                (desired: inout Desired, facts: NodeFacts) throws(NodeError) in
                if facts.carriedOut.contains("delete node \(name)") { return }
                try desired.deleteNode(name)
            }
            Output.write((change.dryRun ? "would delete" : "deleted") + " node \(name)\n")
        }
    }
}

struct NodeList: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "Lists the other nodes.")

    @OptionGroup var output: OutputOptions
    @OptionGroup var options: NodeOptions

    func run() throws {
        try reporting { () throws(NodeError) in
            let nodes = try options.node.desired().nodes
            func hop(_ hop: NextHop) -> String { hop.via.map { "\($0)%\(hop.device)" } ?? hop.device }
            output.write(
                .array(
                    nodes.map { node in
                        [
                            "name": .string(node.name), "podCIDRs": .array(node.podCIDRs.map { .string($0.description) }),
                            "addresses": .array(node.addresses.map { .string($0.description) }),
                            "nexthops": .array(
                                node.nextHops.map {
                                    ["via": .init($0.via?.description), "device": .string($0.device), "weight": .init($0.weight)]
                                }),
                        ]
                    })
            ) {
                var table = TextTable(["NODE", "POD CIDRS", "ADDRESSES", "VIA"])
                for node in nodes {
                    table.add([
                        node.name, node.podCIDRs.map(\.description).joined(separator: ","), node.addresses.map(\.description).joined(separator: ","),
                        node.nextHops.map(hop).joined(separator: ","),
                    ])
                }
                return table.text
            }
        }
    }
}
