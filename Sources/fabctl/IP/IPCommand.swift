import ArgumentParser
import Model
import Net
import Node
import YAML

/// `fabctl ip`
struct IPCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ip", abstract: "Addresses elsewhere whose pods, labels and identities are known here.",
        subcommands: [IPAdd.self, IPDelete.self, IPList.self])
}

struct IPAdd: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add", abstract: "Tells whose an address or prefix is.",
        discussion: """
            What is known already is replaced.

              fabctl ip add fd00:cafe:0:2::a --pod default/db --label app=db
            """)

    @Argument(help: ArgumentHelp("An address or a prefix.", valueName: "address|prefix")) var address: Prefix?
    @Option(help: ArgumentHelp("The pod that has it.", valueName: "namespace/pod")) var pod: PodName?
    @Option(help: ArgumentHelp("A label of it.", valueName: "key=value")) var label: [LabelArgument] = []
    @Option(
        name: [.customShort("f", allowingJoined: true), .long], help: ArgumentHelp("A cluster file (YAML); - is standard input.", valueName: "file"),
        completion: .file())
    var file: String?
    @OptionGroup var change: ChangeOptions
    @OptionGroup var options: NodeOptions

    func validate() throws {
        if (address == nil) == (file == nil) { throw ValidationError("Give an address or prefix, or a cluster file with -f.") }
    }

    func run() throws {
        try reporting { () throws(NodeError) in
            if let file {
                try applyCluster(try ClusterFile(try readInput(file), file: file == "-" ? "standard input" : file), options.node, change)
                return
            }
            guard let address else { return }
            try options.node.change(dryRun: change.dryRun, timeout: change.timeout.nanoseconds) {
                (desired: inout Desired, _: NodeFacts) throws(NodeError) in
                try desired.setIP(address, pod: pod, labels: label.dictionary)
            }
            Output.write((change.dryRun ? "would add " : "added ") + shortText(address) + "\n")
        }
    }
}

struct IPDelete: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "delete", abstract: "Forgets whose an address or prefix is.")

    @Argument(help: ArgumentHelp("An address or a prefix.", valueName: "address|prefix"), completion: .addresses) var address: Prefix
    @OptionGroup var change: ChangeOptions
    @OptionGroup var options: NodeOptions

    func run() throws {
        try reporting { () throws(NodeError) in
            try options.node.change(dryRun: change.dryRun, timeout: change.timeout.nanoseconds) {
                (desired: inout Desired, facts: NodeFacts) throws(NodeError) in
                if facts.carriedOut.contains("delete ip \(address)") { return }
                try desired.deleteIP(address)
            }
            Output.write((change.dryRun ? "would delete " : "deleted ") + shortText(address) + "\n")
        }
    }
}

struct IPList: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "Lists the addresses elsewhere that are known here.")

    @OptionGroup var output: OutputOptions
    @OptionGroup var options: NodeOptions

    func run() throws {
        try reporting { () throws(NodeError) in
            let desired = try options.node.desired()
            output.write(
                .array(
                    desired.ips.map { entry in
                        [
                            "address": .string(shortText(entry.prefix)), "namespace": .init(entry.pod?.namespace), "name": .init(entry.pod?.name),
                            "identity": .init(entry.identity), "labels": .init(desired.identities.labels(of: entry.identity) ?? []),
                        ]
                    })
            ) {
                var table = TextTable(["ADDRESS", "POD", "IDENTITY", "LABELS"])
                for entry in desired.ips {
                    table.add([
                        shortText(entry.prefix), entry.pod?.description ?? "", "\(entry.identity)",
                        (desired.identities.labels(of: entry.identity) ?? []).joined(separator: ","),
                    ])
                }
                return table.text
            }
        }
    }
}

/// A host prefix as an address.
func shortText(_ prefix: Prefix) -> String { prefix.isHost ? prefix.address.description : prefix.description }
