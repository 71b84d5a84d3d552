public import ArgumentParser
public import Lab
import Model
import Net
import Node
import YAML

/// `fabctl route`
struct RouteCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "route", abstract: "Routes for the switches of the fabric, where they have no BGP.", subcommands: [RouteExportCommand.self])
}

/// `fabctl route export --for SWITCH --format FORMAT`
struct RouteExportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Writes the static routes that a switch needs to reach every node's Pod CIDR.",
        discussion: """
            The routes are those of a topology file, of the lab, or of this node's documents. A leaf reaches other leaves' nodes by every
            spine. Sorted, and the same each time; applied again they change nothing.

              fabctl route export --for leaf1 --format frr -f topology.yaml | vtysh -f /dev/stdin
              fabctl route export --for spine1 --format iproute2 | sh
              fabctl route export --for leaf1 --check

            A node knows no cables: from its documents, routes go by way of the nodes' own addresses, for frr and bird to resolve. With
            --check the switch of a running lab is asked, and what differs is said, with exit code 1.
            """)

    @Option(name: .customLong("for"), help: ArgumentHelp("The switch.", valueName: "switch"), completion: .labMembers)
    var target: String
    @Option(help: "For which routing software.")
    var format: RouteExport.Format = .frr
    @Option(
        name: [.customShort("f", allowingJoined: true), .long], help: ArgumentHelp("A lab's topology.", valueName: "file"),
        completion: .file(extensions: ["yaml", "yml"]))
    var file: String?
    @Flag(help: "Also the addresses of switches, nodes and external hosts.")
    var all = false
    @Flag(help: "Compare with what the lab's switch has, and write what differs.")
    var check = false
    @OptionGroup var output: OutputOptions
    @Option(help: ArgumentHelp("The lab.", valueName: "lab"), completion: .labs)
    var name: String?
    @Option(help: ArgumentHelp("The node's directory on bpffs.", valueName: "dir"), completion: .directory)
    var bpffs: String?

    func run() throws {
        var agrees = true
        try reportingLab { () throws(LabError) in
            if check {
                agrees = try compare()
            } else {
                Output.write(try RouteExport.text(try routes(), of: target, format))
            }
        }
        if !agrees { throw ExitCode(LabError.Kind.negative.rawValue) }
    }

    private func compare() throws(LabError) -> Bool {
        guard case .lab(let lab, let plan) = try PathPlace(lab: name, bpffs: bpffs).kind else {
            throw LabError(.invalid, "--check: there is no lab here", hint: "fabctl lab up makes one; --name names it")
        }
        let wanted = file == nil ? plan : try self.plan(file, name: lab.name)
        let member = try lab.member(target)
        // Nothing else may lead to what is the cluster's.
        let pods = wanted.members(.node).flatMap(\.podCIDRs)
        let differences = try lab.check(wanted.exportedRoutes(of: try Self.switching(wanted, target), all: all), on: member, within: pods)
        let values = differences.map { item -> StructuredValue in
            [
                "prefix": .string(item.prefix.description), "wanted": .array(item.wanted.map { .string($0) }),
                "found": .array(item.found.map { .string($0) }),
            ]
        }
        output.write(.array(values)) {
            if differences.isEmpty { return "\(target) agrees\n" }
            return differences.map { item in
                let found = item.found.joined(separator: ", ")
                if item.found.isEmpty { return "\(item.prefix): missing, should go by \(item.wanted.joined(separator: ", "))\n" }
                if item.wanted.isEmpty { return "\(item.prefix): goes by \(found), and should not be there\n" }
                return "\(item.prefix): goes by \(found), should go by \(item.wanted.joined(separator: ", "))\n"
            }.joined()
        }
        return differences.isEmpty
    }

    private func routes() throws(LabError) -> [LabRoute] {
        if let file {
            let plan = try plan(file, name: Lab.standardName)
            return plan.exportedRoutes(of: try Self.switching(plan, target), all: all)
        }
        switch try PathPlace(lab: name, bpffs: bpffs).kind {
        case .lab(_, let plan): return plan.exportedRoutes(of: try Self.switching(plan, target), all: all)
        case .node(let desired):
            guard desired.switches.contains(where: { $0.name == target }) else {
                let known = desired.switches.map(\.name).joined(separator: ", ")
                throw LabError(
                    .invalid, "this node knows no switch \(target)", hint: known.isEmpty ? "fabctl node add -f names switches" : "it knows \(known)")
            }
            let own = (podCIDRs: desired.config.podCIDRs, addresses: desired.config.addresses)
            return RouteExport.routes(of: [own] + desired.nodes.map { (podCIDRs: $0.podCIDRs, addresses: $0.addresses) })
        }
    }

    private func plan(_ file: String?, name: String) throws(LabError) -> LabPlan {
        guard let file else { throw LabError(.internal, "no topology") }
        let topology = try TopologyFile.read(path: file)
        return LabPlan(name: topology.name ?? name, topology: topology)
    }

    private static func switching(_ plan: LabPlan, _ name: String) throws(LabError) -> LabMember {
        if let member = plan.member(name), member.kind.isSwitch { return member }
        let known = plan.members.filter(\.kind.isSwitch).map(\.name).joined(separator: ", ")
        throw LabError(.invalid, "there is no switch \(name)", hint: "switches are \(known)")
    }
}

extension RouteExport.Format: ExpressibleByArgument {}
