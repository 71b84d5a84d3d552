import ArgumentParser

/// `fabctl policy`
struct PolicyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "policy", abstract: "Network policies: Kubernetes, Cilium and admin ones.",
        subcommands: [PolicyValidate.self])
}
