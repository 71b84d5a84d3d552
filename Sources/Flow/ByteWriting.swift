internal import Net

/// Text is put together in bytes: at 100,000 events a second a `String` for every field would cost more than all the rest.
extension [UInt8] {
    mutating func write(_ text: StaticString) {
        text.withUTF8Buffer { append(contentsOf: $0) }
    }

    mutating func write(_ text: String) {
        append(contentsOf: text.utf8)
    }

    mutating func write(decimal value: UInt64) {
        var rest = value
        if rest < 10 {
            append(48 + UInt8(truncatingIfNeeded: rest))
            return
        }
        let start = count
        while rest > 0 {
            append(48 + UInt8(truncatingIfNeeded: rest % 10))
            rest /= 10
        }
        self[start...].reverse()
    }

    mutating func write(decimal value: some FixedWidthInteger & UnsignedInteger) {
        write(decimal: UInt64(value))
    }

    mutating func write(decimal value: Int) {
        if value < 0 { append(UInt8(ascii: "-")) }
        write(decimal: UInt64(value.magnitude))
    }

    /// Exactly `digits` decimal digits, zeros in front.
    mutating func write(_ value: Int, digits: Int, padding: UInt8 = 48) {
        let start = count
        var rest = value
        for index in 0..<digits {
            append(rest == 0 && index > 0 ? padding : 48 + UInt8(truncatingIfNeeded: rest % 10))
            rest /= 10
        }
        self[start...].reverse()
    }

    mutating func write(hexadecimal value: UInt64, digits: Int) {
        for shift in stride(from: (digits - 1) * 4, through: 0, by: -4) { write(nibble: UInt8(truncatingIfNeeded: value >> UInt64(shift)) & 15) }
    }

    private mutating func write(nibble: UInt8) {
        append(nibble < 10 ? 48 + nibble : 87 + nibble)
    }

    /// RFC 5952 text of IPv6, dotted text of IPv4.
    mutating func write(_ address: IPAddress) {
        if let value = address.ipv4 {
            for shift in stride(from: UInt32(24), through: 0, by: -8) {
                write(decimal: value >> shift & 255)
                if shift > 0 { append(UInt8(ascii: ".")) }
            }
            return
        }
        func group(_ index: Int) -> UInt16 {
            UInt16(truncatingIfNeeded: (index < 4 ? address.high : address.low) >> UInt64(48 - 16 * (index & 3)))
        }
        var best = (start: 8, count: 1)
        var run = 0
        for index in 0..<8 {
            run = group(index) == 0 ? run + 1 : 0
            if run > best.count { best = (index + 1 - run, run) }
        }
        let colon = UInt8(ascii: ":")
        var index = 0
        while index < 8 {
            if index == best.start {
                append(colon)
                append(colon)
                index += best.count
                continue
            }
            if index > 0, index != best.start + best.count { append(colon) }
            let value = group(index)
            let digits = value >= 0x1000 ? 4 : value >= 0x100 ? 3 : value >= 0x10 ? 2 : 1
            write(hexadecimal: UInt64(value), digits: digits)
            index += 1
        }
    }

    mutating func write(_ mac: MACAddress) {
        for shift in stride(from: UInt64(40), through: 0, by: -8) {
            write(hexadecimal: mac.value >> shift & 255, digits: 2)
            if shift > 0 { append(UInt8(ascii: ":")) }
        }
    }

    /// A JSON string (RFC 8259 section 7), quotes included. DEL and the C1 controls are escaped too: a terminal obeys them.
    mutating func write(json text: String) {
        append(UInt8(ascii: "\""))
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0x22, 0x5c:
                append(UInt8(ascii: "\\"))
                append(UInt8(truncatingIfNeeded: scalar.value))
            case 0x0a: write("\\n")
            case 0x0d: write("\\r")
            case 0x09: write("\\t")
            case 0..<0x20, 0x7f..<0xa0:
                write("\\u")
                write(hexadecimal: UInt64(scalar.value), digits: 4)
            default: append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
            }
        }
        append(UInt8(ascii: "\""))
    }

    /// Text for a terminal: no control character gets through, so that no name can forge a line or move the cursor.
    mutating func write(escaped text: String) {
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0x0a: write("\\n")
            case 0x0d: write("\\r")
            case 0x09: write("\\t")
            case 0..<0x20, 0x7f..<0xa0:
                write("\\x")
                write(hexadecimal: UInt64(scalar.value), digits: 2)
            default: append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
            }
        }
    }
}

/// Where commas go in an object that is being written.
struct JSONObject {
    private var isEmpty = true

    mutating func key(_ name: StaticString, to buffer: inout [UInt8]) {
        buffer.write(isEmpty ? "\"" : ",\"")
        isEmpty = false
        buffer.write(name)
        buffer.write("\":")
    }

    /// A number; nothing at all for zero.
    mutating func write(_ name: StaticString, _ value: some FixedWidthInteger & UnsignedInteger, to buffer: inout [UInt8]) {
        guard value != 0 else { return }
        key(name, to: &buffer)
        buffer.write(decimal: value)
    }
}
