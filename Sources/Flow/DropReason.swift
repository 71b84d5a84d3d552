/// A reason for dropping a packet: Hubble's number, its name in flow.proto, and the text that is printed for it
/// (flow.proto `DropReason`, Cilium's pkg/monitor/api/drop.go, 1.19).
///
/// Name and text disagree at 136 and 161: those numbers were given a new meaning there, and kept their name.
public struct DropReason: Hashable, Sendable {
    public let number: UInt8
    /// `drop_reason_desc`: `POLICY_DENIED`.
    public let name: String
    /// As printed: `Policy denied`.
    public let text: String

    /// Nil for a number that Hubble gives no meaning as a drop.
    public init?(number: UInt8) {
        guard number >= Self.first, Int(number - Self.first) < Self.table.count, let reason = Self.table[Int(number - Self.first)] else { return nil }
        self = reason
    }

    /// All of them, by number.
    public static let all: [DropReason] = table.compactMap { $0 }

    private static let first: UInt8 = 130

    private init(_ number: UInt8, _ name: String, _ text: String) {
        self.number = number
        self.name = name
        self.text = text
    }

    /// From `first` up; nil where a number is not used.
    private static let table: [DropReason?] = [
        DropReason(130, "INVALID_SOURCE_MAC", "Invalid source mac"),
        DropReason(131, "INVALID_DESTINATION_MAC", "Invalid destination mac"),
        DropReason(132, "INVALID_SOURCE_IP", "Invalid source ip"),
        DropReason(133, "POLICY_DENIED", "Policy denied"),
        DropReason(134, "INVALID_PACKET_DROPPED", "Invalid packet"),
        DropReason(135, "CT_TRUNCATED_OR_INVALID_HEADER", "CT: Truncated or invalid header"),
        DropReason(136, "CT_MISSING_TCP_ACK_FLAG", "Fragmentation needed"),
        DropReason(137, "CT_UNKNOWN_L4_PROTOCOL", "CT: Unknown L4 protocol"),
        DropReason(138, "CT_CANNOT_CREATE_ENTRY_FROM_PACKET", "CT: Can't create entry from packet"),
        DropReason(139, "UNSUPPORTED_L3_PROTOCOL", "Unsupported L3 protocol"),
        DropReason(140, "MISSED_TAIL_CALL", "Missed tail call"),
        DropReason(141, "ERROR_WRITING_TO_PACKET", "Error writing to packet"),
        DropReason(142, "UNKNOWN_L4_PROTOCOL", "Unknown L4 protocol"),
        DropReason(143, "UNKNOWN_ICMPV4_CODE", "Unknown ICMPv4 code"),
        DropReason(144, "UNKNOWN_ICMPV4_TYPE", "Unknown ICMPv4 type"),
        DropReason(145, "UNKNOWN_ICMPV6_CODE", "Unknown ICMPv6 code"),
        DropReason(146, "UNKNOWN_ICMPV6_TYPE", "Unknown ICMPv6 type"),
        DropReason(147, "ERROR_RETRIEVING_TUNNEL_KEY", "Error retrieving tunnel key"),
        DropReason(148, "ERROR_RETRIEVING_TUNNEL_OPTIONS", "Error retrieving tunnel options"),
        DropReason(149, "INVALID_GENEVE_OPTION", "Invalid Geneve option"),
        DropReason(150, "UNKNOWN_L3_TARGET_ADDRESS", "Unknown L3 target address"),
        DropReason(151, "STALE_OR_UNROUTABLE_IP", "Stale or unroutable IP"),
        DropReason(152, "NO_MATCHING_LOCAL_CONTAINER_FOUND", "No matching local container found"),
        DropReason(153, "ERROR_WHILE_CORRECTING_L3_CHECKSUM", "Error while correcting L3 checksum"),
        DropReason(154, "ERROR_WHILE_CORRECTING_L4_CHECKSUM", "Error while correcting L4 checksum"),
        DropReason(155, "CT_MAP_INSERTION_FAILED", "CT: Map insertion failed"),
        DropReason(156, "INVALID_IPV6_EXTENSION_HEADER", "Invalid IPv6 extension header"),
        DropReason(157, "IP_FRAGMENTATION_NOT_SUPPORTED", "IP fragmentation not supported"),
        DropReason(158, "SERVICE_BACKEND_NOT_FOUND", "Service backend not found"),
        nil, // 159
        DropReason(160, "NO_TUNNEL_OR_ENCAPSULATION_ENDPOINT", "No tunnel/encapsulation endpoint (datapath BUG!)"),
        DropReason(161, "FAILED_TO_INSERT_INTO_PROXYMAP", "NAT 46/64 not enabled"),
        DropReason(162, "REACHED_EDT_RATE_LIMITING_DROP_HORIZON", "Reached EDT rate-limiting drop horizon"),
        DropReason(163, "UNKNOWN_CONNECTION_TRACKING_STATE", "Unknown connection tracking state"),
        DropReason(164, "LOCAL_HOST_IS_UNREACHABLE", "Local host is unreachable"),
        DropReason(165, "NO_CONFIGURATION_AVAILABLE_TO_PERFORM_POLICY_DECISION", "No configuration available to perform policy decision"),
        DropReason(166, "UNSUPPORTED_L2_PROTOCOL", "Unsupported L2 protocol"),
        DropReason(167, "NO_MAPPING_FOR_NAT_MASQUERADE", "No mapping for NAT masquerade"),
        DropReason(168, "UNSUPPORTED_PROTOCOL_FOR_NAT_MASQUERADE", "Unsupported protocol for NAT masquerade"),
        DropReason(169, "FIB_LOOKUP_FAILED", "FIB lookup failed"),
        DropReason(170, "ENCAPSULATION_TRAFFIC_IS_PROHIBITED", "Encapsulation traffic is prohibited"),
        DropReason(171, "INVALID_IDENTITY", "Invalid identity"),
        DropReason(172, "UNKNOWN_SENDER", "Unknown sender"),
        DropReason(173, "NAT_NOT_NEEDED", "NAT not needed"),
        DropReason(174, "IS_A_CLUSTERIP", "Is a ClusterIP"),
        DropReason(175, "FIRST_LOGICAL_DATAGRAM_FRAGMENT_NOT_FOUND", "First logical datagram fragment not found"),
        DropReason(176, "FORBIDDEN_ICMPV6_MESSAGE", "Forbidden ICMPv6 message"),
        DropReason(177, "DENIED_BY_LB_SRC_RANGE_CHECK", "Denied by LB src range check"),
        DropReason(178, "SOCKET_LOOKUP_FAILED", "Socket lookup failed"),
        DropReason(179, "SOCKET_ASSIGN_FAILED", "Socket assign failed"),
        DropReason(180, "PROXY_REDIRECTION_NOT_SUPPORTED_FOR_PROTOCOL", "Proxy redirection not supported for protocol"),
        DropReason(181, "POLICY_DENY", "Policy denied by denylist"),
        DropReason(182, "VLAN_FILTERED", "VLAN traffic disallowed by VLAN filter"),
        DropReason(183, "INVALID_VNI", "Incorrect VNI from VTEP"),
        DropReason(184, "INVALID_TC_BUFFER", "Failed to update or lookup TC buffer"),
        DropReason(185, "NO_SID", "No SID was found for the IP address"),
        DropReason(186, "MISSING_SRV6_STATE", "SRv6 state was removed during tail call"),
        DropReason(187, "NAT46", "L3 translation from IPv4 to IPv6 failed (NAT46)"),
        DropReason(188, "NAT64", "L3 translation from IPv6 to IPv4 failed (NAT64)"),
        DropReason(189, "AUTH_REQUIRED", "Authentication required"),
        DropReason(190, "CT_NO_MAP_FOUND", "No conntrack map found"),
        DropReason(191, "SNAT_NO_MAP_FOUND", "No nat map found"),
        DropReason(192, "INVALID_CLUSTER_ID", "Invalid ClusterID"),
        DropReason(193, "UNSUPPORTED_PROTOCOL_FOR_DSR_ENCAP", "Unsupported packet protocol for DSR encapsulation"),
        DropReason(194, "NO_EGRESS_GATEWAY", "No egress gateway found"),
        DropReason(195, "UNENCRYPTED_TRAFFIC", "Traffic is unencrypted"),
        DropReason(196, "TTL_EXCEEDED", "TTL exceeded"),
        DropReason(197, "NO_NODE_ID", "No node ID found"),
        DropReason(198, "DROP_RATE_LIMITED", "Rate limited"),
        DropReason(199, "IGMP_HANDLED", "IGMP handled"),
        DropReason(200, "IGMP_SUBSCRIBED", "IGMP subscribed"),
        DropReason(201, "MULTICAST_HANDLED", "Multicast handled"),
        DropReason(202, "DROP_HOST_NOT_READY", "Host datapath not ready"),
        DropReason(203, "DROP_EP_NOT_READY", "Endpoint policy program not available"),
        DropReason(204, "DROP_NO_EGRESS_IP", "No Egress IP configured"),
        DropReason(205, "DROP_PUNT_PROXY", "Punt to proxy"),
    ]
}
