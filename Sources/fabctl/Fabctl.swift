import ArgumentParser
import Flow

@main
struct Fabctl: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fabctl", abstract: "Pod networking on a routed IPv6 fabric.",
        version: "fabctl \(fabctlVersion)",
        groupedSubcommands: [
            CommandGroup(name: "Node", subcommands: [InstallCommand.self, UninstallCommand.self, StatusCommand.self, RepairCommand.self]),
            CommandGroup(name: "Cluster", subcommands: [EndpointCommand.self, NodeCommand.self, IPCommand.self]),
            CommandGroup(name: "Fabric", subcommands: [BGPCommand.self]),
            CommandGroup(name: "Datapath", subcommands: [PolicyCommand.self, ObserveCommand.self, PathCommand.self, BPFCommand.self]),
            CommandGroup(name: "Tool", subcommands: [LabCommand.self, RouteCommand.self, CompletionCommand.self, VersionCommand.self]),
        ])

    /// As the library's own `main`, but what does not parse is one line and a hint, like every other error.
    private static func run(_ arguments: [String]) {
        do {
            var command = try parseAsRoot(arguments)
            try command.run()
        } catch {
            guard exitCode(for: error) == .validationFailure else { Self.exit(withError: error) }
            Output.note("Error: " + message(for: error).split(separator: "\n").joined(separator: " "))
            Output.note("Hint: \(name(in: arguments)) --help says how it is used")
            Self.exit(withError: ExitCode.validationFailure)
        }
    }

    /// The command that the words before any option name.
    private static func name(in arguments: [String]) -> String {
        var name = "fabctl"
        var subcommands = configuration.subcommands
        for word in arguments {
            guard let next = subcommands.first(where: { $0.configuration.commandName == word }) else { break }
            name += " \(word)"
            subcommands = next.configuration.subcommands
        }
        return name
    }

    /// `--not` negates the option that follows, which no parser of options can say: rewritten first.
    static func main() {
        do {
            run(BGPCommand.naming(try FlowFilter.joiningNegations(in: Array(CommandLine.arguments.dropFirst()))))
        } catch {
            Output.note("Error: \(error)")
            Self.exit(withError: ExitCode(64))
        }
    }
}
