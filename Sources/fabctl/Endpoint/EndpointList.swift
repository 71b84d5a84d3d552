import ArgumentParser
import Model
import Net
import Node
import YAML

struct EndpointList: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "Lists the pods of this node.")

    @OptionGroup var output: OutputOptions
    @OptionGroup var options: NodeOptions

    func run() throws {
        try reporting { () throws(NodeError) in
            let views = try options.node.endpoints()
            output.write(.array(views.map(structured))) {
                var table = TextTable(["POD", "ID", "IDENTITY", "IPS", "DEVICE", "STATE", "LABELS"])
                for view in views {
                    let endpoint = view.endpoint
                    table.add([
                        endpoint.pod.description, "\(endpoint.id)", "\(endpoint.identity)",
                        endpoint.addresses.map(\.description).joined(separator: ","),
                        endpoint.device, view.state,
                        endpoint.labels.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ","),
                    ])
                }
                return table.text
            }
        }
    }
}

struct EndpointGet: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "get", abstract: "Shows one pod of this node.")

    @Argument(help: ArgumentHelp("The pod.", valueName: "namespace/pod"), completion: .endpoints) var pod: PodName
    @OptionGroup var output: OutputOptions
    @OptionGroup var options: NodeOptions

    func run() throws {
        try reporting { () throws(NodeError) in
            guard let view = try options.node.endpoints().first(where: { $0.endpoint.pod == pod }) else {
                throw NodeError(.invalid, "there is no endpoint \(pod)", hint: "fabctl endpoint list shows them")
            }
            output.write(structured(view)) { structured(view).yaml() }
        }
    }
}
