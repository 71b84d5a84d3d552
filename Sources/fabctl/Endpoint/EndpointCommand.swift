import ArgumentParser
import Model
import Net
import Node
import YAML

/// `fabctl endpoint`
struct EndpointCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "endpoint", abstract: "The pods of this node.",
        subcommands: [EndpointAdd.self, EndpointDelete.self, EndpointList.self, EndpointGet.self])
}

/// An endpoint as commands show it.
func structured(_ view: EndpointView) -> StructuredValue {
    let endpoint = view.endpoint
    return [
        "namespace": .string(endpoint.pod.namespace), "name": .string(endpoint.pod.name), "id": .init(endpoint.id),
        "identity": .init(endpoint.identity),
        "ips": .array(endpoint.addresses.map { .string($0.description) }), "device": .string(endpoint.device), "ifindex": .init(view.ifindex),
        "mac": .string(endpoint.mac.description),
        "labels": .init(IdentityTable.podLabels(endpoint.labels, namespace: endpoint.pod.namespace)), "state": .string(view.state),
    ]
}
