import ArgumentParser
import Logging
import Node
import Speaker
import Store

/// `fabctl bgp run`
struct BGPRun: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Runs the node's BGP speaker, in the foreground.",
        discussion: """
            Follows what `bgp apply`, `bgp peer` and `bgp prefix` store on the node; with -f, a file of manifests instead, and then no \
            datapath need be installed. Nothing that is forwarded needs the speaker: it can be killed, upgraded and restarted at any time. \
            Under systemd it says when it is ready (Type=notify) and answers the watchdog.

            SIGTERM and SIGINT leave for good: peers withdraw the routes at once. SIGUSR1 leaves for a restart, and so does SIGKILL: peers \
            with graceful restart keep the routes. SIGHUP reads configuration and passwords anew.

            Passwords are read from files or the environment and are never stored. For authSecretRef NAME, the file NAME or NAME/password in \
            a directory given by --secrets, or in the one that systemd gives (LoadCredential=NAME:...).

              fabctl bgp run
              fabctl bgp run -f bgp.yaml --secrets /etc/fabctl/secrets
            """)

    @Option(
        name: [.customShort("f", allowingJoined: true), .long],
        help: ArgumentHelp("Manifests to follow in place of the node's own (YAML or JSON); - is standard input.", valueName: "file"),
        completion: .file(extensions: ["yaml", "yml", "json"]))
    var file: String?
    @Option(
        help: ArgumentHelp(
            "The node's Kubernetes name. Default: the installed one, that of the file's only Node, or the hostname.", valueName: "name"))
    var nodeName: String?
    @Option(help: ArgumentHelp("A label of the node, for selectors.", valueName: "key=value")) var nodeLabel: [LabelArgument] = []
    @Option(help: ArgumentHelp("A directory with a file for each password.", valueName: "dir"), completion: .directory) var secrets: [String] = []
    @Option(help: "What to log, on standard error.") var logLevel: Level = .info
    @OptionGroup var options: NodeOptions

    enum Level: String, ExpressibleByArgument, CaseIterable {
        case debug, info, warning, error
    }

    func run() throws {
        try reporting { () throws(NodeError) in
            var speaker = SpeakerOptions(root: Root(options.node.path), version: fabctlVersion)
            speaker.file = file
            speaker.nodeName = nodeName
            speaker.nodeLabels = nodeLabel.dictionary
            speaker.secrets = secrets + [Environment.variable("CREDENTIALS_DIRECTORY")].compactMap(\.self)
            var log = Logger(label: "bgp") { _ in LogLines(level: .info) }
            log.logLevel = Logger.Level(rawValue: logLevel.rawValue) ?? .info
            let options = speaker
            let logger = log
            try speaking { () throws(SpeakerError) in try Speaker.run(options, log: logger) }
        }
    }
}
