import ArgumentParser
import Lab
import Net
import YAML

/// `fabctl lab status`
struct LabStatusCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Shows how a lab is: namespaces, links, nodes and pods.",
        discussion: "Exits 1 when anything is not as lab up leaves it.")

    @OptionGroup var options: LabOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        var healthy = true
        try reportingLab { () throws(LabError) in
            let status = try options.lab().status()
            healthy = status.isHealthy
            output.write(structured(status)) { text(status) }
        }
        if !healthy { throw ExitCode(LabError.Kind.negative.rawValue) }
    }

    private func stage(_ status: LabStatus) -> String {
        switch status.stage {
        case .building: "half-made"
        case .linked: "not-installed"
        case .installed: "installed"
        }
    }

    private func text(_ status: LabStatus) -> String {
        var text = "lab \(status.name): \(stage(status)), \(status.isHealthy ? "healthy" : "not healthy")\n\n"
        var members = TextTable(["MEMBER", "KIND", "NAMESPACE", "STATE", "ADDRESSES"])
        for item in status.members {
            members.add([
                item.member.name, item.member.kind.rawValue, item.member.namespace, item.isPresent ? "present" : "missing",
                item.member.addresses.map(\.description).joined(separator: ","),
            ])
        }
        var links = TextTable(["LINK", "DEVICES", "MTU", "STATE"])
        for item in status.links {
            links.add([item.link.name, "\(item.link.lower.device),\(item.link.upper.device)", "\(item.link.mtu)", item.isUp ? "up" : "down"])
        }
        text += members.text + "\n" + links.text
        for node in status.nodes {
            let lines = node.text.split(separator: "\n").map { $0.hasPrefix("Error: ") ? "error: " + $0.dropFirst(7) : String($0) }
            text += "\n\(node.name): \(lines.first ?? "exit code \(node.code ?? 0)")\n"
            for line in lines.dropFirst() { text += "  \(line)\n" }
        }
        return text
    }

    private func structured(_ status: LabStatus) -> StructuredValue {
        let members = status.members.map { item in
            var value = item.member.structured
            value["present"] = .bool(item.isPresent)
            return value
        }
        let links = status.links.map { item in
            StructuredValue.object([
                .init("name", .string(item.link.name)), .init("ends", .array(item.link.ends.map { .string("\($0.member):\($0.device)") })),
                .init("mtu", .init(item.link.mtu)), .init("up", .bool(item.isUp)),
            ])
        }
        let nodes = status.nodes.map { node in
            StructuredValue.object([.init("name", .string(node.name)), .init("exitCode", .init(node.code)), .init("status", .string(node.text))])
        }
        return [
            "name": .string(status.name), "stage": .string(stage(status)), "healthy": .bool(status.isHealthy), "members": .array(members),
            "links": .array(links), "nodes": .array(nodes),
        ]
    }
}
