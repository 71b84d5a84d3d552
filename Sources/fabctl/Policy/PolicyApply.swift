import ArgumentParser
import Model
import Node
import Policy
import YAML

/// `fabctl policy apply`
struct PolicyApply: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "apply", abstract: "Puts manifests of policies in force.",
        discussion: """
            Takes NetworkPolicy, AdminNetworkPolicy, BaselineAdminNetworkPolicy, ClusterNetworkPolicy, CiliumNetworkPolicy and \
            CiliumClusterwideNetworkPolicy. Manifests of namespaces, pods and nodes say who they are: labels, named ports, service accounts, and \
            the addresses of pods on other nodes.

            Everything in the files takes effect at one instant on the whole node, live connections included; if anything is wrong, nothing does.
            """)

    @OptionGroup var manifests: ManifestOptions
    @OptionGroup var change: ChangeOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var options: NodeOptions

    func run() throws {
        let set = try manifests.checked(output)
        try reporting { () throws(NodeError) in
            let changes = try options.node.applyPolicies(
                set.policies.map(\.stored), set.cluster, dryRun: change.dryRun, timeout: change.timeout.nanoseconds)
            output.write(changes, dryRun: change.dryRun)
        }
    }
}

/// `fabctl policy delete`
struct PolicyDelete: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete", abstract: "Takes policies out of force.",
        discussion: "Policies are named by their manifests, or as `policy list` shows them. All of them go at one instant.")

    @Argument(help: ArgumentHelp("Policies: [KIND/]NAMESPACE/NAME, or [KIND/]NAME for those of the cluster.", valueName: "policy"))
    var names: [String] = []
    @Option(
        name: [.customShort("f", allowingJoined: true), .customLong("filename")],
        help: ArgumentHelp("A file or directory of manifests (YAML, JSON); - is standard input.", valueName: "file"), completion: .file())
    var filename: [String] = []
    @Flag(name: [.customShort("R"), .long], help: "Take the directories below too.") var recursive = false
    @Option(name: .shortAndLong, help: "The namespace of objects that name none.") var namespace = ManifestReader.defaultNamespace
    @OptionGroup var change: ChangeOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var options: NodeOptions

    func validate() throws {
        if filename.isEmpty == names.isEmpty { throw ValidationError("Give files of manifests with -f, or names of policies.") }
        if filename.count(where: { $0 == "-" }) > 1 { throw ValidationError("Standard input can be read once.") }
    }

    func run() throws {
        var set = ManifestSet()
        if !filename.isEmpty { set = try ManifestFiles(isRecursive: recursive, namespace: namespace).read(filename).checked(output) }
        try reporting { () throws(NodeError) in
            var keys = set.policies.map(\.key)
            if !names.isEmpty {
                let present = try options.node.desired().policies.map(\.key)
                for name in names { keys.append(try PolicyNames(present).key(name)) }
            }
            let changes = try options.node.deletePolicies(
                keys, set.cluster, dryRun: change.dryRun, timeout: change.timeout.nanoseconds)
            output.write(changes, dryRun: change.dryRun)
        }
    }
}

extension ManifestOptions {
    /// Everything in the files.
    /// - Throws: 65 with all problems printed, when anything is wrong.
    func checked(_ output: OutputOptions) throws -> ManifestSet { try read().checked(output) }
}

extension ManifestSet {
    func checked(_ output: OutputOptions) throws -> ManifestSet {
        if problems.isEmpty { return self }
        if output.format == .text {
            for problem in problems { Output.note("\(problem)") }
            Output.note("Error: \(problems.count == 1 ? "1 problem" : "\(problems.count) problems"); nothing is changed")
        } else {
            output.write(PolicyProblems.structured(problems)) { "" }
        }
        throw ExitCode(NodeError.Kind.invalid.rawValue)
    }
}

extension PolicyManifest {
    /// As a node keeps it.
    var stored: StoredPolicy { StoredPolicy(key: key, specs: policies, manifest: Array(manifest.json(pretty: false).utf8)) }
}

extension OutputOptions {
    func write(_ changes: [PolicyChange], dryRun: Bool) {
        write(
            .array(
                changes.map {
                    [
                        "kind": .string($0.kind), "namespace": $0.namespace.map { .string($0) } ?? .null, "name": .string($0.name),
                        "result": .string($0.result.rawValue),
                    ]
                })
        ) {
            changes.map { change in
                let name = change.namespace.map { "\($0)/\(change.name)" } ?? change.name
                return "\(change.kind) \(name) \(change.result.rawValue)\(dryRun ? " (dry run)" : "")\n"
            }.joined()
        }
    }
}

/// Finds policies by the names that people type.
struct PolicyNames {
    private let keys: [PolicyKey]

    init(_ keys: [PolicyKey]) { self.keys = keys }

    func key(_ text: String) throws(NodeError) -> PolicyKey {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        let kind = PolicyKind.allCases.first { $0.rawValue.lowercased() == parts[0].lowercased() }
        let rest = kind != nil && parts.count > 1 ? Array(parts.dropFirst()) : parts
        let found = keys.filter { key in
            guard kind == nil || parts.count == 1 || key.kind == kind else { return false }
            return rest == (key.namespace.map { [$0, key.name] } ?? [key.name])
        }
        if found.count == 1 { return found[0] }
        if found.isEmpty { throw NodeError(.invalid, "there is no policy \(text)", hint: "fabctl policy list shows them") }
        throw NodeError(
            .invalid, "\(text) is the name of several policies", hint: "write " + found.map { "\($0.kind.rawValue)/\($0)" }.joined(separator: " or "))
    }
}
