extension YAMLScalar.Value {
    /// What a plain scalar means: YAML 1.1's core types, as far as the library of Kubernetes (the v2 series of go-yaml) knows
    /// them. Numbers to base 60 and timestamps are strings.
    public init(plain text: String) {
        switch text {
        case "", "~", "null", "Null", "NULL": self = .null
        case "y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON": self = .bool(true)
        case "n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF": self = .bool(false)
        case ".nan", ".NaN", ".NAN": self = .double(.nan)
        case ".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF": self = .double(.infinity)
        case "-.inf", "-.Inf", "-.INF": self = .double(-.infinity)
        default: self = Self.number(text) ?? .string(text)
        }
    }

    /// The long form of the tags that scalars may carry.
    static let tagPrefix = "tag:yaml.org,2002:"

    /// The value of a scalar with an explicit tag.
    /// - Returns: nil when the text has no such value or the tag is none of the core types.
    init?(text: String, tag: String) {
        let plain = Self(plain: text)
        switch (tag.hasPrefix(Self.tagPrefix) ? tag.dropFirst(Self.tagPrefix.count) : tag[...], plain) {
        case ("str", _), ("!", _): self = .string(text)
        case ("null", .null), ("bool", .bool), ("int", .int), ("int", .unsigned), ("float", .double): self = plain
        case ("float", .int(let value)): self = .double(Double(value))
        case ("float", .unsigned(let value)): self = .double(Double(value))
        case ("timestamp", .string): self = plain
        default: return nil
        }
    }

    private static func number(_ text: String) -> Self? {
        guard let first = text.utf8.first, text.utf8.count <= 400 else { return nil }
        switch first {
        case UInt8(ascii: "."):
            return isDecimal(text) ? Double(text).map { .double($0) } : nil
        case UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
            let digits = text.filter { $0 != "_" }
            if let value = integer(digits) { return value }
            // A number that is too large for a double is a string, as for Go's ParseFloat.
            guard isDecimal(digits), let value = Double(digits), value.isFinite else { return nil }
            return .double(value)
        default:
            return nil
        }
    }

    /// As Go's `ParseInt` to base 0: `0x`, `0o`, `0b`, and a leading zero for octal.
    private static func integer(_ text: String) -> Self? {
        var digits = text[...]
        let negative = digits.first == "-"
        if negative || digits.first == "+" { digits = digits.dropFirst() }
        var radix = 10
        if digits.first == "0", digits.count > 1 {
            let letter = digits.dropFirst().first
            radix = letter == "x" || letter == "X" ? 16 : letter == "b" || letter == "B" ? 2 : 8
            digits = digits.dropFirst(radix != 8 || letter == "o" || letter == "O" ? 2 : 1)
        }
        // Swift's initialiser would take a second sign.
        guard digits.first != "+", digits.first != "-", let magnitude = UInt64(digits, radix: radix) else { return nil }
        if negative {
            if magnitude == UInt64(Int.max) + 1 { return .int(.min) }
            return Int(exactly: magnitude).map { .int(-$0) }
        }
        return Int(exactly: magnitude).map { .int($0) } ?? .unsigned(magnitude)
    }

    /// Digits with at most one point, and an exponent if any: what Swift's `Double(_:)` takes beyond that is none.
    private static func isDecimal(_ text: String) -> Bool {
        var rest = text.utf8[...]
        func isDigit(_ c: UInt8) -> Bool { (48...57).contains(c) }
        if let sign = rest.first, sign == 43 || sign == 45 { rest = rest.dropFirst() }
        let whole = rest.prefix(while: isDigit)
        rest = rest.dropFirst(whole.count)
        var fraction = rest.prefix(0)
        if rest.first == 46 {
            rest = rest.dropFirst()
            fraction = rest.prefix(while: isDigit)
            rest = rest.dropFirst(fraction.count)
        }
        guard !whole.isEmpty || !fraction.isEmpty else { return false }
        guard let e = rest.first else { return true }
        guard e == 101 || e == 69 else { return false }
        rest = rest.dropFirst()
        if let sign = rest.first, sign == 43 || sign == 45 { rest = rest.dropFirst() }
        return !rest.isEmpty && rest.allSatisfy(isDigit)
    }
}
