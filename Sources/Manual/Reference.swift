/// What the page of the program says beyond its commands.
public struct Reference: Sendable {
    public struct Term: Sendable {
        public let name: String
        public let meaning: String
    }

    public struct ExitStatus: Sendable {
        public let code: Int
        public let meaning: String
    }

    public let environment: [Term]
    public let files: [Term]
    public let exitStatus: [ExitStatus]
    /// Prose with examples in it: see `Mdoc.prose`.
    public let examples: String
    /// Other pages: `name.section`.
    public let seeAlso: [String]
}

extension Reference {
    public static let fabctl = Reference(
        environment: [
            Term(
                name: "FABCTL_BPFFS",
                meaning: "The directory that holds the node, where --bpffs does not name one. Two directories are two nodes."),
            Term(name: "NO_COLOR", meaning: "When set and not empty, nothing is coloured, on a terminal either."),
        ],
        files: [
            Term(
                name: "/sys/fs/bpf/fabctl",
                meaning: "The node: all that fabctl keeps between two commands. It is memory, and empty after a reboot."),
            Term(name: "/sys/fs/bpf/fabctl/state", meaning: "What was asked for: one document of configuration, endpoints, routes each."),
            Term(name: "/sys/fs/bpf/fabctl/maps", meaning: "What it was compiled to: the tables that the programs read and write."),
            Term(name: "/sys/fs/bpf/fabctl/progs", meaning: "The programs."),
            Term(name: "/sys/fs/bpf/fabctl/links", meaning: "Where the programs are attached: one link for each device and direction."),
        ],
        exitStatus: [
            ExitStatus(code: 0, meaning: "Done; the answer is yes."),
            ExitStatus(code: 1, meaning: "The answer is no: unhealthy, denied, drift, nothing matched where something had to."),
            ExitStatus(code: 64, meaning: "The command line cannot be understood."),
            ExitStatus(
                code: 65,
                meaning: "What was asked for, in a file or by an option, cannot be accepted: a tunnel, an overlap, an address that is taken "
                    + "or foreign, a device that is not there. In a file, the message begins with its name, line and column."),
            ExitStatus(code: 69, meaning: "Nothing to talk to: not installed, no bpffs (ip netns exec hides it), or no speaker running."),
            ExitStatus(code: 70, meaning: "A defect of fabctl."),
            ExitStatus(code: 74, meaning: "The kernel refused, or reading or writing failed."),
            ExitStatus(code: 75, meaning: "Busy: another command is changing the node, or every place is taken. Try again."),
            ExitStatus(code: 77, meaning: "Not permitted: this needs root, or the capabilities CAP_BPF and CAP_NET_ADMIN."),
            ExitStatus(code: 78, meaning: "What is stored on the node cannot be used, as when a newer fabctl wrote it."),
            ExitStatus(code: 130, meaning: "Interrupted."),
        ],
        examples: """
            Install the datapath from the values that Cilium was installed with, and see whether it is well:

              fabctl install -f values.yaml --pod-cidr fd00:cafe:0:1::/64
              fabctl status

            Put a pod on the fabric, and say where those of another node are:

              fabctl endpoint add default/web --netns /run/netns/web --label app=web
              fabctl node add node2 --pod-cidr fd00:cafe:0:2::/64 --via fe80::1%eth0

            Which next hop does a flow take, and what became of the last packets of a pod?

              fabctl bpf route get fd00:cafe:0:2::5
              fabctl observe --last 10 --pod default/web

            A fabric of network namespaces to try all this on, made and removed:

              fabctl lab up
              fabctl lab exec node1 -- fabctl status
              fabctl lab down
            """,
        seeAlso: ["ip.8", "tc-bpf.8", "bpf.2"]
    )
}
