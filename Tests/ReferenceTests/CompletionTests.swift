import ArgumentParser
import FoundationEssentials
import Testing

@preconcurrency import Glibc
@testable import fabctl

/// A command with an address, a label and a name from the node, in a script that a real bash runs.
private struct Tool: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "tool", subcommands: [Add.self, Show.self])

    struct Add: ParsableCommand {
        @Argument(completion: .custom { _, _, _ in [] }) var pod: String
        @Option(completion: .list(["fd00:a::1", "fd00:b::2"])) var ip: String?
        @Option var label: [String] = []
        @Option(name: .shortAndLong, help: "It's [one] of: two.", completion: .list(["text", "json"])) var output: String?
        @Option(completion: .file()) var file: String?
    }

    struct Show: ParsableCommand {}
}

@Suite struct CompletionTests {
    /// What bash offers where `|` stands in a line whose words bash has split, and readline would replace `replaced`.
    private func offered(_ words: [String], _ line: String, replaced: String) throws -> [String] {
        let quoted = words.map { "'\($0)'" }.joined(separator: " ")
        let script = """
            tool() { printf '%s\\n' default/web default/db fd00:c::3; }
            \(Tool.mendedCompletionScript(for: .bash))
            COMP_WORDS=(\(quoted)) COMP_CWORD=\(words.count - 1) COMP_LINE='\(line)' COMP_POINT=\(line.utf8.count)
            _tool tool '\(replaced)' ''
            printf '%s\\n' "${COMPREPLY[@]}"
            """
        var template = Array("/tmp/fabctl-completion-XXXXXX".utf8CString)
        let file = mkstemp(&template)
        try #require(file >= 0)
        close(file)
        let path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        defer { unlink(path) }
        try Data(script.utf8).write(to: URL(filePath: path))
        let pipe = try #require(popen("bash --norc \(path) 2>&1", "r"))
        var output: [UInt8] = []
        while case let byte = fgetc(pipe), byte != EOF { output.append(UInt8(truncatingIfNeeded: byte)) }
        #expect(pclose(pipe) == 0)
        return String(decoding: output, as: UTF8.self).split(separator: "\n").map(String.init)
    }

    @Test func commandsAndNamesOfTheNode() throws {
        #expect(try offered(["tool", ""], "tool ", replaced: "") == ["-h", "--help", "add", "show", "help"])
        #expect(try offered(["tool", "add", "default/d"], "tool add default/d", replaced: "default/d") == ["default/db"])
    }

    @Test func anAddressIsOneWord() throws {
        #expect(try offered(["tool", "add", "--ip", "fd00"], "tool add --ip fd00", replaced: "fd00") == ["fd00:a::1", "fd00:b::2"])
        #expect(try offered(["tool", "add", "--ip", "fd00", ":"], "tool add --ip fd00:", replaced: "") == ["a::1", "b::2"])
        #expect(try offered(["tool", "add", "--ip", "fd00", ":", "b"], "tool add --ip fd00:b", replaced: "b") == ["b::2"])
        #expect(try offered(["tool", "add", "fd00", ":", "c"], "tool add fd00:c", replaced: "c") == ["c::3"])
    }

    @Test func wordsAfterAnAddressOrALabelKeepTheirPlace() throws {
        let words = ["tool", "add", "--ip", "fd00", ":", "a", "::", "1", "--label", "app", "=", "web", "def"]
        #expect(try offered(words, "tool add --ip fd00:a::1 --label app=web def", replaced: "def") == ["default/web", "default/db"])
    }

    @Test func anOptionsValueAfterAnEqualsSign() throws {
        #expect(try offered(["tool", "add", "--output", "="], "tool add --output=", replaced: "") == ["text", "json"])
        #expect(try offered(["tool", "add", "--output", "=", "j"], "tool add --output=j", replaced: "j") == ["json"])
        #expect(try offered(["tool", "add", "--ip", "=", "fd00", ":", "b"], "tool add --ip=fd00:b", replaced: "b") == ["b::2"])
        #expect(
            try offered(["tool", "add", "--output", "=", "json", "--la"], "tool add --output=json --la", replaced: "--la") == ["--label"])
    }

    @Test func onlyFilesAreTakenForFiles() {
        let script = Tool.mendedCompletionScript(for: .bash)
        #expect(!script.contains("complete -o filenames"))
        #expect(script.contains(#"[[ "${1}" = -W ]] || compopt -o filenames"#))
    }

    @Test func zshIsToldOfEqualsSigns() {
        let script = Tool.mendedCompletionScript(for: .zsh)
        #expect(script.contains("'--ip=:ip:"))
        #expect(script.contains("'*--label=:label:'"))
        #expect(script.contains("{--output=,-o}'[It"))
        #expect(script.contains("'(-h --help)'{-h,--help}'[Show help information.]'\n"))
    }

    @Test func candidatesAreWrittenForTheShellThatAsks() {
        let candidate = Candidate("fd00::1", about: "default/web")
        #expect(candidate.text(for: .zsh) == #"fd00\:\:1:default/web"#)
        #expect(candidate.text(for: .fish) == "fd00::1\tdefault/web")
        #expect(candidate.text(for: .bash) == "fd00::1")
        #expect(Candidate("a:b").text(for: .zsh) == #"a\:b"#)
    }
}
