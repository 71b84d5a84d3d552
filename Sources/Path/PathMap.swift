public import Net

/// The ways of several flows, put together: what lies at each distance, and which ways there are.
public struct PathMap: Sendable {
    /// What answered at a distance.
    public struct Hop: Sendable, Hashable {
        public var number: Int
        /// `*`: nobody.
        public var name: String
        /// Addresses that answered.
        public var addresses: [IPAddress]
        public var flows: Int
        public var sent: Int
        public var answered: Int
        /// ns.
        public var times: [UInt64]
        /// Bytes of the largest packet that gets here; nil: not known.
        public var mtu: Int?

        /// 0 to 1.
        public var loss: Double { sent == 0 ? 0 : Double(sent - min(sent, answered)) / Double(sent) }
    }

    public struct Way: Sendable, Hashable {
        /// Routers between the ends.
        public var hops: [String]
        /// Indexes of the flows that go this way.
        public var flows: [Int]
        public var end: FlowTrace.End
        public var mtu: Int?
    }

    /// A link that is smaller than those before it, by the names of its ends.
    public struct Bottleneck: Sendable, Hashable {
        public var hop: String
        /// What packets were on the way to; nil: not known.
        public var next: String?
        public var size: Int
        public var mtu: Int?
        /// Whether the hop says that they are too large.
        public var isSaid: Bool
        public var flows: Int
    }

    public let source: String
    public let destination: String
    public let traces: [FlowTrace]
    /// By distance; of one distance, the one with most flows first.
    public let hops: [Hop]
    /// The one with most flows first.
    public let ways: [Way]
    public let bottlenecks: [Bottleneck]

    /// - Parameters:
    ///   - source: the name of where the flows begin.
    ///   - destination: of where they end.
    ///   - name: of an address; nil: it has none.
    ///   - between: routers that are connected to both of two others: a silent hop that can be one of them alone has its name.
    public init(
        _ traces: [FlowTrace], source: String, destination: String, name: (IPAddress) -> String?,
        between: (String, String) -> Set<String> = { _, _ in [] }
    ) {
        func label(_ hop: FlowTrace.Hop) -> String { hop.address.map { name($0) ?? $0.description } ?? "*" }
        self.source = source
        self.destination = destination
        self.traces = traces
        var found: [[String]: Hop] = [:]
        var ways: [[String]: Way] = [:]
        var narrow: [Bottleneck] = []
        for (index, trace) in traces.enumerated() {
            let last = trace.end == .reached ? trace.hops.count : nil
            var names = trace.hops.map { $0.number == last ? destination : label($0) }
            for index in names.indices.dropLast() where names[index] == "*" {
                let candidates = between(index == 0 ? source : names[index - 1], names[index + 1])
                if candidates.count == 1, let only = candidates.first { names[index] = only }
            }
            for (hop, name) in zip(trace.hops, names) {
                var entry =
                    found[[String(hop.number), name]]
                    ?? Hop(number: hop.number, name: name, addresses: [], flows: 0, sent: 0, answered: 0, times: [], mtu: nil)
                entry.flows += 1
                entry.sent += hop.sent
                entry.answered += hop.times.count
                entry.times += hop.times
                if let address = hop.address, !entry.addresses.contains(address) { entry.addresses.append(address) }
                if let mtu = hop.mtu { entry.mtu = min(entry.mtu ?? mtu, mtu) }
                found[[String(hop.number), name]] = entry
            }
            let routers = last == nil ? names : names.dropLast()
            let key = routers + ["\(trace.end)"]
            var way = ways[key] ?? Way(hops: routers, flows: [], end: trace.end, mtu: trace.mtu)
            way.flows.append(index)
            if let mtu = trace.mtu { way.mtu = min(way.mtu ?? mtu, mtu) }
            ways[key] = way
            for item in trace.bottlenecks {
                let own = item.hop == 0 ? item.address.flatMap(name) ?? source : names[item.hop - 1]
                let entry = Bottleneck(
                    hop: own, next: names.indices.contains(item.hop) ? names[item.hop] : nil, size: item.size, mtu: item.mtu,
                    isSaid: item.address != nil, flows: 1)
                if let same = narrow.firstIndex(where: { $0.isSame(as: entry) }) { narrow[same].flows += 1 } else { narrow.append(entry) }
            }
        }
        hops = found.values.sorted { ($0.number, -$0.flows, $0.name) < ($1.number, -$1.flows, $1.name) }
        self.ways = ways.values.sorted { (-$0.flows.count, $0.hops.joined(separator: " ")) < (-$1.flows.count, $1.hops.joined(separator: " ")) }
        bottlenecks = narrow
    }

    /// Bytes of the largest packet that gets there by every way; nil: not known.
    public var mtu: Int? {
        let known = traces.map(\.mtu)
        return known.contains(nil) ? nil : known.compactMap(\.self).min()
    }

    /// Whether every flow reached the destination.
    public var isReached: Bool { traces.allSatisfy { $0.end == .reached } }

    /// What is not as expected, the first thing alone; nil when all is.
    /// - Parameters:
    ///   - all: when every one of these paths has to carry a flow.
    public func difference(_ expectation: PathExpectation, all: [[String]]? = nil) -> String? {
        for way in ways {
            let first = traces[way.flows[0]].flow
            let who = "\(way.flows.count) of \(traces.count) flows (the first: \(first.transport.rawValue) \(first.sourcePort))"
            if let difference = expectation.difference(way.hops, source: source, destination: destination) { return "\(who): \(difference)" }
        }
        for path in all ?? [] where !ways.contains(where: { $0.hops == path }) {
            return "no flow of \(traces.count) went by \(path.joined(separator: " "))"
        }
        return nil
    }
}

extension PathMap.Bottleneck {
    fileprivate func isSame(as other: PathMap.Bottleneck) -> Bool {
        (hop, next, size) == (other.hop, other.next, other.size) && mtu == other.mtu && isSaid == other.isSaid
    }
}
