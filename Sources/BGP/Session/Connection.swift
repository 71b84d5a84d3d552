internal import Net

/// One TCP connection and its state (RFC 4271 section 8: "one FSM per connection").
struct Connection: Sendable {
    enum Phase: Int, Sendable, Comparable {
        /// TCP is not up yet.
        case connecting
        /// Came while the session rests after an error; waits for that to end.
        case parked
        /// The OPEN is held back (DelayOpen).
        case delaying
        case openSent
        case openConfirm
        case established

        static func < (a: Phase, b: Phase) -> Bool { a.rawValue < b.rawValue }
    }

    let id: ConnectionID
    /// When it was begun, or accepted.
    let since: Nanoseconds
    var phase: Phase
    var addresses: LocalAddresses?
    var frames = FrameBuffer()
    var negotiated: Negotiated?
    /// When the peer has been silent for too long; while delaying: when the OPEN goes out.
    var holdDeadline: Nanoseconds?
    var keepaliveDeadline: Nanoseconds?
    /// Bytes given to the driver that the kernel has not taken.
    var outstanding = 0
    /// When the peer has taken nothing for too long (RFC 9687).
    var sendDeadline: Nanoseconds?

    var isOutgoing: Bool {
        if case .outgoing = id { true } else { false }
    }

    var deadline: Nanoseconds? { [holdDeadline, keepaliveDeadline, sendDeadline].compactMap { $0 }.min() }
}

/// SplitMix64: jitter needs to be spread, not secret, and tests need it to repeat.
struct Jitter: Sendable {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    /// A span between `span * low / 100` and `span * high / 100`.
    mutating func callAsFunction(_ span: Nanoseconds, percent low: UInt64, _ high: UInt64) -> Nanoseconds {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
        let fraction = (mixed ^ mixed >> 31) % (high - low + 1) + low
        // Two years are long enough, and leave room to multiply.
        let (whole, rest) = min(span, 1 << 56).quotientAndRemainder(dividingBy: 100)
        return whole * fraction + rest * fraction / 100
    }
}

extension Nanoseconds {
    /// Later by a span; for ever where that has no number.
    func after(_ span: Nanoseconds) -> Nanoseconds {
        let (sum, overflow) = addingReportingOverflow(span)
        return overflow ? .max : sum
    }
}
