import ArgumentParser
import Lab

/// `fabctl lab exec MEMBER -- COMMAND...`
struct LabExec: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "exec", abstract: "Runs a command as on a node, pod, switch or external host.",
        discussion: """
            The command has the member's network and this machine's files; on a node FABCTL_BPFFS is set as well. Its exit code is
            this one's; 126 when it cannot be run, 127 when there is no such command.
            """)

    @OptionGroup var options: LabOptions
    @Argument(help: ArgumentHelp("node1, leaf1, default/web and so on.", valueName: "member"), completion: .labMembers)
    var member: String
    @Argument(parsing: .postTerminator, help: ArgumentHelp("After --: the command and its arguments.", valueName: "command"))
    var command: [String] = []

    func validate() throws {
        if command.isEmpty { throw ValidationError("There is no command: fabctl lab exec \(member) -- COMMAND...") }
    }

    func run() throws {
        try reportingLab { () throws(LabError) in
            let lab = try options.lab()
            try lab.exec(command, on: try lab.member(member))
        }
    }
}
