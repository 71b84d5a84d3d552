import Flow

/// Writes flows in the format that was asked for, many at a time.
struct FlowPrinter {
    private var compact: CompactFormat?
    private var json: JSONFormat?
    private var buffer: [UInt8] = []
    /// What ends the command, when it goes on until then.
    var interruption: Interruption?

    init(_ command: ObserveCommand, names: Names) {
        self.names = names
        if command.format == .compact {
            var options = CompactFormat.Options()
            options.isColored =
                switch command.color {
                case .always: true
                case .never: false
                case .auto: Output.isTerminal && Environment.variable("NO_COLOR") == nil && Environment.variable("TERM") != "dumb"
                }
            options.printsNodeName = command.printNodeName
            options.isNumeric = command.numeric
            options.time = command.timeFormat
            compact = CompactFormat(names: names, options: options)
        } else {
            json = JSONFormat(names: names, version: fabctlVersion)
        }
    }

    var names: Names {
        didSet {
            compact?.names = names
            json?.names = names
        }
    }

    mutating func write(_ record: FlowRecord) {
        compact?.write(record, to: &buffer)
        json?.write(record, to: &buffer)
        if buffer.count > 1 << 16 { flush() }
    }

    mutating func flush() {
        guard !buffer.isEmpty else { return }
        if let interruption { Output.write(buffer, until: interruption) } else { Output.write(buffer) }
        buffer.removeAll(keepingCapacity: true)
    }
}
