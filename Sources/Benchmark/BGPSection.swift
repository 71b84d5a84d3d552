import Glibc
import Netlink
import NodeTestSupport

/// `fabctl bgp run`, BIRD, gobgpd and FRR's bgpd, each announcing the same prefixes to the same FRR, in turn. What is sent and when is read off
/// the cable, so it is measured alike for all; times are from the moment that the leaf may call the session established.
struct BGPSection {
    let programs: Programs
    let rounds: Int

    private static let sizes = [1_000, 10_000, 100_000]

    func rows() throws -> [Report.Row] {
        for daemon in ["/usr/lib/frr/bgpd", "/usr/sbin/bird", "/usr/bin/gobgpd"] where access(daemon, X_OK) != 0 {
            throw BenchmarkError("\(daemon) is not there: make deps-bench installs it")
        }
        var rows: [Report.Row] = []
        for size in Self.sizes {
            var runs: [BGPSpeaker: [Run]] = [:]
            for _ in 0..<rounds {
                for speaker in BGPSpeaker.allCases { runs[speaker, default: []].append(try announce(size, speaker)) }
            }
            for measure in Run.measures { rows += Self.rows(measure, size, runs) }
        }
        var again: [BGPSpeaker: [Double]] = [:]
        for _ in 0..<rounds {
            for speaker in BGPSpeaker.allCases { again[speaker, default: []].append(try reestablish(speaker)) }
        }
        return rows + Self.rows("bgp.reestablish_after_kill", "ms", again, against: nil)
    }

    private typealias Measure = (name: String, unit: String, value: (Run) -> Double, against: BGPSpeaker?)

    // MARK: - Runs

    /// What one announcement of all prefixes took.
    private struct Run {
        /// Seconds since the session was established.
        let first: Double
        let endOfRIB: Double
        let complete: Double
        let updates: Double
        let bytes: Double
        /// Of the speaker's process, since its start.
        let usage: ProcessUsage

        /// Names, units, values, and whom fabctl is held against: nil, the best of the others.
        static var measures: [Measure] {
            [
                ("first_nlri", "ms", { $0.first * 1e3 }, nil), ("end_of_rib", "ms", { $0.endOfRIB * 1e3 }, nil),
                ("leaf_has_all", "ms", { $0.complete * 1e3 }, nil), ("updates", "messages", \.updates, .bird),
                ("bytes", "kB", { $0.bytes / 1e3 }, .bird), ("cpu", "ms", { $0.usage.cpu * 1e3 }, .bird),
                ("memory", "MB", { $0.usage.peak / 1e6 }, .bird),
            ]
        }
    }

    private func announce(_ size: Int, _ speaker: BGPSpeaker) throws -> Run {
        try BGPBenchmarkLab.with(programs) { lab in
            let prefixes = BGPSpeaker.prefixes(size)
            let trace = try lab.trace()
            let running = try speaker.start(lab, prefixes)
            // gobgpd makes its first attempt after ten seconds or so.
            guard try eventually(seconds: 60, { try lab.leafHas(size) }) else {
                throw BenchmarkError("\(speaker): the leaf has not \(size) prefixes: \(try lab.summary()) \(running.errorSoFar)")
            }
            let complete = BGPTrace.now()
            // The marker may come last, and late.
            guard try eventually(seconds: 20, { try trace.session(from: lab.node)?.endOfRIB != nil }),
                let session = try trace.session(from: lab.node), let first = session.firstNLRI, let end = session.endOfRIB
            else { throw BenchmarkError("\(speaker): no End-of-RIB after \(size) prefixes") }
            let usage = try ProcessUsage(of: running.child.processID)
            return Run(
                first: first - session.established, endOfRIB: end - session.established, complete: complete - session.established,
                updates: Double(session.updates), bytes: Double(session.updateBytes), usage: usage)
        }
    }

    /// Milliseconds from the start of a process whose predecessor was killed until the leaf has its OPEN and KEEPALIVE.
    private func reestablish(_ speaker: BGPSpeaker) throws -> Double {
        try BGPBenchmarkLab.with(programs) { lab in
            let prefixes = BGPSpeaker.prefixes(10)
            let running = try speaker.start(lab, prefixes)
            guard try eventually(seconds: 60, { try lab.leafHas(prefixes.count) }) else {
                throw BenchmarkError("\(speaker): no session: \(try lab.summary())")
            }
            let trace = try lab.trace()
            try lab.kill(running)
            let start = BGPTrace.now()
            _ = try speaker.start(lab, prefixes)
            guard try eventually(seconds: 60, { try trace.session(from: lab.node) != nil }), let session = try trace.session(from: lab.node) else {
                throw BenchmarkError("\(speaker): no session after a kill")
            }
            return (session.established - start) * 1e3
        }
    }

    // MARK: - Rows

    private static func rows(_ measure: Measure, _ size: Int, _ runs: [BGPSpeaker: [Run]]) -> [Report.Row] {
        rows("bgp.\(measure.name)_\(size)", measure.unit, runs.mapValues { $0.map(measure.value) }, against: measure.against)
    }

    /// fabctl's row, held against the named or the best of the others, and a row of each of those.
    private static func rows(_ name: String, _ unit: String, _ values: [BGPSpeaker: [Double]], against: BGPSpeaker?) -> [Report.Row] {
        let figures = values.mapValues { Figure($0) }
        func row(_ speaker: BGPSpeaker) -> Report.Row? {
            figures[speaker].map {
                Report.Row(name: speaker == .fabctl ? name : "\(name).\(speaker)", unit: unit, value: $0.median, minimum: $0.minimum)
            }
        }
        let others = BGPSpeaker.allCases.filter { $0 != .fabctl }
        guard var own = row(.fabctl) else { return [] }
        if let rival = against ?? others.min(by: { figures[$0]?.median ?? .infinity < figures[$1]?.median ?? .infinity }),
            let figure = figures[rival], figure.median > 0
        {
            (own.against, own.ratio) = ("\(name).\(rival)", own.value / figure.median)
        }
        return [own] + others.compactMap(row)
    }
}
