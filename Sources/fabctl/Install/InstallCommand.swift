import ArgumentParser
import Glibc
import Model
import Net
import Node
import Values
import YAML

/// `fabctl install`
struct InstallCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "install", abstract: "Installs the datapath on this node, or upgrades it in place.",
        discussion: """
            Reads Cilium's Helm values or cilium-config ConfigMap. A first install needs a Pod CIDR; a later one keeps what it is not \
            told, so a bare `fabctl install` is the upgrade to this binary: programs are exchanged in place, no packet and no flow is lost.

              fabctl install -f values.yaml --pod-cidr fd00:cafe:0:1::/64
            """)

    @Option(
        name: [.customShort("f", allowingJoined: true), .long], help: ArgumentHelp("Cilium values (YAML); - is standard input.", valueName: "file"),
        completion: .file(extensions: ["yaml", "yml", "json"]))
    var values: String?
    @Option(help: ArgumentHelp("A fabric port. Default: the devices of the default routes.", valueName: "dev"), completion: .devices)
    var uplink: [String] = []
    @Option(help: ArgumentHelp("A prefix that this node's pods have their addresses from.", valueName: "prefix")) var podCidr: [Prefix] = []
    @Option(help: ArgumentHelp("The node's Kubernetes name. Default: the hostname.", valueName: "name")) var nodeName: String?
    @Flag(help: "Make an unknown key in the values an error.") var strict = false
    @OptionGroup var change: ChangeOptions
    @OptionGroup var options: NodeOptions

    func run() throws {
        try reporting { () throws(NodeError) in
            var request = InstallRequest()
            if let values { try apply(try readInput(values), file: values == "-" ? "standard input" : values, to: &request) }
            if !uplink.isEmpty { request.uplinks = uplink }
            request.podCIDRs = podCidr
            request.name = nodeName
            let report = try options.node.install(request, dryRun: change.dryRun, timeout: change.timeout.nanoseconds)
            let verb =
                switch (change.dryRun, report.upgraded) {
                case (true, false): "would install"
                case (true, true): "would upgrade"
                case (false, false): "installed"
                case (false, true): "upgraded"
                }
            Output.write(
                "\(verb) \(report.config.name) pod-cidr \(report.config.podCIDRs.map(\.description).joined(separator: ",")) uplink "
                    + report.config.uplinks.map(\.device).joined(separator: ",") + "\n")
            guard report.problems.isEmpty else {
                for problem in report.problems { Output.note("\(problem.subject): \(problem.message) (\(problem.remedy))") }
                throw NodeError(.negative, report.problems.count == 1 ? "one problem is left" : "\(report.problems.count) problems are left")
            }
        }
    }

    private func apply(_ bytes: [UInt8], file: String, to request: inout InstallRequest) throws(NodeError) {
        let found: InstallValues
        do throws(ValuesError) {
            found = try ValuesReader.read(bytes, file: file, strict: strict)
        } catch {
            let problems = error.problems
            for problem in problems.dropLast() { Output.note("Error: \(problem)") }
            throw NodeError(.invalid, problems.last?.description ?? error.description, hint: problems.last?.hint)
        }
        for warning in found.warnings { Output.note("Warning: \(warning)" + (warning.hint.map { " (\($0))" } ?? "")) }
        if !found.ignored.isEmpty {
            Output.note("Note: without meaning here, ignored: " + found.ignored.map(\.path).joined(separator: ", "))
        }
        request.ipv6Enabled = found.ipv6Enabled
        request.ipv4Enabled = found.ipv4Enabled
        request.nativeRoutingCIDRs = found.nativeRoutingCIDRs
        request.clusterName = found.clusterName
        request.podMTU = found.mtu
        request.uplinks = found.devices
        request.flows = found.flowTableSize
        request.policyEntries = found.policyMapSize
        request.eventInterval = found.monitorAggregationInterval
        request.timeouts = (found.ctTimeouts.any, found.ctTimeouts.tcpSYN, found.ctTimeouts.tcp, found.ctTimeouts.tcpFIN)
        if let root = found.bpfRoot, !options.node.path.hasPrefix(root.hasSuffix("/") ? root : root + "/") {
            throw NodeError(
                .invalid, "bpf.root is \(root), and the node's directory is \(options.node.path)",
                hint: "give --bpffs \(root)/fabctl, and to every command")
        }
    }
}

/// A file's contents, or standard input's for `-`.
func readInput(_ path: String) throws(NodeError) -> [UInt8] {
    let descriptor = path == "-" ? 0 : open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw NodeError(.invalid, "read \(path): \(String(cString: strerror(errno)))") }
    defer { if descriptor > 0 { close(descriptor) } }
    var out: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65536)
    while true {
        let count = read(descriptor, &buffer, buffer.count)
        if count == 0 { return out }
        if count < 0 {
            if errno == EINTR { continue }
            throw NodeError(.invalid, "read \(path): \(String(cString: strerror(errno)))")
        }
        out += buffer[..<count]
        guard out.count <= 64 << 20 else { throw NodeError(.invalid, "read \(path): larger than 64 MiB") }
    }
}
