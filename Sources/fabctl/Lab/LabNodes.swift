import ArgumentParser
import Lab
import Net
import YAML

/// `fabctl lab nodes`
struct LabNodes: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "nodes", abstract: "Lists the members of a lab: switches, nodes, external hosts and pods.")

    @OptionGroup var options: LabOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        try reportingLab { () throws(LabError) in
            let plan = try options.lab().plan()
            output.write(.array(plan.members.map(\.structured))) {
                var table = TextTable(["NAME", "KIND", "NODE", "NAMESPACE", "ADDRESSES"])
                for member in plan.members {
                    table.add([
                        member.name, member.kind.rawValue, member.node ?? "", member.namespace,
                        member.addresses.map(\.description).joined(separator: ","),
                    ])
                }
                return table.text
            }
        }
    }
}
