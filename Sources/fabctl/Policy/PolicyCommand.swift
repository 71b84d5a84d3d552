import ArgumentParser

/// `fabctl policy`
struct PolicyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "policy", abstract: "Network policies: Kubernetes, Cilium and admin ones.",
        subcommands: [
            PolicyApply.self, PolicyDelete.self, PolicyGet.self, PolicyList.self, PolicyValidate.self, PolicyDiff.self, PolicyExplain.self,
            PolicyTestCommand.self, PolicyVerify.self, PolicySelectors.self,
        ])
}
