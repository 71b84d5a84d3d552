import Glibc

/// The distance between the clock that events carry (CLOCK_MONOTONIC) and the calendar (CLOCK_REALTIME).
///
/// Measured once per command, so that all of its lines agree with each other even when the calendar is set meanwhile.
public struct FlowClock: Hashable, Sendable {
    /// Nanoseconds from CLOCK_MONOTONIC to CLOCK_REALTIME.
    public let offset: Int64

    public init(offset: Int64) { self.offset = offset }

    /// Reads both clocks. Of a few attempts the one that was disturbed least is taken.
    public static func measured() -> FlowClock {
        var best = (width: UInt64.max, offset: Int64(0))
        for _ in 0..<5 {
            let before = read(CLOCK_MONOTONIC)
            let calendar = read(CLOCK_REALTIME)
            let after = read(CLOCK_MONOTONIC)
            if after - before < best.width {
                best = (after - before, Int64(bitPattern: calendar &- (before + (after - before) / 2)))
            }
        }
        return FlowClock(offset: best.offset)
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
