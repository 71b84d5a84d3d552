/// Events that were written, or should have been, and that this reader does not get to see.
public struct LostEvents: Hashable, Sendable {
    /// Where they were lost: flow.proto's `LostEventSource`.
    public enum Source: UInt8, CaseIterable, Sendable {
        case unknown = 0
        /// The observer's buffer was full, and the history no longer had them.
        case perfBuffer = 1
        /// Not written: the limit on drop events was reached.
        case rateLimit = 2
        /// Overwritten in the history while it was being read.
        case history = 3

        /// As in flow.proto.
        public var name: String {
            switch self {
            case .unknown: "UNKNOWN_LOST_EVENT_SOURCE"
            case .perfBuffer: "PERF_EVENT_RING_BUFFER"
            case .rateLimit: "OBSERVER_EVENTS_QUEUE"
            case .history: "HUBBLE_RING_BUFFER"
            }
        }

        /// What happened, and what to do about it.
        public var explanation: String {
            switch self {
            case .unknown: "events lost"
            case .perfBuffer: "this observer was too slow; write to a file, or ask for less"
            case .rateLimit: "drop events over the rate limit were counted but not written; see fabctl bpf metrics list"
            case .history: "overwritten before they could be read; ask for a shorter window"
            }
        }
    }

    public var source: Source
    public var count: UInt64
    /// Nil when it is a sum over CPUs.
    public var cpu: Int?
    /// When it was noticed, ns since the epoch.
    public var time: Int64
    /// Times of the events around the gap, ns since the epoch, where known.
    public var first: Int64?
    public var last: Int64?

    public init(source: Source, count: UInt64, cpu: Int?, time: Int64, first: Int64? = nil, last: Int64? = nil) {
        self.source = source
        self.count = count
        self.cpu = cpu
        self.time = time
        self.first = first
        self.last = last
    }
}

/// What an observer prints, in the order of time.
public enum FlowRecord: Hashable, Sendable {
    case event(FlowEvent)
    case lost(LostEvents)
}
