import ArgumentParser
import FoundationEssentials

@testable import Manual

/// A command tree with everything that a page has to show, and text that roff would take for its own.
struct Fake: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fabctl", abstract: "Pod networking on a routed fabric.", version: "1",
        subcommands: [Endpoint.self, BPF.self, Watch.self, Secret.self])

    enum Format: String, ExpressibleByArgument, CaseIterable { case text, json, yaml }

    enum Verdict: String, ExpressibleByArgument, CaseIterable {
        case forwarded, dropped
        var defaultValueDescription: String { rawValue }
        static var allValueStrings: [String] { allCases.map(\.rawValue) }
    }

    struct Shared: ParsableArguments {
        @Option(name: .shortAndLong, help: "How to print.") var output = Format.text
        @Option(help: ArgumentHelp("The directory of the node.", valueName: "directory")) var bpffs: String?
    }

    struct Endpoint: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Pods of this node.",
            discussion: """
                Endpoints are pods whose traffic this node judges.

                .Sh is not a macro here, \\fB is not bold, and "quotes" stay.

                  fabctl endpoint add default/web
                  # .a line that roff might take for a request
                """,
            subcommands: [Add.self, List.self], defaultSubcommand: List.self)

        struct Add: ParsableCommand {
            static let configuration = CommandConfiguration(
                abstract: "Registers a pod.",
                discussion:
                    "With --device, an existing device is adopted (or not!). 2 of them are not, e.g. these. .dotted? Yes.\n\nWithout, a veth pair is made."
            )
            @Argument(help: "NAMESPACE/POD") var pod: String
            @Option(help: ArgumentHelp("A label; k=v.", discussion: "Labels make the identity.", valueName: "No")) var label: [String] = []
            @Option(help: "Network namespace of the pod") var netns: String
            @Flag(name: [.customShort("n"), .long], help: "Print the plan.") var dryRun = false
            @Flag(inversion: .prefixedNo, help: "Whether to wait.") var wait = true
            @Option(help: .hidden) var internalOnly: String?
            @OptionGroup var shared: Shared
        }

        struct List: ParsableCommand {
            static let configuration = CommandConfiguration(commandName: "list", abstract: "Lists them.")
            @OptionGroup var shared: Shared
        }
    }

    struct BPF: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "bpf", abstract: "BPF tables, as they are.", subcommands: [Route.self])

        struct Route: ParsableCommand {
            static let configuration = CommandConfiguration(abstract: "Routes.", subcommands: [Get.self])

            struct Get: ParsableCommand {
                static let configuration = CommandConfiguration(abstract: "Says which route an address takes.")
                @Argument(help: "An address.") var address: String
                @Argument(help: "More.") var others: [String] = []
            }
        }
    }

    struct Watch: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "IP flows.")
        @Option(help: "Which verdict.") var verdict: Verdict?
        @Option(name: .customLong("last", withSingleDash: true), help: "'quoted' and .dotted") var last = 20
    }

    struct Secret: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Not for users.", shouldDisplay: false)
    }

    static func tree() throws -> CommandTree {
        try CommandTree(dumpedHelp: Data(Fake._dumpHelp().utf8))
    }
}
