import ArgumentParser

/// `fabctl bgp`
struct BGPCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bgp", abstract: "Announces this node's Pod CIDRs to its leaves.",
        groupedSubcommands: [
            CommandGroup(name: "Speaker", subcommands: [BGPRun.self]),
            CommandGroup(
                name: "Configuration",
                subcommands: [BGPApply.self, BGPGet.self, BGPDelete.self, BGPValidate.self, BGPPeerCommand.self, BGPPrefixCommand.self]),
            CommandGroup(
                name: "State",
                subcommands: [
                    BGPStatusCommand.self, BGPPeers.self, BGPRoutes.self, BGPCapabilities.self, BGPRefresh.self, BGPReset.self,
                ]),
        ])

    /// `clear` is `reset` to those who come from other routers. Rewritten first: the parser's own aliases complete nothing behind them.
    static func naming(_ arguments: [String]) -> [String] {
        arguments.starts(with: ["bgp", "clear"]) ? ["bgp", "reset"] + arguments.dropFirst(2) : arguments
    }
}
