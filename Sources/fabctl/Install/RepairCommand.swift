import ArgumentParser
import Node
import YAML

/// `fabctl repair`
struct RepairCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "repair", abstract: "Makes the kernel agree with what was asked of this node.",
        discussion: "Mends what `fabctl status` calls drift, and carries out what a command that was killed had begun.")

    @OptionGroup var change: ChangeOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var options: NodeOptions

    func run() throws {
        try reporting { () throws(NodeError) in
            let found = try options.node.repair(dryRun: change.dryRun, timeout: change.timeout.nanoseconds)
            let left = change.dryRun ? [] : try options.node.problems()
            let problems = found.filter { !left.contains($0) }
            output.write(.array(problems.map(structured))) {
                problems.isEmpty
                    ? "nothing to repair\n"
                    : problems.map { "\(change.dryRun ? "would repair" : "repaired") \($0.subject): \($0.message)\n" }.joined()
            }
            let errors = left.filter { $0.severity == .error }
            guard errors.isEmpty else {
                for problem in errors { Output.note("\(problem.subject): \(problem.message) (\(problem.remedy))") }
                throw NodeError(.negative, errors.count == 1 ? "one problem is left" : "\(errors.count) problems are left")
            }
        }
    }
}

func structured(_ problem: Problem) -> StructuredValue {
    [
        "severity": .string(problem.severity.rawValue), "subject": .string(problem.subject), "message": .string(problem.message),
        "remedy": .string(problem.remedy),
    ]
}
