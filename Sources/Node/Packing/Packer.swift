import Net

/// Writes documents that grow with the cluster: JSON of ten thousand addresses takes longer to read than all else that a command does.
///
/// Numbers are LEB128, texts UTF-8 with their length, each text once: repeated ones by their place among those before.
struct Packer {
    /// No JSON begins with it.
    static let magic: UInt8 = 0xfa

    private(set) var bytes: [UInt8] = [Packer.magic]
    private var texts = TextTable()

    mutating func number(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: rest))
    }

    mutating func number(_ value: UInt32) { number(UInt64(value)) }
    /// Not negative.
    mutating func number(_ value: Int) { number(UInt64(value)) }
    mutating func flag(_ value: Bool) { bytes.append(value ? 1 : 0) }

    mutating func byte(_ value: UInt8) { bytes.append(value) }

    mutating func word(_ value: UInt64) {
        withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }

    mutating func text(_ value: String) {
        var value = value
        value.withUTF8 { text in
            if let place = texts.place(of: UnsafeRawBufferPointer(text), in: bytes) { return number(place + 1) }
            number(0)
            number(text.count)
            texts.add(at: bytes.count, count: text.count)
            bytes.append(contentsOf: text)
        }
    }

    mutating func blob(_ value: [UInt8]) {
        number(value.count)
        bytes.append(contentsOf: value)
    }

    mutating func address(_ value: IPAddress) {
        word(value.high)
        word(value.low)
    }

    mutating func prefix(_ value: Prefix) {
        address(value.address)
        number(value.length)
    }

    mutating func optional<T>(_ value: T?, _ body: (inout Packer, T) -> Void) {
        flag(value != nil)
        if let value { body(&self, value) }
    }

    mutating func list<T>(_ values: some Collection<T>, _ body: (inout Packer, T) -> Void) {
        number(values.count)
        for value in values { body(&self, value) }
    }

    /// In the order of the keys, so that equal ones have equal bytes.
    mutating func labels(_ value: [String: String]) {
        list(value.sorted { $0.key < $1.key }) {
            $0.text($1.key)
            $0.text($1.value)
        }
    }
}
