import Net

/// What a document holds is not what its name says.
struct UnpackError: Error, CustomStringConvertible {
    let place: Int

    var description: String { "byte \(place) is not what should be there" }
}

/// Reads what `Packer` has written.
struct Unpacker {
    private let bytes: [UInt8]
    private var place = 0
    private var texts: [String] = []

    /// - Throws: when the bytes are not a packer's.
    init(_ bytes: [UInt8]) throws(UnpackError) {
        self.bytes = bytes
        guard try byte() == Packer.magic else { throw UnpackError(place: 0) }
    }

    /// Everything was read.
    func finish() throws(UnpackError) {
        if place != bytes.count { throw UnpackError(place: place) }
    }

    var isAtEnd: Bool { place == bytes.count }

    var failure: UnpackError { UnpackError(place: place) }

    private mutating func byte() throws(UnpackError) -> UInt8 {
        guard place < bytes.count else { throw failure }
        place += 1
        return bytes[place - 1]
    }

    mutating func number() throws(UnpackError) -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while true {
            let next = try byte()
            guard shift < 63 || next <= 1 else { throw failure }
            value |= UInt64(next & 0x7f) << shift
            if next < 0x80 { return value }
            shift += 7
        }
    }

    mutating func number<T: FixedWidthInteger>(_ type: T.Type = T.self) throws(UnpackError) -> T {
        guard let value = T(exactly: try number()) else { throw failure }
        return value
    }

    mutating func flag() throws(UnpackError) -> Bool {
        switch try byte() {
        case 0: false
        case 1: true
        default: throw failure
        }
    }

    mutating func word() throws(UnpackError) -> UInt64 {
        guard bytes.count - place >= 8 else { throw failure }
        defer { place += 8 }
        return bytes.withUnsafeBytes { UInt64(littleEndian: $0.loadUnaligned(fromByteOffset: place, as: UInt64.self)) }
    }

    mutating func text() throws(UnpackError) -> String {
        let reference: Int = try number()
        if reference > 0 {
            guard reference <= texts.count else { throw failure }
            return texts[reference - 1]
        }
        let count: Int = try number()
        guard count <= bytes.count - place else { throw failure }
        let value = bytes.withUnsafeBytes { String(decoding: UnsafeRawBufferPointer(rebasing: $0[place..<(place + count)]), as: UTF8.self) }
        place += count
        texts.append(value)
        return value
    }

    mutating func blob() throws(UnpackError) -> [UInt8] {
        let count: Int = try number()
        guard count <= bytes.count - place else { throw failure }
        defer { place += count }
        return Array(bytes[place..<(place + count)])
    }

    mutating func address() throws(UnpackError) -> IPAddress { IPAddress(high: try word(), low: try word()) }

    mutating func prefix() throws(UnpackError) -> Prefix {
        let address = try address()
        let length: Int = try number()
        // ::/0 must not become 0.0.0.0/96.
        guard let prefix = Prefix(address, length: length), prefix.address == address else { throw failure }
        return prefix
    }

    mutating func optional<T>(_ body: (inout Unpacker) throws(UnpackError) -> T) throws(UnpackError) -> T? {
        try flag() ? try body(&self) : nil
    }

    mutating func list<T>(_ body: (inout Unpacker) throws(UnpackError) -> T) throws(UnpackError) -> [T] {
        let count: Int = try number()
        // Every element takes a byte at least.
        guard count <= bytes.count - place else { throw failure }
        var out: [T] = []
        out.reserveCapacity(count)
        for _ in 0..<count { out.append(try body(&self)) }
        return out
    }

    mutating func labels() throws(UnpackError) -> [String: String] {
        let count: Int = try number()
        guard count <= bytes.count - place else { throw failure }
        var out: [String: String] = Dictionary(minimumCapacity: count)
        for _ in 0..<count {
            let key = try text()
            out[key] = try text()
        }
        return out
    }

    mutating func choice<T: RawRepresentable>(_ type: T.Type = T.self) throws(UnpackError) -> T where T.RawValue == UInt8 {
        guard let value = T(rawValue: try byte()) else { throw failure }
        return value
    }

    mutating func choice<T: RawRepresentable>(_ type: T.Type = T.self) throws(UnpackError) -> T where T.RawValue == String {
        guard let value = T(rawValue: try text()) else { throw failure }
        return value
    }
}

extension Packer {
    mutating func choice<T: RawRepresentable>(_ value: T) where T.RawValue == UInt8 { byte(value.rawValue) }
    mutating func choice<T: RawRepresentable>(_ value: T) where T.RawValue == String { text(value.rawValue) }
}
