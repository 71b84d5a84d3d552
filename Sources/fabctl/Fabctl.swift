import ArgumentParser

@main
struct Fabctl: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fabctl", abstract: "Pod networking on a routed IPv6 fabric.", subcommands: [LabCommand.self, CompletionCommand.self])
}
