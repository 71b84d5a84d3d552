internal import Net

/// Numbers go out in network byte order.
extension [UInt8] {
    mutating func write(_ number: UInt16) {
        append(UInt8(truncatingIfNeeded: number >> 8))
        append(UInt8(truncatingIfNeeded: number))
    }

    mutating func write(_ number: UInt32) {
        write(UInt16(truncatingIfNeeded: number >> 16))
        write(UInt16(truncatingIfNeeded: number))
    }

    mutating func write(_ number: UInt64) {
        write(UInt32(truncatingIfNeeded: number >> 32))
        write(UInt32(truncatingIfNeeded: number))
    }

    /// 4 or 16 bytes.
    mutating func write(_ address: IPAddress) {
        if let ipv4 = address.ipv4 {
            write(ipv4)
        } else {
            write(address.high)
            write(address.low)
        }
    }

    /// A prefix as NLRI: length in bits and the bytes that hold them.
    mutating func write(_ prefix: Prefix) {
        append(UInt8(prefix.length))
        var high = prefix.address.high
        var low = prefix.address.low
        if prefix.address.isIPv4 {
            high = low << 32
            low = 0
        }
        for index in 0..<(prefix.length + 7) >> 3 {
            append(UInt8(truncatingIfNeeded: index < 8 ? high >> UInt64(56 - 8 * index) : low >> UInt64(120 - 8 * index)))
        }
    }

    /// Sets two bytes written before.
    mutating func patch(_ number: Int, at offset: Int) {
        self[offset] = UInt8(truncatingIfNeeded: number >> 8)
        self[offset + 1] = UInt8(truncatingIfNeeded: number)
    }
}
