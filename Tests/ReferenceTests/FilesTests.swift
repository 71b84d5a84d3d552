import ArgumentParser
import FoundationEssentials
import Manual
import Testing

@preconcurrency import Glibc
@testable import fabctl

/// The files that are made from the commands, against the commands: `make man completions` makes them anew.
@Suite struct FilesTests {
    static let package = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    private func committed(_ path: String) throws -> String {
        String(decoding: try Data(contentsOf: Self.package.appending(path: path)), as: UTF8.self)
    }

    private func tree() throws -> CommandTree {
        try CommandTree(dumpedHelp: Data(Fabctl._dumpHelp().utf8))
    }

    @Test(arguments: ["bash": "fabctl.bash", "zsh": "_fabctl", "fish": "fabctl.fish"])
    func completionsAgreeWithTheCommands(_ shell: String, _ file: String) throws {
        let shell = try #require(CompletionShell(rawValue: shell))
        let same = try committed("completions/\(file)") == Fabctl.mendedCompletionScript(for: shell)
        #expect(same, "completions/\(file) is not what the commands make: run make completions")
    }

    @Test func theManualAgreesWithTheCommands() throws {
        let pages = try Page.all(of: tree(), reference: .fabctl)
        for page in pages {
            let same = try committed("man/\(page.file)") == page.text
            #expect(same, "man/\(page.file) is not what the commands make: run make man")
        }
        let files = try FileManager.default.contentsOfDirectory(atPath: Self.package.appending(path: "man").path)
        #expect(files.sorted() == pages.map(\.file).sorted())
    }

    @Test func theManualIsCleanForMandoc() throws {
        let pipe = try #require(popen("mandoc -T lint -W warning '\(Self.package.path)'/man/*.8 2>&1", "r"))
        var output: [UInt8] = []
        while case let byte = fgetc(pipe), byte != EOF { output.append(UInt8(truncatingIfNeeded: byte)) }
        #expect(pclose(pipe) == 0)
        #expect(String(decoding: output, as: UTF8.self) == "")
    }

    @Test func noCommandHasAnAlias() throws {
        // The scripts complete nothing after one.
        func aliases(_ command: CommandTree) -> [String] { command.aliases + command.commands.flatMap(aliases) }
        #expect(try aliases(tree()) == [])
    }

    @Test func everyCommandAndArgumentIsExplained() throws {
        func check(_ command: CommandTree, _ path: String) {
            #expect(!command.abstract.isEmpty, "\(path) has no abstract")
            for argument in command.arguments where argument.isVisible {
                #expect(!argument.abstract.isEmpty, "\(path) \(argument.names.first?.typed ?? argument.valueName) has no help")
            }
            for below in command.documented { check(below, "\(path) \(below.name)") }
        }
        try check(tree(), "fabctl")
    }
}
