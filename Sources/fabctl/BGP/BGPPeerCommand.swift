import Model
public import ArgumentParser
public import BGPConfig
import BGP
import Net
import Node
import YAML

/// `fabctl bgp peer`
struct BGPPeerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "peer", abstract: "Peers given by flags, for a node without manifests.",
        subcommands: [BGPPeerAdd.self, BGPPeerDelete.self, BGPPeerList.self])
}

extension ScopedAddress: ExpressibleByArgument {
    public init?(argument: String) { self.init(argument) }
}

extension BGPFamily: ExpressibleByArgument {}

struct BGPPeerAdd: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add", abstract: "Adds a peer, or changes it.",
        discussion: """
            It is told the node's Pod CIDRs and what `bgp prefix` holds. Without an address, the router on --interface is found by its \
            router advertisements, and is sent some.

              fabctl bgp peer add fe80::1%eth0 --asn 65101 --local-asn 65001
              fabctl bgp peer add --interface eth0 --asn 65101 --local-asn 65001 --ttl-security 1
            """)

    @Argument(help: ArgumentHelp("The peer's address, with its interface where it is link-local.", valueName: "address[%dev]"))
    var address: ScopedAddress?
    @Option(help: ArgumentHelp("The interface of a peer without a configured address.", valueName: "dev"), completion: .devices) var interface:
        String?
    @Option(help: ArgumentHelp("The peer's AS; 0 takes any.", valueName: "number")) var asn: UInt32
    @Option(help: ArgumentHelp("The AS of this node.", valueName: "number")) var localAsn: UInt32
    @Option(help: ArgumentHelp("A name for it. Default: its address or interface.", valueName: "name")) var name: String?
    @Option(help: ArgumentHelp("The peer's TCP port.", valueName: "number")) var port: UInt16 = 179
    @Option(help: ArgumentHelp("The address to connect from.", valueName: "address")) var source: ScopedAddress?
    @Option(help: ArgumentHelp("The BGP identifier. Default: derived from the node.", valueName: "address")) var routerId: IPAddress?
    @Option(help: ArgumentHelp("Seconds of silence after which the peer is gone.", valueName: "seconds")) var holdTime = BGPPeer.Timers.flags.hold
    @Option(help: ArgumentHelp("Seconds between KEEPALIVEs.", valueName: "seconds")) var keepaliveTime = BGPPeer.Timers.flags.keepAlive
    @Option(help: ArgumentHelp("Seconds between attempts to connect.", valueName: "seconds")) var connectRetry = BGPPeer.Timers.flags.connectRetry
    @Option(help: ArgumentHelp("A file that holds the password (TCP MD5), read by bgp run.", valueName: "file"), completion: .file())
    var passwordFile: String?
    @Option(help: ArgumentHelp("A variable of bgp run's environment that holds the password.", valueName: "name")) var passwordEnv: String?
    @Option(help: ArgumentHelp("Ignore packets that come from more hops away (RFC 5082).", valueName: "hops")) var ttlSecurity: UInt8?
    @Option(help: ArgumentHelp("Hops that an external peer may be away.", valueName: "hops")) var multihop: UInt8 = 1
    @Option(help: ArgumentHelp("Seconds that the peer keeps the routes while the speaker restarts; 0: not at all.", valueName: "seconds"))
    var restartTime = 60
    @Flag(help: "Let the peer drop the routes after a NOTIFICATION, other than graceful restart has it (no N bit, RFC 8538).")
    var noGracefulNotification = false
    @Option(help: "An address family to exchange. Default: both.") var family: [BGPFamily] = []
    @Option(help: ArgumentHelp("Prefixes of a family that the peer may announce.", valueName: "count")) var maximumPrefixes: Int?
    @Option(help: ArgumentHelp("A community of the Pod CIDRs: 65001:100, 65001:1:2 or a name.", valueName: "community")) var community:
        [CommunityArgument] = []
    @Flag(help: "Wait for the peer to connect.") var passive = false
    @OptionGroup var change: ChangeOptions
    @OptionGroup var options: NodeOptions

    func validate() throws {
        if (address == nil) == (interface == nil) { throw ValidationError("Give an address, or --interface for the router there.") }
        if let address, address.address.isLinkLocal, !address.address.isIPv4, address.interface == nil {
            throw ValidationError("\(address) is link-local: name its interface (\(address)%eth0).")
        }
        if let interface, !isInterfaceName(interface) { throw ValidationError("\(interface) is no name of an interface.") }
        if localAsn == 0 { throw ValidationError("--local-asn is within 1 to 4294967295.") }
        if passwordFile != nil, passwordEnv != nil { throw ValidationError("Name one place for the password.") }
        if holdTime != 0, !(3...65535).contains(holdTime) { throw ValidationError("--hold-time is 0, or within 3 to 65535.") }
        if !(1...65535).contains(keepaliveTime) || holdTime != 0 && keepaliveTime > holdTime {
            throw ValidationError("--keepalive-time is within 1 to the hold time.")
        }
        if connectRetry < 1 { throw ValidationError("--connect-retry is 1 or more.") }
        if !(0...4095).contains(restartTime) { throw ValidationError("--restart-time is within 0 to 4095.") }
        if let ttlSecurity, !(1...254).contains(ttlSecurity) { throw ValidationError("--ttl-security is within 1 to 254.") }
        if multihop == 0 || (ttlSecurity != nil && multihop > 1) { throw ValidationError("Give --multihop or --ttl-security, 1 or more.") }
        if let maximumPrefixes, maximumPrefixes < 1 { throw ValidationError("--maximum-prefixes is 1 or more.") }
        if let routerId, !routerId.isIPv4 || routerId.isUnspecified {
            throw ValidationError("--router-id is written as an IPv4 address, not 0.0.0.0.")
        }
        if port == 0 { throw ValidationError("--port is within 1 to 65535.") }
    }

    private var peer: BGPFlagPeer {
        let name = name ?? address?.description ?? interface ?? ""
        var peer = BGPFlagPeer(name: name, address: address, interface: interface, peerAS: asn, localAS: localAsn)
        peer.port = port
        peer.localAddress = source
        peer.routerID = routerId
        peer.timers = .init(connectRetry: connectRetry, hold: holdTime, keepAlive: keepaliveTime)
        peer.password = passwordFile.map { .file(absolutePath($0)) } ?? passwordEnv.map { .environment($0) }
        peer.gracefulRestart = restartTime == 0 ? nil : .init(restartTime: restartTime, notification: !noGracefulNotification)
        peer.multihop = multihop
        peer.ttlSecurity = ttlSecurity
        peer.isPassive = passive
        if !family.isEmpty { peer.families = Set(family).sorted() }
        peer.maximumPrefixes = maximumPrefixes
        peer.communities = community.map(\.text)
        return peer
    }

    func run() throws {
        try reporting { () throws(NodeError) in
            let node = try options.node.desired().config.name
            let made = try options.node.changeBGP(change) { (intent: inout BGPIntent) throws(NodeError) in
                let made = intent.apply(peer)
                // A twin would be left out, and nobody would know.
                if let problem = intent.plan(node: node).problems.first(where: { $0.subject == "peer flags/\(peer.name)" }) {
                    throw NodeError(.invalid, problem.description, hint: "fabctl bgp peer list and fabctl bgp get say which peers there are")
                }
                return made
            }
            let words = made == .created ? "added" : made == .configured ? "changed" : "unchanged"
            Output.write("peer \(peer.name) \(words)" + (change.dryRun ? " (dry run)" : "") + "\n")
        }
    }
}

/// A community, standard, large or by name.
struct CommunityArgument: ExpressibleByArgument {
    let text: String

    init?(argument: String) {
        guard Community(argument) != nil || LargeCommunity(argument) != nil else { return nil }
        text = argument
    }
}

struct BGPPeerDelete: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "delete", abstract: "Takes a peer away; the speaker says goodbye to it.")

    @Argument(help: ArgumentHelp("Its name or address.", valueName: "peer"), completion: .bgpFlagPeers) var name: String
    @OptionGroup var change: ChangeOptions
    @OptionGroup var options: NodeOptions

    func run() throws {
        try reporting { () throws(NodeError) in
            try options.node.changeBGP(change) { (intent: inout BGPIntent) throws(NodeError) in
                let before = intent.peers.count
                intent.peers.removeAll { $0.name == name || $0.address?.description == name }
                if intent.peers.count == before {
                    throw NodeError(.invalid, "there is no peer \(name) given by flags", hint: "fabctl bgp peer list lists them")
                }
            }
            Output.write("peer \(name) deleted" + (change.dryRun ? " (dry run)" : "") + "\n")
        }
    }
}

struct BGPPeerList: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "Lists the peers given by flags.")

    @OptionGroup var output: OutputOptions
    @OptionGroup var options: NodeOptions

    func run() throws {
        try reporting { () throws(NodeError) in
            let peers = try options.node.bgpIntent().peers
            output.write(.array(peers.map(Self.structured))) {
                var table = TextTable(["NAME", "ADDRESS", "AS", "LOCAL AS", "FAMILIES", "HOLD", "PASSWORD"])
                for peer in peers {
                    table.add([
                        peer.name, peer.address?.bracketed ?? peer.interface ?? "", "\(peer.peerAS)", "\(peer.localAS)",
                        peer.families.map(\.rawValue).joined(separator: ","), "\(peer.timers.hold)s", peer.password?.description ?? "",
                    ])
                }
                return table.text
            }
        }
    }

    private static func structured(_ peer: BGPFlagPeer) -> StructuredValue {
        [
            "name": .string(peer.name), "address": .init(peer.address?.description), "interface": .init(peer.interface ?? peer.address?.interface),
            "asn": .init(peer.peerAS), "local_asn": .init(peer.localAS), "port": .init(peer.port),
            "families": .array(peer.families.map { .string($0.rawValue) }), "hold_time": .init(peer.timers.hold),
            "keepalive_time": .init(peer.timers.keepAlive), "connect_retry": .init(peer.timers.connectRetry),
            "restart_time": .init(peer.gracefulRestart?.restartTime), "multihop": .init(peer.multihop), "ttl_security": .init(peer.ttlSecurity),
            "password": .init(peer.password?.description), "passive": .bool(peer.isPassive), "maximum_prefixes": .init(peer.maximumPrefixes),
            "communities": .init(peer.communities),
        ]
    }
}
