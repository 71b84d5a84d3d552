import Net

/// Writes the parts of policies.
struct PolicyWriter {
    private(set) var bytes: [UInt8] = []
    private var strings: [String] = []
    private var numbers: [String: Int] = [:]

    /// Every string that was written, by number.
    var table: [UInt8] {
        var writer = PolicyWriter()
        writer.number(strings.count)
        for string in strings {
            writer.number(string.utf8.count)
            writer.bytes += string.utf8
        }
        return writer.bytes
    }

    mutating func byte(_ value: UInt8) { bytes.append(value) }

    mutating func number(_ value: Int) {
        var rest = UInt64(bitPattern: Int64(value))
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    mutating func string(_ value: String) {
        if let known = numbers[value] { return number(known) }
        numbers[value] = strings.count
        number(strings.count)
        strings.append(value)
    }

    mutating func list<Element>(_ elements: [Element], _ write: (Element, inout PolicyWriter) -> Void) {
        number(elements.count)
        for element in elements { write(element, &self) }
    }

    mutating func optional<Value>(_ value: Value?, _ write: (Value, inout PolicyWriter) -> Void) {
        byte(value == nil ? 0 : 1)
        if let value { write(value, &self) }
    }

    mutating func prefix(_ value: Prefix) {
        byte(UInt8(value.length))
        byte(value.address.isIPv4 ? 4 : 16)
        bytes += value.address.wireBytes
    }
}
