/// A moment in the Gregorian calendar, UTC.
struct CivilTime: Hashable, Sendable {
    var year: Int
    /// 1...12
    var month: Int
    /// 1...31
    var day: Int
    var hour = 0
    var minute = 0
    var second = 0
    var nanosecond = 0

    static let months: [StaticString] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    /// From Thursday, 1 January 1970.
    static let weekdays: [StaticString] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]

    init(year: Int, month: Int, day: Int, hour: Int = 0, minute: Int = 0, second: Int = 0, nanosecond: Int = 0) {
        self.year = year
        self.month = month
        self.day = day
        self.hour = hour
        self.minute = minute
        self.second = second
        self.nanosecond = nanosecond
    }

    /// - Parameter time: ns since the epoch.
    init(_ time: Int64) {
        let (days, rest) = Self.floorDivision(Int(time), 86_400_000_000_000)
        // Years are counted from 1 March, in eras of 400 of them: leap days then come last.
        let (era, dayOfEra) = Self.floorDivision(days + 719_468, 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shifted = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * shifted + 2) / 5 + 1
        month = shifted < 10 ? shifted + 3 : shifted - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        nanosecond = rest % 1_000_000_000
        let seconds = rest / 1_000_000_000
        second = seconds % 60
        minute = seconds / 60 % 60
        hour = seconds / 3600
    }

    /// Days since the epoch.
    var days: Int {
        let shiftedYear = month <= 2 ? year - 1 : year
        let (era, yearOfEra) = Self.floorDivision(shiftedYear, 400)
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    /// Index into `weekdays`.
    var weekday: Int { Self.floorDivision(days, 7).remainder }

    /// ns since the epoch; nil outside 1678...2261, which is what 64 bits hold.
    var time: Int64? {
        guard (1678...2261).contains(year) else { return nil }
        return (Int64(days) * 86400 + Int64(hour * 3600 + minute * 60 + second)) * 1_000_000_000 + Int64(nanosecond)
    }

    /// Whether every field is within its bounds; leap seconds (60) are.
    var isValid: Bool {
        guard (1...12).contains(month), day >= 1, (0...23).contains(hour), (0...59).contains(minute), (0...60).contains(second) else { return false }
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        return day <= (month == 2 ? (isLeap ? 29 : 28) : [4, 6, 9, 11].contains(month) ? 30 : 31)
    }

    private static func floorDivision(_ a: Int, _ b: Int) -> (quotient: Int, remainder: Int) {
        let (quotient, remainder) = a.quotientAndRemainder(dividingBy: b)
        return remainder < 0 ? (quotient - 1, remainder + b) : (quotient, remainder)
    }
}
