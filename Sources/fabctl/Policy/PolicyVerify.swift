import ArgumentParser
import Compiler
import Model
import Node
import Policy
import YAML

/// `fabctl policy verify`
struct PolicyVerify: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Compares the policies with what is compiled in the kernel.",
        discussion: "Every entry of every map that policy is read from is compared. The exit code is 1 when anything differs.")

    @OptionGroup var output: OutputOptions
    @OptionGroup var options: NodeOptions

    func run() throws {
        var isRight = true
        try reporting { () throws(NodeError) in
            let found = try options.node.verifyPolicies()
            isRight = found.problems.isEmpty
            output.write([
                "revision": .init(found.revision), "policies": .init(found.policies), "compiled": .init(found.compiled),
                "entries": .init(found.entries),
                "problems": .array(
                    found.problems.map {
                        ["subject": .string($0.subject), "message": .string($0.message), "remedy": .string($0.remedy)]
                    }),
            ]) {
                let text = found.problems.map { "\($0.subject): \($0.message) (\($0.remedy))\n" }.joined()
                let counts = "revision \(found.revision), \(found.policies) policies, \(found.compiled) compiled, \(found.entries) entries"
                return text + "\(isRight ? "OK" : "DRIFT"): \(counts)\n"
            }
        }
        if !isRight { throw ExitCode(1) }
    }
}

/// `fabctl policy selectors`
struct PolicySelectors: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "selectors", abstract: "Says whom each selector of the policies selects.")

    @OptionGroup var output: OutputOptions
    @OptionGroup var options: NodeOptions

    func run() throws {
        try reporting { () throws(NodeError) in
            let selections = try options.node.policySelections()
            output.write(
                .array(
                    selections.map {
                        [
                            "selector": .string($0.selector), "use": .string($0.isSubject ? "subject" : "peer"),
                            "selects": .string($0.selectsNodes ? "nodes" : "pods"), "policies": .array($0.policies.map(structuredKey)),
                            "pods": .array($0.pods.map { .string($0.description) }),
                            "remotePods": .array($0.remotePods.map { .string($0.description) }), "nodes": .init($0.nodes),
                        ]
                    })
            ) {
                var table = TextTable(["SELECTOR", "USE", "POLICIES", "HERE", "ELSEWHERE"])
                for selection in selections {
                    let elsewhere = selection.selectsNodes ? selection.nodes : selection.remotePods.map(\.description)
                    table.add([
                        selection.selector, selection.isSubject ? "subject" : selection.selectsNodes ? "nodes" : "peer",
                        Self.short(selection.policies.map(\.description)), Self.short(selection.pods.map(\.description)), Self.short(elsewhere),
                    ])
                }
                return table.text
            }
        }
    }

    private static func short(_ list: [String]) -> String {
        list.count > 4 ? list.prefix(3).joined(separator: ",") + ",... (\(list.count))" : list.joined(separator: ",")
    }
}

/// `fabctl policy diff`
struct PolicyDiff: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff", abstract: "Says which flows would have another verdict if manifests were applied.",
        discussion:
            "For each pod of this node, whose peers are told apart as policies do. With --delete, as if they were deleted. Nothing is changed; the exit code is 1 when a verdict would change."
    )

    @OptionGroup var manifests: ManifestOptions
    @Flag(help: "As if the policies in the files were deleted.") var delete = false
    @OptionGroup var output: OutputOptions
    @OptionGroup var options: NodeOptions

    func run() throws {
        let set = try manifests.checked(output)
        var isSame = true
        try reporting { () throws(NodeError) in
            let found = try options.node.policyDifference(
                applying: delete ? [] : set.policies.map(\.stored), delete ? ClusterObjects() : set.cluster,
                deleting: delete ? set.policies.map(\.key) : [])
            isSame = found.changes.isEmpty
            let meanings = RuleMeanings(found.after)
            output.write(
                .array(
                    found.changes.map { change in
                        [
                            "pod": .string(change.pod.description), "direction": .string(change.direction.name),
                            "peer": .string(peerText(change.peer, found.after)), "identity": .init(change.peer.identity),
                            "protocol": .string(change.key.protocolText), "ports": .string(change.key.portText),
                            "before": .string(change.before ? "allowed" : "denied"), "after": .string(change.after ? "allowed" : "denied"),
                            "rule": meanings[change.rule].map { .string($0.text) } ?? .null,
                        ]
                    })
            ) {
                var table = TextTable(["POD", "DIRECTION", "PEER", "PROTOCOL", "PORTS", "BEFORE", "AFTER", "BY"])
                for change in found.changes {
                    table.add([
                        change.pod.description, change.direction.name, peerText(change.peer, found.after), change.key.protocolText,
                        change.key.portText, change.before ? "allowed" : "denied", change.after ? "allowed" : "denied",
                        meanings[change.rule]?.text ?? "",
                    ])
                }
                return found.changes.isEmpty ? "no verdict changes\n" : table.text
            }
        }
        if !isSame { throw ExitCode(1) }
    }
}

/// Who a peer is: the labels of its identity, and the blocks that tell it from others of them.
func peerText(_ peer: PeerDescription?, _ desired: Desired) -> String {
    guard let peer else { return "any" }
    let labels = desired.identities.labels(of: peer.identity) ?? ["\(peer.identity)"]
    return (labels + peer.blocks.map { "cidr:\($0)" }).joined(separator: ",")
}

extension PortKey {
    var protocolText: String {
        switch (bits, proto) {
        case (0, _): "any"
        case (_, 1): "ICMP"
        case (_, 58): "ICMPv6"
        default: TransportProtocol(rawValue: proto)?.name ?? "\(proto)"
        }
    }

    var portText: String {
        if bits <= 8 { return "" }
        if proto == 1 || proto == 58 { return bits >= 16 ? "type \(port >> 8)" : "" }
        return ports.count == 1 ? "\(port)" : "\(ports.lowerBound)-\(ports.upperBound)"
    }
}
