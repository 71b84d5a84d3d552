public import FoundationEssentials

/// A command with its arguments and the commands under it, as `--experimental-dump-help` prints it
/// (ArgumentParser's ToolInfo, serialization version 0).
public struct CommandTree: Decodable, Sendable {
    /// How the command is called, without those above it.
    public let name: String
    /// Other spellings of the name.
    public let aliases: [String]
    /// One line.
    public let abstract: String
    /// Paragraphs; see `Mdoc.prose` for what is understood in them.
    public let discussion: String
    /// The command under this one that runs when none is named.
    public let defaultCommand: String?
    /// False for what help does not show either.
    public let isVisible: Bool
    public let commands: [CommandTree]
    public let arguments: [Argument]

    /// The tree in the output of `COMMAND --experimental-dump-help`.
    ///
    /// - Throws: `DecodingError`, also for a serialization version other than 0.
    public init(dumpedHelp: Data) throws {
        let dump = try JSONDecoder().decode(Dump.self, from: dumpedHelp)
        self = dump.command
    }

    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Keys.self)
        name = try fields.decode(String.self, forKey: .commandName)
        aliases = try fields.decodeIfPresent([String].self, forKey: .aliases) ?? []
        abstract = try fields.decodeIfPresent(String.self, forKey: .abstract) ?? ""
        discussion = try fields.decodeIfPresent(String.self, forKey: .discussion) ?? ""
        defaultCommand = try fields.decodeIfPresent(String.self, forKey: .defaultSubcommand)
        isVisible = try fields.decodeIfPresent(Bool.self, forKey: .shouldDisplay) ?? true
        commands = try fields.decodeIfPresent([CommandTree].self, forKey: .subcommands) ?? []
        arguments = try fields.decodeIfPresent([Argument].self, forKey: .arguments) ?? []
    }

    private enum Keys: String, CodingKey {
        case commandName, aliases, abstract, discussion, defaultSubcommand, shouldDisplay, subcommands, arguments
    }

    /// The commands that a page is written of: visible, and not the `help` that ArgumentParser adds.
    public var documented: [CommandTree] {
        commands.filter { $0.isVisible && $0.name != "help" }
    }

    private struct Dump: Decodable {
        let command: CommandTree

        init(from decoder: any Decoder) throws {
            let fields = try decoder.container(keyedBy: Keys.self)
            let version = try fields.decode(Int.self, forKey: .serializationVersion)
            guard version == 0 else {
                throw DecodingError.dataCorruptedError(
                    forKey: .serializationVersion, in: fields, debugDescription: "dumped help of version \(version), not 0")
            }
            command = try fields.decode(CommandTree.self, forKey: .command)
        }

        private enum Keys: String, CodingKey {
            case serializationVersion, command
        }
    }
}

extension CommandTree {
    /// A positional argument, an option with a value, or a flag.
    public struct Argument: Decodable, Hashable, Sendable {
        public enum Kind: String, Decodable, Sendable {
            case positional, option, flag
        }

        /// A spelling: `-o`, `--output` or `-output`.
        public struct Name: Decodable, Hashable, Sendable {
            public enum Kind: String, Decodable, Sendable {
                case long, short, longWithSingleDash
            }

            public let kind: Kind
            public let name: String

            /// As it is typed.
            public var typed: String { (kind == .long ? "--" : "-") + name }
        }

        public let kind: Kind
        public let isVisible: Bool
        public let isOptional: Bool
        public let isRepeating: Bool
        /// Short spellings first.
        public let names: [Name]
        public let valueName: String
        public let defaultValue: String?
        public let values: [String]
        public let valueDescriptions: [String: String]
        public let abstract: String
        public let discussion: String

        public init(from decoder: any Decoder) throws {
            let fields = try decoder.container(keyedBy: Keys.self)
            kind = try fields.decode(Kind.self, forKey: .kind)
            isVisible = try fields.decodeIfPresent(Bool.self, forKey: .shouldDisplay) ?? true
            isOptional = try fields.decodeIfPresent(Bool.self, forKey: .isOptional) ?? false
            isRepeating = try fields.decodeIfPresent(Bool.self, forKey: .isRepeating) ?? false
            let all = try fields.decodeIfPresent([Name].self, forKey: .names) ?? []
            names = all.filter { $0.kind == .short } + all.filter { $0.kind != .short }
            valueName = try fields.decodeIfPresent(String.self, forKey: .valueName) ?? "value"
            defaultValue = try fields.decodeIfPresent(String.self, forKey: .defaultValue)
            values = try fields.decodeIfPresent([String].self, forKey: .allValues) ?? []
            valueDescriptions = try fields.decodeIfPresent([String: String].self, forKey: .allValueDescriptions) ?? [:]
            abstract = try fields.decodeIfPresent(String.self, forKey: .abstract) ?? ""
            discussion = try fields.decodeIfPresent(String.self, forKey: .discussion) ?? ""
        }

        private enum Keys: String, CodingKey {
            case kind, shouldDisplay, isOptional, isRepeating, names, valueName, defaultValue
            case allValues, allValueDescriptions, abstract, discussion
        }
    }
}
