/// How times are printed: Hubble's names for `--time-format`. All in UTC.
public enum FlowTimeFormat: String, CaseIterable, Sendable {
    /// `Jan  5 10:00:00.123`; the default.
    case stampMilli = "StampMilli"
    /// `2026-01-05`
    case yearMonthDay = "YearMonthDay"
    /// `2026-01-05T10+00:00`
    case yearMonthDayHour = "YearMonthDayHour"
    /// `2026-01-05T10:00+00:00`
    case yearMonthDayHourMinute = "YearMonthDayHourMinute"
    /// `2026-01-05T10:00:00Z`
    case rfc3339 = "RFC3339"
    case rfc3339Milli = "RFC3339Milli"
    case rfc3339Micro = "RFC3339Micro"
    /// As many digits of the second as are needed.
    case rfc3339Nano = "RFC3339Nano"
    /// `Mon, 05 Jan 2026 10:00:00 +0000`
    case rfc1123z = "RFC1123Z"

    /// - Parameter time: ns since the epoch.
    public func string(_ time: Int64) -> String {
        var bytes: [UInt8] = []
        write(time, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    func write(_ time: Int64, to buffer: inout [UInt8]) {
        let civil = CivilTime(time)
        switch self {
        case .stampMilli:
            buffer.write(CivilTime.months[civil.month - 1])
            buffer.append(UInt8(ascii: " "))
            buffer.write(civil.day, digits: 2, padding: UInt8(ascii: " "))
            buffer.append(UInt8(ascii: " "))
            civil.writeClock(to: &buffer)
            buffer.append(UInt8(ascii: "."))
            buffer.write(civil.nanosecond / 1_000_000, digits: 3)
        case .yearMonthDay:
            civil.writeDate(to: &buffer)
        case .yearMonthDayHour, .yearMonthDayHourMinute:
            civil.writeDate(to: &buffer)
            buffer.append(UInt8(ascii: "T"))
            buffer.write(civil.hour, digits: 2)
            if self == .yearMonthDayHourMinute {
                buffer.append(UInt8(ascii: ":"))
                buffer.write(civil.minute, digits: 2)
            }
            buffer.write("+00:00")
        case .rfc3339: civil.writeRFC3339(fraction: 0, to: &buffer)
        case .rfc3339Milli: civil.writeRFC3339(fraction: 3, to: &buffer)
        case .rfc3339Micro: civil.writeRFC3339(fraction: 6, to: &buffer)
        case .rfc3339Nano:
            var digits = 9
            var rest = civil.nanosecond
            while digits > 0, rest % 10 == 0 {
                rest /= 10
                digits -= 1
            }
            civil.writeRFC3339(fraction: digits, to: &buffer)
        case .rfc1123z:
            buffer.write(CivilTime.weekdays[civil.weekday])
            buffer.write(", ")
            buffer.write(civil.day, digits: 2)
            buffer.append(UInt8(ascii: " "))
            buffer.write(CivilTime.months[civil.month - 1])
            buffer.append(UInt8(ascii: " "))
            buffer.write(civil.year, digits: 4)
            buffer.append(UInt8(ascii: " "))
            civil.writeClock(to: &buffer)
            buffer.write(" +0000")
        }
    }
}

extension CivilTime {
    func writeDate(to buffer: inout [UInt8]) {
        buffer.write(year, digits: 4)
        buffer.append(UInt8(ascii: "-"))
        buffer.write(month, digits: 2)
        buffer.append(UInt8(ascii: "-"))
        buffer.write(day, digits: 2)
    }

    func writeClock(to buffer: inout [UInt8]) {
        buffer.write(hour, digits: 2)
        buffer.append(UInt8(ascii: ":"))
        buffer.write(minute, digits: 2)
        buffer.append(UInt8(ascii: ":"))
        buffer.write(second, digits: 2)
    }

    /// - Parameter fraction: digits of the second after the point, at most 9.
    func writeRFC3339(fraction: Int, to buffer: inout [UInt8]) {
        writeDate(to: &buffer)
        buffer.append(UInt8(ascii: "T"))
        writeClock(to: &buffer)
        if fraction > 0 {
            buffer.append(UInt8(ascii: "."))
            var value = nanosecond
            for _ in fraction..<9 { value /= 10 }
            buffer.write(value, digits: fraction)
        }
        buffer.append(UInt8(ascii: "Z"))
    }

    /// As protobuf writes a Timestamp in JSON: 0, 3, 6 or 9 digits of the second.
    func writeProtobuf(to buffer: inout [UInt8]) {
        writeRFC3339(
            fraction: nanosecond == 0 ? 0 : nanosecond % 1_000_000 == 0 ? 3 : nanosecond % 1000 == 0 ? 6 : 9, to: &buffer)
    }
}
