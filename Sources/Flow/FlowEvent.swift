internal import CFabricABI
public import Net

/// What identifies an event on a node: its number on the CPU that wrote it.
public struct EventID: Hashable, Sendable {
    public var cpu: Int
    /// From 1.
    public var sequence: UInt64

    public init(cpu: Int, sequence: UInt64) {
        self.cpu = cpu
        self.sequence = sequence
    }
}

/// One flow event, as a program wrote it (`struct fabric_event`), in host byte order and with the calendar's time.
public struct FlowEvent: Hashable, Sendable {
    public var id = EventID(cpu: 0, sequence: 0)
    /// ns since the epoch, UTC.
    public var time: Int64 = 0
    /// ns, CLOCK_MONOTONIC.
    public var monotonic: UInt64 = 0
    /// Nil when the packet is neither IPv4 nor IPv6; the addresses then mean nothing.
    public var family: IPAddress.Family?
    public var source = IPAddress.unspecified
    public var destination = IPAddress.unspecified
    public var sourceIdentity: UInt32 = 0
    public var destinationIdentity: UInt32 = 0
    /// Id of a local endpoint, or 0.
    public var sourceEndpoint: UInt32 = 0
    public var destinationEndpoint: UInt32 = 0
    /// Host order. For ICMP the type is the high byte and the code the low one.
    public var sourcePort: UInt16 = 0
    public var destinationPort: UInt16 = 0
    /// IP protocol number of the last header.
    public var `protocol`: UInt8 = 0
    public var tcpFlags = TCPFlags(rawValue: 0)
    /// Hubble's event type number: 1 drop, 4 trace.
    public var type: UInt8 = 0
    /// Hubble's observation point number, of drops too: where it was seen, or was going.
    public var point: UInt8 = 0
    /// Hubble's drop reason number, 0 unless dropped.
    public var reason: UInt8 = 0
    /// Hubble's verdict number.
    public var verdict: UInt8 = 0
    /// Why a trace event was written: Hubble's trace reason number in flow.proto, 0 unknown.
    public var trace: UInt8 = 0
    /// Bytes of the packet without the link header.
    public var length: UInt32 = 0
    /// Id of the next hop it was sent to, or 0.
    public var nextHop: UInt32 = 0
    /// Index of the device it came in by.
    public var interface: UInt32 = 0
    public var egressRule: UInt32 = 0
    public var ingressRule: UInt32 = 0
    /// Policy revision it was judged at.
    public var revision: UInt32 = 0
    /// Nil when it is not known whether this is a request or a reply.
    public var isReply: Bool?
    /// 0 unknown, 1 ingress, 2 egress.
    public var direction: UInt8 = 0
    /// IPv6 flow label.
    public var flowLabel: UInt32 = 0
    public var hopLimit: UInt8 = 0
    /// How many packets this event stands for.
    public var packets: UInt32 = 0
    /// Zero when the packet carried no Ethernet header.
    public var sourceMAC = MACAddress(0)
    public var destinationMAC = MACAddress(0)

    public init() {}

    public var isDrop: Bool { type == EventType.drop.rawValue }
    public var isICMP: Bool { self.protocol == IPProtocol.icmp || self.protocol == IPProtocol.icmpv6 }
    public var hasPorts: Bool { self.protocol == IPProtocol.tcp || self.protocol == IPProtocol.udp || self.protocol == IPProtocol.sctp }
    public var icmpType: UInt8 { UInt8(truncatingIfNeeded: sourcePort >> 8) }
    public var icmpCode: UInt8 { UInt8(truncatingIfNeeded: sourcePort) }
}

extension FlowEvent {
    /// Bytes of `struct fabric_event`.
    public static let size = MemoryLayout<fabric_event>.size

    /// - Parameter bytes: a `struct fabric_event`, at any alignment. What follows it (a perf record is padded) is not read.
    /// - Returns: nil when there are fewer than `size` bytes.
    public init?(bytes: UnsafeRawBufferPointer, clock: FlowClock) {
        guard bytes.count >= Self.size else { return nil }
        self.init(bytes.loadUnaligned(as: fabric_event.self), clock: clock)
    }

    init(_ raw: fabric_event, clock: FlowClock) {
        id = EventID(cpu: Int(raw.cpu), sequence: raw.sequence)
        time = clock.calendar(of: raw.time)
        monotonic = raw.time
        family = IPAddress.Family(rawValue: raw.family)
        source = IPAddress(raw.source)
        destination = IPAddress(raw.destination)
        sourceIdentity = raw.source_identity
        destinationIdentity = raw.destination_identity
        sourceEndpoint = raw.source_endpoint
        destinationEndpoint = raw.destination_endpoint
        sourcePort = UInt16(bigEndian: raw.source_port)
        destinationPort = UInt16(bigEndian: raw.destination_port)
        self.protocol = raw.protocol
        tcpFlags = TCPFlags(rawValue: raw.tcp_flags)
        type = raw.type
        point = raw.point
        reason = raw.reason
        verdict = raw.verdict
        trace = raw.trace
        length = raw.length
        nextHop = raw.nexthop
        interface = raw.ifindex
        egressRule = raw.egress_rule
        ingressRule = raw.ingress_rule
        revision = raw.revision
        isReply = raw.is_reply == 0 ? false : raw.is_reply == 1 ? true : nil
        direction = raw.direction
        flowLabel = raw.flow_label
        hopLimit = raw.hop_limit
        packets = raw.packets
        sourceMAC = MACAddress(raw.source_mac)
        destinationMAC = MACAddress(raw.destination_mac)
    }
}

extension IPAddress {
    init(_ raw: fabric_address) {
        self.init(high: UInt64(bigEndian: raw.words.0), low: UInt64(bigEndian: raw.words.1))
    }
}

extension MACAddress {
    init(_ b: (UInt8, UInt8, UInt8, UInt8, UInt8, UInt8)) {
        let high = UInt64(b.0) << 40 | UInt64(b.1) << 32 | UInt64(b.2) << 24
        self.init(high | UInt64(b.3) << 16 | UInt64(b.4) << 8 | UInt64(b.5))
    }
}
