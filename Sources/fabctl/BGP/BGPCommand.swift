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
}
