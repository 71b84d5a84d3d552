import Model
import Net
import ArgumentParser
import BGPConfig
import Node
import YAML

private let example = """
      fabctl bgp apply -f bgp.yaml
      fabctl bgp get ciliumbgppeerconfig leaf -o yaml
    """

/// `-f` of commands that take manifests.
struct BGPManifestOptions: ParsableArguments {
    @Option(
        name: [.customShort("f", allowingJoined: true), .long],
        help: ArgumentHelp("Manifests (YAML or JSON); - is standard input.", valueName: "file"),
        completion: .file(extensions: ["yaml", "yml", "json"]))
    var file: [String] = []

    func read(_ output: OutputOptions? = nil) throws(NodeError) -> [BGPResource] {
        var resources: [BGPResource] = []
        for name in file { resources += try readManifests(name, output) }
        return resources
    }
}

/// `fabctl bgp apply`
struct BGPApply: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "apply", abstract: "Stores manifests of Cilium's BGP kinds on the node, all of them or none.",
        discussion: """
            CiliumBGPClusterConfig, CiliumBGPPeerConfig, CiliumBGPAdvertisement, CiliumBGPNodeConfigOverride (cilium.io/v2), and the Node or \
            CiliumNode of this node for its labels. An object of the same kind and name is replaced. What fabctl does not do is refused by \
            name. The speaker follows at once; sessions that are not concerned stay up.

            \(example)
            """)

    @OptionGroup var manifests: BGPManifestOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var change: ChangeOptions
    @OptionGroup var options: NodeOptions

    func validate() throws {
        if manifests.file.isEmpty { throw ValidationError("Give manifests with -f.") }
    }

    func run() throws {
        try reporting { () throws(NodeError) in
            let resources = try manifests.read(output)
            let node = try options.node.desired().config.name
            var problems: [BGPPlan.Problem] = []
            let changes = try options.node.changeBGP(change) { (intent: inout BGPIntent) throws(NodeError) in
                let before = Set(intent.plan(node: node).problems)
                let changes = resources.map { ($0, intent.apply($0)) }
                problems = intent.plan(node: node).problems.filter { !before.contains($0) }
                return changes
            }
            for problem in problems { Output.note("Warning: \(problem)") }
            printChanges(changes.map { ($0.0.kind, $0.0.name, $0.1.rawValue) }, output, dryRun: change.dryRun)
        }
    }
}

/// `fabctl bgp delete`
struct BGPDelete: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete", abstract: "Takes stored manifests away, by file or by name.",
        discussion: """
            Sessions that this is all there was about end, and their peers withdraw the routes.

              fabctl bgp delete -f bgp.yaml
              fabctl bgp delete ciliumbgppeerconfig leaf
            """)

    @Argument(help: ArgumentHelp("A kind, as kubectl takes it.", valueName: "kind"), completion: .list(BGPResource.Kind.allCases.map(\.resource)))
    var kind: BGPKindArgument?
    @Argument(help: ArgumentHelp("Names of objects.", valueName: "name")) var names: [String] = []
    @OptionGroup var manifests: BGPManifestOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var change: ChangeOptions
    @OptionGroup var options: NodeOptions

    func validate() throws {
        if manifests.file.isEmpty == names.isEmpty { throw ValidationError("Give a kind and names, or manifests with -f.") }
    }

    func run() throws {
        try reporting { () throws(NodeError) in
            var wanted: [(kind: BGPResource.Kind, name: String)] = names.compactMap { name in kind.map { ($0.kind, name) } }
            if kind == nil { wanted = try manifests.read(output).map { ($0.kind, $0.name) } }
            let objects = wanted
            let changes = try options.node.changeBGP(change) { (intent: inout BGPIntent) throws(NodeError) in
                var changes: [(BGPResource.Kind, String, String)] = []
                for (kind, name) in objects {
                    if intent.delete(kind, name) {
                        changes.append((kind, name, "deleted"))
                    } else if manifests.file.isEmpty {
                        throw NodeError(.invalid, "there is no \(kind.rawValue) \(name)", hint: "fabctl bgp get lists what there is")
                    }
                }
                return changes
            }
            printChanges(changes, output, dryRun: change.dryRun)
        }
    }
}

/// `fabctl bgp get`
struct BGPGet: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "get", abstract: "Prints stored manifests.",
        discussion: """
            Fields that mean nothing to fabctl are not kept.

            \(example)
            """)

    @Argument(
        help: ArgumentHelp("A kind, as kubectl takes it. Default: all.", valueName: "kind"),
        completion: .list(BGPResource.Kind.allCases.map(\.resource)))
    var kind: BGPKindArgument?
    @Argument(help: ArgumentHelp("The name of an object. Default: all of the kind.", valueName: "name")) var name: String?
    @OptionGroup var output: OutputOptions
    @OptionGroup var options: NodeOptions

    func run() throws {
        try reporting { () throws(NodeError) in
            let found = try options.node.bgpIntent().resources.filter {
                (kind == nil || $0.kind == kind?.kind) && (name == nil || $0.name == name)
            }
            if let kind, let name, found.isEmpty {
                throw NodeError(.negative, "there is no \(kind.kind.rawValue) \(name)", hint: "fabctl bgp get lists what there is")
            }
            // For `apply -f -` elsewhere: one object by its name as it is, others as kubectl prints them.
            let list: StructuredValue = ["apiVersion": "v1", "kind": "List", "items": .array(found.map(\.structuredValue))]
            let value = name != nil && found.count == 1 ? found[0].structuredValue : list
            output.write(value) {
                var table = TextTable(["KIND", "NAME", "WHAT"])
                for item in found { table.add([item.kind.rawValue, item.name, item.summary]) }
                return table.text
            }
        }
    }
}

/// `fabctl bgp validate`
struct BGPValidate: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "validate", abstract: "Checks manifests; needs no node.",
        discussion: """
            Prints all that is wrong, each with file, line, column and field, and exits with 65. References to objects that are not in the \
            files are said, and are no error: they may be stored already.

              fabctl bgp validate -f bgp.yaml -o json
            """)

    @OptionGroup var manifests: BGPManifestOptions
    @Option(help: ArgumentHelp("Say what they come to on this node.", valueName: "name")) var nodeName: String?
    @OptionGroup var output: OutputOptions

    func validate() throws {
        if manifests.file.isEmpty { throw ValidationError("Give manifests with -f.") }
    }

    func run() throws {
        try reporting { () throws(NodeError) in
            let resources = try manifests.read(output)
            let intent = BGPIntent(resources)
            let node = nodeName ?? (intent.nodes.count == 1 ? intent.nodes[0].metadata.name : nil)
            let plan = node.map { intent.plan(node: $0) }
            for problem in plan?.problems ?? [] { Output.note("Warning: \(problem)") }
            output.write(
                [
                    "errors": [], "objects": .array(resources.map { ["kind": .string($0.kind.rawValue), "name": .string($0.name)] }),
                    "warnings": .array((plan?.problems ?? []).map { ["subject": .string($0.subject), "message": .string($0.message)] }),
                    "peers": .array((plan?.peers ?? []).map { .string($0.key) }),
                ]
            ) {
                resources.map { "\($0.kind.resource)/\($0.name) valid\n" }.joined()
            }
        }
    }
}

struct BGPKindArgument: ExpressibleByArgument {
    let kind: BGPResource.Kind

    init?(argument: String) {
        guard let kind = BGPResource.Kind(argument: argument) else { return nil }
        self.kind = kind
    }
}

private func printChanges(_ changes: [(BGPResource.Kind, String, String)], _ output: OutputOptions, dryRun: Bool) {
    output.write(
        .array(changes.map { ["kind": .string($0.0.rawValue), "name": .string($0.1), "change": .string($0.2), "dry_run": .bool(dryRun)] })
    ) {
        changes.map { "\($0.0.resource)/\($0.1) \($0.2)" + (dryRun ? " (dry run)" : "") + "\n" }.joined()
    }
}

extension BGPResource {
    /// A few words for the list.
    fileprivate var summary: String {
        switch self {
        case .clusterConfig(let value):
            value.spec.bgpInstances.map { "\($0.name) AS \($0.localASN.map(String.init) ?? "-"), \($0.peers?.count ?? 0) peers" }.joined(
                separator: "; ")
        case .peerConfig(let value): "\((value.spec.families ?? []).map(\.afi.rawValue).joined(separator: ","))"
        case .advertisement(let value): value.spec.advertisements.map(\.advertisementType.rawValue).joined(separator: ",")
        case .nodeConfigOverride(let value): value.spec.bgpInstances.map(\.name).joined(separator: ",")
        case .node(let value): (value.spec?.podCIDRs ?? []).map(\.description).joined(separator: ",")
        }
    }
}
