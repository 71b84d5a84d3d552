internal import CFabricABI

/// Numbers that Hubble and Cilium's monitor give to kinds of events (pkg/monitor/api). fabctl writes drops and traces.
public enum EventType: UInt8, CaseIterable, Sendable {
    case drop = 1
    case trace = 4

    /// As `hubble observe --type` spells it.
    public var name: String {
        switch self {
        case .drop: "drop"
        case .trace: "trace"
        }
    }
}

/// Where a packet was seen, or was going: Hubble's trace observation points, by the datapath's numbers (0 is to-endpoint).
public enum ObservationPoint: UInt8, CaseIterable, Sendable {
    case toEndpoint = 0
    case toProxy = 1
    case toHost = 2
    case toStack = 3
    case toOverlay = 4
    case fromEndpoint = 5
    case fromProxy = 6
    case fromHost = 7
    case fromStack = 8
    case fromOverlay = 9
    case fromNetwork = 10
    case toNetwork = 11
    case fromCrypto = 12
    case toCrypto = 13

    /// As printed: `to-endpoint`.
    public var name: String { Self.names[Int(rawValue)].0 }
    /// As in flow.proto: `TO_ENDPOINT`.
    public var protoName: String { Self.names[Int(rawValue)].1 }

    private static let names: [(String, String)] = [
        ("to-endpoint", "TO_ENDPOINT"), ("to-proxy", "TO_PROXY"), ("to-host", "TO_HOST"), ("to-stack", "TO_STACK"), ("to-overlay", "TO_OVERLAY"),
        ("from-endpoint", "FROM_ENDPOINT"), ("from-proxy", "FROM_PROXY"), ("from-host", "FROM_HOST"), ("from-stack", "FROM_STACK"),
        ("from-overlay", "FROM_OVERLAY"), ("from-network", "FROM_NETWORK"), ("to-network", "TO_NETWORK"), ("from-crypto", "FROM_CRYPTO"),
        ("to-crypto", "TO_CRYPTO"),
    ]
}

/// flow.proto's verdicts.
public enum Verdict: UInt8, CaseIterable, Sendable {
    case unknown = 0
    case forwarded = 1
    case dropped = 2
    case error = 3
    case audit = 4
    case redirected = 5
    case traced = 6
    case translated = 7

    public var name: String {
        switch self {
        case .unknown: "VERDICT_UNKNOWN"
        case .forwarded: "FORWARDED"
        case .dropped: "DROPPED"
        case .error: "ERROR"
        case .audit: "AUDIT"
        case .redirected: "REDIRECTED"
        case .traced: "TRACED"
        case .translated: "TRANSLATED"
        }
    }
}

/// flow.proto's traffic directions, by the numbers of `enum fabric_direction`.
public enum TrafficDirection: UInt8, CaseIterable, Sendable {
    case unknown = 0
    case ingress = 1
    case egress = 2

    public var name: String {
        switch self {
        case .unknown: "TRAFFIC_DIRECTION_UNKNOWN"
        case .ingress: "INGRESS"
        case .egress: "EGRESS"
        }
    }
}

/// Why a trace event was written: flow.proto's trace reasons, by the numbers of `enum fabric_trace`.
public enum TraceReason: UInt8, CaseIterable, Sendable {
    case unknown = 0
    case new = 1
    case established = 2
    case reply = 3
    case related = 4

    public var name: String {
        switch self {
        case .unknown: "TRACE_REASON_UNKNOWN"
        case .new: "NEW"
        case .established: "ESTABLISHED"
        case .reply: "REPLY"
        case .related: "RELATED"
        }
    }
}

/// IP protocol numbers (IANA) that have a meaning here.
public enum IPProtocol {
    public static let icmp: UInt8 = 1
    public static let igmp: UInt8 = 2
    public static let tcp: UInt8 = 6
    public static let udp: UInt8 = 17
    public static let icmpv6: UInt8 = 58
    public static let vrrp: UInt8 = 112
    public static let sctp: UInt8 = 132
}

/// Byte 13 of the TCP header (RFC 9293 section 3.1).
public struct TCPFlags: OptionSet, Hashable, Sendable {
    public let rawValue: UInt8

    public init(rawValue: UInt8) { self.rawValue = rawValue }

    public static let fin = TCPFlags(rawValue: 0x01)
    public static let syn = TCPFlags(rawValue: 0x02)
    public static let rst = TCPFlags(rawValue: 0x04)
    public static let psh = TCPFlags(rawValue: 0x08)
    public static let ack = TCPFlags(rawValue: 0x10)
    public static let urg = TCPFlags(rawValue: 0x20)
    public static let ece = TCPFlags(rawValue: 0x40)
    public static let cwr = TCPFlags(rawValue: 0x80)

    /// In the order in which Hubble's summary names them; flow.proto's is that of the bits.
    static let summaryOrder: [(flag: TCPFlags, name: StaticString)] = [
        (.syn, "SYN"), (.ack, "ACK"), (.rst, "RST"), (.fin, "FIN"), (.psh, "PSH"), (.urg, "URG"), (.ece, "ECE"), (.cwr, "CWR"),
    ]
    static let bitOrder: [(flag: TCPFlags, name: StaticString)] = [
        (.fin, "FIN"), (.syn, "SYN"), (.rst, "RST"), (.psh, "PSH"), (.ack, "ACK"), (.urg, "URG"), (.ece, "ECE"), (.cwr, "CWR"),
    ]
}
