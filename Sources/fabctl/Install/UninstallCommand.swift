import ArgumentParser
import Model
import Node

/// `fabctl uninstall`
struct UninstallCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "uninstall", abstract: "Removes every trace of fabctl from this node.",
        discussion: """
            Programs, maps, pods' devices that fabctl made, routes by its own protocol number alone, and settings that it changed. \
            What could not be removed is listed, and the exit code is 1.
            """)

    @OptionGroup var change: ChangeOptions
    @OptionGroup var options: NodeOptions

    func run() throws {
        try reporting { () throws(NodeError) in
            let node = options.node
            if change.dryRun {
                let desired = try node.desired()
                var lines = ["would uninstall \(desired.config.name) at \(node.path)"]
                lines += desired.endpoints.map { "would delete endpoint \($0.pod) device \($0.device)" }
                lines += desired.nodes.map { "would delete the routes to node \($0.name)" }
                Output.write(lines.joined(separator: "\n") + "\n")
                return
            }
            let left = try node.uninstall(dryRun: false, timeout: change.timeout.nanoseconds)
            if left.isEmpty {
                Output.write("uninstalled\n")
            } else {
                for line in left { Output.write("left: \(line)\n") }
                throw NodeError(.negative, "\(left.count) things could not be removed")
            }
        }
    }
}
