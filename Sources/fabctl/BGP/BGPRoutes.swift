import ArgumentParser
import BGPConfig
import Net
import Node
import Speaker
import YAML

/// `fabctl bgp routes`
struct BGPRoutes: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "routes", abstract: "Shows routes: what each peer is told and why not, and what it tells.",
        discussion: """
            advertised (or out) are the routes that are wanted, each with how far it got; received (or in) are the peer's, which are shown \
            and not used.

              fabctl bgp routes advertised
              fabctl bgp routes in --peer leaf --family ipv6
            """)

    enum Direction: String, ExpressibleByArgument, CaseIterable {
        case advertised, received

        init?(argument: String) {
            switch argument {
            case "advertised", "out": self = .advertised
            case "received", "in": self = .received
            default: return nil
            }
        }
    }

    @Argument(help: "advertised (out), or received (in).") var direction = Direction.advertised
    @Argument(help: ArgumentHelp("Only routes of this prefix, and inside it.", valueName: "prefix")) var prefix: Prefix?
    @Option(help: ArgumentHelp("Only of this peer.", valueName: "peer"), completion: .bgpPeers) var peer: [String] = []
    @Option(help: "Only of this family.") var family: BGPFamily?
    @OptionGroup var output: OutputOptions
    @OptionGroup var options: NodeOptions

    func run() throws {
        try reporting { () throws(NodeError) in
            var view = try BGPView(options)
            if view.isRunning {
                // What is written down may be a moment old.
                let client = view.client
                _ = try speaking { () throws(SpeakerError) in try client.send(SpeakerRequest(.publish), timeout: 10_000_000_000) }
                view = try BGPView(options)
            }
            let client = view.client
            let document = try speaking { () throws(SpeakerError) in try client.routes() } ?? RoutesDocument(peers: [])
            let keys = try view.peers(peer).map(\.key)
            let statuses = Dictionary(view.status.peers.map { ($0.key, $0) }) { first, _ in first }
            var found: [(peer: PeerStatus, route: RoutesDocument.Route)] = []
            for entry in document.peers where keys.contains(entry.key) {
                guard let status = statuses[entry.key] else { continue }
                for route in direction == .advertised ? entry.advertised : entry.received {
                    if let prefix, !prefix.contains(route.prefix) { continue }
                    if let family, family.addresses != route.prefix.family { continue }
                    found.append((status, route))
                }
            }
            let routes = found
            output.write(.array(routes.map { Self.structured($0.peer, $0.route) })) { text(routes) }
            try view.requireRunning()
        }
    }

    private func text(_ routes: [(peer: PeerStatus, route: RoutesDocument.Route)]) -> String {
        let isAdvertised = direction == .advertised
        var table = TextTable(
            isAdvertised
                ? ["PEER", "PREFIX", "STATE", "COMMUNITIES", "REASON"] : ["PEER", "PREFIX", "NEXT HOP", "AS PATH", "ORIGIN", "COMMUNITIES", "STALE"])
        for (peer, route) in routes {
            let fields = route.fields
            let communities = [fields["communities"], fields["large-communities"]].compactMap(\.self).joined(separator: ",")
            table.add(
                isAdvertised
                    ? [peer.name, route.prefix.description, fields["state"] ?? "", communities, fields["reason"] ?? ""]
                    : [
                        peer.name, route.prefix.description, fields["next-hop"] ?? "", fields["as-path"] ?? "", fields["origin"] ?? "", communities,
                        fields["stale"] == nil ? "" : "yes",
                    ])
        }
        return table.text
    }

    private static func structured(_ peer: PeerStatus, _ route: RoutesDocument.Route) -> StructuredValue {
        var value: StructuredValue = ["peer": .string(peer.key), "prefix": .string(route.prefix.description)]
        for (name, text) in route.ordered {
            let name = name.split(separator: "-").joined(separator: "_")
            switch name {
            case "communities", "large_communities": value[name] = .array(text.split(separator: ",").map { .string(String($0)) })
            case "local_preference", "med": value[name] = Int(text).map { .int($0) } ?? .string(text)
            case "stale": value[name] = true
            default: value[name] = .string(text)
            }
        }
        return value
    }
}

extension RoutesDocument.Route {
    /// In the order that the speaker wrote them.
    fileprivate var ordered: [(name: String, text: String)] {
        text.split(separator: "\t").map { field in
            let parts = field.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return (String(parts[0]), parts.count > 1 ? String(parts[1]) : "")
        }
    }

    fileprivate var fields: [String: String] { Dictionary(ordered.map { ($0.name, $0.text) }) { first, _ in first } }
}

/// `fabctl bgp capabilities`
struct BGPCapabilities: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "capabilities", abstract: "Shows what each side offered, and what both agreed on.")

    @Argument(help: ArgumentHelp("A peer's name, address or interface.", valueName: "peer"), completion: .bgpPeers) var peers: [String] = []
    @OptionGroup var output: OutputOptions
    @OptionGroup var options: NodeOptions

    func run() throws {
        try reporting { () throws(NodeError) in
            let view = try BGPView(options)
            let found = try view.peers(peers)
            output.write(
                .array(
                    found.map {
                        [
                            "peer": .string($0.key), "state": .string($0.state), "local": structured($0.localCapabilities),
                            "remote": structured($0.remoteCapabilities),
                        ]
                    })
            ) {
                var table = TextTable(["PEER", "CODE", "CAPABILITY", "LOCAL", "REMOTE"])
                for peer in found {
                    for code in Set((peer.localCapabilities + peer.remoteCapabilities).map(\.code)).sorted() {
                        let local = peer.localCapabilities.filter { $0.code == code }
                        let remote = peer.remoteCapabilities.filter { $0.code == code }
                        func cell(_ list: [PeerStatus.Capability]) -> String {
                            list.isEmpty
                                ? ""
                                : list.map { $0.value.map { $0.isEmpty ? "yes" : String(quotedForTerminal($0).dropFirst().dropLast()) } ?? "yes" }
                                    .joined(separator: ", ")
                        }
                        table.add([peer.name, "\(code)", (local + remote).first?.name ?? "", cell(local), cell(remote)])
                    }
                }
                return table.text
            }
            try view.requireRunning()
        }
    }
}

/// Asks the speaker for something, and tells what came of it.
private func ask(_ request: SpeakerRequest, _ options: NodeOptions, timeout: TimeLimit, _ output: OutputOptions, done verb: String) throws(NodeError)
{
    let view = try BGPView(options)
    guard view.isRunning else { throw NodeError(.unavailable, "no speaker is running", hint: "fabctl bgp run starts one") }
    var request = request
    request.peers = request.peers.isEmpty ? [] : try view.peers(request.peers).map(\.key)
    let wanted = request
    let answer = try speaking { () throws(SpeakerError) in try view.client.send(wanted, timeout: timeout.nanoseconds) }
    output.write(
        .array(
            answer.done.map { ["peer": .string($0), "done": true, "reason": .null] }
                + answer.refused.sorted { $0.key < $1.key }.map { ["peer": .string($0.key), "done": false, "reason": .string($0.value)] })
    ) {
        answer.done.map { "\($0) \(verb)\n" }.joined()
    }
    guard answer.refused.isEmpty else {
        let first = answer.refused.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }.joined(separator: "; ")
        throw NodeError(.negative, first)
    }
    if answer.done.isEmpty { throw NodeError(.negative, "there are no peers", hint: "fabctl bgp peer add and fabctl bgp apply give some") }
}

/// `fabctl bgp refresh`
struct BGPRefresh: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "refresh", abstract: "Asks peers for their routes again, or tells them all routes again; sessions stay up.",
        discussion: """
            Needs a peer that can refresh routes (RFC 2918) to ask; to tell needs nothing.

              fabctl bgp refresh in leaf
              fabctl bgp refresh out
            """)

    enum Direction: String, ExpressibleByArgument, CaseIterable {
        case `in`, out

        init?(argument: String) {
            switch argument {
            case "in", "received": self = .in
            case "out", "advertised": self = .out
            default: return nil
            }
        }
    }

    @Argument(help: "in: ask for the peer's routes. out: send ours.") var direction = Direction.in
    @Argument(help: ArgumentHelp("A peer's name, address or interface. Default: all.", valueName: "peer"), completion: .bgpPeers) var peers:
        [String] = []
    @Option(help: "Only this family.") var family: BGPFamily?
    @Option(help: ArgumentHelp("How long to wait for the speaker.", valueName: "duration")) var timeout = TimeLimit(seconds: 10)
    @OptionGroup var output: OutputOptions
    @OptionGroup var options: NodeOptions

    func run() throws {
        try reporting { () throws(NodeError) in
            let request = SpeakerRequest(direction == .in ? .refreshIn : .refreshOut, peers: peers, family: family?.rawValue)
            try ask(request, options, timeout: timeout, output, done: direction == .in ? "asked" : "sent")
        }
    }
}

/// `fabctl bgp reset`
struct BGPReset: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reset", abstract: "Ends sessions and begins them anew.",
        discussion: """
            The peer is told so (Cease/Administrative Reset), with a text for its operator if one is given. `clear` is another name of \
            this command.

              fabctl bgp reset leaf --reason "new policy"
            """)

    @Argument(help: ArgumentHelp("A peer's name, address or interface. Default: all.", valueName: "peer"), completion: .bgpPeers) var peers:
        [String] = []
    @Option(help: ArgumentHelp("Tells the peer's operator why (RFC 9003).", valueName: "text")) var reason: String?
    @Option(help: ArgumentHelp("How long to wait for the speaker.", valueName: "duration")) var timeout = TimeLimit(seconds: 10)
    @OptionGroup var output: OutputOptions
    @OptionGroup var options: NodeOptions

    func validate() throws {
        if let reason, reason.utf8.count > 255 { throw ValidationError("--reason takes 255 bytes.") }
    }

    func run() throws {
        try reporting { () throws(NodeError) in
            try ask(SpeakerRequest(.reset, peers: peers, text: reason), options, timeout: timeout, output, done: "reset")
        }
    }
}
