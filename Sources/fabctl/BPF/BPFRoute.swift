import ArgumentParser
import Net
import Node
import YAML

struct BPFRouteCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "route", abstract: "Routes: prefixes mapped to next hops on the fabric.", subcommands: [BPFRouteList.self, BPFRouteGet.self])
}

func structured(_ hop: RouteView.Hop) -> StructuredValue {
    [
        "via": .init(hop.via?.description), "device": .string(hop.device), "weight": .init(hop.weight), "neighbour": .init(hop.neighbour),
        "name": .init(hop.name), "id": .init(hop.id),
    ]
}

func structured(_ route: RouteView) -> StructuredValue {
    [
        "prefix": .string(route.prefix.description), "kind": .string(route.kind), "source": .string(route.source),
        "nexthops": .array(route.hops.map { structured($0) }), "mtu": .init(route.mtu), "kernel": .init(route.kernel),
    ]
}

extension RouteView.Hop {
    /// As `leaf1 fe80::1%eth0`.
    var text: String { (name.map { $0 + " " } ?? "") + (via.map { "\($0)%\(device)" } ?? device) }
}

struct BPFRouteList: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "Lists every route with its next hops.")

    @OptionGroup var output: OutputOptions
    @OptionGroup var options: NodeOptions

    func run() throws {
        try reporting { () throws(NodeError) in
            let routes = try options.node.routes()
            output.write(.array(routes.map { structured($0) })) {
                var table = TextTable(["PREFIX", "KIND", "VIA", "DEVICE", "WEIGHT", "NEIGHBOUR", "MTU", "SOURCE", "KERNEL"])
                for route in routes {
                    let kernel = route.kernel.map { $0 ? "agrees" : "DIFFERS" } ?? ""
                    let mtu = route.mtu.map(String.init) ?? ""
                    if route.hops.isEmpty {
                        table.add([route.prefix.description, route.kind, "", "", "", "", mtu, route.source, kernel])
                    }
                    for hop in route.hops {
                        table.add([
                            route.prefix.description, route.kind,
                            (hop.name.map { $0 + " " } ?? "") + (hop.via?.description ?? "on link"), hop.device, "\(hop.weight)", hop.neighbour ?? "",
                            mtu, route.source, kernel,
                        ])
                    }
                }
                return table.text
            }
        }
    }
}

struct BPFRouteGet: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "get", abstract: "Shows the route of an address, and the next hop that a flow takes.",
        discussion: """
            With a source the flow is known, and so is its next hop: that of the flow table if it is there, otherwise the one that its hash picks.

              fabctl bpf route get fd00:cafe:0:2::a --from fd00:cafe:0:1::a --protocol tcp --sport 40000 --dport 5432
            """)

    enum TransportProtocol: String, ExpressibleByArgument, CaseIterable {
        case tcp, udp, sctp, icmp

        /// In any case, and as `observe` and `bpf ct list` call them.
        init?(argument: String) {
            let name = argument.lowercased()
            self.init(rawValue: name.hasPrefix("icmp") ? "icmp" : name)
        }
    }

    @Argument(help: ArgumentHelp("The destination.", valueName: "address")) var address: IPAddress
    @Option(help: ArgumentHelp("The flow's source address.", valueName: "address")) var from: IPAddress?
    @Option(help: ArgumentHelp("The flow's protocol.", valueName: "protocol")) var `protocol`: TransportProtocol = .tcp
    @Option(help: ArgumentHelp("The flow's source port (ICMP: the echo identifier).", valueName: "port")) var sport: UInt16 = 0
    @Option(help: ArgumentHelp("The flow's destination port.", valueName: "port")) var dport: UInt16 = 0
    @OptionGroup var output: OutputOptions
    @OptionGroup var options: NodeOptions

    func validate() throws {
        if let from, from.family != address.family { throw ValidationError("--from and the destination must be of one family.") }
    }

    func run() throws {
        try reporting { () throws(NodeError) in
            let number: UInt8 =
                switch self.protocol {
                case .tcp: 6
                case .udp: 17
                case .sctp: 132
                case .icmp: address.isIPv4 ? 1 : 58
                }
            let found = try options.node.route(
                to: address, flow: from.map { ($0, number, sport, self.protocol == .icmp ? 0 : dport) })
            guard let found else {
                throw NodeError(.negative, "no route to \(address)", hint: "fabctl bpf route list shows the routes; the kernel's own apply")
            }
            var value = structured(found.route)
            value["nexthop"] = found.hop.map { structured($0) } ?? .null
            output.write(value) {
                var text = "\(address) \(found.route.kind) \(found.route.prefix) source \(found.route.source)"
                if let hop = found.hop { text += " via \(hop.text)" }
                if found.hop == nil, found.route.hops.count > 1 { text += " via one of " + found.route.hops.map(\.text).joined(separator: ", ") }
                return text + "\n"
            }
        }
    }
}
