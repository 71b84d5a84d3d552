import FoundationEssentials
import Manual

@preconcurrency import Glibc

/// Writes the manual pages of the command whose `--experimental-dump-help` comes on standard input:
/// `fabctl-manual DIRECTORY`. Pages of commands that are no more are removed. For development only.
@main
struct ManualTool {
    static func main() {
        guard CommandLine.arguments.count == 2 else {
            fail("usage: fabctl --experimental-dump-help | fabctl-manual DIRECTORY", code: 64)
        }
        do {
            try write(to: CommandLine.arguments[1])
        } catch {
            fail("manual: \(error)", code: 1)
        }
    }

    private static func write(to directory: String) throws {
        var dump = ""
        while let line = readLine(strippingNewline: false) { dump += line }
        let pages = Page.all(of: try CommandTree(dumpedHelp: Data(dump.utf8)), reference: .fabctl)

        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        for file in try FileManager.default.contentsOfDirectory(atPath: directory)
        where file.hasSuffix(".8") && !pages.contains(where: { $0.file == file }) {
            try FileManager.default.removeItem(atPath: "\(directory)/\(file)")
        }
        for page in pages {
            try Data(page.text.utf8).write(to: URL(filePath: "\(directory)/\(page.file)"))
        }
    }

    private static func fail(_ message: String, code: Int32) -> Never {
        fputs(message + "\n", stderr)
        exit(code)
    }
}
