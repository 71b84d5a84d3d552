import ArgumentParser

/// The version of this binary.
let fabctlVersion = "0.1.0"

/// `fabctl version`
struct VersionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "version", abstract: "Prints the version.")

    func run() { Output.write("fabctl \(fabctlVersion)\n") }
}
