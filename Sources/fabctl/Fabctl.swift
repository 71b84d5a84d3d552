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
            CommandGroup(name: "Datapath", subcommands: [ObserveCommand.self, BPFCommand.self]),
            CommandGroup(name: "Tool", subcommands: [LabCommand.self, CompletionCommand.self, VersionCommand.self]),
        ])

    /// `--not` negates the option that follows, which no parser of options can say: rewritten first.
    static func main() {
        do {
            Self.main(try FlowFilter.joiningNegations(in: Array(CommandLine.arguments.dropFirst())))
        } catch {
            Output.note("Error: \(error)")
            Self.exit(withError: ExitCode(64))
        }
    }
}
