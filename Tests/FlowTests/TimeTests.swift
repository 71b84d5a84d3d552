import Testing

@testable import Flow

@Suite struct TimeTests {
    /// 5 January 2026, 10:00:00 UTC (by date(1)).
    private let morning: Int64 = 1_767_607_200_000_000_000
    private let second: Int64 = 1_000_000_000

    @Test(arguments: [
        ("0s", Int64(0)), ("0", 0), ("90s", 90_000), ("1h43m", 6_180_000), ("1.5h", 5_400_000), ("2d", 172_800_000), ("1d2h3m4s5ms", 93_784_005),
        ("100ms", 100),
        (".5s", 500), ("1m0.25s", 60_250),
    ])
    func durationsReachBack(text: String, milliseconds: Int64) throws {
        #expect(try FlowTime.parse(text, now: morning) == morning - milliseconds * 1_000_000)
    }

    @Test(arguments: [
        ("2026-01-05", Int64(-36000)), ("2026-01-05T10Z", 0), ("2026-01-05T10-07:00", 25200), ("2026-01-05T10:00+01:00", -3600),
        ("2026-01-05T10:00:01Z", 1),
        ("2026-01-05 10:00:00", 0), ("2026-01-05T10:00:00", 0), ("2026-01-05t10:00:00z", 0), ("Mon, 05 Jan 2026 10:00:00 +0000", 0),
        ("Mon, 05 Jan 2026 11:00:00 +0100", 0), ("Jan  5 10:00:00", 0), ("Jan 5 09:59:59", -1), ("jan  4 10:00:00", -86400), ("now", 0),
    ])
    func momentsAreThemselves(text: String, seconds: Int64) throws {
        #expect(try FlowTime.parse(text, now: morning) == morning + seconds * second)
    }

    @Test func fractionsAreKept() throws {
        #expect(try FlowTime.parse("2026-01-05T10:00:00.123456789Z", now: 0) == morning + 123_456_789)
        #expect(try FlowTime.parse("Jan  5 10:00:00.123", now: morning + second) == morning + 123_000_000)
    }

    @Test func aStampIsTheLatestOneThatIsPast() throws {
        let year = 365 * 86400 * second
        #expect(try FlowTime.parse("Dec 31 23:00:00.000", now: morning) == morning - 4 * 86400 * second - 11 * 3600 * second)
        #expect(try FlowTime.parse("Jan  5 11:00:00", now: morning) == morning + 3600 * second - year)
        // The last 29 February before January 2026 was in 2024.
        #expect(try FlowTime.parse("Feb 29 00:00:00", now: morning) == 1_709_164_800 * second)
    }

    @Test(arguments: [
        "", "1", "1x", "d", "1h-2m", "-5s", "99999999999d", "yesterday", "2026-13-01", "2026-02-29", "2026-01-05T24:00:00Z", "2026-01-05T10:00:00.Z",
        "2026-01-05T10:00:00+25:00", "2026-1-5", "Jan 32 10:00:00", "Foo  5 10:00:00", "Jan  5 10:00", "2026-01-05T10:00:00Zx", "1.s.", ".", "1 h",
    ])
    func nonsenseIsRefused(text: String) {
        let error = #expect(throws: FlowTimeError.self) { try FlowTime.parse(text, now: morning) }
        #expect(error?.description.hasPrefix("\"\(text)\" is not a time") == true)
    }

    @Test(arguments: FlowTimeFormat.allCases)
    func whatIsPrintedCanBePastedBack(format: FlowTimeFormat) throws {
        var random = SeededGenerator(seed: 5)
        let unit: Int64 =
            switch format {
            case .stampMilli, .rfc3339Milli: 1_000_000
            case .rfc3339Micro: 1000
            case .rfc3339Nano: 1
            case .rfc3339, .rfc1123z: second
            case .yearMonthDayHourMinute: 60 * second
            case .yearMonthDayHour: 3600 * second
            case .yearMonthDay: 86400 * second
            }
        for _ in 0..<200 {
            let time = Int64.random(in: 0...(360 * 86400 * second), using: &random) + morning - 360 * 86400 * second
            let text = format.string(time)
            #expect(try FlowTime.parse(text, now: morning) == time - (time % unit), "\(text)")
        }
    }

    @Test func formatsAreGos() {
        let time = morning + 120_000_000
        let expected: [FlowTimeFormat: String] = [
            .stampMilli: "Jan  5 10:00:00.120", .yearMonthDay: "2026-01-05", .yearMonthDayHour: "2026-01-05T10+00:00",
            .yearMonthDayHourMinute: "2026-01-05T10:00+00:00", .rfc3339: "2026-01-05T10:00:00Z", .rfc3339Milli: "2026-01-05T10:00:00.120Z",
            .rfc3339Micro: "2026-01-05T10:00:00.120000Z", .rfc3339Nano: "2026-01-05T10:00:00.12Z", .rfc1123z: "Mon, 05 Jan 2026 10:00:00 +0000",
        ]
        for (format, text) in expected { #expect(format.string(time) == text) }
    }

    @Test func theCalendarGoesBothWays() throws {
        var random = SeededGenerator(seed: 9)
        for _ in 0..<2000 {
            let time = Int64.random(in: -8_000_000_000...8_000_000_000, using: &random) * second + Int64.random(in: 0..<second, using: &random)
            let civil = CivilTime(time)
            #expect(civil.isValid)
            #expect(civil.time == time)
        }
        #expect(CivilTime(-1) == CivilTime(year: 1969, month: 12, day: 31, hour: 23, minute: 59, second: 59, nanosecond: 999_999_999))
    }

    @Test func theClocksAgree() {
        let clock = FlowClock.measured()
        let difference = clock.calendar(of: FlowClock.monotonic) - FlowClock.calendar
        #expect(abs(difference) < 50_000_000, "\(difference) ns between two readings of the same moment")
    }
}
