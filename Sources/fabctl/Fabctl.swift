import ArgumentParser

@main
struct Fabctl: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fabctl", abstract: "Pod networking on a routed IPv6 fabric.",
        version: "fabctl \(fabctlVersion)",
        groupedSubcommands: [
            CommandGroup(name: "Node", subcommands: [InstallCommand.self, UninstallCommand.self, StatusCommand.self, RepairCommand.self]),
            CommandGroup(name: "Cluster", subcommands: [EndpointCommand.self, NodeCommand.self, IPCommand.self]),
            CommandGroup(name: "Datapath", subcommands: [BPFCommand.self]),
            CommandGroup(name: "Tool", subcommands: [CompletionCommand.self, VersionCommand.self]),
        ])
}
