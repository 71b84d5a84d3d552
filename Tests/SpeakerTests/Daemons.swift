import Glibc
import Netlink
import NodeTestSupport

/// Routing daemons of others on a fabric's leaves, each in its leaf's namespace with files of its own; ended whatever happens.
final class Daemons {
    let fabric: Fabric
    private var running: [Running] = []
    private var directories: [String] = []

    private init(_ fabric: Fabric) { self.fabric = fabric }

    /// Whether the daemons are there.
    static let areInstalled = (["/usr/lib/frr/bgpd", "/usr/sbin/bird", "/usr/bin/gobgpd"] as [String]).allSatisfy { access($0, X_OK) == 0 }
    static let canRun = geteuid() == 0 && areInstalled

    /// Runs `body` on a fabric of one leaf.
    static func with(leaves: Int = 1, ipv4: Bool = false, _ body: (Daemons, Fabric) throws -> Void) throws {
        try Fabric.with(leaves: leaves, ipv4: ipv4) { fabric in
            let daemons = Daemons(fabric)
            defer { daemons.stop() }
            try body(daemons, fabric)
        }
    }

    // MARK: Theirs

    /// Starts FRR on a leaf.
    /// - Parameter bgp: the lines within `router bgp`.
    func frr(_ bgp: String, on leaf: String = "l1", asn: UInt32 = 65101, routerID: String = "10.255.1.1") throws {
        let name = fabric.name(leaf)
        let directory = try directory("/var/run/frr/\(name)", owner: "frr")
        let configuration = try fabric.file(
            "frr-\(leaf)",
            """
            hostname \(leaf)
            router bgp \(asn)
             bgp router-id \(routerID)
             no bgp default ipv4-unicast
             no bgp ebgp-requires-policy
             no bgp network import-check
             timers bgp 3 9
            \(bgp)
            """)
        for daemon in ["zebra", "bgpd"] {
            running.append(
                try fabric.start(
                    ["/usr/lib/frr/\(daemon)", "-N", name, "-f", configuration, "-i", "\(directory)/\(daemon).pid", "-A", "::1", "-P", "0"], on: leaf)
            )
        }
        guard eventually({ access("\(directory)/bgpd.vty", F_OK) == 0 }) else {
            throw Failure("bgpd did not start: \(running.last?.errorSoFar ?? "")")
        }
    }

    /// What vtysh prints.
    func vtysh(_ leaf: String = "l1", _ commands: String...) throws -> String {
        try fabric.run(["vtysh", "-N", fabric.name(leaf)] + commands.flatMap { ["-c", $0] }, on: leaf, environment: ["VTYSH_PAGER": "cat"]).output
    }

    func frrJSON(_ leaf: String = "l1", _ command: String) throws -> JSON { try JSON(try vtysh(leaf, command)) }

    /// Whether FRR has a route to a prefix that it may use.
    func frrHas(_ prefix: String, _ leaf: String = "l1") throws -> Bool {
        let family = prefix.contains(":") ? "ipv6" : "ipv4"
        return try frrJSON(leaf, "show bgp \(family) unicast \(prefix) json")["paths"]?.elements.isEmpty == false
    }

    /// Starts BIRD on a leaf.
    func bird(_ text: String, on leaf: String = "l1", routerID: String = "10.255.1.1") throws {
        let directory = try directory("/tmp/\(fabric.name(leaf))-bird", owner: "root")
        let configuration = try fabric.file("bird-\(leaf)", "router id \(routerID);\nprotocol device { scan time 1; }\n\(text)\n")
        running.append(try fabric.start(["bird", "-f", "-c", configuration, "-s", "\(directory)/ctl"], on: leaf))
        guard eventually({ access("\(directory)/ctl", F_OK) == 0 }) else {
            throw Failure("bird did not start: \(running.last?.errorSoFar ?? "")")
        }
    }

    func birdc(_ leaf: String = "l1", _ command: String) throws -> String {
        try fabric.run(["birdc", "-s", "/tmp/\(fabric.name(leaf))-bird/ctl"] + command.split(separator: " ").map(String.init), on: leaf).output
    }

    /// Starts GoBGP on a leaf.
    func gobgp(_ toml: String, on leaf: String = "l1") throws {
        let configuration = try fabric.file("gobgp-\(leaf)", toml)
        running.append(try fabric.start(["gobgpd", "-t", "toml", "-f", configuration, "--api-hosts", "[::1]:50051"], on: leaf))
        guard try eventually({ try gobgpc(leaf, "global").code == 0 }) else {
            throw Failure("gobgpd did not start: \(running.last?.errorSoFar ?? "")")
        }
    }

    func gobgpc(_ leaf: String = "l1", _ command: String) throws -> Finished {
        try fabric.run(["gobgp", "-u", "::1"] + command.split(separator: " ").map(String.init), on: leaf)
    }

    /// The daemon started last.
    var last: ChildProcess? { running.last?.child }

    // MARK: Ours

    /// Starts the speaker on n1 with manifests.
    @discardableResult
    /// - Parameter under: a program that starts it.
    func speaker(_ manifests: String, _ arguments: String..., environment: [String: String] = [:], under: [String] = []) throws -> Running {
        let file = try fabric.file("bgp.yaml", manifests)
        let speaker = try fabric.start(
            under + [Fabric.program, "bgp", "run", "-f", file, "--log-level", "debug"] + arguments, on: "n1", environment: environment)
        running.append(speaker)
        return speaker
    }

    /// Takes a program that the test ends itself.
    func forget(_ program: Running) { running.removeAll { $0.child == program.child } }

    func established(seconds: Int = 20) throws -> Bool {
        try fabric.fabctl("bgp", "status", "--wait", "established", "--timeout", "\(seconds)s").code == 0
    }

    /// The status of the only peer.
    func peer() throws -> JSON { (try? fabric.fabctl("bgp", "peers", "-o", "json").json())?[0] ?? .null }

    private func directory(_ path: String, owner: String) throws -> String {
        let made = try fabric.run(["install", "-d", "-o", owner, "-g", owner, path])
        guard made.code == 0 else { throw Failure(made.error) }
        directories.append(path)
        return path
    }

    private func stop() {
        for program in running.reversed() {
            // One that was stopped on purpose would not hear anything else.
            try? program.child.signal(SIGKILL)
            _ = try? program.finish()
        }
        for directory in directories { _ = try? fabric.run(["rm", "-rf", directory]) }
    }
}

/// Manifests of one peer.
struct PeerManifests {
    var cluster = "{name: leaf, peerASN: 65101, autoDiscovery: {mode: Unnumbered, unnumbered: {interface: eth0}}, peerConfigRef: {name: leaf}}"
    var localASN: UInt32 = 65201
    var instance = ""
    var annotations = "{}"
    var spec = ""
    var override = ""
    var podCIDRs = #"["fd00:cafe:0:7::/64", "10.7.0.0/24"]"#

    /// At an address.
    static func at(_ address: String) -> PeerManifests {
        var manifests = PeerManifests()
        manifests.cluster = "{name: leaf, peerASN: 65101, peerAddress: \"\(address)\", peerConfigRef: {name: leaf}}"
        return manifests
    }

    var text: String {
        """
        apiVersion: cilium.io/v2
        kind: CiliumBGPClusterConfig
        metadata: {name: fabric}
        spec: {bgpInstances: [{name: main, localASN: \(localASN)\(instance), peers: [\(cluster)]}]}
        ---
        apiVersion: cilium.io/v2
        kind: CiliumBGPPeerConfig
        metadata: {name: leaf, annotations: \(annotations)}
        spec:
          timers: {holdTimeSeconds: 9, keepAliveTimeSeconds: 3, connectRetryTimeSeconds: 1}
          gracefulRestart: {enabled: true, restartTimeSeconds: 30}
          families:
            - {afi: ipv6, safi: unicast, advertisements: {matchLabels: {advertise: bgp}}}
            - {afi: ipv4, safi: unicast, advertisements: {matchLabels: {advertise: bgp}}}
        \(spec)
        ---
        apiVersion: cilium.io/v2
        kind: CiliumBGPAdvertisement
        metadata: {name: pods, labels: {advertise: bgp}}
        spec:
          advertisements:
            - {advertisementType: PodCIDR, attributes: {communities: {standard: ["65201:100"], large: ["65201:1:2"]}}}
        ---
        apiVersion: v1
        kind: Node
        metadata: {name: node1}
        spec: {podCIDRs: \(podCIDRs)}
        \(override)
        """
    }
}
