import ArgumentParser
import Glibc
import Node
import Speaker
import YAML

/// How to wait for sessions.
struct BGPWaitOptions: ParsableArguments {
    enum Condition: String, ExpressibleByArgument, CaseIterable {
        /// Every peer is established.
        case established
    }

    @Option(help: "Wait until all peers that are meant are in this state.") var wait: Condition?
    @Option(help: ArgumentHelp("How long to wait.", valueName: "duration")) var timeout = TimeLimit(seconds: 30)

    /// Looks until it is so, or the time is over.
    /// - Throws: `negative` when it is not so in time; then with the last view printed.
    func view(_ options: NodeOptions, _ words: [String], print: (BGPView, [PeerStatus]) -> Void) throws(NodeError) {
        let deadline = monotonicNow() &+ timeout.nanoseconds
        while true {
            let isLast = wait == nil || monotonicNow() >= deadline
            do throws(NodeError) {
                let view = try BGPView(options)
                let peers = try view.peers(words)
                let isSo = view.isRunning && !peers.isEmpty && peers.allSatisfy { $0.state == "established" }
                if isSo || isLast {
                    print(view, peers)
                    try view.requireRunning()
                    if wait != nil, !isSo { throw NodeError(.negative, "not established in time", hint: "fabctl bgp peers says why") }
                    return
                }
            } catch {
                // It may come yet.
                if isLast { throw error }
            }
            usleep(50_000)
        }
    }
}

/// `fabctl bgp status`
struct BGPStatusCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Shows the speaker and its sessions in brief.",
        discussion: """
            With no speaker running, what the last one saw is shown with its age, and the exit code is 69.

              fabctl bgp status --wait established --timeout 10s
            """)

    @OptionGroup var wait: BGPWaitOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var options: NodeOptions

    func run() throws {
        try reporting { () throws(NodeError) in
            try wait.view(options, []) { view, _ in
                var value = structured(view.status)
                value["running"] = .bool(view.isRunning)
                output.write(value) { text(view) }
            }
        }
    }

    private func text(_ view: BGPView) -> String {
        let status = view.status
        func line(_ name: String, _ value: String) -> String { (name + ":").padded(to: 16) + value + "\n" }
        let up = status.peers.count { $0.state == "established" }
        let age = NodeStatus.duration(UInt64(max(0, status.started.distance(to: .now))))
        let podCIDRs = status.podCIDRCount ?? status.podCIDRs.count
        var out = line("Speaker", view.isRunning ? "running for \(age), pid \(status.pid), fabctl \(status.version)" : "not running")
        out += line("Node", "\(status.node)   BGP identifier \(status.routerID)")
        out += line("Configuration", status.source == "document" ? "the node's document" : status.source)
        out += line(
            "Pod CIDR",
            status.podCIDRs.isEmpty
                ? "none" : status.podCIDRs.prefix(4).joined(separator: ", ") + (podCIDRs > 4 ? ", ... (\(podCIDRs))" : ""))
        out += line(
            "Listening",
            status.listeners.isEmpty
                ? "nowhere" : status.listeners.map { $0.address + ($0.error.map { " (failed: \($0))" } ?? "") }.joined(separator: ", "))
        out += line("Peers", "\(up) of \(status.peers.count) established")
        if !status.peers.isEmpty { out += "\n" + BGPPeers.table(status.peers) }
        if !status.problems.isEmpty {
            out += "\nProblems:\n" + status.problems.map { "  \($0.subject): \($0.message)\n" }.joined()
        }
        return out
    }
}

/// `fabctl bgp peers`
struct BGPPeers: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "peers", abstract: "Shows peers: state, errors of both directions, messages, prefixes.",
        discussion: """
            All peers as a table; peers that are named, or all with --verbose, with everything there is to know.

              fabctl bgp peers
              fabctl bgp peers fe80::1%eth0
            """)

    @Argument(help: ArgumentHelp("A peer's name, address or interface.", valueName: "peer"), completion: .bgpPeers) var peers: [String] = []
    @Flag(help: "Print everything about every peer.") var verbose = false
    @OptionGroup var wait: BGPWaitOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var options: NodeOptions

    func run() throws {
        try reporting { () throws(NodeError) in
            try wait.view(options, peers) { _, found in
                output.write(.array(found.map { structured($0) })) {
                    peers.isEmpty && !verbose ? Self.table(found) : found.map(\.text).joined(separator: "\n")
                }
            }
        }
    }

    static func table(_ peers: [PeerStatus]) -> String {
        var table = TextTable(["PEER", "ADDRESS", "AS", "STATE", "UPTIME", "FAMILY", "WANTED", "ANNOUNCED", "RECEIVED", "FLAPS"])
        for peer in peers {
            for (index, family) in peer.families.enumerated() {
                let first = index == 0
                table.add([
                    first ? peer.name : "", first ? peer.address : "", first ? peer.asText : "", first ? peer.state : "", first ? peer.uptime : "",
                    family.family, "\(family.wanted)", "\(family.announced)", "\(family.received)", first ? "\(peer.flaps)" : "",
                ])
            }
        }
        var out = table.text
        for peer in peers {
            if let trouble = peer.trouble { out += "\(peer.name): \(trouble)\n" }
        }
        return out
    }
}

extension PeerStatus {
    /// Everything about a peer, for people.
    var text: String {
        func line(_ name: String, _ value: String?) -> String { value.map { "  " + (name + ":").padded(to: 20) + $0 + "\n" } ?? "" }
        func age(_ at: Timestamp) -> String { "\(NodeStatus.duration(UInt64(max(0, at.distance(to: .now))))) ago" }
        func event(_ event: Event?) -> String? { event.map { "\($0.reason) (\(age($0.at)))" } }
        func notification(_ value: Notification?) -> String? {
            value.map { "\($0.name) (\($0.code)/\($0.subcode))" + ($0.text.map { ": \(quotedForTerminal($0))" } ?? "") + " (\(age($0.at)))" }
        }
        let remoteName = remoteHostName.map { " " + quotedForTerminal($0) } ?? ""
        let remoteSoftware = remoteVersion.map { " " + quotedForTerminal($0) } ?? ""
        var out = "\(key) \(address) port \(port)\n"
        out += line("State", state + (established.map { " since \($0)" } ?? " since \(since)") + (uptime.isEmpty ? "" : " (\(uptime))"))
        out += line("AS", "\(asText)" + (isInternal ? " (internal)" : " (external)") + ", local \(localASN)")
        out += line("BGP identifier", remoteRouterID.map { $0 + remoteName + remoteSoftware })
        out += line("Local address", localAddress)
        out += line("Out of reach", obstacle)
        out += line("Next attempt", retryAt.map { "\($0)" })
        let negotiatedTimers = timers.negotiatedHold.map { " (negotiated: hold \($0)s, keepalive \(timers.negotiatedKeepAlive ?? 0)s)" } ?? ""
        out += line("Timers", "hold \(timers.hold)s, keepalive \(timers.keepAlive)s, connect retry \(timers.connectRetry)s" + negotiatedTimers)
        out += line("Authentication", authentication)
        out += line("TTL security", ttlSecurity.map { "\($0) hop" + ($0 == 1 ? "" : "s") })
        out += line("Multihop", multihop > 1 ? "\(multihop)" : nil)
        out += line("Passive", isPassive ? "yes" : nil)
        out += line(
            "Graceful restart",
            gracefulRestart.map {
                "\($0.restartTime)s" + ($0.notification ? ", through notifications" : "") + ($0.negotiated ? ", negotiated" : ", not negotiated")
                    + ($0.peerRestartTime.map { ", the peer's \($0)s" } ?? "")
            })
        for family in families {
            out += line(
                family.family,
                "\(family.wanted) wanted, \(family.announced) announced, \(family.received) received" + (family.negotiated ? "" : ", not negotiated"))
        }
        out += line("Sent", Self.text(sent))
        out += line("Received", Self.text(received))
        out += line(
            "Sessions", "\(sessions) established, \(flaps) lost, \(connectAttempts) attempts, \(connectFailures) failed, \(collisions) collisions")
        out += line("Last down", event(lastDown))
        out += line("Last error sent", notification(lastSent))
        out += line("Last error received", notification(lastReceived))
        out += line("Last failure", event(lastConnectFailure))
        if treatedAsWithdrawn + attributesDiscarded > 0 {
            out += line("Malformed updates", "\(treatedAsWithdrawn) treated as withdrawn, \(attributesDiscarded) attributes discarded")
            for fault in faults { out += line("", event(fault)) }
        }
        for hint in hints { out += line("Hint", hint) }
        return out
    }

    private static func text(_ messages: Messages) -> String {
        "\(messages.total) messages (\(messages.opens) open, \(messages.updates) update, \(messages.keepalives) keepalive, "
            + "\(messages.notifications) notification, \(messages.routeRefreshes) route-refresh), \(messages.bytes) bytes"
    }
}
