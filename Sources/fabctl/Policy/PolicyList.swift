import ArgumentParser
import Model
import Node
import Policy
import YAML

/// `fabctl policy list`
struct PolicyList: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "Lists the policies in force.")

    @OptionGroup var output: OutputOptions
    @OptionGroup var options: NodeOptions

    func run() throws {
        try reporting { () throws(NodeError) in
            let views = try options.node.policyViews()
            output.write(.array(views.map(Self.structured))) {
                var table = TextTable(["KIND", "NAMESPACE", "NAME", "TIER", "PRIORITY", "RULES", "PODS", "ISOLATES"])
                for view in views {
                    table.add([
                        view.key.kind.rawValue, view.key.namespace ?? "", view.key.name, view.tier, view.priority.map { "\($0)" } ?? "",
                        "\(view.rules)", "\(view.pods.count)", view.isolates.joined(separator: ","),
                    ])
                }
                return table.text
            }
        }
    }

    static func structured(_ view: PolicyView) -> StructuredValue {
        [
            "kind": .string(view.key.kind.rawValue), "namespace": view.key.namespace.map { .string($0) } ?? .null, "name": .string(view.key.name),
            "tier": .string(view.tier), "priority": view.priority.map { .int(Int($0)) } ?? .null, "rules": .init(view.rules),
            "pods": .array(view.pods.map { .string($0.description) }), "isolates": .array(view.isolates.map { .string($0) }),
            "number": .init(view.number),
        ]
    }
}

/// `fabctl policy get`
struct PolicyGet: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "get", abstract: "Prints the manifests of policies as they were given.",
        discussion: "What it prints can be applied again. Without a name, all of them: a List in JSON, one document each in YAML.")

    @Argument(help: ArgumentHelp("Policies: [KIND/]NAMESPACE/NAME, or [KIND/]NAME for those of the cluster.", valueName: "policy"))
    var names: [String] = []
    @Option(name: [.customShort("o", allowingJoined: true), .customLong("output")], help: "Output format: yaml or json.")
    var format: OutputFormat = .yaml
    @OptionGroup var options: NodeOptions

    func validate() throws {
        if format == .text { throw ValidationError("Manifests are YAML or JSON: -o yaml, -o json.") }
    }

    func run() throws {
        try reporting { () throws(NodeError) in
            let policies = try options.node.desired().policies
            var chosen = policies
            if !names.isEmpty {
                let finder = PolicyNames(policies.map(\.key))
                chosen = []
                for name in names {
                    let key = try finder.key(name)
                    chosen += policies.filter { $0.key == key }
                }
            }
            var values: [StructuredValue] = []
            for policy in chosen {
                do throws(YAMLError) {
                    values += try YAMLReader.documents(in: policy.manifest, file: "\(policy.key)").map(\.root.structuredValue)
                } catch {
                    throw NodeError(.stored, "the manifest of \(policy.key) cannot be read: \(error)")
                }
            }
            if format == .json {
                let list: StructuredValue = ["apiVersion": "v1", "kind": "List", "items": .array(values)]
                Output.write((names.count == 1 ? values.first ?? list : list).json(pretty: true) + "\n")
            } else {
                Output.write(values.map { $0.yaml() }.joined(separator: "---\n"))
            }
        }
    }
}
