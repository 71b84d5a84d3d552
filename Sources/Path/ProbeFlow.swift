public import Net

/// What all probes of a flow have in common: everything that routers hash, so that they all go one way (as Paris traceroute has it).
public struct ProbeFlow: Hashable, Sendable {
    public enum Transport: String, Sendable, Hashable, CaseIterable {
        case udp, tcp, icmp

        /// IP protocol number.
        public func number(_ family: IPAddress.Family) -> UInt8 {
            switch self {
            case .udp: 17
            case .tcp: 6
            case .icmp: family == .ipv4 ? 1 : 58
            }
        }
    }

    public var transport: Transport
    public var source: IPAddress
    public var destination: IPAddress
    /// ICMP: the echo identifier.
    public var sourcePort: UInt16
    /// ICMP: 0.
    public var destinationPort: UInt16
    /// 20 bits; IPv6 only.
    public var label: UInt32

    public init(transport: Transport, source: IPAddress, destination: IPAddress, sourcePort: UInt16, destinationPort: UInt16, label: UInt32) {
        self.transport = transport
        self.source = source
        self.destination = destination
        self.sourcePort = sourcePort
        self.destinationPort = transport == .icmp ? 0 : destinationPort
        self.label = source.isIPv4 ? 0 : label & 0xfffff
    }

    public var family: IPAddress.Family { source.family }
    var number: UInt8 { transport.number(family) }

    /// Bytes of the IP header and the transport's: the shortest probe but two bytes.
    var headers: Int { (family == .ipv6 ? 40 : 20) + (transport == .tcp ? 20 : 8) }
    /// The shortest probe.
    public var shortest: Int { headers + (transport == .tcp ? 0 : 2) }
}

/// Number of a probe within a search: what tells it from the flow's other ones, 1...0xfffe. It is where a router's error brings it back
/// even when it quotes 8 bytes of the transport header and no more (RFC 792), and where no router's hash looks: UDP's checksum, the upper
/// half of TCP's sequence number, ICMP's sequence number.
public typealias ProbeNumber = UInt16

extension ProbeFlow {
    /// A probe as it goes on the wire, from the IP header on, checksums included.
    /// - Parameters:
    ///   - length: bytes, IP header included; at least `shortest`.
    public func packet(_ number: ProbeNumber, hopLimit: UInt8, length: Int) -> [UInt8] {
        let length = max(length, shortest)
        var packet: [UInt8] = []
        packet.reserveCapacity(length)
        if family == .ipv6 {
            packet.append(big: 0x6000_0000 | label)
            packet.append(big: UInt16(length - 40))
            packet += [self.number, hopLimit]
        } else {
            packet += [0x45, 0]
            packet.append(big: UInt16(length))
            packet.append(big: number)
            // Don't fragment: who cannot forward it shall say so.
            packet += [0x40, 0, hopLimit, self.number, 0, 0]
        }
        packet += source.wireBytes + destination.wireBytes
        if family == .ipv4 {
            let sum = InternetChecksum(packet[...]).checksum
            packet[10] = UInt8(sum >> 8)
            packet[11] = UInt8(truncatingIfNeeded: sum)
        }
        let start = packet.count
        appendTransport(number, length: length - start, to: &packet)
        return packet
    }

    /// The lower half of TCP's sequence numbers: small, so that what a SYN carries never reaches the upper half.
    static let sequenceBase: UInt32 = 0x0fab

    private func appendTransport(_ number: ProbeNumber, length: Int, to packet: inout [UInt8]) {
        let start = packet.count
        switch transport {
        case .udp:
            packet.append(big: sourcePort)
            packet.append(big: destinationPort)
            packet.append(big: UInt16(length))
            packet.append(big: UInt16(0))
        case .tcp:
            packet.append(big: sourcePort)
            packet.append(big: destinationPort)
            packet.append(big: UInt32(number) << 16 | Self.sequenceBase)
            packet.append(big: UInt32(0))
            // No options, SYN, a window of 64 KiB.
            packet += [0x50, 0x02, 0xff, 0xff, 0, 0, 0, 0]
        case .icmp:
            packet += [family == .ipv4 ? 8 : 128, 0, 0, 0]
            packet.append(big: sourcePort)
            packet.append(big: number)
        }
        packet += repeatElement(0, count: length - (packet.count - start))
        var sum = InternetChecksum()
        // ICMP of IPv4 has no pseudo header.
        if !(transport == .icmp && family == .ipv4) {
            sum.add(source.wireBytes[...])
            sum.add(destination.wireBytes[...])
            sum.add(UInt32(length))
            sum.add(UInt32(self.number))
        }
        sum.add(packet[start...])
        switch transport {
        case .tcp: packet.put(sum.checksum, at: start + 16)
        case .udp: settle(number, sum, at: start + 6, &packet, balance: start + 8)
        // Some routers hash the first four bytes of whatever is behind the IP header.
        case .icmp: settle(sourcePort == 0xffff || sourcePort == 0 ? 1 : sourcePort, sum, at: start + 2, &packet, balance: start + 8)
        }
    }

    /// Gives the packet the checksum that is wanted, by two bytes of its data.
    private func settle(_ wanted: UInt16, _ sum: InternetChecksum, at offset: Int, _ packet: inout [UInt8], balance: Int) {
        var rest = InternetChecksum()
        rest.add(UInt32(~wanted))
        rest.add(UInt32(sum.checksum))
        packet.put(rest.folded, at: balance)
        packet.put(wanted, at: offset)
    }
}

/// The checksum of IP, UDP, TCP and ICMP (RFC 1071): a sum of 16-bit words in ones' complement.
struct InternetChecksum {
    private var sum: UInt32 = 0

    init() {}
    init(_ bytes: ArraySlice<UInt8>) { add(bytes) }

    mutating func add(_ value: UInt32) { sum += value >> 16 + value & 0xffff }

    mutating func add(_ bytes: ArraySlice<UInt8>) {
        var high = true
        for byte in bytes {
            sum += high ? UInt32(byte) << 8 : UInt32(byte)
            high.toggle()
        }
    }

    var folded: UInt16 {
        var sum = sum
        while sum > 0xffff { sum = sum >> 16 + sum & 0xffff }
        return UInt16(sum)
    }
    var checksum: UInt16 { ~folded }
}

extension [UInt8] {
    mutating func append(big value: UInt16) { self += [UInt8(value >> 8), UInt8(truncatingIfNeeded: value)] }
    mutating func append(big value: UInt32) {
        append(big: UInt16(value >> 16))
        append(big: UInt16(truncatingIfNeeded: value))
    }
    mutating func put(_ value: UInt16, at offset: Int) {
        self[offset] = UInt8(value >> 8)
        self[offset + 1] = UInt8(truncatingIfNeeded: value)
    }
}

extension ArraySlice<UInt8> {
    /// A big-endian number at an offset from the slice's own start; nil when the slice ends before.
    func big16(_ offset: Int) -> UInt16? {
        guard offset >= 0, offset + 2 <= count else { return nil }
        return UInt16(self[startIndex + offset]) << 8 | UInt16(self[startIndex + offset + 1])
    }
    func big32(_ offset: Int) -> UInt32? {
        guard let high = big16(offset), let low = big16(offset + 2) else { return nil }
        return UInt32(high) << 16 | UInt32(low)
    }
    func byte(_ offset: Int) -> UInt8? { offset >= 0 && offset < count ? self[startIndex + offset] : nil }
}
