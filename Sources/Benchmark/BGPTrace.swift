import Glibc
import Netlink

/// All packets of one end of a cable, and the BGP messages in them, each with the time at which its last byte came. Packets wait in the kernel
/// until they are asked for, so that listening costs next to nothing while others are measured.
final class BGPTrace {
    private let descriptor: Int32
    private var streams: [UInt32: Stream] = [:]
    private var buffer = [UInt8](repeating: 0, count: 1 << 18)

    /// What a speaker said in a session that was established.
    struct Session {
        /// Seconds since the epoch, as all times here: when the KEEPALIVE that answers the leaf's OPEN was there.
        let established: Double
        fileprivate(set) var firstNLRI: Double?
        /// Of IPv6 unicast.
        fileprivate(set) var endOfRIB: Double?
        /// To End-of-RIB and with it.
        fileprivate(set) var updates = 0
        fileprivate(set) var updateBytes = 0
    }

    init(device: String, in namespace: borrowing NetworkNamespace) throws {
        descriptor = try namespace.run { () throws -> Int32 in
            let descriptor = socket(AF_PACKET, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
            guard descriptor >= 0 else { throw BenchmarkError("open a packet socket: \(errno)") }
            // A packet takes up to 64 KB, and as much again is reckoned for it.
            var size: Int32 = 256 << 20
            setsockopt(descriptor, SOL_SOCKET, SO_RCVBUFFORCE, &size, socklen_t(MemoryLayout<Int32>.size))
            // Asked for once, the kernel begins to note times.
            var time = timespec()
            _ = ioctl(descriptor, Self.timeOfLast, &time)
            // sockaddr_ll of linux/if_packet.h: family, protocol in network order, index, and nothing of the rest.
            var address = [UInt8](repeating: 0, count: 20)
            address.withUnsafeMutableBytes {
                $0.storeBytes(of: UInt16(AF_PACKET), as: UInt16.self)
                $0.storeBytes(of: UInt16(0x86dd).bigEndian, toByteOffset: 2, as: UInt16.self)
                $0.storeBytes(of: if_nametoindex(device), toByteOffset: 4, as: UInt32.self)
            }
            let code = address.withUnsafeBytes { bytes in
                bytes.withMemoryRebound(to: sockaddr.self) { Glibc.bind(descriptor, $0.baseAddress, socklen_t(bytes.count)) }
            }
            guard code == 0 else {
                close(descriptor)
                throw BenchmarkError("listen to \(device): \(String(cString: strerror(errno)))")
            }
            return descriptor
        }
    }

    deinit { close(descriptor) }

    static func now() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    /// The session that was established last, as far as it got.
    /// - Parameter source: the speaker's address.
    func session(from source: String) throws -> Session? {
        try readPackets()
        let (packets, drops) = statistics()
        guard drops == 0 else { throw BenchmarkError("\(drops) of \(packets) packets were not seen") }
        return streams.values.compactMap { $0.sourceText == source ? $0.session : nil }.max { $0.established < $1.established }
    }

    private func statistics() -> (packets: UInt32, drops: UInt32) {
        var statistics = (packets: UInt32(0), drops: UInt32(0))
        var length = socklen_t(MemoryLayout.size(ofValue: statistics))
        // PACKET_STATISTICS of linux/if_packet.h.
        getsockopt(descriptor, 263, 6, &statistics, &length)
        return statistics
    }

    /// SIOCGSTAMPNS of asm-generic/sockios.h: when the packet was there that was read last.
    private static let timeOfLast: UInt = 0x8907

    private func readPackets() throws {
        while true {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            guard count > 0 else { return }
            var time = timespec()
            guard ioctl(descriptor, Self.timeOfLast, &time) == 0 else { throw BenchmarkError("when a packet came: \(errno)") }
            take(count, Double(time.tv_sec) + Double(time.tv_nsec) / 1e9)
        }
    }

    /// IPv6 and TCP, without extension headers: what goes over this cable.
    private func take(_ count: Int, _ time: Double) {
        guard count >= 60, buffer[6] == 6 else { return }
        let header = 40 + Int(buffer[52] >> 4) * 4
        // Of large packets (BIG TCP excepted) the length is that of the header.
        let end = min(count, 40 + Int(buffer[4]) << 8 + Int(buffer[5]))
        let ports = number(40)
        let sequence = number(44)
        let isFirst = buffer[53] & 2 != 0
        if isFirst { streams[ports] = Stream(source: Array(buffer[8..<24]), next: sequence &+ 1) }
        guard header < end, !isFirst else { return }
        streams[ports]?.take(sequence, buffer[header..<end], time)
    }

    private func number(_ position: Int) -> UInt32 { buffer[position..<position + 4].reduce(0) { $0 << 8 | UInt32($1) } }
}

/// One direction of a connection.
private struct Stream {
    private let source: [UInt8]
    /// Sequence number of the byte that comes next.
    private var next: UInt32
    /// Segments that came before their time.
    private var early: [(UInt32, [UInt8], Double)] = []
    private var bytes: [UInt8] = []
    private var hasOpen = false
    private(set) var session: BGPTrace.Session?

    init(source: [UInt8], next: UInt32) { (self.source, self.next) = (source, next) }

    var sourceText: String {
        var text = [CChar](repeating: 0, count: 64)
        guard inet_ntop(AF_INET6, source, &text, socklen_t(text.count)) != nil else { return "" }
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    mutating func take(_ sequence: UInt32, _ segment: ArraySlice<UInt8>, _ time: Double) {
        let offset = Int(Int32(bitPattern: next &- sequence))
        guard offset >= 0 else { return early.append((sequence, Array(segment), time)) }
        guard offset < segment.count else { return }
        bytes += segment.dropFirst(offset)
        next &+= UInt32(segment.count - offset)
        messages(time)
        let waiting = early
        early = []
        for (sequence, segment, _) in waiting { take(sequence, segment[...], time) }
    }

    private mutating func messages(_ time: Double) {
        var start = 0
        while bytes.count - start >= 19 {
            let length = Int(bytes[start + 16]) << 8 + Int(bytes[start + 17])
            guard length >= 19, bytes.count - start >= length else { break }
            message(bytes[start + 18], bytes[(start + 19)..<(start + length)], time)
            start += length
        }
        bytes.removeFirst(start)
    }

    private mutating func message(_ type: UInt8, _ body: ArraySlice<UInt8>, _ time: Double) {
        switch type {
        case 1: hasOpen = true
        case 4 where hasOpen && session == nil: session = BGPTrace.Session(established: time)
        case 2 where session != nil && session?.endOfRIB == nil:
            session?.updates += 1
            session?.updateBytes += 19 + body.count
            // Nothing withdrawn, and of attributes only an MP_UNREACH_NLRI without a prefix (RFC 4724 section 2).
            let isEnd = body.count < 12 && body.dropFirst(5).first == 15
            if isEnd { session?.endOfRIB = time } else if session?.firstNLRI == nil { session?.firstNLRI = time }
        default: break
        }
    }
}
