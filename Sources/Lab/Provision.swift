import Model
import Net
import Netlink

/// What an operator would type on each node.
enum Provision {
    struct Command {
        let node: LabMember
        let arguments: [String]

        /// As typed in a shell.
        var line: String { (["fabctl"] + arguments).map(quoted).joined(separator: " ") }
        var description: String { "\(node.name): \(line)" }

        private func quoted(_ word: String) -> String {
            let plain = word.utf8.allSatisfy { byte in
                (97...122).contains(byte | 32) || (48...57).contains(byte) || "-_./:=%,@+".utf8.contains(byte)
            }
            return plain && !word.isEmpty ? word : "'\(word.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''"))'"
        }

        /// - Parameter output: what the command wrote.
        func failure(_ outcome: ChildProcess.Outcome, output: String) -> LabError {
            let lines = output.split(separator: "\n").map(String.init)
            let reason = lines.last { $0.hasPrefix("Error: ") }.map { String($0.dropFirst("Error: ".count)) } ?? lines.last ?? "no output"
            let hint = lines.last { $0.hasPrefix("Hint: ") }.map { String($0.dropFirst("Hint: ".count)) }
            let ending =
                switch outcome {
                case .exited(let code): "exit code \(code)"
                case .signalled(let signal): "signal \(signal)"
                }
            return LabError(LabError.Kind(rawValue: outcome.code) ?? .system, "on \(node.name): \(line): \(reason) (\(ending))", hint: hint)
        }
    }

    static func valuesFile(_ directory: String) -> String { "\(directory)/values.yaml" }
    static func clusterFile(_ directory: String, _ node: LabMember) -> String { "\(directory)/\(node.name).yaml" }
    static func bgpFile(_ directory: String, _ node: LabMember) -> String { "\(directory)/\(node.name)-bgp.yaml" }
    static func logFile(_ directory: String, _ node: LabMember) -> String { "\(directory)/\(node.name).log" }

    /// Commands that may run at the same time, one on each node, round by round.
    /// - Parameter speakers: whether nodes speak BGP, where switches do.
    static func rounds(_ plan: LabPlan, directory: String, speakers: Bool = true) -> [[Command]] {
        let sequences = plan.members(.node).map { node in commands(plan, node, directory: directory, speakers: speakers) }
        return (0..<(sequences.map(\.count).max() ?? 0)).map { round in
            sequences.compactMap { round < $0.count ? $0[round] : nil }
        }
    }

    private static func commands(_ plan: LabPlan, _ node: LabMember, directory: String, speakers: Bool) -> [Command] {
        var install = ["install", "-f", valuesFile(directory), "--node-name", node.name]
        for port in plan.ports(of: node.name) { install += ["--uplink", port.own.device] }
        for prefix in node.podCIDRs { install += ["--pod-cidr", prefix.description] }
        var commands = [install]
        let cluster = plan.clusterFile(for: node)
        let file = clusterFile(directory, node)
        if !cluster.nodes.isEmpty || !cluster.switches.isEmpty { commands.append(["node", "add", "-f", file]) }
        if !cluster.ips.isEmpty { commands.append(["ip", "add", "-f", file]) }
        for pod in plan.members(.pod) where pod.node == node.name {
            var words = ["endpoint", "add", pod.name, "--netns", NetworkNamespace.path(of: pod.namespace)]
            for address in pod.addresses { words += ["--ip", address.description] }
            for (key, value) in pod.labels.sorted(by: { $0.key < $1.key }) { words += ["--label", "\(key)=\(value)"] }
            commands.append(words)
        }
        if plan.bgp != nil, speakers { commands.append(["bgp", "apply", "-f", bgpFile(directory, node)]) }
        return commands.map { Command(node: node, arguments: $0) }
    }

    /// The speakers, which stay.
    static func speakers(_ plan: LabPlan, bpffs: String) -> [Command] {
        // The directory is on the command line so that `lab down` knows the process by it.
        plan.bgp == nil
            ? [] : plan.members(.node).map { Command(node: $0, arguments: ["bgp", "run", "--bpffs", "\(bpffs)/\(plan.name)/\($0.name)"]) }
    }
}
