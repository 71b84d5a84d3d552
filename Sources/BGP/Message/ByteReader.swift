internal import Net

/// Reads a stretch of bytes from front to back, never past its end. Numbers are in network byte order.
struct ByteReader {
    private let bytes: [UInt8]
    private(set) var position: Int
    private let end: Int

    init(_ bytes: [UInt8]) {
        self.init(bytes, 0..<bytes.count)
    }

    /// - Parameter range: within the array.
    init(_ bytes: [UInt8], _ range: Range<Int>) {
        self.bytes = bytes
        position = range.lowerBound
        end = range.upperBound
    }

    var remaining: Int { end - position }
    var isEmpty: Bool { position == end }
    /// What is left, as it is.
    var rest: [UInt8] { Array(bytes[position..<end]) }

    mutating func byte() -> UInt8? {
        guard position < end else { return nil }
        defer { position += 1 }
        return bytes[position]
    }

    mutating func number16() -> UInt16? {
        guard remaining >= 2 else { return nil }
        defer { position += 2 }
        return UInt16(bytes[position]) << 8 | UInt16(bytes[position + 1])
    }

    mutating func number32() -> UInt32? {
        guard remaining >= 4 else { return nil }
        defer { position += 4 }
        return UInt32(bytes[position]) << 24 | UInt32(bytes[position + 1]) << 16 | UInt32(bytes[position + 2]) << 8 | UInt32(bytes[position + 3])
    }

    mutating func number64() -> UInt64? {
        guard remaining >= 8, let high = number32(), let low = number32() else { return nil }
        return UInt64(high) << 32 | UInt64(low)
    }

    mutating func address(_ family: IPAddress.Family) -> IPAddress? {
        switch family {
        case .ipv4: return number32().map { IPAddress(ipv4: $0) }
        case .ipv6:
            guard remaining >= 16, let high = number64(), let low = number64() else { return nil }
            return IPAddress(high: high, low: low)
        }
    }

    /// The next `count` bytes as a stretch of their own, or nil when fewer are left.
    mutating func take(_ count: Int) -> ByteReader? {
        guard count >= 0, count <= remaining else { return nil }
        defer { position += count }
        return ByteReader(bytes, position..<position + count)
    }

    /// The bytes from an earlier position up to here.
    func bytes(since start: Int) -> [UInt8] { Array(bytes[start..<position]) }

    /// Prefixes up to the end (RFC 4271 section 4.3, RFC 4760 section 5): length in bits, then as many bytes as hold them. Host bits
    /// are cleared.
    /// - Returns: nil when a length is not one of the family's or the bytes end early.
    mutating func prefixes(_ family: IPAddress.Family) -> [Prefix]? {
        var prefixes: [Prefix] = []
        let bits = family.bits
        // A prefix of the default's length takes 1 byte, a common one 4 to 9.
        prefixes.reserveCapacity(remaining / (family == .ipv4 ? 4 : 8))
        while position < end {
            let length = Int(bytes[position])
            let count = (length + 7) >> 3
            guard length <= bits, count < end - position else { return nil }
            position += 1
            var high: UInt64 = 0
            var low: UInt64 = 0
            for index in 0..<count {
                let byte = UInt64(bytes[position + index])
                if index < 8 {
                    high |= byte << UInt64(56 - 8 * index)
                } else {
                    low |= byte << UInt64(120 - 8 * index)
                }
            }
            position += count
            let address = family == .ipv4 ? IPAddress(ipv4: UInt32(high >> 32)) : IPAddress(high: high, low: low)
            // Mapped IPv4 (::ffff:0:0/96) is no route of IPv6: passed over.
            if address.family == family, let prefix = Prefix(address, length: length) { prefixes.append(prefix) }
        }
        return prefixes
    }
}
