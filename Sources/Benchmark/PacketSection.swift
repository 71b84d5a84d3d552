import Net

/// What a packet costs in the programs, by BPF_PROG_TEST_RUN: the section `packet`, and `scale`, where the maps hold much else.
struct PacketSection {
    let rounds: Int

    func rows() throws -> [Report.Row] {
        let node = try BenchmarkNode.make()
        let cases = try BenchmarkCase.all(on: node)
        var measurement = Measurement(rounds: rounds)
        return Self.rows(cases, try measurement.run(cases, on: node))
    }

    private static func rows(_ cases: [BenchmarkCase], _ figures: [String: Figure]) -> [Report.Row] {
        cases.compactMap { measured in
            guard let figure = figures[measured.name], let base = figures[measured.against], base.median > 0 else { return nil }
            return Report.Row(
                name: measured.name, unit: "ns", value: figure.median, minimum: figure.minimum, against: measured.against,
                ratio: figure.median / base.median)
        }
    }

    // MARK: - Scale

    private final class Crowd {
        let node: BenchmarkNode
        let cases: [BenchmarkCase]

        init(_ node: consuming BenchmarkNode, _ cases: (borrowing BenchmarkNode) throws -> [BenchmarkCase]) throws {
            self.cases = try cases(node)
            self.node = node
        }
    }

    private static let sizes = [10, 1000, 100_000]

    /// With 10, 1,000 and 100,000 other flows, routes and addresses: `hot` meets the same entry again and again, so that what grows is the
    /// algorithm's; `cold` meets all of them, up to 7,000, in turn, so that what grows is the caches' as well. Against the smallest crowd.
    func scaleRows() throws -> [Report.Row] {
        var crowds: [Crowd] = []
        for size in Self.sizes {
            crowds.append(try Crowd(BenchmarkNode.make(.init(flows: 262_144))) { try Self.flowCases(size, on: $0) })
            let nodes = (0..<size).map { BenchmarkNode.nodeOfCrowd($0) }, addresses = (0..<size).map { BenchmarkNode.addressOfCrowd($0) }
            crowds.append(try Crowd(BenchmarkNode.make(.init(routes: size))) { _ in try Self.newFlowCases("routes", nodes) })
            crowds.append(try Crowd(BenchmarkNode.make(.init(addresses: size))) { _ in try Self.newFlowCases("addresses", addresses) })
        }
        var measurement = Measurement(rounds: rounds)
        for round in -1..<rounds {
            for crowd in crowds { try measurement.round(round, of: crowd.cases, on: crowd.node) }
        }
        return Self.rows(crowds.flatMap(\.cases), measurement.figures)
    }

    private static func flowCases(_ size: Int, on node: borrowing BenchmarkNode) throws -> [BenchmarkCase] {
        let a = try BenchmarkNode.end(BenchmarkNode.podA[0], 0), b = try BenchmarkNode.end(BenchmarkNode.podB[0], 0)
        let pairs = (0..<size).map { number -> (BenchmarkPacket.End, BenchmarkPacket.End) in
            let client = BenchmarkPacket.End(address: a.address, port: UInt16(1024 + number % 50000))
            return (client, BenchmarkPacket.End(address: b.address, port: UInt16(80 + number / 50000)))
        }
        for (client, server) in pairs { try node.connect(client, BenchmarkNode.podHook(1), server, BenchmarkNode.podHook(2)) }
        let many = min(size, BenchmarkCase.flows)
        let packets = (0..<many).map { number in
            let pair = pairs[number * 7919 % size]
            return BenchmarkPacket(pair.0, pair.1)
        }
        return [
            BenchmarkCase("scale.flows.\(size).hot", .established, .fromPod, on: "p1", [packets[0]], against: "scale.flows.10.hot"),
            BenchmarkCase(
                "scale.flows.\(size).cold", .established, .fromPod, on: "p1", packets, repeats: 1, calls: max(200, many / 2),
                against: "scale.flows.10.cold"),
        ]
    }

    /// New flows to what the crowd is: of them, one lookup of routes and of addresses is part.
    private static func newFlowCases(_ what: String, _ crowd: [IPAddress]) throws -> [BenchmarkCase] {
        let a = try BenchmarkNode.end(BenchmarkNode.podA[0], 0), size = crowd.count
        let many = min(size, BenchmarkCase.flows)
        let packets = (0..<many).map { number in
            let server = BenchmarkPacket.End(address: crowd[number * 7919 % size], port: 80)
            return BenchmarkPacket(a, server, flags: BenchmarkPacket.syn)
        }
        return [
            BenchmarkCase("scale.\(what).\(size).hot", .newFlow, .fromPod, on: "p1", [packets[0]], repeats: 1, against: "scale.\(what).10.hot"),
            BenchmarkCase("scale.\(what).\(size).cold", .newFlow, .fromPod, on: "p1", packets, repeats: 1, against: "scale.\(what).10.cold"),
        ]
    }
}
