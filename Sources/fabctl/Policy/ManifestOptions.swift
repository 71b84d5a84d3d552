import ArgumentParser
import Node
import Policy
import YAML

/// Which manifests a command is about.
struct ManifestOptions: ParsableArguments {
    @Option(
        name: [.customShort("f", allowingJoined: true), .customLong("filename")],
        help: ArgumentHelp("A file or directory of manifests (YAML, JSON); - is standard input.", valueName: "file"), completion: .file())
    var filename: [String] = []
    @Flag(name: [.customShort("R"), .long], help: "Take the directories below too.") var recursive = false
    @Option(name: .shortAndLong, help: "The namespace of objects that name none.") var namespace = ManifestReader.defaultNamespace

    func validate() throws {
        if filename.isEmpty { throw ValidationError("Give files of manifests with -f.") }
        if filename.count(where: { $0 == "-" }) > 1 { throw ValidationError("Standard input can be read once.") }
    }

    /// Everything in the files, with everything that is wrong with it.
    func read() -> ManifestSet { ManifestFiles(isRecursive: recursive, namespace: namespace).read(filename) }
}

extension PolicyProblems {
    /// `{"errors": [...]}`
    static func structured(_ problems: [PolicyProblem]) -> StructuredValue { ["errors": problems.structuredValue] }
}
