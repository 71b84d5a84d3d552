import FoundationEssentials
import Testing

@preconcurrency import Glibc
@testable import Manual

@Suite struct ManualTests {
    private func page(_ name: String) throws -> String {
        try #require(Page.all(of: Fake.tree(), reference: .fabctl).first { $0.name == name }).text
    }

    @Test func eachVisibleGroupHasAPage() throws {
        let names = try Page.all(of: Fake.tree(), reference: .fabctl).map(\.file)
        #expect(names == ["fabctl.8", "fabctl-endpoint.8", "fabctl-bpf.8", "fabctl-watch.8"])
    }

    @Test func theSameTreeMakesTheSamePages() throws {
        #expect(try Page.all(of: Fake.tree(), reference: .fabctl) == Page.all(of: Fake.tree(), reference: .fabctl))
    }

    @Test func theProgramsPageHasItsSections() throws {
        let sections = try page("fabctl").split(separator: "\n").filter { $0.hasPrefix(".Sh") }
        #expect(
            sections == [
                ".Sh NAME", ".Sh SYNOPSIS", ".Sh DESCRIPTION", ".Sh COMMANDS", ".Sh OPTIONS", ".Sh ENVIRONMENT", ".Sh FILES",
                ".Sh EXIT STATUS", ".Sh EXAMPLES", ".Sh SEE ALSO",
            ])
    }

    @Test(arguments: ["fabctl", "fabctl-endpoint", "fabctl-bpf", "fabctl-watch"])
    func pagesAreCleanForMandoc(_ name: String) throws {
        #expect(try mandoc(page(name), "-T", "lint", "-W", "warning") == "")
    }

    @Test func everyVisibleOptionIsNamedAndNoHiddenOne() throws {
        for group in try Fake.tree().documented {
            let shown = try mandoc(page("fabctl-\(group.name)"), "-T", "ascii", "-O", "width=200")
            for argument in group.leaves(under: []).flatMap(\.command.arguments) {
                for name in argument.names {
                    #expect(shown.contains(name.typed) == argument.isVisible, "\(name.typed) in fabctl-\(group.name)")
                }
            }
        }
    }

    @Test func textComesOutAsItself() throws {
        let shown = try mandoc(page("fabctl-endpoint"), "-T", "ascii", "-O", "width=200")
        for text in [
            #".Sh is not a macro here, \fB is not bold, and "quotes" stay."#, "fabctl endpoint add default/web\n",
            "# .a line that roff might take for a request", "--label No",
            "With --device, an existing device is adopted (or not!).  2 of them are not, e.g. these.  .dotted?  Yes.",
            "-n, --dry-run", "--wait, --no-wait", "The default is text.", "May be given more than once.",
            "fabctl endpoint does what fabctl endpoint list does",
        ] {
            #expect(shown.contains(text), "\(text)")
        }
        #expect(try mandoc(page("fabctl-watch"), "-T", "ascii").contains("'quoted' and .dotted"))
    }

    @Test func optionsOfEveryVerbAreSaidOnce() throws {
        let text = try page("fabctl-endpoint")
        #expect(text.split(separator: "\n").filter { $0 == ".It Fl o , Fl \\-output Ar output" }.count == 1)
    }

    @Test func theSynopsisShowsWhatIsRequired() throws {
        let shown = try mandoc(page("fabctl-endpoint"), "-T", "ascii", "-O", "width=200")
        #expect(shown.contains("fabctl endpoint add [--label No] --netns netns [-n] [--wait] [--no-wait] [option ...] pod"))
        let nested = try mandoc(page("fabctl-bpf"), "-T", "ascii", "-O", "width=200")
        #expect(nested.contains("fabctl bpf route get address [others ...]"))
    }

    @Test func aDumpOfAnotherVersionIsRefused() {
        #expect(throws: DecodingError.self) {
            try CommandTree(dumpedHelp: Data(#"{"serializationVersion":1,"command":{"commandName":"x"}}"#.utf8))
        }
    }

    /// What mandoc(1) prints of a page, messages included.
    private func mandoc(_ page: String, _ arguments: String...) throws -> String {
        var template = Array("/tmp/fabctl-manual-XXXXXX".utf8CString)
        let file = mkstemp(&template)
        try #require(file >= 0)
        close(file)
        let path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        defer { unlink(path) }
        try Data(page.utf8).write(to: URL(filePath: path))
        let pipe = try #require(popen("mandoc \(arguments.joined(separator: " ")) \(path) 2>&1 | col -bx", "r"))
        var output: [UInt8] = []
        while case let byte = fgetc(pipe), byte != EOF { output.append(UInt8(truncatingIfNeeded: byte)) }
        #expect(pclose(pipe) == 0)
        return String(decoding: output, as: UTF8.self)
    }
}
