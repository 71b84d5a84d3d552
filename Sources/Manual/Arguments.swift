extension Mdoc {
    /// How a command is called: its words, its own options, its operands.
    mutating func synopsis(_ leaf: CommandTree.Leaf, common: [CommandTree.Argument]) {
        macro(["Nm"] + leaf.path.map(Mdoc.word))
        let own = leaf.command.arguments.filter { $0.isVisible && !common.contains($0) }
        for argument in own where argument.kind != .positional && !argument.isHelp {
            let words = argument.names.prefix(1).flatMap { Self.name($0) } + argument.value
            macro(argument.isOptional ? ["Op"] + words : words)
            if argument.isRepeating && !argument.isOptional { macro("Op", "Ar", "...") }
        }
        if !common.isEmpty { macro("Op", "Ar", "option", "...") }
        for argument in own where argument.kind == .positional {
            let words = ["Ar", Mdoc.word(argument.valueName)] + (argument.isRepeating ? ["..."] : [])
            macro(argument.isOptional ? ["Op"] + words : words)
        }
    }

    /// A list of arguments, each with all its spellings, its meaning, its values and its default.
    mutating func arguments(_ arguments: [CommandTree.Argument], title: String?, note: String? = nil) {
        guard !arguments.isEmpty else { return }
        if let title { macro("Sh", title) }
        if let note { line(note) }
        macro("Bl", "-tag", "-width", "Ds")
        for (index, argument) in arguments.enumerated() {
            if index > 0, argument.isOpposite(of: arguments[index - 1]) { continue }
            let opposite = arguments.indices.contains(index + 1) && arguments[index + 1].isOpposite(of: argument) ? arguments[index + 1] : nil
            macro(["It"] + argument.heading + (opposite.map { [","] + $0.heading } ?? []))
            line(Page.sentence(argument.abstract))
            describe(argument)
        }
        macro("El")
    }

    private mutating func describe(_ argument: CommandTree.Argument) {
        if !argument.discussion.isEmpty {
            macro("Pp")
            prose(argument.discussion)
        }
        if !argument.valueDescriptions.isEmpty {
            macro("Bl", "-tag", "-width", "Ds", "-compact")
            for value in argument.values {
                macro("It", "Cm", Mdoc.word(value))
                line(argument.valueDescriptions[value] ?? "")
            }
            macro("El")
        } else if !argument.values.isEmpty {
            line("One of \(argument.values.joined(separator: ", ")).")
        }
        if let value = argument.defaultValue { line("The default is \(value).") }
        if argument.isRepeating { line("May be given more than once.") }
    }

    /// A section of terms and their meanings.
    mutating func definitions(_ terms: [Reference.Term], title: String, macro name: String) {
        macro("Sh", title)
        macro("Bl", "-tag", "-width", "Ds")
        for term in terms {
            macro("It", name, Mdoc.word(term.name))
            line(term.meaning)
        }
        macro("El")
    }

    /// The section SEE ALSO, in the order that mdoc(7) asks for. A name is that of a page of section 8, or `name.section`.
    mutating func seeAlso(_ names: [String]) {
        macro("Sh", "SEE ALSO")
        let references = names.map { name in
            let parts = name.split(separator: ".", maxSplits: 1).map(String.init)
            return parts.count == 2 ? (page: parts[0], section: parts[1]) : (page: name, section: "8")
        }
        for (index, reference) in references.sorted(by: { ($0.section, $0.page) < ($1.section, $1.page) }).enumerated() {
            macro(["Xr", reference.page, reference.section] + (index + 1 < references.count ? [","] : []))
        }
    }

    static func name(_ name: CommandTree.Argument.Name) -> [String] {
        // Fl writes the first dash.
        ["Fl", Mdoc.word(String(name.typed.dropFirst()))]
    }
}

extension CommandTree.Argument {
    var isHelp: Bool { names.contains { $0.typed == "--help" || $0.typed == "--version" } }

    /// Whether this is the second of two flags that one property has: `--wait` and `--no-wait`.
    func isOpposite(of other: CommandTree.Argument) -> Bool {
        kind == .flag && other.kind == .flag && !abstract.isEmpty && abstract == other.abstract && discussion == other.discussion
    }

    var value: [String] { kind == .option ? ["Ar", Mdoc.word(valueName)] : [] }

    /// `-o, --output format`.
    var heading: [String] {
        guard kind != .positional else { return ["Ar", Mdoc.word(valueName)] }
        let names = names.map { Mdoc.name($0) }
        return Array(names.joined(separator: [","])) + value
    }
}
