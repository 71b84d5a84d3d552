import ArgumentParser
import Model
import Node

struct EndpointDelete: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "delete", abstract: "Disconnects a pod and removes what was made for it.")

    @Argument(help: ArgumentHelp("The pod.", valueName: "namespace/pod"), completion: .endpoints) var pod: PodName
    @OptionGroup var change: ChangeOptions
    @OptionGroup var options: NodeOptions

    func run() throws {
        try reporting { () throws(NodeError) in
            let id = try options.node.deleteEndpoint(pod, dryRun: change.dryRun, timeout: change.timeout.nanoseconds)
            Output.write((change.dryRun ? "would delete " : "deleted ") + "\(pod) id \(id)\n")
        }
    }
}
