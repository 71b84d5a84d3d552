public import ArgumentParser
import Lab
import Net
import Netlink
import Node
public import Path
import YAML

/// `fabctl path FROM TO`
struct PathCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "path", abstract: "Finds every way that packets take from a pod to another, or to an address.",
        discussion: """
            Probes of rising hop limits are sent from inside the pod's network namespace, those of many flows at once. Ports and flow
            label differ from flow to flow and are the same for all probes of one, so that each flow goes one way. Routers that hash
            ports send all flows of ICMP the same way.

            Hops have the names of the lab, or of the node's switches and nodes (fabctl node add -f). VIA is the next hop that the
            node's route map chose. Ends 1 when the destination does not answer.

              fabctl path default/web default/db
              fabctl path default/web fd00:cafe:0:2::10 --protocol tcp --port 5432
              fabctl path default/web default/db --expect 'node1 leaf1 spine* leaf2 node2' --all-paths

            In an expectation * and ? stand for parts of a name, a|b for either, and ... for any number of hops. The first difference is
            said, with exit code 1.
            """)

    enum Format: String, ExpressibleByArgument, CaseIterable { case text, json, yaml, dot }

    @Argument(help: ArgumentHelp("Where packets come from: a pod, or a node.", valueName: "from"), completion: .pathEnds)
    var from: String
    @Argument(help: ArgumentHelp("Where they go: a pod, a node, an address.", valueName: "to"), completion: .pathEnds)
    var to: String
    @Option(help: "udp, tcp or icmp.", completion: .list(["udp", "tcp", "icmp"]))
    var `protocol`: ProbeFlow.Transport = .udp
    @Option(help: ArgumentHelp("The destination's port.", valueName: "port"))
    var port: UInt16 = 33434
    @Option(help: ArgumentHelp("How many flows.", valueName: "number"))
    var flows = 16
    @Option(help: ArgumentHelp("The first flow's source port; the others follow. Default: ports that are free.", valueName: "port"))
    var sourcePort: UInt16?
    @Option(help: ArgumentHelp("Answers to ask of each hop for each flow.", valueName: "number"))
    var probes = 1
    @Option(help: ArgumentHelp("The most hops.", valueName: "number"))
    var maxHops = 30
    @Option(help: ArgumentHelp("How long to wait for the last answers.", valueName: "duration"))
    var timeout = TimeLimit(seconds: 1)
    @Flag(name: [.customShort("4"), .customLong("ipv4")], help: "The destination's IPv4 address.")
    var ipv4 = false
    @Flag(help: "Send no large packets to find the MTU.")
    var noMTU = false
    @Option(help: ArgumentHelp("The way that every flow has to take.", valueName: "expression"))
    var expect: String?
    @Flag(help: "Every way that is expected has to carry a flow; in a lab, without --expect: every shortest way.")
    var allPaths = false
    @Option(name: [.customShort("o", allowingJoined: true), .customLong("output")], help: "Output format.")
    var format: Format = .text
    @Option(help: ArgumentHelp("The lab to look in.", valueName: "lab"), completion: .labs)
    var name: String?
    @Option(help: ArgumentHelp("The node's directory on bpffs.", valueName: "dir"), completion: .directory)
    var bpffs: String?

    func validate() throws {
        if !(1...128).contains(flows) { throw ValidationError("--flows is 1 to 128.") }
        if !(1...100).contains(probes) { throw ValidationError("--probes is 1 to 100.") }
        if !(1...64).contains(maxHops) { throw ValidationError("--max-hops is 1 to 64.") }
    }

    func run() throws {
        var agreed = true
        try reportingLab { () throws(LabError) in
            let place = try PathPlace(lab: name, bpffs: bpffs)
            let source = try place.source(from, bpffs: bpffs)
            let (target, address) = try place.destination(to, ipv4: ipv4)
            let expectation = try expectation(place, source.name, target)
            var search = PathSearch(to: address)
            (search.transport, search.port, search.flows, search.sourcePort) = (self.protocol, port, flows, sourcePort)
            (search.probes, search.maxHops, search.timeout, search.mtu) = (probes, maxHops, timeout.nanoseconds, !noMTU)
            let asked = search
            let traces = try place.inside(source) { namespace throws(LabError) in
                try searching { () throws(PathError) in try asked.run(in: namespace) }
            }
            let names = place.names
            let neighbours = place.routers.neighbours ?? [:]
            let map = PathMap(
                traces, source: source.name, destination: target, name: { names[$0] },
                between: { neighbours[$0, default: []].intersection(neighbours[$1, default: []]) })
            let report = PathReport(
                map: map, search: asked, choices: choices(source, address, traces), expectation: expectation?.text,
                difference: expectation.flatMap { map.difference($0.expectation, all: $0.all) })
            switch format {
            case .text: Output.write(report.text)
            case .json: Output.write(report.structured.json(pretty: true) + "\n")
            case .yaml: Output.write(report.structured.yaml())
            case .dot: Output.write(report.dot)
            }
            if let difference = report.difference { Output.note("not as expected: \(difference)") }
            agreed = map.isReached && report.difference == nil
        }
        if !agreed { throw ExitCode(LabError.Kind.negative.rawValue) }
    }

    /// What the route map of the source's node has for each flow; nil where no datapath is passed.
    private func choices(_ source: PathPlace.Source, _ address: IPAddress, _ traces: [FlowTrace]) -> [RouteView.Hop?] {
        guard let node = source.node else { return [] }
        let flows = traces.map { trace in
            // ICMP: the identifier is both ports.
            (
                source: trace.flow.source, proto: trace.flow.transport.number(trace.flow.family), sourcePort: trace.flow.sourcePort,
                destinationPort: trace.flow.destinationPort
            )
        }
        return (try? node.nextHops(to: address, flows: flows)) ?? []
    }

    private func expectation(
        _ place: PathPlace, _ source: String, _ target: String
    ) throws(LabError) -> (text: String, expectation: PathExpectation, all: [[String]]?)? {
        let routers = place.routers
        if let expect {
            let expectation = try searching { () throws(PathError) in try PathExpectation(expect) }
            guard allPaths else { return (expect, expectation, nil) }
            let all = expectation.paths(source: source, destination: target, names: routers.names, neighbours: routers.neighbours)
            guard let all, !all.isEmpty else {
                throw LabError(
                    .invalid, "--all-paths: '\(expect)' is no list of ways that are known",
                    hint: "name each hop, of switches that are known, without ...")
            }
            return (expect, expectation, all)
        }
        guard allPaths else { return nil }
        guard case .lab(_, let plan) = place.kind, let all = plan.shortestPaths(from: source, to: target) else {
            throw LabError(.invalid, "--all-paths needs --expect: the ways are known in a lab alone")
        }
        let expectation = try searching { () throws(PathError) in try PathExpectation(LabPlan.expression(all)) }
        return (expectation.description, expectation, all)
    }
}

extension ProbeFlow.Transport: ExpressibleByArgument {}

/// Runs what fails in the search's terms, in those of commands.
func searching<R>(_ body: () throws(PathError) -> R) throws(LabError) -> R {
    do throws(PathError) {
        return try body()
    } catch {
        throw LabError(error)
    }
}

extension CompletionKind {
    /// Pods and nodes, of the lab or of this node.
    static var pathEnds: CompletionKind {
        .custom { words, _, _ in
            func value(_ option: String) -> String? {
                guard let index = words.firstIndex(of: option), words.indices.contains(index + 1) else { return nil }
                return words[index + 1]
            }
            guard let place = try? PathPlace(lab: value("--name"), bpffs: value("--bpffs")) else { return [] }
            return Set(place.names.values).sorted().map { Candidate($0) }.completions
        }
    }
}
