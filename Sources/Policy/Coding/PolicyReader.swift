import Net

/// Reads what `PolicyWriter` wrote, and believes none of it.
struct PolicyReader {
    private let bytes: [UInt8]
    private var position: Int
    private var strings: [String] = []

    init(_ bytes: ArraySlice<UInt8>) throws(PolicyCodingError) {
        self.bytes = Array(bytes)
        position = 0
        strings = try list { (reader) throws(PolicyCodingError) in
            let count = try reader.number()
            guard count <= reader.bytes.count - reader.position else { throw reader.damaged }
            defer { reader.position += count }
            return String(decoding: reader.bytes[reader.position..<reader.position + count], as: UTF8.self)
        }
    }

    var isAtEnd: Bool { position == bytes.count }
    var damaged: PolicyCodingError { PolicyCodingError(message: "what is kept of policies is damaged at byte \(position)") }

    mutating func byte() throws(PolicyCodingError) -> UInt8 {
        guard position < bytes.count else { throw damaged }
        defer { position += 1 }
        return bytes[position]
    }

    /// A number that is not negative.
    mutating func number() throws(PolicyCodingError) -> Int {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 63, by: 7) {
            let byte = try byte()
            value |= UInt64(byte & 0x7f) << shift
            if byte < 0x80 { return Int(value) }
        }
        throw damaged
    }

    mutating func string() throws(PolicyCodingError) -> String {
        let number = try number()
        guard number < strings.count else { throw damaged }
        return strings[number]
    }

    mutating func list<Element>(_ read: (inout PolicyReader) throws(PolicyCodingError) -> Element) throws(PolicyCodingError) -> [Element] {
        let count = try number()
        // Every element has a byte.
        guard count <= bytes.count - position else { throw damaged }
        var elements: [Element] = []
        elements.reserveCapacity(count)
        for _ in 0..<count { elements.append(try read(&self)) }
        return elements
    }

    mutating func optional<Value>(_ read: (inout PolicyReader) throws(PolicyCodingError) -> Value) throws(PolicyCodingError) -> Value? {
        switch try byte() {
        case 0: nil
        case 1: try read(&self)
        default: throw damaged
        }
    }

    mutating func raw<Value: RawRepresentable<UInt8>>(_: Value.Type = Value.self) throws(PolicyCodingError) -> Value {
        guard let value = Value(rawValue: try byte()) else { throw damaged }
        return value
    }

    mutating func word<Value: RawRepresentable<String>>(_: Value.Type = Value.self) throws(PolicyCodingError) -> Value {
        guard let value = Value(rawValue: try string()) else { throw damaged }
        return value
    }

    mutating func prefix() throws(PolicyCodingError) -> Prefix {
        let length = Int(try byte())
        let count = Int(try byte())
        guard count <= bytes.count - position, let address = IPAddress(bytes: bytes[position..<position + count]),
            let prefix = Prefix(address, length: length)
        else { throw damaged }
        position += count
        return prefix
    }
}
