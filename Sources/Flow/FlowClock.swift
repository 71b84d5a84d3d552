import Glibc

/// The distance between the clock that events carry (CLOCK_MONOTONIC) and the calendar (CLOCK_REALTIME).
///
/// Measured once per command, so that all of its lines agree with each other even when the calendar is set meanwhile.
public struct FlowClock: Hashable, Sendable {
    /// Nanoseconds from CLOCK_MONOTONIC to CLOCK_REALTIME.
    public let offset: Int64

    public init(offset: Int64) { self.offset = offset }

    /// Reads both clocks as they were at the last tick: the kernel derives one from the other there, so that every command finds the very
    /// same distance, and the same time for an event, as long as nobody sets the calendar.
    public static func measured() -> FlowClock {
        while true {
            let before = read(CLOCK_MONOTONIC_COARSE)
            let calendar = read(CLOCK_REALTIME_COARSE)
            // No tick between: they belong together.
            if read(CLOCK_MONOTONIC_COARSE) == before { return FlowClock(offset: Int64(bitPattern: calendar &- before)) }
        }
    }

    /// Now, in ns of CLOCK_MONOTONIC.
    public static var monotonic: UInt64 { read(CLOCK_MONOTONIC) }

    /// Now, in ns since the epoch, by CLOCK_REALTIME.
    public static var calendar: Int64 { Int64(bitPattern: read(CLOCK_REALTIME)) }

    /// - Parameter monotonic: ns of CLOCK_MONOTONIC.
    /// - Returns: ns since the epoch, UTC.
    public func calendar(of monotonic: UInt64) -> Int64 {
        Int64(bitPattern: monotonic) &+ offset
    }

    private static func read(_ clock: clockid_t) -> UInt64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}
