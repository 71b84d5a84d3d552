/// A manual page: `man/NAME.8`.
public struct Page: Sendable, Equatable {
    public let name: String
    /// The text in mdoc(7).
    public let text: String

    /// The file it belongs in.
    public var file: String { "\(name).8" }
}

extension Page {
    /// The page of the program itself, then one of each command under it.
    ///
    /// The same tree always makes the same text: no date, host or version of a build is in it.
    public static func all(of root: CommandTree, reference: Reference) -> [Page] {
        [program(root, reference: reference)] + root.documented.map { group($0, of: root) }
    }

    /// Of the layout of these pages: mdoc wants a date, and a build has none.
    private static let date = ["November", "1,", "2026"]

    static func head(_ name: String, about abstract: String) -> Mdoc {
        var page = Mdoc()
        page.macro(["Dd"] + date)
        page.macro("Dt", name.uppercased(), "8")
        page.macro("Os", "fabctl")
        page.macro("Sh", "NAME")
        page.macro("Nm", name)
        page.macro("Nd", Mdoc.escape(description(abstract)))
        return page
    }

    private static func program(_ root: CommandTree, reference: Reference) -> Page {
        var page = head(root.name, about: root.abstract)
        page.macro("Sh", "SYNOPSIS")
        page.macro("Nm", root.name)
        page.macro("Ar", "command")
        page.macro("Op", "Ar", "argument", "...")
        page.macro("Sh", "DESCRIPTION")
        page.prose(root.discussion.isEmpty ? sentence(root.abstract) : root.discussion)
        if !root.documented.isEmpty {
            page.macro("Sh", "COMMANDS")
            page.macro("Bl", "-tag", "-width", "Ds")
            for command in root.documented {
                page.macro("It", "Xr", "\(root.name)-\(command.name)", "8")
                page.line(sentence(command.abstract))
            }
            page.macro("El")
        }
        page.arguments(root.arguments.filter(\.isVisible), title: "OPTIONS")
        page.definitions(reference.environment, title: "ENVIRONMENT", macro: "Ev")
        page.definitions(reference.files, title: "FILES", macro: "Pa")
        page.macro("Sh", "EXIT STATUS")
        page.macro("Bl", "-tag", "-width", "Ds")
        for status in reference.exitStatus {
            page.macro("It", "Er", Mdoc.word(String(status.code)))
            page.line(status.meaning)
        }
        page.macro("El")
        page.macro("Sh", "EXAMPLES")
        page.prose(reference.examples)
        page.seeAlso(root.documented.map { "\(root.name)-\($0.name)" } + reference.seeAlso)
        return Page(name: root.name, text: page.text)
    }

    private static func group(_ group: CommandTree, of root: CommandTree) -> Page {
        var page = head("\(root.name)-\(group.name)", about: group.abstract)
        let verbs = group.leaves(under: [root.name])
        let common = CommandTree.commonArguments(of: verbs.map(\.command))

        page.macro("Sh", "SYNOPSIS")
        for verb in verbs {
            page.synopsis(verb, common: common)
        }
        page.macro("Sh", "DESCRIPTION")
        page.prose(group.discussion.isEmpty ? sentence(group.abstract) : group.discussion)
        if let name = group.defaultCommand {
            page.macro("Pp")
            page.line("Without a command, \(root.name) \(group.name) does what \(root.name) \(group.name) \(name) does.")
        }
        if verbs.count == 1, let verb = verbs.first, verb.command.name == group.name {
            page.arguments(verb.command.arguments.filter(\.isVisible), title: "OPTIONS")
        } else {
            page.macro("Sh", "COMMANDS")
            for verb in verbs {
                page.macro(["Ss"] + verb.path.map(Mdoc.word))
                page.line(sentence(verb.command.abstract))
                if !verb.command.discussion.isEmpty {
                    page.macro("Pp")
                    page.prose(verb.command.discussion)
                }
                page.arguments(verb.command.arguments.filter { $0.isVisible && !common.contains($0) }, title: nil)
            }
            page.arguments(common, title: "OPTIONS", note: "Every command above takes these:")
        }
        page.macro("Sh", "EXIT STATUS")
        page.macro("Nm", root.name)
        page.line("exits with the codes that its own page lists.")
        page.seeAlso([root.name])
        return Page(name: "\(root.name)-\(group.name)", text: page.text)
    }

    /// What follows the dash in NAME: no full stop, no capital unless it is an acronym's.
    private static func description(_ abstract: String) -> String {
        let bare = abstract.hasSuffix(".") ? String(abstract.dropLast()) : abstract
        guard let first = bare.first else { return "undocumented" }
        let isWord = bare.dropFirst().first?.isUppercase != true
        return isWord ? first.lowercased() + bare.dropFirst() : bare
    }

    static func sentence(_ text: String) -> String {
        guard let last = text.last else { return "Undocumented." }
        return ".!?:".contains(last) ? text : text + "."
    }
}

extension CommandTree {
    /// A command that runs, and the words that call it.
    struct Leaf {
        let path: [String]
        let command: CommandTree
    }

    /// The visible commands below this one that have none below them; itself, if it has none.
    func leaves(under path: [String]) -> [Leaf] {
        let own = path + [name]
        guard !documented.isEmpty else { return [Leaf(path: own, command: self)] }
        return documented.flatMap { $0.leaves(under: own) }
    }

    /// What every one of several commands takes, with the same words of help.
    static func commonArguments(of commands: [CommandTree]) -> [Argument] {
        guard commands.count > 1, let first = commands.first else { return [] }
        return first.arguments.filter { argument in
            argument.isVisible && argument.kind != .positional && commands.allSatisfy { $0.arguments.contains(argument) }
        }
    }
}
