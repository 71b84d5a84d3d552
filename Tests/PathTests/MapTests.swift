import Net
@testable import Path
import Testing

@Suite struct MapTests {
    private let names = ["n1": 1, "l1": 2, "s1": 3, "s2": 4, "l2": 5, "n2": 6, "db": 7]

    private func address(_ name: String) -> IPAddress { IPAddress(high: 0xfd00 << 48, low: UInt64(names[name] ?? 99)) }

    /// - Parameter path: names of hops; `-` for one that did not answer.
    private func trace(_ port: UInt16, _ path: String, end: FlowTrace.End = .reached) -> FlowTrace {
        let flow = ProbeFlow(
            transport: .udp, source: IPAddress(high: 1, low: 1), destination: address("db"), sourcePort: port, destinationPort: 9, label: 0)
        let hops = path.split(separator: " ").enumerated().map { index, name in
            FlowTrace.Hop(
                number: index + 1, address: name == "-" ? nil : address(String(name)), sent: name == "-" ? 3 : 1, times: name == "-" ? [] : [1000])
        }
        return FlowTrace(flow: flow, hops: hops, end: end)
    }

    private func map(_ traces: [FlowTrace], between: (String, String) -> Set<String> = { _, _ in [] }) -> PathMap {
        PathMap(traces, source: "web", destination: "db", name: { found in names.first { self.address($0.key) == found }?.key }, between: between)
    }

    @Test func waysAreMerged() {
        let map = map([trace(1, "n1 l1 s1 l2 n2 db"), trace(2, "n1 l1 s2 l2 n2 db"), trace(3, "n1 l1 s2 l2 n2 db")])
        #expect(map.hops.map { "\($0.number) \($0.name) \($0.flows)" } == ["1 n1 3", "2 l1 3", "3 s2 2", "3 s1 1", "4 l2 3", "5 n2 3", "6 db 3"])
        #expect(map.ways.map { $0.hops.joined(separator: " ") } == ["n1 l1 s2 l2 n2", "n1 l1 s1 l2 n2"])
        #expect(map.ways.map(\.flows) == [[1, 2], [0]])
        #expect(map.isReached)
    }

    @Test func aSilentRouterIsNamedOnlyWhereItCanBeNoOther() {
        let traces = [trace(1, "- l1 s1 l2 n2 db"), trace(2, "n1 l1 - l2 n2 db")]
        let map = map(traces) { a, b in
            switch (a, b) {
            case ("web", "l1"): ["n1"]
            case ("l1", "l2"): ["s1", "s2"]
            default: []
            }
        }
        #expect(Set(map.ways.map { $0.hops.joined(separator: " ") }) == ["n1 l1 s1 l2 n2", "n1 l1 * l2 n2"])
        #expect(map.hops[0].name == "n1")
        #expect(map.hops[0].loss == 0.75)
    }

    @Test func differences() throws {
        let map = map([trace(1, "n1 l1 s1 l2 n2 db"), trace(2, "n1 l1 s1 l2 n2 db")])
        let expectation = try PathExpectation("n1 l1 s* l2 n2")
        #expect(map.difference(expectation) == nil)
        let all = ["s1", "s2"].map { ["n1", "l1", $0, "l2", "n2"] }
        #expect(map.difference(expectation, all: all) == "no flow of 2 went by n1 l1 s2 l2 n2")
        #expect(try map.difference(PathExpectation("n1 l1 s2 l2 n2")) == "2 of 2 flows (the first: udp 1): hop 3 is s1, expected s2")
    }

    @Test func aLoopIsAnEnd() {
        var trace = trace(1, "n1 l1 s1 l2 s1 l2 s1", end: .silent)
        trace.findLoop()
        #expect(trace.end == .loop)
        #expect(trace.hops.count == 5)
        var twice = self.trace(1, "n1 l1 l1 l2", end: .silent)
        twice.findLoop()
        #expect(twice.end == .silent)
    }

    @Test func sizes() {
        var trace = trace(1, "n1 l1 s1 l2 n2 db")
        trace.narrow(from: address("l1"), size: 1500, mtu: 1400)
        trace.narrow(from: address("s1"), size: 1400, mtu: 1300)
        trace.fits(1300)
        #expect(trace.hops.map(\.mtu) == [1500, 1500, 1400, 1300, 1300, 1300])
        let map = map([trace])
        #expect(map.bottlenecks.map { "\($0.hop) \($0.next ?? "") \($0.size) \($0.mtu ?? 0)" } == ["l1 s1 1500 1400", "s1 l2 1400 1300"])
        #expect(map.mtu == 1300)
    }

    @Test func aDestinationThatWasAskedTooOften() {
        var trace = trace(1, "n1 l1 - - db")
        trace.settle(at: 3)
        #expect(trace.hops.count == 3)
        #expect(trace.hops[2].sent == 7 && trace.hops[2].address == address("db"))
        var longer = self.trace(1, "n1 l1 s1 l2 db")
        longer.settle(at: 3)
        #expect(longer.hops.count == 5)
    }
}
