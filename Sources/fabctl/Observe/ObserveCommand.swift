public import ArgumentParser
import BPF
public import Flow
import Glibc
import Model
import Node
import Store

extension FlowTimeFormat: ExpressibleByArgument {}

/// `fabctl observe`
struct ObserveCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "observe", abstract: "Shows flows: from the history, and live.",
        discussion: """
            The history is kept in the kernel and read without disturbing it; no process writes it. Events are written for new flows, \
            first answers, TCP flags not seen before, every 5 seconds of activity, and drops. Lost events are said, never silent.

              fabctl observe --last 10 --pod default/web
              fabctl observe --follow --verdict DROPPED
              fabctl observe --since 5m -o json
            """)

    enum Format: String, ExpressibleByArgument, CaseIterable {
        case compact, json, jsonpb
    }

    enum Color: String, ExpressibleByArgument, CaseIterable {
        case auto, always, never
    }

    @Option(help: ArgumentHelp("The newest flows, so many. Default: 20, without --follow, --since and --until.", valueName: "count")) var last: Int?
    @Flag(name: [.customShort("f"), .long], help: "Go on with new flows as they come.") var follow = false
    @Option(help: ArgumentHelp("Flows since then: a duration (5m, 1d) or a time (RFC 3339).", valueName: "time")) var since: String?
    @Option(help: ArgumentHelp("Flows until then.", valueName: "time")) var until: String?
    @Option(
        name: [.customShort("o", allowingJoined: true), .customLong("output")],
        help: "Output format; json and jsonpb are the same, one object a line.")
    var format: Format = .compact
    @Option(help: ArgumentHelp("Format of times in compact output.", valueName: "format")) var timeFormat = FlowTimeFormat.stampMilli
    @Option(help: "Colours in compact output.") var color: Color = .auto
    @Flag(help: "Print the node's name in compact output.") var printNodeName = false
    @Flag(help: "Print addresses and numbers instead of names.") var numeric = false
    @Flag(help: "Exit with 1 when nothing matched.") var failEmpty = false
    @OptionGroup(title: "Filters") var filters: ObserveFilters
    @OptionGroup var options: NodeOptions

    func validate() throws {
        if let last, last < 0 { throw ValidationError("--last takes a number of flows.") }
        if follow, until != nil { throw ValidationError("--until and --follow cannot be combined.") }
    }

    func run() throws {
        try reporting { () throws(NodeError) in
            let node = options.node
            let filter = try parsing { () throws(FlowFilterError) in try filters.filter() }
            let clock = FlowClock.measured()
            let now = FlowClock.calendar
            var query = HistoryQuery()
            if let since { query.since = try time(since, now: now) }
            if let until { query.until = try time(until, now: now) }
            query.last = last ?? (follow && since == nil ? 0 : since == nil && until == nil ? 20 : nil)
            var printer = FlowPrinter(self, names: Names(try node.desired(), interfaces: node.interfaceNames()))
            if follow {
                try followLive(node, query, filter, clock, &printer)
                return
            }
            let result = try observing { () throws(BPFError) in
                let source = try FlowSource.open(maps: node.mapsDirectory, clock: clock)
                return source.history.read(query) { filter.matches($0, names: printer.names) }
            }
            for event in result.events { printer.write(.event(event)) }
            for loss in result.losses(at: now) { printer.write(.lost(loss)) }
            printer.flush()
            if let notice = result.notice() { Output.note("Note: \(notice)") }
            if failEmpty, result.events.isEmpty { throw NodeError(.negative, "no flow matched") }
        }
    }

    private func followLive(
        _ node: Node, _ query: HistoryQuery, _ filter: FlowFilter, _ clock: FlowClock, _ printer: inout FlowPrinter
    ) throws(NodeError) {
        let slot = try node.claimObserverSlot()
        let interruption = Interruption()
        printer.interruption = interruption
        do throws(BPFError) {
            // The observer first, then the history: what comes between is in both, and is told once.
            var observer = try LiveObserver.open(slot: slot, maps: node.mapsDirectory, clock: clock)
            let source = try FlowSource.open(maps: node.mapsDirectory, clock: clock)
            let result = source.history.read(query) { filter.matches($0, names: printer.names) }
            for event in result.events { printer.write(.event(event)) }
            for loss in result.losses(at: FlowClock.calendar) { printer.write(.lost(loss)) }
            printer.flush()
            var merger = LiveMerger(clock: clock, after: result)
            var refreshed = FlowClock.monotonic
            while !interruption.happened {
                let before = FlowClock.monotonic
                let heads = source.history.heads
                try observer.poll(timeout: .milliseconds(100)) { merger.insert($0) }
                if before - refreshed > 1_000_000_000 {
                    if let desired = try? node.desired() { printer.names = Names(desired, interfaces: node.interfaceNames()) }
                    refreshed = before
                }
                let records = merger.drain(now: before, heads: heads) { source.history.events(cpu: $0, sequences: $1) }
                print(records, filter, &printer)
            }
            let rest = merger.finish(now: FlowClock.monotonic) { source.history.events(cpu: $0, sequences: $1) }
            print(rest, filter, &printer)
        } catch {
            throw NodeError(error.code == EPERM ? .permission : .system, error.description)
        }
    }

    private func print(_ records: [FlowRecord], _ filter: FlowFilter, _ printer: inout FlowPrinter) {
        for record in records {
            if case .event(let event) = record, !filter.matches(event, names: printer.names) { continue }
            printer.write(record)
        }
        printer.flush()
    }

    private func time(_ text: String, now: Int64) throws(NodeError) -> Int64 {
        do throws(FlowTimeError) {
            return try FlowTime.parse(text, now: now)
        } catch {
            throw NodeError(.invalid, "\(error)")
        }
    }

    private func parsing<R>(_ body: () throws(FlowFilterError) -> R) throws(NodeError) -> R {
        do throws(FlowFilterError) {
            return try body()
        } catch {
            throw NodeError(.invalid, error.description)
        }
    }

    private func observing<R>(_ body: () throws(BPFError) -> R) throws(NodeError) -> R {
        do throws(BPFError) {
            return try body()
        } catch {
            throw NodeError(error.code == EPERM || error.code == EACCES ? .permission : .system, error.description)
        }
    }
}
