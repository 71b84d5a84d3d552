public import Net
public import Netlink

/// Finds the ways that packets take from a network namespace to an address, those of several flows at once.
public struct PathSearch: Sendable {
    public var destination: IPAddress
    public var transport = ProbeFlow.Transport.udp
    /// ICMP has none.
    public var port: UInt16 = 33434
    /// How many flows: 16 find each of up to three equal ways with 95 % certainty (as MDA counts).
    public var flows = 16
    /// Of the first flow, the others follow; nil: whatever is free.
    public var sourcePort: UInt16?
    public var maxHops = 30
    /// How often a probe without an answer is sent.
    public var attempts = 3
    /// Answers asked of each hop and flow.
    public var probes = 1
    /// ns to wait for the last attempt.
    public var timeout: UInt64 = 1_000_000_000
    /// Whether the MTU of the way is looked for.
    public var mtu = true

    public init(to destination: IPAddress) { self.destination = destination }

    /// Searches from a namespace.
    /// - Returns: a trace for each flow, in the order of their ports.
    /// - Throws: without a route, or the right to raw sockets.
    public func run(in namespace: borrowing NetworkNamespace) throws(PathError) -> [FlowTrace] {
        let search = self
        return try Self.inside(namespace) { () throws(PathError) in
            var session = try search.session()
            var traces = try search.trace(&session)
            if search.mtu { try search.measure(&session, &traces) }
            return traces
        }
    }

    /// Sends `count` echo requests (or probes of another transport) all the way, and tells whether any was answered.
    /// - Returns: how many were answered, and ns of the fastest.
    public func reach(in namespace: borrowing NetworkNamespace, count: Int) throws(PathError) -> (answered: Int, fastest: UInt64?) {
        var search = self
        search.flows = count
        let asked = search
        return try Self.inside(namespace) { () throws(PathError) in
            var session = try asked.session()
            let requests = (0..<count).map { ProbeSession.Request(flow: $0, hopLimit: 64, length: 0) }
            let outcomes = try session.ask(requests, attempts: asked.attempts) ?? []
            let reached = outcomes.filter { $0.meaning == .reached }
            return (reached.count, reached.flatMap(\.times).min())
        }
    }

    private static func inside<R>(_ namespace: borrowing NetworkNamespace, _ body: () throws(PathError) -> R) throws(PathError) -> R {
        let outcome: Result<R, PathError>
        do throws(NetlinkError) {
            outcome = try namespace.result(of: body)
        } catch {
            throw PathError(error)
        }
        return try outcome.get()
    }

    private func session() throws(PathError) -> ProbeSession {
        ProbeSession(
            try ProbeSockets(to: destination, transport: transport, port: port, count: flows, sourcePort: sourcePort), timeout: timeout)
    }
}
