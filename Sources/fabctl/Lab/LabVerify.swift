import ArgumentParser
import Lab
import Net
import YAML

/// `fabctl lab verify`
struct LabVerify: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Proves that every pod reaches every other by the ways it should.",
        discussion: """
            For each two pods: an echo request is answered, every flow takes a shortest way through leaves and spines, every such way has
            a flow, and packets as large as the links take get there. Then what the topology expects of policy (expect:). Exits 1 when
            anything is not so.
            """)

    enum Format: String, ExpressibleByArgument, CaseIterable { case text, json, yaml, junit }

    @OptionGroup var options: LabOptions
    @Option(
        name: [.customShort("f", allowingJoined: true), .long],
        help: ArgumentHelp("A topology whose expectations are taken instead.", valueName: "file"), completion: .file(extensions: ["yaml", "yml"]))
    var file: String?
    @Option(name: [.customShort("o", allowingJoined: true), .customLong("output")], help: "Output format.")
    var format: Format = .text
    @Flag(name: [.short, .long], help: "Say each pair.")
    var verbose = false

    func run() throws {
        var failures = 0
        try reportingLab { () throws(LabError) in
            let expectations = try file.map { file throws(LabError) in try TopologyFile.read(path: file).expectations }
            let progress = Progress(verbose: verbose)
            defer { progress.clear() }
            let verification = try options.lab().verify(expectations: expectations) { progress.show($0) }
            progress.clear()
            failures = verification.failures
            switch format {
            case .text: Output.write(text(verification))
            case .json: Output.write(structured(verification).json(pretty: true) + "\n")
            case .yaml: Output.write(structured(verification).yaml())
            case .junit: Output.write(JUnit.text(verification))
            }
        }
        if failures > 0 { throw ExitCode(LabError.Kind.negative.rawValue) }
    }

    private func text(_ verification: LabVerification) -> String {
        var table = TextTable(["FROM", "TO", "CHECK", "SUBJECT", "RESULT", "FOUND"])
        for check in verification.checks {
            table.add([check.from, check.to, check.kind.rawValue, check.subject, check.failure == nil ? "ok" : "FAILED", check.found])
        }
        var text = table.text
        let failed = verification.checks.filter { $0.failure != nil }
        if !failed.isEmpty { text += "\n" }
        for check in failed { text += "\(check.from) to \(check.to), \(check.kind.rawValue) \(check.subject): \(check.failure ?? "")\n" }
        let passed = verification.checks.count - failed.count
        return text + "\nlab \(verification.lab): \(passed) passed, \(failed.count) failed\n"
    }

    private func structured(_ verification: LabVerification) -> StructuredValue {
        let checks = verification.checks.map { check -> StructuredValue in
            [
                "check": .string(check.kind.rawValue), "from": .string(check.from), "to": .string(check.to), "subject": .string(check.subject),
                "passed": .bool(check.failure == nil), "found": .string(check.found), "failure": .init(check.failure),
                "seconds": .double(Double(check.time) / 1e9),
            ]
        }
        return [
            "lab": .string(verification.lab), "passed": .init(verification.checks.count - verification.failures),
            "failed": .init(verification.failures), "checks": .array(checks),
        ]
    }
}

/// JUnit's XML, as CI systems read it: a suite for the lab, a case for each check.
enum JUnit {
    static func text(_ verification: LabVerification) -> String {
        let seconds = verification.checks.reduce(0) { $0 + Double($1.time) / 1e9 }
        let lab = "lab \(verification.lab)".escapedForXML
        let suite = "name=\"\(lab)\" tests=\"\(verification.checks.count)\" failures=\"\(verification.failures)\""
        var text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n  <testsuite \(suite) time=\"\(seconds)\">\n"
        for check in verification.checks {
            let name = "\(check.kind.rawValue) \(check.subject)".escapedForXML, ends = "\(check.from) to \(check.to)".escapedForXML
            text += "    <testcase classname=\"\(ends)\" name=\"\(name)\" time=\"\(Double(check.time) / 1e9)\""
            guard let failure = check.failure else {
                text += "/>\n"
                continue
            }
            text += ">\n      <failure message=\"\(failure.escapedForXML)\">\("found \(check.found)".escapedForXML)</failure>\n    </testcase>\n"
        }
        return text + "  </testsuite>\n</testsuites>\n"
    }
}
