import Net

/// Hop by hop, all flows and hops at once.
extension PathSearch {
    func trace(_ session: inout ProbeSession) throws(PathError) -> [FlowTrace] {
        var traces = session.flows.map { FlowTrace(flow: $0, hops: [], end: .silent) }
        // One flow finds the distance, so that the destination is not asked for more errors than it may send.
        try scout(&session, &traces[0])
        let distance = min(maxHops, traces[0].end == .silent ? traces[0].answered + 2 : traces[0].hops.count)
        try extend(&session, &traces, by: distance)
        // Flows whose way is longer.
        while true {
            let open = traces.contains { $0.end == .silent && $0.hops.count < maxHops && $0.isAlive }
            if !open { break }
            try extend(&session, &traces, by: Self.stride)
        }
        if let nearest = traces.filter({ $0.end == .reached }).map(\.hops.count).min() {
            for index in traces.indices { traces[index].settle(at: nearest) }
        }
        for _ in 1..<max(1, probes) { try sample(&session, &traces) }
        return traces.map(\.trimmed)
    }

    /// Hops asked about at a time when nobody knows how far it is.
    private static let stride = 4

    private func scout(_ session: inout ProbeSession, _ trace: inout FlowTrace) throws(PathError) {
        while trace.end == .silent, trace.hops.count < maxHops {
            let before = trace.answered
            var traces = [trace]
            try extend(&session, &traces, by: 2 * Self.stride, attempts: 1)
            trace = traces[0]
            if trace.answered == before { break }
        }
        // What did not answer at once is asked again with the other flows.
        if trace.end == .silent {
            trace.hops = Array(trace.hops.prefix(trace.answered))
        } else {
            trace.hops = trace.hops.filter { $0.address != nil || $0.number < trace.hops.count }
        }
    }

    /// Asks for the next hops of each flow that has not ended.
    private func extend(
        _ session: inout ProbeSession, _ traces: inout [FlowTrace], by count: Int, attempts: Int? = nil
    ) throws(PathError) {
        var requests: [ProbeSession.Request] = []
        for (index, trace) in traces.enumerated() where trace.end == .silent && (trace.isAlive || trace.hops.isEmpty) {
            let known = trace.hops.count
            guard known < min(maxHops, known + count) else { continue }
            requests += (known + 1...min(maxHops, known + count)).map { ProbeSession.Request(flow: index, hopLimit: $0, length: 0) }
        }
        let outcomes = try session.ask(requests, attempts: attempts ?? self.attempts) ?? []
        for (request, outcome) in zip(requests, outcomes) { traces[request.flow].add(outcome, at: request.hopLimit) }
        for index in traces.indices { traces[index].findLoop() }
    }

    /// Asks every hop once more, for times and losses.
    private func sample(_ session: inout ProbeSession, _ traces: inout [FlowTrace]) throws(PathError) {
        let requests = traces.enumerated().flatMap { index, trace in
            trace.hops.map { ProbeSession.Request(flow: index, hopLimit: $0.number, length: 0) }
        }
        let outcomes = try session.ask(requests, attempts: 1) ?? []
        for (request, outcome) in zip(requests, outcomes) { traces[request.flow].add(outcome, at: request.hopLimit) }
    }
}

extension FlowTrace {
    /// The number of the last hop that answered.
    var answered: Int { hops.last { $0.address != nil }?.number ?? 0 }

    /// Whether it is worth while to look further: three silent hops in a row are the end.
    var isAlive: Bool { hops.count - answered < 3 }

    mutating func add(_ outcome: ProbeSession.Outcome, at number: Int) {
        // Beyond what ended it, answers are the destination's again.
        if end != .silent, number > hops.count { return }
        while hops.count < number { hops.append(Hop(number: hops.count + 1)) }
        hops[number - 1].sent += outcome.sent
        hops[number - 1].times += outcome.times
        if let from = outcome.from, hops[number - 1].address == nil { hops[number - 1].address = from }
        switch outcome.meaning {
        case .reached: finish(.reached, at: number)
        case .unreachable(let code): finish(.unreachable(code: code), at: number)
        case .expired, .tooBig, nil: break
        }
    }

    private mutating func finish(_ end: End, at number: Int) {
        self.end = end
        hops = Array(hops.prefix(number))
    }

    /// Ends a way where it comes by an address a second time, after others.
    mutating func findLoop() {
        guard end == .silent else { return }
        var seen: [IPAddress: Int] = [:]
        for (index, hop) in hops.enumerated() {
            guard let address = hop.address else { continue }
            // One that answers for two hops in a row forwards what it should not have, and no more.
            if let before = seen[address], index > before + 1 { return finish(.loop, at: hop.number) }
            seen[address] = index
        }
    }

    /// A destination that kept silent where other flows found it, and answered beyond, is where the others found it: it was asked for more
    /// errors than it sends.
    mutating func settle(at nearest: Int) {
        guard end == .reached, hops.count > nearest, hops[(nearest - 1)..<(hops.count - 1)].allSatisfy({ $0.address == nil }) else { return }
        for hop in hops[nearest...] {
            hops[nearest - 1].sent += hop.sent
            hops[nearest - 1].times += hop.times
        }
        hops[nearest - 1].address = hops[hops.count - 1].address
        hops = Array(hops.prefix(nearest))
    }

    /// Without silent hops at the end of a way that was lost, but one.
    var trimmed: FlowTrace {
        guard end == .silent else { return self }
        var trace = self
        trace.hops = Array(hops.prefix(answered + 1))
        return trace
    }
}
