import ArgumentParser
import YAML

enum OutputFormat: String, ExpressibleByArgument, CaseIterable {
    case text, json, yaml
}

/// How a command prints what it found.
struct OutputOptions: ParsableArguments {
    @Option(name: [.customShort("o", allowingJoined: true), .customLong("output")], help: "Output format.")
    var format: OutputFormat = .text

    /// Prints `value` as JSON or YAML, or what `text` makes of it.
    func write(_ value: @autoclosure () -> StructuredValue, text: () -> String) {
        switch format {
        case .text: Output.write(text())
        case .json: Output.write(value().json(pretty: true) + "\n")
        case .yaml: Output.write(value().yaml())
        }
    }
}
