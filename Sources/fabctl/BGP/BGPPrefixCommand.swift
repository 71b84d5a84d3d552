import ArgumentParser
import BGPConfig
import Net
import Node
import YAML

/// `fabctl bgp prefix`
struct BGPPrefixCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prefix", abstract: "Prefixes announced to every peer besides the Pod CIDRs.",
        subcommands: [BGPPrefixAdd.self, BGPPrefixDelete.self, BGPPrefixList.self])
}

struct BGPPrefixAdd: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add", abstract: "Announces prefixes.",
        discussion: """
            Announced whether or not the kernel has a route for it.

              fabctl bgp prefix add fd00:cafe:ffff::10/128 --community 65001:100
            """)

    @Argument(help: ArgumentHelp("Prefixes or addresses.", valueName: "prefix")) var prefixes: [Prefix]
    @Option(help: ArgumentHelp("Announce the prefix of this length that holds it.", valueName: "length")) var aggregate: Int?
    @Option(help: ArgumentHelp("A community: 65001:100, 65001:1:2 or a name.", valueName: "community")) var community: [CommunityArgument] = []
    @Option(help: ArgumentHelp("For internal peers.", valueName: "number")) var localPreference: UInt32?
    @OptionGroup var change: ChangeOptions
    @OptionGroup var options: NodeOptions

    func validate() throws {
        for prefix in prefixes {
            if let aggregate, !(0...prefix.length).contains(aggregate) {
                throw ValidationError("\(prefix) has no prefix of length \(aggregate) around it.")
            }
        }
    }

    func run() throws {
        try reporting { () throws(NodeError) in
            try options.node.changeBGP(change) { (intent: inout BGPIntent) throws(NodeError) in
                for prefix in prefixes {
                    var item = BGPFlagPrefix(prefix: prefix)
                    item.aggregationLength = aggregate
                    item.communities = community.map(\.text)
                    item.localPreference = localPreference
                    _ = intent.apply(item)
                }
            }
            for prefix in prefixes { Output.write((change.dryRun ? "would add " : "added ") + "\(prefix)\n") }
        }
    }
}

struct BGPPrefixDelete: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "delete", abstract: "Withdraws prefixes.")

    @Argument(help: ArgumentHelp("Prefixes or addresses.", valueName: "prefix")) var prefixes: [Prefix]
    @OptionGroup var change: ChangeOptions
    @OptionGroup var options: NodeOptions

    func run() throws {
        try reporting { () throws(NodeError) in
            try options.node.changeBGP(change) { (intent: inout BGPIntent) throws(NodeError) in
                for prefix in prefixes {
                    guard intent.prefixes.contains(where: { $0.prefix == prefix }) else {
                        throw NodeError(.invalid, "\(prefix) was not added here", hint: "fabctl bgp prefix list lists what was")
                    }
                    intent.prefixes.removeAll { $0.prefix == prefix }
                }
            }
            for prefix in prefixes { Output.write((change.dryRun ? "would delete " : "deleted ") + "\(prefix)\n") }
        }
    }
}

struct BGPPrefixList: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "Lists the prefixes given by flags.")

    @OptionGroup var output: OutputOptions
    @OptionGroup var options: NodeOptions

    func run() throws {
        try reporting { () throws(NodeError) in
            let prefixes = try options.node.bgpIntent().prefixes
            output.write(
                .array(
                    prefixes.map {
                        [
                            "prefix": .string($0.prefix.description), "announced": .string($0.announced.description),
                            "communities": .init($0.communities), "local_preference": .init($0.localPreference),
                        ]
                    })
            ) {
                var table = TextTable(["PREFIX", "ANNOUNCED", "COMMUNITIES", "LOCAL PREFERENCE"])
                for item in prefixes {
                    table.add([
                        item.prefix.description, item.announced.description, item.communities.joined(separator: ","),
                        item.localPreference.map(String.init) ?? "",
                    ])
                }
                return table.text
            }
        }
    }
}
