import ArgumentParser
import Lab

/// `fabctl lab down`
struct LabDown: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "down", abstract: "Removes a lab.",
        discussion: """
            Goes by the lab's own record: what this lab made is removed, also after a lab up that was killed half way, and nothing
            else. A lab that is not there is no error.
            """)

    @OptionGroup var options: LabOptions
    @Option(help: ArgumentHelp("How long to wait for another command on this lab.", valueName: "duration"))
    var timeout = TimeLimit(seconds: 30)
    @Flag(help: "Print what would be removed, and remove nothing.")
    var dryRun = false

    func run() throws {
        try reportingLab { () throws(LabError) in
            let lab = try options.lab()
            if dryRun {
                for thing in try lab.made() { Output.write(thing + "\n") }
                return
            }
            let report = try lab.down(patience: Double(timeout.nanoseconds) / 1e9)
            for note in report.notes { Output.note(note) }
            Output.note(report.existed ? "lab \(lab.name) is removed" : "there is no lab \(lab.name)")
        }
    }
}
