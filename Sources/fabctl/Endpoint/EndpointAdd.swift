import ArgumentParser
import Model
import Net
import Node
import YAML

struct EndpointAdd: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add", abstract: "Connects a pod.",
        discussion: """
            Makes a veth pair into the pod's network namespace, or adopts a device that is there, gives the pod its addresses and routes, \
            and judges its packets from the first.

            fabctl endpoint add default/web --netns /run/netns/web --label app=web
            """)

    @Argument(help: ArgumentHelp("The pod.", valueName: "namespace/pod")) var pod: PodName
    @Option(help: ArgumentHelp("The pod's network namespace.", valueName: "path"), completion: .file()) var netns: String?
    @Option(help: ArgumentHelp("A device to adopt: the node's side of the pod's.", valueName: "dev"), completion: .devices) var device: String?
    @Option(
        help: ArgumentHelp("An address of the pod, inside the node's Pod CIDR. Default: the first free one of each Pod CIDR.", valueName: "address"))
    var ip: [IPAddress] = []
    @Option(help: ArgumentHelp("A label of the pod.", valueName: "key=value")) var label: [LabelArgument] = []
    @OptionGroup var change: ChangeOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var options: NodeOptions

    func validate() throws {
        if (netns == nil) == (device == nil) { throw ValidationError("Give one of --netns and --device.") }
    }

    func run() throws {
        try reporting { () throws(NodeError) in
            let request = EndpointRequest(pod: pod, netns: netns.map(absolutePath), device: device, addresses: ip, labels: label.dictionary)
            let view = try options.node.addEndpoint(request, dryRun: change.dryRun, timeout: change.timeout.nanoseconds)
            output.write(structured(view)) {
                (change.dryRun ? "would add " : "added ")
                    + "\(view.endpoint.pod) id \(view.endpoint.id) identity \(view.endpoint.identity) device \(view.endpoint.device) ips "
                    + view.endpoint.addresses.map(\.description).joined(separator: ",") + "\n"
            }
        }
    }
}
