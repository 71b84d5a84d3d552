import Glibc
import Net

/// Sends probes, many at once, and finds the answer to each.
struct ProbeSession: ~Copyable {
    struct Request: Hashable {
        /// Index of the flow.
        var flow: Int
        var hopLimit: Int
        /// Bytes, IP header included.
        var length: Int
    }

    /// What became of a request.
    struct Outcome {
        var sent = 0
        /// ns, one for each answer.
        var times: [UInt64] = []
        var from: IPAddress?
        var meaning: ProbeAnswer.Meaning?
    }

    let sockets: ProbeSockets
    private let matcher: AnswerMatcher
    private let timeout: UInt64
    private var nextNumber: ProbeNumber = 1
    /// The longest that an answer took so far, in ns.
    private var slowest: UInt64 = 0

    /// - Parameter timeout: ns to wait for the last attempt's answers.
    init(_ sockets: consuming ProbeSockets, timeout: UInt64) {
        matcher = AnswerMatcher(sockets.flows)
        self.sockets = sockets
        self.timeout = timeout
    }

    var flows: [ProbeFlow] { sockets.flows }

    private struct Sent {
        var request: Int
        var time: Int64
    }

    /// Asks until all are answered, or have been asked `attempts` times. Waits longer each time: short ones on a quiet network, the last one
    /// long enough for routers that send few errors a second.
    /// - Returns: in the order of the requests; nil when a request does not fit the device that it would leave by.
    mutating func ask(_ requests: [Request], attempts: Int) throws(PathError) -> [Outcome]? {
        var outcomes = [Outcome](repeating: Outcome(), count: requests.count)
        var pending: [ProbeNumber: Sent] = [:]
        for attempt in 0..<attempts {
            let open = requests.indices.filter { outcomes[$0].meaning == nil }
            if open.isEmpty { break }
            for burst in stride(from: 0, to: open.count, by: Self.burst) {
                for index in open[burst..<min(open.count, burst + Self.burst)] {
                    let request = requests[index]
                    let flow = flows[request.flow]
                    let number = takeNumber()
                    pending[number] = Sent(request: index, time: ProbeSockets.now())
                    outcomes[index].sent += 1
                    let packet = flow.packet(number, hopLimit: UInt8(clamping: request.hopLimit), length: request.length)
                    guard try sockets.send(packet, to: flow.destination) else { return nil }
                }
                let isLast = burst + Self.burst >= open.count
                collect(within: isLast ? wait(attempt, of: attempts) : Self.pause, requests, &pending, &outcomes)
            }
        }
        return outcomes
    }

    /// Probes sent at once. A router of Linux sends 50 errors at once, then 1000 a second (icmp_msgs_burst, icmp_msgs_per_sec).
    private static let burst = 256
    private static let pause: UInt64 = 5_000_000

    private func wait(_ attempt: Int, of attempts: Int) -> UInt64 {
        if attempt == attempts - 1, attempts > 1 { return timeout }
        return min(timeout, max(100_000_000, slowest * 8) << UInt64(2 * attempt))
    }

    private mutating func takeNumber() -> ProbeNumber {
        defer { nextNumber = nextNumber == 0xfffe ? 1 : nextNumber + 1 }
        return nextNumber
    }

    private mutating func collect(
        within time: UInt64, _ requests: [Request], _ pending: inout [ProbeNumber: Sent], _ outcomes: inout [Outcome]
    ) {
        let end = ProbeSockets.now() + Int64(time)
        var missing = outcomes.count { $0.meaning == nil }
        while missing > 0 {
            let left = end - ProbeSockets.now()
            if left <= 0 { return }
            var answers: [(answer: ProbeAnswer, time: Int64)] = []
            sockets.receive(Int((left + 999_999) / 1_000_000), matcher) { answers.append(($0, $1)) }
            for (answer, time) in answers {
                guard let number = answer.number ?? Self.furthest(answer, pending, requests, flows), let sent = pending.removeValue(forKey: number),
                    flows[requests[sent.request].flow].sourcePort == answer.flow.sourcePort
                else { continue }
                if outcomes[sent.request].meaning == nil { missing -= 1 }
                let elapsed = UInt64(max(0, time - sent.time))
                slowest = max(slowest, elapsed)
                outcomes[sent.request].times.append(elapsed)
                outcomes[sent.request].from = answer.from
                outcomes[sent.request].meaning = answer.meaning
            }
        }
    }

    /// An answer that names its flow alone is to the probe that could go furthest.
    private static func furthest(
        _ answer: ProbeAnswer, _ pending: [ProbeNumber: Sent], _ requests: [Request], _ flows: [ProbeFlow]
    ) -> ProbeNumber? {
        pending.filter { flows[requests[$0.value.request].flow].sourcePort == answer.flow.sourcePort }
            .max { requests[$0.value.request].hopLimit < requests[$1.value.request].hopLimit }?.key
    }
}
