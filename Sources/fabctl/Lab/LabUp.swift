public import ArgumentParser
@preconcurrency import Glibc
public import Lab
import YAML

/// `fabctl lab up`
struct LabUp: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "up", abstract: "Builds a lab and installs fabctl on its nodes.",
        discussion: """
            The topology is YAML; only leaves and nodes must be there, and spines with more than one leaf:

              name: fab
              spines: [spine1, spine2]
              leaves: [leaf1, leaf2]
              nodes:
                - {name: node1, leaf: leaf1}
                - {name: node2, leaves: [leaf1, leaf2], podCIDRs: ["fd00:cafe:0:2::/64"]}
              pods:
                - {namespace: default, name: web, node: node1, labels: {app: web}, ips: ["fd00:cafe:0:1::10"]}
              externals:
                - {name: external, leaf: leaf2, addresses: ["fd00:e0::1"]}
              ipv4: false
              mtu: 1500
              switches: static               # or frr, bird
              asns: {leaf1: 65101}           # other than by number
              numbered: false                # global addresses on links
              links:
                - {between: [leaf1, spine1], mtu: 1400, numbered: true}
              expect:                        # what lab verify finds
                - {from: default/web, to: default/db, protocol: tcp, port: 5432, verdict: allowed}
              values: {}    # Cilium's Helm values for install

            With switches frr or bird the switches run FRR or BIRD 2, each in its own namespace and directory, and the nodes fabctl bgp
            run; no route to a node is written by hand then.

            What fails or is interrupted is removed again.
            """)

    @OptionGroup var options: LabOptions
    @Option(
        name: [.customShort("f", allowingJoined: true), .long], help: ArgumentHelp("The topology.", valueName: "file"),
        completion: .file(extensions: ["yaml", "yml"]))
    var file: String?
    @Flag(help: "IPv4 beside IPv6.")
    var ipv4 = false
    @Option(help: "What decides on the switches where packets go.")
    var switches: Topology.Switching?
    @Option(help: "Whether links have global addresses, or link-local ones alone.")
    var links: Links?
    @Flag(help: "Stop at namespaces and links: install nothing, attach no pods.")
    var noInstall = false
    @Flag(help: "No BGP on the nodes, whatever the switches run: for other speakers.")
    var noSpeakers = false
    @Flag(help: "Leave what was made when something fails.")
    var keep = false
    @Flag(name: [.short, .long], help: "Say each step.")
    var verbose = false
    @Option(help: ArgumentHelp("How long to wait for another command on this lab.", valueName: "duration"))
    var timeout = TimeLimit(seconds: 30)
    @Flag(help: "Print what would be made, and make nothing.")
    var dryRun = false

    func run() throws {
        try reportingLab { () throws(LabError) in
            let topology = try topology()
            let lab = try Lab(name: options.name ?? topology.name ?? Lab.standardName)
            let install = Lab.UpOptions(
                install: !noInstall, speakers: !noSpeakers, keep: keep, patience: Double(timeout.nanoseconds) / 1e9)
            if dryRun {
                for step in try lab.steps(topology, install) { Output.write(step + "\n") }
                return
            }
            let progress = Progress(verbose: verbose)
            defer { progress.clear() }
            let plan = try lab.up(topology, install) { progress.show($0) }
            progress.clear()
            Output.note("lab \(plan.name) is up: " + LabMember.Kind.allCases.compactMap { kind in count(plan, kind) }.joined(separator: ", "))
        }
    }

    enum Links: String, ExpressibleByArgument, CaseIterable { case numbered, unnumbered }

    private func topology() throws(LabError) -> Topology {
        var topology = try file.map { file throws(LabError) in try TopologyFile.read(path: file, ipv4: ipv4) } ?? .standard
        topology.ipv4 = topology.ipv4 || ipv4
        if let switches { topology.switches = switches }
        if let links { topology.numbered = links == .numbered }
        return topology
    }

    private func count(_ plan: LabPlan, _ kind: LabMember.Kind) -> String? {
        let number = plan.members(kind).count
        let words: (String, String) =
            switch kind {
            case .spine: ("spine", "spines")
            case .leaf: ("leaf", "leaves")
            case .node: ("node", "nodes")
            case .external: ("external host", "external hosts")
            case .pod: ("pod", "pods")
            }
        return number == 0 ? nil : "\(number) \(number == 1 ? words.0 : words.1)"
    }
}

extension Topology.Switching: ExpressibleByArgument {}

/// What is being done: a line that is overwritten on a terminal, lines when asked for, nothing otherwise.
struct Progress {
    private let verbose: Bool
    private let isTerminal = isatty(2) == 1

    init(verbose: Bool) { self.verbose = verbose }

    func show(_ text: String) {
        if verbose {
            Output.note(text)
        } else if isTerminal {
            send("\r\u{1b}[K" + String((text.split(separator: "\n").first ?? "").prefix(78)))
        }
    }

    func clear() {
        if isTerminal, !verbose { send("\r\u{1b}[K") }
    }

    private func send(_ text: String) { fputs(text, stderr) }
}
