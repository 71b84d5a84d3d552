import Net
import Netlink

/// How large packets may be, and which link says so.
extension PathSearch {
    /// Sends packets as large as the first device takes, and smaller ones as routers ask for.
    func measure(_ session: inout ProbeSession, _ traces: inout [FlowTrace]) throws(PathError) {
        // One flow for each way: the others pass the same links.
        var ways: [[IPAddress?]: [Int]] = [:]
        for index in traces.indices where traces[index].end == .reached { ways[traces[index].hops.map(\.address), default: []].append(index) }
        var open = ways.values.map { $0[0] }.sorted()
        guard !open.isEmpty, let first = try Self.largest(&session) else { return }
        defer {
            for flows in ways.values { for other in flows.dropFirst() { traces[other].takeSizes(of: traces[flows[0]]) } }
        }
        var size = open.map { _ in first }
        let smallest = destination.isIPv4 ? 68 : 1280
        // Each round is one more link that is smaller than those before.
        for _ in 0..<8 where !open.isEmpty {
            let requests = zip(open, size).map { ProbeSession.Request(flow: $0, hopLimit: 64, length: $1) }
            guard let outcomes = try session.ask(requests, attempts: attempts) else { break }
            var next: [(flow: Int, size: Int)] = []
            for (request, outcome) in zip(requests, outcomes) {
                switch outcome.meaning {
                case .reached: traces[request.flow].fits(request.length)
                case .tooBig(let mtu):
                    let known = mtu >= smallest && mtu < request.length ? mtu : nil
                    traces[request.flow].narrow(from: outcome.from, size: request.length, mtu: known)
                    if let known { next.append((request.flow, known)) }
                case .expired, .unreachable: break
                case nil: next.append((request.flow, -request.length))
                }
            }
            // No answer and no reason: whoever is the last to answer packets of this size is the last to get them.
            let vanished = next.filter { $0.size < 0 }.map { (flow: $0.flow, size: -$0.size) }
            for (flow, size) in vanished { try locate(&session, &traces[flow], flow, size) }
            next.removeAll { $0.size < 0 }
            open = next.map(\.flow)
            size = next.map(\.size)
        }
    }

    /// Finds the hop that packets of a size get to and not beyond, though nobody says so.
    private func locate(_ session: inout ProbeSession, _ trace: inout FlowTrace, _ flow: Int, _ size: Int) throws(PathError) {
        let requests = trace.hops.map { ProbeSession.Request(flow: flow, hopLimit: $0.number, length: size) }
        let outcomes = try session.ask(requests, attempts: attempts) ?? []
        let last = zip(requests, outcomes).filter { $1.meaning != nil }.map(\.0.hopLimit).max() ?? 0
        guard last < trace.hops.count else { return trace.fits(size) }
        trace.cut(after: last, from: nil, size: size, mtu: nil)
    }

    /// The largest packet that the namespace's devices take.
    private static func largest(_ session: inout ProbeSession) throws(PathError) -> Int? {
        let sizes: [Int]
        do throws(NetlinkError) {
            var socket = try NetlinkSocket()
            // Those of the loopback device, whose MTU is as long as a packet may be, are not on any way.
            sizes = Set(try socket.links().filter { $0.isUp && $0.index != 1 }.map { min($0.mtu, 65535) }).sorted(by: >)
        } catch {
            throw PathError(error)
        }
        for size in sizes {
            // Hop limit 1: whether it can be sent is all that is asked.
            if try session.ask([ProbeSession.Request(flow: 0, hopLimit: 1, length: size)], attempts: 1) != nil { return size }
        }
        return nil
    }
}

extension FlowTrace {
    /// Packets of a size get all the way.
    mutating func fits(_ size: Int) {
        mtu = size
        for index in hops.indices where hops[index].mtu == nil { hops[index].mtu = size }
    }

    mutating func takeSizes(of other: FlowTrace) {
        (mtu, bottlenecks) = (other.mtu, other.bottlenecks)
        for (index, hop) in other.hops.enumerated() where hops.indices.contains(index) { hops[index].mtu = hop.mtu }
    }

    /// A router said that packets of a size are too large for the link behind it.
    mutating func narrow(from address: IPAddress?, size: Int, mtu: Int?) {
        let hop = hops.first { $0.address == address }?.number
        // Who answers from another address than for hop limits is behind what is known to be narrow already.
        cut(after: hop ?? bottlenecks.last?.hop ?? 0, from: address, size: size, mtu: mtu)
    }

    mutating func cut(after number: Int, from address: IPAddress?, size: Int, mtu: Int?) {
        for index in hops.indices where hops[index].number <= number && hops[index].mtu == nil { hops[index].mtu = size }
        bottlenecks.append(Bottleneck(hop: number, address: address, size: size, mtu: mtu))
    }
}
