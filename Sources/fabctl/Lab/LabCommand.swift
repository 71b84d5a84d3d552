import ArgumentParser
import Lab
import Net
import YAML

/// `fabctl lab`
struct LabCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lab", abstract: "A leaf-spine fabric of network namespaces on this machine.",
        discussion: """
            Every switch, node, pod and external host is a network namespace of its own, every link a veth pair. Nothing of the
            machine's own network is touched. Without a topology file there are two spines, two leaves, a node behind each, the
            pods default/web and default/client on node1 and default/db on node2, and a host outside behind leaf2.

              fabctl lab up
              fabctl lab exec default/web -- ping -c 3 fd00:cafe:0:2::10
              fabctl lab exec node1 -- fabctl observe --last 10
              fabctl lab verify
              fabctl lab capture leaf1-spine1 -c 10 icmp6
              fabctl lab down
            """,
        subcommands: [LabUp.self, LabDown.self, LabStatusCommand.self, LabVerify.self, LabNodes.self, LabExec.self, LabCapture.self])
}

/// Which lab a command is about.
struct LabOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The lab's name: lower-case letters and digits. Default: fab.", valueName: "lab"), completion: .labs)
    var name: String?

    func lab() throws(LabError) -> Lab { try Lab(name: name ?? Lab.standardName) }
}

/// As `reporting`, for what the lab throws.
func reportingLab(_ body: () throws(LabError) -> Void) throws {
    do {
        try body()
    } catch {
        Output.note("Error: \(error.message)")
        if let hint = error.hint { Output.note("Hint: \(hint)") }
        throw ExitCode(error.kind.rawValue)
    }
}

extension LabMember {
    var structured: StructuredValue {
        var value: StructuredValue = [
            "name": .string(name), "kind": .string(kind.rawValue), "namespace": .string(namespace),
            "addresses": .array(addresses.map { .string($0.description) }),
        ]
        if kind == .node { value["podCIDRs"] = .array(podCIDRs.map { .string($0.description) }) }
        if kind == .pod {
            value["node"] = .init(node)
            value["labels"] = .init(labels)
        }
        return value
    }
}
