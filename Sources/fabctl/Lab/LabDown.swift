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
    @Flag(help: "Print what would be removed, and remove nothing.")
    var dryRun = false

    func run() throws {
        try reportingLab { () throws(LabError) in
            let lab = try options.lab()
            if dryRun {
                for thing in try lab.made() { Output.write(thing + "\n") }
                return
            }
            let report = try lab.down()
            for note in report.notes { Output.note(note) }
            Output.note(report.existed ? "lab \(lab.name) is removed" : "there is no lab \(lab.name)")
        }
    }
}
