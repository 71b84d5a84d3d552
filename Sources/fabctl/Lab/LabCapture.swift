import ArgumentParser
import Capture
import Lab

/// `fabctl lab capture LINK [EXPRESSION...]`
struct LabCapture: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "capture", abstract: "Captures packets on a link.",
        discussion: """
            A link is named by its ends, as in leaf1-spine1, or by a member and a device, as in node1:eth0. The expression is that of
            pcap-filter(7). Ends after as many packets as asked for, when the time is over, or at SIGINT.
            """)

    @OptionGroup var options: LabOptions
    @Argument(help: ArgumentHelp("leaf1-spine1, node1:eth0 and so on.", valueName: "link"), completion: .labLinks)
    var link: String
    @Argument(help: "Which packets.")
    var expression: [String] = []
    @Option(name: [.customShort("c", allowingJoined: true), .long], help: ArgumentHelp("End after this many packets.", valueName: "number"))
    var count: Int?
    @Option(
        name: [.customShort("w", allowingJoined: true), .customLong("write")],
        help: ArgumentHelp("Write packets to a pcap file instead; - is the output.", valueName: "file"),
        completion: .file(extensions: ["pcap"]))
    var path: String?
    @Option(help: ArgumentHelp("End after this time.", valueName: "duration"))
    var timeout: TimeLimit?

    func validate() throws {
        if let count, count < 1 { throw ValidationError("\(count) is no number of packets.") }
    }

    func run() throws {
        try reportingLab { () throws(LabError) in
            let session = try options.lab().capture(link, expression: expression.joined(separator: " "))
            do throws(CaptureError) {
                let summary = try capture(session)
                Output.note("\(summary.captured) packets captured, \(summary.dropped) dropped by the kernel")
            } catch {
                throw LabError(error)
            }
        }
    }

    private func capture(_ session: borrowing CaptureSession) throws(CaptureError) -> CaptureSession.Summary {
        let signals = try StopSignals()
        Output.note("capturing on \(link)")
        let milliseconds = timeout.map { Int(clamping: $0.nanoseconds / 1_000_000) }
        if let path {
            let file = try session.file(path)
            return try session.run(limit: count, timeout: milliseconds, signals: signals, file: file)
        }
        let text = PacketText(linkType: session.linkType)
        return try session.run(limit: count, timeout: milliseconds, signals: signals) { packet in
            Output.write(text.line(packet) + "\n")
            return true
        }
    }
}
