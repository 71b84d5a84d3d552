import ArgumentParser
import Node

/// Which node a command is about.
struct NodeOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("The node's directory on bpffs.", discussion: "Default: $FABCTL_BPFFS, or /sys/fs/bpf/fabctl.", valueName: "dir"),
        completion: .directory)
    var bpffs: String?

    var node: Node {
        Node(root: bpffs.flatMap { $0.isEmpty ? nil : absolutePath($0) } ?? Environment.variable("FABCTL_BPFFS") ?? Node.defaultRoot)
    }
}

/// For commands that change the node.
struct ChangeOptions: ParsableArguments {
    @Flag(help: "Print what would change, and change nothing.")
    var dryRun = false

    @Option(help: ArgumentHelp("How long to wait for another command that is changing the node.", valueName: "duration"))
    var timeout = TimeLimit(seconds: 30)
}
