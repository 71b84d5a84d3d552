import ArgumentParser

/// `fabctl bpf`
struct BPFCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bpf", abstract: "What the pinned maps and programs hold.",
        discussion: "Needs nothing but the pins: no process, and no other part of fabctl in working order.",
        subcommands: [
            BPFRouteCommand.self, BPFEndpointCommand.self, BPFIPCommand.self, BPFFlowCommand.self, BPFMetricsCommand.self, BPFMapCommand.self,
            BPFPolicyCommand.self,
            BPFProgramCommand.self,
        ])
}
