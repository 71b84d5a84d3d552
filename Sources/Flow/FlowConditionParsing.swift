internal import Net

extension FlowCondition {
    /// - Returns: alternatives, any of which meets the option.
    static func parse(_ field: FlowFilter.Field, _ value: String) throws(FlowFilterError) -> [FlowCondition] {
        let side = field.side
        switch field {
        case .pod, .fromPod, .toPod: return [try pod(field, value, side)]
        case .namespace, .fromNamespace, .toNamespace:
            guard !value.isEmpty, !value.contains("/") else { throw FlowFilterError(field, value, "not a namespace") }
            return [.pod(side, namespace: Glob(value), name: .any)]
        case .ip, .fromIP, .toIP:
            guard let prefix = Prefix(lenient: value) else { throw FlowFilterError(field, value, "not an address or CIDR") }
            return [.address(side, prefix)]
        case .port, .fromPort, .toPort: return try ports(field, value, side)
        case .identity, .fromIdentity, .toIdentity: return [.identity(side, try identities(field, value))]
        case .label, .fromLabel, .toLabel:
            guard let selector = LabelSelector(value) else {
                throw FlowFilterError(field, value, "not a label selector; write app=web, k8s:app=web, app!=web, app, !app or app in (web, api)")
            }
            return [.label(side, selector)]
        case .protocol: return [.protocols(try protocols(field, value))]
        case .verdict:
            return [.verdict(try oneOf(field, value, "a verdict", Verdict.allCases.filter { $0 != .unknown }.map { ($0.name, $0.rawValue) }))]
        case .dropReason: return [.reason(try reason(field, value))]
        case .type: return [try type(field, value)]
        case .trafficDirection: return [.direction(try oneOf(field, value, "a direction", [("ingress", 1), ("egress", 2)]))]
        case .reply: return [.reply(try oneOf(field, value, "true or false", [("true", true), ("false", false)]))]
        case .tcpFlags: return [.tcpFlags(try tcpFlags(field, value))]
        case .icmpType: return [try icmpType(field, value)]
        case .ipVersion:
            let versions = [("v4", IPAddress.Family.ipv4), ("v6", .ipv6), ("4", .ipv4), ("6", .ipv6), ("ipv4", .ipv4), ("ipv6", .ipv6)]
            return [.family(try oneOf(field, value, "an IP version", versions))]
        case .interface:
            guard !value.isEmpty else { throw FlowFilterError(field, value, "not a device") }
            return [.interface(index: UInt32(value), name: Glob(value))]
        case .nextHop:
            guard !value.isEmpty else { throw FlowFilterError(field, value, "not a next hop") }
            return [.nextHop(address: IPAddress(value), text: Glob(value))]
        case .nodeName:
            guard !value.isEmpty else { throw FlowFilterError(field, value, "not a node") }
            return [.nodeName(Glob(value))]
        }
    }

    /// `NAMESPACE/POD`, exact unless it has a `*`; `NAMESPACE/` for all of a namespace; a bare name is in `default`.
    private static func pod(_ field: FlowFilter.Field, _ value: String, _ side: Side) throws(FlowFilterError) -> FlowCondition {
        let parts = value.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard parts.count <= 2, let first = parts.first, !first.isEmpty else {
            throw FlowFilterError(field, value, "write NAMESPACE/POD, or NAMESPACE/")
        }
        if parts.count == 1 { return .pod(side, namespace: Glob("default"), name: Glob(first)) }
        return .pod(side, namespace: Glob(first), name: parts[1].isEmpty ? .any : Glob(parts[1]))
    }

    /// `80`, `8000-8100`, `80,443`
    private static func ports(_ field: FlowFilter.Field, _ value: String, _ side: Side) throws(FlowFilterError) -> [FlowCondition] {
        var conditions: [FlowCondition] = []
        for part in value.split(separator: ",", omittingEmptySubsequences: false) {
            let bounds = part.split(separator: "-", omittingEmptySubsequences: false).map { number in
                number.allSatisfy(\.isNumber) ? UInt16(number) : nil
            }
            guard bounds.count <= 2, let first = bounds.first ?? nil, let last = bounds.last ?? nil, first <= last else {
                throw FlowFilterError(field, value, "not a port or a range of ports (80, 8000-8100)")
            }
            conditions.append(.port(side, first...last))
        }
        return conditions
    }

    private static func identities(_ field: FlowFilter.Field, _ value: String) throws(FlowFilterError) -> Set<UInt32> {
        if let number = UInt32(value) { return [number] }
        // Whoever asks for the world means both halves that a dual-stack node divides it into.
        if value.lowercased() == "world" { return [2, 9, 10] }
        return [try oneOf(field, value, "an identity", Names.reserved.map { ($0.name, $0.number) })]
    }

    static let protocolNames: [(String, Set<UInt8>)] = [
        ("tcp", [IPProtocol.tcp]), ("udp", [IPProtocol.udp]), ("sctp", [IPProtocol.sctp]), ("icmp", [IPProtocol.icmp, IPProtocol.icmpv6]),
        ("icmpv4", [IPProtocol.icmp]), ("icmpv6", [IPProtocol.icmpv6]), ("igmp", [IPProtocol.igmp]), ("vrrp", [IPProtocol.vrrp]),
    ]

    private static func protocols(_ field: FlowFilter.Field, _ value: String) throws(FlowFilterError) -> Set<UInt8> {
        if let number = UInt8(value) { return [number] }
        return try oneOf(field, value, "a protocol", protocolNames)
    }

    private static func reason(_ field: FlowFilter.Field, _ value: String) throws(FlowFilterError) -> UInt8 {
        if let number = UInt8(value) { return number }
        let wanted = Suggestion.normalized(value)
        if let reason = DropReason.all.first(where: { Suggestion.normalized($0.text) == wanted }) { return reason.number }
        return try oneOf(field, value, "a drop reason", DropReason.all.map { ($0.name, $0.number) })
    }

    /// `drop`, `trace`, `trace:to-network`, `drop:POLICY_DENIED`, by name or number.
    private static func type(_ field: FlowFilter.Field, _ value: String) throws(FlowFilterError) -> FlowCondition {
        let parts = value.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let types = EventType.allCases.map { ($0.name, $0.rawValue) } + EventType.allCases.map { ("\($0.rawValue)", $0.rawValue) }
        let type: UInt8 = try oneOf(field, parts.first ?? "", "an event type (drop, trace)", types)
        guard parts.count == 2 else { return .type(type, subtype: nil) }
        if type == EventType.drop.rawValue { return .type(type, subtype: try reason(field, parts[1])) }
        if let number = UInt8(parts[1]) { return .type(type, subtype: number) }
        return .type(type, subtype: try oneOf(field, parts[1], "an observation point", ObservationPoint.allCases.map { ($0.name, $0.rawValue) }))
    }

    /// `SYN`, `SYN,ACK`: all of them.
    private static func tcpFlags(_ field: FlowFilter.Field, _ value: String) throws(FlowFilterError) -> TCPFlags {
        var flags = TCPFlags()
        for part in value.split(separator: ",", omittingEmptySubsequences: false) {
            flags.formUnion(try oneOf(field, String(part), "a TCP flag", TCPFlags.bitOrder.map { ($0.name.description, $0.flag) }))
        }
        return flags
    }

    /// A number, or a name of either version.
    private static func icmpType(_ field: FlowFilter.Field, _ value: String) throws(FlowFilterError) -> FlowCondition {
        if let number = UInt8(value) { return .icmpType(version4: number, version6: number) }
        let version4 = ICMPName.type(named: value, isIPv6: false)
        let version6 = ICMPName.type(named: value, isIPv6: true)
        if version4 == nil, version6 == nil {
            let names = Set((ICMPName.version6.values.map(\.text) + ICMPName.version4.values.map(\.text)).map(\.description)).sorted()
            throw FlowFilterError(field, value, "not an ICMP type", suggestion: Suggestion.nearest(to: value, in: names))
        }
        return .icmpType(version4: version4, version6: version6)
    }

    /// A word of a list; case, `-`, `_` and spaces do not count.
    private static func oneOf<Value>(
        _ field: FlowFilter.Field, _ value: String, _ kind: String, _ words: [(String, Value)]
    ) throws(FlowFilterError) -> Value {
        let wanted = Suggestion.normalized(value)
        if !wanted.isEmpty, let found = words.first(where: { Suggestion.normalized($0.0) == wanted }) { return found.1 }
        throw FlowFilterError(field, value, "not \(kind)", suggestion: Suggestion.nearest(to: value, in: words.map(\.0)))
    }
}

extension FlowFilter.Field {
    var side: FlowCondition.Side {
        rawValue.hasPrefix("from-") ? .source : rawValue.hasPrefix("to-") ? .destination : .either
    }

    /// Words that the option takes, for completion; empty when its values are names, numbers or addresses.
    public var words: [String] {
        switch self {
        case .protocol: FlowCondition.protocolNames.map(\.0)
        case .verdict: Verdict.allCases.filter { $0 != .unknown }.map(\.name)
        case .dropReason: DropReason.all.map(\.name)
        case .type: EventType.allCases.map(\.name) + ObservationPoint.allCases.map { "trace:\($0.name)" }
        case .identity, .fromIdentity, .toIdentity: Names.reserved.map(\.name).sorted()
        case .trafficDirection: ["ingress", "egress"]
        case .reply: ["true", "false"]
        case .tcpFlags: TCPFlags.bitOrder.map(\.name.description)
        case .icmpType: Set((ICMPName.version6.values.map(\.text) + ICMPName.version4.values.map(\.text)).map(\.description)).sorted()
        case .ipVersion: ["v4", "v6"]
        default: []
        }
    }
}
