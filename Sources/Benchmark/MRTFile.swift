import Glibc
import Net

/// A table dump with one route to each of many IPv6 prefixes (MRT, RFC 6396 section 4.3): what gobgpd reads many routes from.
struct MRTFile {
    private var bytes: [UInt8] = []

    /// - Parameter nextHop: an IPv6 address.
    init(prefixes: [String], nextHop: String) throws {
        guard let hop = IPAddress(nextHop) else { throw BenchmarkError("\(nextHop) is no address") }
        // PEER_INDEX_TABLE: collector, name, and the one peer, with an IPv6 address and a four-byte AS.
        record(1) { body in
            body += [10, 255, 2, 1, 0, 0, 0, 1, 3, 10, 255, 2, 1]
            Self.append(hop, 16, to: &body)
            body += [0, 0, 0xfe, 0xb1]
        }
        // gobgp ends before it has sent the last of what it has read: it gets more than that twice.
        for (index, text) in (prefixes + prefixes.suffix(2000) + prefixes.suffix(2000)).enumerated() {
            guard let prefix = Prefix(text) else { throw BenchmarkError("\(text) is no prefix") }
            // RIB_IPV6_UNICAST: ORIGIN IGP, an empty AS_PATH, and MP_REACH_NLRI, which gobgp reads as it is in messages only.
            record(4) { body in
                for shift in [24, 16, 8, 0] { body.append(UInt8(truncatingIfNeeded: index >> shift)) }
                body.append(UInt8(prefix.length))
                Self.append(prefix.address, (prefix.length + 7) / 8, to: &body)
                let size = (prefix.length + 7) / 8
                body += [0, 1, 0, 0, 0, 0, 0, 0, 0, UInt8(32 + size), 0x40, 1, 1, 0, 0x40, 2, 0, 0x80, 14, UInt8(22 + size), 0, 2, 1, 16]
                Self.append(hop, 16, to: &body)
                body += [0, UInt8(prefix.length)]
                Self.append(prefix.address, size, to: &body)
            }
        }
    }

    private mutating func record(_ subtype: UInt8, _ body: (inout [UInt8]) -> Void) {
        var content: [UInt8] = []
        body(&content)
        bytes += [0, 0, 0, 0, 0, 13, 0, subtype]
        for shift in [24, 16, 8, 0] { bytes.append(UInt8(truncatingIfNeeded: content.count >> shift)) }
        bytes += content
    }

    private static func append(_ address: IPAddress, _ count: Int, to bytes: inout [UInt8]) {
        for position in 0..<count {
            let (half, shift) = position < 8 ? (address.high, 56 - 8 * position) : (address.low, 120 - 8 * position)
            bytes.append(UInt8(truncatingIfNeeded: half >> UInt64(shift)))
        }
    }

    func write(to path: String) throws {
        guard let file = fopen(path, "w") else { throw BenchmarkError("write \(path): \(String(cString: strerror(errno)))") }
        defer { fclose(file) }
        guard fwrite(bytes, 1, bytes.count, file) == bytes.count else { throw BenchmarkError("write \(path)") }
    }
}
