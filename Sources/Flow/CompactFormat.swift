internal import Model
internal import Net
internal import Policy

/// Hubble's compact line, with what Hubble cannot say at its end:
///
///     Nov 23 03:31:00.123: default/web:44512 (ID:5001) -> default/db:5432 (ID:5002) to-network FORWARDED (TCP Flags: SYN) via leaf1 fe80::1%eth0
///
/// The initiator is on the left: a reply has its ends swapped and `<-`, and `<>` stands where that is not known. Ends are pods
/// (`NAMESPACE/POD`), nodes or switches by name, and addresses otherwise. After the summary come, where they apply: the next hop,
/// `source ADDRESS` when a local pod sent from an address that is not its own, and `xN` for a drop that stands for N packets.
public struct CompactFormat: Sendable {
    public struct Options: Hashable, Sendable {
        public var isColored = false
        /// Prints `[NODE]` after the time.
        public var printsNodeName = false
        /// Addresses in place of names; reserved identities stay names, as in Hubble.
        public var isNumeric = false
        public var time = FlowTimeFormat.stampMilli

        public init() {}
    }

    public var names: Names { didSet { texts = Self.texts(of: names) } }
    public var options: Options
    private var texts: [[UInt8]]

    public init(names: Names, options: Options = Options()) {
        self.names = names
        self.options = options
        texts = Self.texts(of: names)
    }

    /// Appends one line, its newline included.
    public func write(_ record: FlowRecord, to buffer: inout [UInt8]) {
        switch record {
        case .event(let event): write(event, to: &buffer)
        case .lost(let lost): write(lost, to: &buffer)
        }
    }

    public func write(_ event: FlowEvent, to buffer: inout [UInt8]) {
        writeTime(event.time, to: &buffer)
        buffer.write(": ")
        let isReply = event.isReply ?? false
        writeEnd(event, isSource: !isReply, to: &buffer)
        buffer.write(event.isReply == nil ? " <> " : isReply ? " <- " : " -> ")
        writeEnd(event, isSource: isReply, to: &buffer)
        buffer.append(UInt8(ascii: " "))
        Self.writeKind(event, to: &buffer)
        buffer.append(UInt8(ascii: " "))
        writeVerdict(event.verdict, to: &buffer)
        buffer.write(" (")
        Summary.write(event, to: &buffer)
        buffer.write(")")
        if event.nextHop != 0 { writeHop(event.nextHop, to: &buffer) }
        if isForeignSource(event) {
            buffer.write(" source ")
            buffer.write(event.source)
        }
        if event.isDrop { writeDenial(event, to: &buffer) }
        if event.isDrop, event.packets > 1 {
            buffer.write(" x")
            buffer.write(decimal: event.packets)
        }
        buffer.append(UInt8(ascii: "\n"))
    }

    public func write(_ lost: LostEvents, to buffer: inout [UInt8]) {
        writeTime(lost.time, to: &buffer)
        buffer.write(" EVENTS LOST: ")
        buffer.write(lost.source.name)
        if let cpu = lost.cpu {
            buffer.write(" CPU(")
            buffer.write(decimal: cpu)
            buffer.write(")")
        }
        buffer.append(UInt8(ascii: " "))
        buffer.write(decimal: lost.count)
        if let first = lost.first, let last = lost.last {
            buffer.write(" (first: ")
            options.time.write(first, to: &buffer)
            buffer.write(", last: ")
            options.time.write(last, to: &buffer)
            buffer.write(")")
        }
        buffer.write(": ")
        buffer.write(lost.source.explanation)
        buffer.append(UInt8(ascii: "\n"))
    }

    private func writeTime(_ time: Int64, to buffer: inout [UInt8]) {
        options.time.write(time, to: &buffer)
        if options.printsNodeName {
            buffer.write(" [")
            buffer.write(escaped: names.absoluteNodeName)
            buffer.write("]")
        }
    }

    private func writeEnd(_ event: FlowEvent, isSource: Bool, to buffer: inout [UInt8]) {
        let index = options.isNumeric ? nil : isSource ? names.sourceIndex(event) : names.destinationIndex(event)
        let port = event.hasPorts ? (isSource ? event.sourcePort : event.destinationPort) : 0
        color(.cyan, in: &buffer) { buffer in
            if let index {
                buffer.append(contentsOf: texts[index])
            } else if event.family == nil {
                buffer.write(isSource ? event.sourceMAC : event.destinationMAC)
            } else {
                let address = isSource ? event.source : event.destination
                let isBracketed = port != 0 && !address.isIPv4
                if isBracketed { buffer.append(UInt8(ascii: "[")) }
                buffer.write(address)
                if isBracketed { buffer.append(UInt8(ascii: "]")) }
            }
        }
        if port != 0 {
            buffer.append(UInt8(ascii: ":"))
            color(.yellow, in: &buffer) { $0.write(decimal: port) }
        }
        buffer.append(UInt8(ascii: " "))
        color(.magenta, in: &buffer) { buffer in
            let identity = isSource ? event.sourceIdentity : event.destinationIdentity
            buffer.append(UInt8(ascii: "("))
            if let name = Names.reservedName(identity) {
                buffer.write(name)
            } else {
                buffer.write("ID:")
                buffer.write(decimal: identity)
            }
            buffer.append(UInt8(ascii: ")"))
        }
    }

    private static func writeKind(_ event: FlowEvent, to buffer: inout [UInt8]) {
        switch EventType(rawValue: event.type) {
        case .drop:
            if let reason = DropReason(number: event.reason) {
                buffer.write(reason.text)
            } else {
                buffer.write("UNKNOWN (")
                buffer.write(decimal: event.reason)
                buffer.write(")")
            }
        case .trace:
            if let point = ObservationPoint(rawValue: event.point) {
                buffer.write(point.name)
            } else {
                buffer.write("UNKNOWN (")
                buffer.write(decimal: event.point)
                buffer.write(")")
            }
        case nil: buffer.write("UNKNOWN")
        }
    }

    private func writeVerdict(_ number: UInt8, to buffer: inout [UInt8]) {
        let verdict = Verdict(rawValue: number) ?? .unknown
        let shade: Color? =
            switch verdict {
            case .forwarded, .redirected: .green
            case .dropped, .error: .red
            case .audit, .traced, .translated: .yellow
            case .unknown: nil
            }
        color(shade, in: &buffer) { $0.write(verdict.name) }
    }

    /// By which policies: those of the rule that denied, or those that isolate the pod.
    private func writeDenial(_ event: FlowEvent, to buffer: inout [UInt8]) {
        guard let meaning = [event.egressRule, event.ingressRule].lazy.compactMap(names.rule).first(where: \.denies) else { return }
        for (place, key) in meaning.policies.enumerated() {
            buffer.write(place == 0 ? " by " : ",")
            buffer.write(escaped: key.description)
        }
    }

    private func writeHop(_ id: UInt32, to buffer: inout [UInt8]) {
        buffer.write(" via ")
        guard let hop = names.nextHop(id) else {
            // Its registration is gone: the number still tells flows by different next hops apart.
            buffer.append(UInt8(ascii: "#"))
            buffer.write(decimal: id)
            return
        }
        if let name = hop.name, !options.isNumeric {
            buffer.write(escaped: name)
            buffer.append(UInt8(ascii: " "))
        }
        if let address = hop.address {
            buffer.write(address)
            buffer.append(UInt8(ascii: "%"))
        }
        buffer.write(escaped: hop.device)
    }

    /// Whether a local pod sent this from an address that the node did not give it. Link-local ones it makes for itself.
    private func isForeignSource(_ event: FlowEvent) -> Bool {
        guard !options.isNumeric, event.isDrop, event.family != nil, event.sourceEndpoint != 0, let subject = names.source(of: event) else {
            return false
        }
        return !event.source.isLinkLocal && !subject.addresses.isEmpty && !subject.addresses.contains(event.source)
    }

    private enum Color: UInt8 {
        case red = 31
        case green = 32
        case yellow = 33
        case magenta = 35
        case cyan = 36
    }

    private func color(_ color: Color?, in buffer: inout [UInt8], _ body: (inout [UInt8]) -> Void) {
        guard options.isColored, let color else { return body(&buffer) }
        buffer.write("\u{1b}[")
        buffer.write(decimal: color.rawValue)
        buffer.write("m")
        body(&buffer)
        buffer.write("\u{1b}[0m")
    }

    private static func texts(of names: Names) -> [[UInt8]] {
        names.subjects.map { subject in
            var text: [UInt8] = []
            text.write(escaped: subject.text)
            return text
        }
    }
}
