internal import Net

/// Hubble's one-phrase summary of a packet: `TCP Flags: SYN, ACK`, `UDP`, `ICMPv6 TimeExceeded(HopLimitExceeded)`.
enum Summary {
    static func write(_ event: FlowEvent, to buffer: inout [UInt8]) {
        guard event.family != nil else {
            buffer.write("Ethernet")
            return
        }
        switch event.protocol {
        case IPProtocol.tcp:
            buffer.write("TCP Flags: ")
            var isFirst = true
            for (flag, name) in TCPFlags.summaryOrder where event.tcpFlags.contains(flag) {
                if !isFirst { buffer.write(", ") }
                buffer.write(name)
                isFirst = false
            }
        case IPProtocol.udp: buffer.write("UDP")
        case IPProtocol.sctp: buffer.write("SCTP")
        case IPProtocol.icmp:
            buffer.write("ICMPv4 ")
            ICMPName.write(type: event.icmpType, code: event.icmpCode, isIPv6: false, to: &buffer)
        case IPProtocol.icmpv6:
            buffer.write("ICMPv6 ")
            ICMPName.write(type: event.icmpType, code: event.icmpCode, isIPv6: true, to: &buffer)
        case IPProtocol.igmp: buffer.write("IGMP")
        case IPProtocol.vrrp: buffer.write("VRRP")
        default:
            buffer.write(event.family == .ipv4 ? "IPv4" : "IPv6")
        }
    }
}

/// Names of ICMP types and codes as Hubble prints them (gopacket's spelling; numbers from RFC 792, 4443, 4861, 2710, 3810).
enum ICMPName {
    /// `Type`, `Type(Code)`, `Type(Code: 7)` for a code without a name, `250(0)` for a type without one.
    static func write(type: UInt8, code: UInt8, isIPv6: Bool, to buffer: inout [UInt8]) {
        guard let name = (isIPv6 ? version6 : version4)[type] else {
            buffer.write(decimal: type)
            buffer.append(UInt8(ascii: "("))
            buffer.write(decimal: code)
            buffer.append(UInt8(ascii: ")"))
            return
        }
        buffer.write(name.text)
        if Int(code) < name.codes.count {
            buffer.append(UInt8(ascii: "("))
            buffer.write(name.codes[Int(code)])
            buffer.append(UInt8(ascii: ")"))
        } else if code != 0 {
            buffer.write("(Code: ")
            buffer.write(decimal: code)
            buffer.append(UInt8(ascii: ")"))
        }
    }

    /// The number of a type by name, in either version; case does not matter.
    static func type(named name: String, isIPv6: Bool) -> UInt8? {
        (isIPv6 ? version6 : version4).first { $0.value.text.description.lowercased() == name.lowercased() }?.key
    }

    struct Name: Sendable {
        var text: StaticString
        /// By code.
        var codes: [StaticString] = []
    }

    static let version6: [UInt8: Name] = [
        1: Name(
            text: "DestinationUnreachable",
            codes: [
                "NoRouteToDst", "AdminProhibited", "BeyondScopeOfSrc", "AddressUnreachable", "PortUnreachable", "SrcAddressFailedPolicy",
                "RejectRouteToDst",
            ]),
        2: Name(text: "PacketTooBig"),
        3: Name(text: "TimeExceeded", codes: ["HopLimitExceeded", "FragmentReassemblyTimeExceeded"]),
        4: Name(text: "ParameterProblem", codes: ["ErroneousHeaderField", "UnrecognizedNextHeader", "UnrecognizedIPv6Option"]),
        128: Name(text: "EchoRequest"), 129: Name(text: "EchoReply"),
        130: Name(text: "MLDv1MulticastListenerQueryMessage"), 131: Name(text: "MLDv1MulticastListenerReportMessage"),
        132: Name(text: "MLDv1MulticastListenerDoneMessage"),
        133: Name(text: "RouterSolicitation"), 134: Name(text: "RouterAdvertisement"), 135: Name(text: "NeighborSolicitation"),
        136: Name(text: "NeighborAdvertisement"), 137: Name(text: "Redirect"), 143: Name(text: "MLDv2MulticastListenerReportMessageV2"),
    ]

    static let version4: [UInt8: Name] = [
        0: Name(text: "EchoReply"),
        3: Name(
            text: "DestinationUnreachable",
            codes: [
                "Net", "Host", "Protocol", "Port", "FragmentationNeeded", "SourceRoutingFailed", "NetUnknown", "HostUnknown", "SourceIsolated",
                "NetAdminProhibited", "HostAdminProhibited", "NetTOS", "HostTOS", "CommAdminProhibited", "HostPrecedence", "PrecedenceCutoff",
            ]),
        4: Name(text: "SourceQuench"),
        5: Name(text: "Redirect", codes: ["Net", "Host", "TOS+Net", "TOS+Host"]),
        8: Name(text: "EchoRequest"), 9: Name(text: "RouterAdvertisement"), 10: Name(text: "RouterSolicitation"),
        11: Name(text: "TimeExceeded", codes: ["TTLExceeded", "FragmentReassemblyTimeExceeded"]),
        12: Name(text: "ParameterProblem", codes: ["PointerIndicatesError", "MissingOption", "BadLength"]),
        13: Name(text: "TimestampRequest"), 14: Name(text: "TimestampReply"), 15: Name(text: "InfoRequest"), 16: Name(text: "InfoReply"),
        17: Name(text: "AddressMaskRequest"), 18: Name(text: "AddressMaskReply"),
    ]
}
