import ArgumentParser
import Compiler
import Model
import Node
import Policy
import YAML

struct BPFPolicyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "policy", abstract: "Compiled policies as programs know them.", subcommands: [BPFPolicyList.self])
}

struct BPFPolicyList: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Lists the entries of compiled policies.",
        discussion:
            "Pods whose policies come to the same share one. Of a peer's own entry and that of any peer, the one with the higher precedence decides.")

    @Option(help: ArgumentHelp("Only what this pod has.", valueName: "namespace/pod")) var pod: PodName?
    @OptionGroup var output: OutputOptions
    @OptionGroup var options: NodeOptions

    func run() throws {
        try reporting { () throws(NodeError) in
            let entries = try options.node.policyEntries(pod: pod)
            output.write(.array(entries.map(Self.structured))) {
                var table = TextTable(["POLICY", "PODS", "DIRECTION", "PEER", "PROTOCOL", "PORTS", "VERDICT", "RULE", "PRECEDENCE", "PACKETS"])
                for entry in entries {
                    table.add([
                        "\(entry.policy)", entry.pods.map(\.description).joined(separator: ","), entry.direction.name, Self.peer(entry),
                        entry.key.protocolText, entry.key.portText, entry.isAllowed ? "allow" : entry.isDefault ? "default-deny" : "deny",
                        entry.meaning?.text ?? "", "\(entry.precedence)", "\(entry.packets)",
                    ])
                }
                return table.text
            }
        }
    }

    private static func peer(_ entry: PolicyEntryView) -> String {
        if entry.peer == 0 { return "any" }
        guard let description = entry.description else { return "\(entry.peer)" }
        return "\(description.identity)" + (entry.labels.isEmpty ? "" : " " + entry.labels.joined(separator: ","))
            + description.blocks.map { " cidr:\($0)" }.joined()
    }

    private static func structured(_ entry: PolicyEntryView) -> StructuredValue {
        let (isOne, ports) = (entry.key.bits > 8, entry.key.ports)
        return [
            "policy": .init(entry.policy), "pods": .array(entry.pods.map { .string($0.description) }),
            "direction": .string(entry.direction.name), "peer": .init(entry.peer),
            "identity": entry.peer == 0 ? .null : .init(entry.description?.identity ?? 0), "labels": .init(entry.labels),
            "cidrs": .init(entry.description?.blocks ?? []), "protocol": .string(entry.key.protocolText),
            "ports": isOne ? .string(entry.key.portText) : .null, "firstPort": isOne ? .init(Int(ports.lowerBound)) : .null,
            "lastPort": isOne ? .init(Int(ports.upperBound)) : .null,
            "verdict": .string(entry.isAllowed ? "allow" : "deny"), "default": .bool(entry.isDefault),
            "rule": entry.meaning.map { .string($0.text) } ?? .null, "ruleNumber": .init(entry.rule),
            "policies": .array((entry.meaning?.policies ?? []).map(structuredKey)), "precedence": .init(entry.precedence),
            "packets": .init(entry.packets),
        ]
    }
}
