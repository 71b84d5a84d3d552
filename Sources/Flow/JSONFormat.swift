internal import Model
internal import Net
internal import Policy

/// Hubble's flow JSON (`hubble observe -o jsonpb`): one GetFlowsResponse of flow.proto a line, with protobuf's rules: fields in the
/// order of the declaration, enums by name, 64-bit numbers as strings, zero values left out.
///
/// What flow.proto has no field for is in `extensions`, a `google.protobuf.Struct` that Hubble's clients pass over:
/// `length` (bytes without the link header), `packets`, `hop_limit`, `flow_label`, `next_hop` {`id`, `name`, `address`, `device`},
/// `egress_rule`, `ingress_rule`, `revision`, `cpu`, `sequence` (a string); zero values are left out there too.
public struct JSONFormat: Sendable {
    public var names: Names { didSet { prepare() } }
    private let version: String
    /// `"source":` and `"destination":` objects differ only in these, and repeat all the time.
    private var ends: [EndKey: [UInt8]] = [:]
    private var nodeName: [UInt8] = []
    private var emitter: [UInt8] = []

    private struct EndKey: Hashable {
        var index: Int?
        var identity: UInt32
        var endpoint: UInt32
    }

    /// - Parameter version: fabctl's, for `emitter`.
    public init(names: Names, version: String) {
        self.names = names
        self.version = version
        prepare()
    }

    private mutating func prepare() {
        ends.removeAll()
        nodeName.removeAll()
        nodeName.write(json: names.absoluteNodeName)
        emitter.removeAll()
        emitter.write(",\"emitter\":{\"name\":\"fabctl\",\"version\":")
        emitter.write(json: version)
        emitter.append(UInt8(ascii: "}"))
    }

    /// Appends one line, its newline included.
    public mutating func write(_ record: FlowRecord, to buffer: inout [UInt8]) {
        switch record {
        case .event(let event): write(event, to: &buffer)
        case .lost(let lost): write(lost, to: &buffer)
        }
    }

    public mutating func write(_ event: FlowEvent, to buffer: inout [UInt8]) {
        let civil = CivilTime(event.time)
        buffer.write("{\"flow\":{\"time\":\"")
        let timeStart = buffer.count
        civil.writeProtobuf(to: &buffer)
        let timeEnd = buffer.count
        buffer.write("\",\"uuid\":\"")
        FlowUUID.write(bootID: names.bootID, event.id, to: &buffer)
        buffer.write("\"")
        buffer.append(contentsOf: emitter)
        writeVerdict(event, to: &buffer)
        writeAddresses(event, to: &buffer)
        writeLayer4(event, to: &buffer)
        let source = names.sourceIndex(event)
        let destination = names.destinationIndex(event)
        buffer.write(",\"source\":")
        writeEnd(EndKey(index: source, identity: event.sourceIdentity, endpoint: event.sourceEndpoint), to: &buffer)
        buffer.write(",\"destination\":")
        writeEnd(EndKey(index: destination, identity: event.destinationIdentity, endpoint: event.destinationEndpoint), to: &buffer)
        buffer.write(",\"Type\":\"L3_L4\",\"node_name\":")
        buffer.append(contentsOf: nodeName)
        writeName(source, "source_names", to: &buffer)
        writeName(destination, "destination_names", to: &buffer)
        writeKind(event, to: &buffer)
        if event.interface != 0 {
            buffer.write(",\"interface\":{\"index\":")
            buffer.write(decimal: event.interface)
            if let name = names.interface(of: event) {
                buffer.write(",\"name\":")
                buffer.write(json: name)
            }
            buffer.append(UInt8(ascii: "}"))
        }
        buffer.write(",\"Summary\":\"")
        Summary.write(event, to: &buffer)
        buffer.write("\"")
        writeExtensions(event, to: &buffer)
        writePolicies(event, to: &buffer)
        buffer.write("},\"node_name\":")
        buffer.append(contentsOf: nodeName)
        buffer.write(",\"time\":\"")
        buffer.append(contentsOf: Array(buffer[timeStart..<timeEnd]))
        buffer.write("\"}\n")
    }

    public func write(_ lost: LostEvents, to buffer: inout [UInt8]) {
        buffer.write("{\"lost_events\":{\"source\":\"")
        buffer.write(lost.source.name)
        buffer.write("\",\"num_events_lost\":\"")
        buffer.write(decimal: lost.count)
        buffer.write("\"")
        if let cpu = lost.cpu {
            buffer.write(",\"cpu\":")
            buffer.write(decimal: cpu)
        }
        if let first = lost.first {
            buffer.write(",\"first\":\"")
            CivilTime(first).writeProtobuf(to: &buffer)
            buffer.write("\"")
        }
        if let last = lost.last {
            buffer.write(",\"last\":\"")
            CivilTime(last).writeProtobuf(to: &buffer)
            buffer.write("\"")
        }
        buffer.write("},\"node_name\":")
        buffer.append(contentsOf: nodeName)
        buffer.write(",\"time\":\"")
        CivilTime(lost.time).writeProtobuf(to: &buffer)
        buffer.write("\"}\n")
    }

    private func writeVerdict(_ event: FlowEvent, to buffer: inout [UInt8]) {
        if event.verdict != 0 {
            buffer.write(",\"verdict\":")
            if let verdict = Verdict(rawValue: event.verdict) {
                buffer.write("\"")
                buffer.write(verdict.name)
                buffer.write("\"")
            } else {
                buffer.write(decimal: event.verdict)
            }
        }
        if event.reason != 0 {
            buffer.write(",\"drop_reason\":")
            buffer.write(decimal: event.reason)
        }
    }

    private func writeAddresses(_ event: FlowEvent, to buffer: inout [UInt8]) {
        if event.sourceMAC.value | event.destinationMAC.value != 0 {
            buffer.write(",\"ethernet\":{\"source\":\"")
            buffer.write(event.sourceMAC)
            buffer.write("\",\"destination\":\"")
            buffer.write(event.destinationMAC)
            buffer.write("\"}")
        }
        guard let family = event.family else { return }
        buffer.write(",\"IP\":{\"source\":\"")
        buffer.write(event.source)
        buffer.write("\",\"destination\":\"")
        buffer.write(event.destination)
        buffer.write(family == .ipv4 ? "\",\"ipVersion\":\"IPv4\"}" : "\",\"ipVersion\":\"IPv6\"}")
    }

    private func writeLayer4(_ event: FlowEvent, to buffer: inout [UInt8]) {
        guard event.family != nil else { return }
        let name: StaticString
        switch event.protocol {
        case IPProtocol.tcp: name = "TCP"
        case IPProtocol.udp: name = "UDP"
        case IPProtocol.sctp: name = "SCTP"
        case IPProtocol.icmp: name = "ICMPv4"
        case IPProtocol.icmpv6: name = "ICMPv6"
        default: return
        }
        buffer.write(",\"l4\":{\"")
        buffer.write(name)
        buffer.write("\":{")
        var object = JSONObject()
        if event.isICMP {
            object.write("type", event.icmpType, to: &buffer)
            object.write("code", event.icmpCode, to: &buffer)
        } else {
            object.write("source_port", event.sourcePort, to: &buffer)
            object.write("destination_port", event.destinationPort, to: &buffer)
        }
        if event.protocol == IPProtocol.tcp {
            object.key("flags", to: &buffer)
            buffer.append(UInt8(ascii: "{"))
            var flags = JSONObject()
            for (flag, name) in TCPFlags.bitOrder where event.tcpFlags.contains(flag) {
                flags.key(name, to: &buffer)
                buffer.write("true")
            }
            buffer.append(UInt8(ascii: "}"))
        }
        buffer.write("}}")
    }

    private mutating func writeEnd(_ key: EndKey, to buffer: inout [UInt8]) {
        if let bytes = ends[key] {
            buffer.append(contentsOf: bytes)
            return
        }
        let bytes = end(key)
        // Bounded, because an attacker may choose identities as little as addresses, but ids of endpoints come and go.
        if ends.count >= 4096 { ends.removeAll(keepingCapacity: true) }
        ends[key] = bytes
        buffer.append(contentsOf: bytes)
    }

    /// flow.proto's Endpoint.
    private func end(_ key: EndKey) -> [UInt8] {
        let pod = key.index.flatMap { names.subjects[$0].pod }
        var bytes: [UInt8] = [UInt8(ascii: "{")]
        var object = JSONObject()
        object.write("ID", key.endpoint, to: &bytes)
        object.write("identity", key.identity, to: &bytes)
        if let pod {
            if !names.clusterName.isEmpty {
                object.key("cluster_name", to: &bytes)
                bytes.write(json: names.clusterName)
            }
            object.key("namespace", to: &bytes)
            bytes.write(json: pod.namespace)
        }
        let labels = names.labels(identity: key.identity, index: key.index)
        if !labels.isEmpty {
            object.key("labels", to: &bytes)
            for (position, label) in labels.enumerated() {
                bytes.append(UInt8(ascii: position == 0 ? "[" : ","))
                bytes.write(json: label)
            }
            bytes.append(UInt8(ascii: "]"))
        }
        if let pod {
            object.key("pod_name", to: &bytes)
            bytes.write(json: pod.name)
        }
        bytes.append(UInt8(ascii: "}"))
        return bytes
    }

    /// Nodes and switches go where Hubble has DNS names: its own clients then print them in place of the address.
    private func writeName(_ index: Int?, _ key: StaticString, to buffer: inout [UInt8]) {
        guard let index, names.subjects[index].pod == nil, let name = names.subjects[index].name else { return }
        buffer.write(",\"")
        buffer.write(key)
        buffer.write("\":[")
        buffer.write(json: name)
        buffer.write("]")
    }

    private func writeKind(_ event: FlowEvent, to buffer: inout [UInt8]) {
        let isTrace = event.type == EventType.trace.rawValue
        buffer.write(",\"event_type\":{")
        var object = JSONObject()
        object.write("type", event.type, to: &buffer)
        object.write("sub_type", isTrace ? event.point : event.reason, to: &buffer)
        buffer.append(UInt8(ascii: "}"))
        if let direction = TrafficDirection(rawValue: event.direction), direction != .unknown {
            buffer.write(",\"traffic_direction\":\"")
            buffer.write(direction.name)
            buffer.write("\"")
        }
        if isTrace, let point = ObservationPoint(rawValue: event.point) {
            buffer.write(",\"trace_observation_point\":\"")
            buffer.write(point.protoName)
            buffer.write("\"")
        }
        if isTrace, let reason = TraceReason(rawValue: event.trace), reason != .unknown {
            buffer.write(",\"trace_reason\":\"")
            buffer.write(reason.name)
            buffer.write("\"")
        }
        if event.reason != 0 {
            buffer.write(",\"drop_reason_desc\":")
            if let reason = DropReason(number: event.reason) {
                buffer.write("\"")
                buffer.write(reason.name)
                buffer.write("\"")
            } else {
                buffer.write(decimal: event.reason)
            }
        }
        if let isReply = event.isReply { buffer.write(isReply ? ",\"is_reply\":true" : ",\"is_reply\":false") }
    }

    private func writeExtensions(_ event: FlowEvent, to buffer: inout [UInt8]) {
        buffer.write(",\"extensions\":{\"@type\":\"type.googleapis.com/google.protobuf.Struct\",\"value\":{")
        var object = JSONObject()
        object.write("length", event.length, to: &buffer)
        object.write("packets", event.packets, to: &buffer)
        object.write("hop_limit", event.hopLimit, to: &buffer)
        object.write("flow_label", event.flowLabel, to: &buffer)
        if event.nextHop != 0 {
            object.key("next_hop", to: &buffer)
            writeHop(event.nextHop, to: &buffer)
        }
        object.write("egress_rule", event.egressRule, to: &buffer)
        object.write("ingress_rule", event.ingressRule, to: &buffer)
        object.write("revision", event.revision, to: &buffer)
        object.key("cpu", to: &buffer)
        buffer.write(decimal: event.id.cpu)
        object.key("sequence", to: &buffer)
        buffer.append(UInt8(ascii: "\""))
        buffer.write(decimal: event.id.sequence)
        buffer.write("\"}}")
    }

    /// flow.proto's Policy of each side: of the rule that decided, or of all that isolate the pod.
    private func writePolicies(_ event: FlowEvent, to buffer: inout [UInt8]) {
        let sides = [("egress", names.rule(event.egressRule)), ("ingress", names.rule(event.ingressRule))]
        for denies in [false, true] {
            for case (let direction, let meaning?) in sides where meaning.denies == denies {
                buffer.write(",\"\(direction)_\(denies ? "denied" : "allowed")_by\":[")
                for (place, key) in meaning.policies.enumerated() {
                    if place > 0 { buffer.append(UInt8(ascii: ",")) }
                    write(key, revision: event.revision, to: &buffer)
                }
                buffer.append(UInt8(ascii: "]"))
            }
        }
    }

    private func write(_ key: PolicyKey, revision: UInt32, to buffer: inout [UInt8]) {
        buffer.write("{\"name\":")
        buffer.write(json: key.name)
        if let namespace = key.namespace {
            buffer.write(",\"namespace\":")
            buffer.write(json: namespace)
        }
        // As Cilium labels what it makes of a manifest.
        let place = "k8s:io.cilium.k8s.policy"
        var labels = ["\(place).derived-from=\(key.kind.rawValue)", "\(place).name=\(key.name)"]
        if let namespace = key.namespace { labels.append("\(place).namespace=\(namespace)") }
        for (place, label) in labels.enumerated() {
            buffer.write(place == 0 ? ",\"labels\":[" : ",")
            buffer.write(json: label)
        }
        buffer.write("],\"revision\":\"")
        buffer.write(decimal: revision)
        buffer.write("\",\"kind\":\"")
        buffer.write(key.kind.rawValue)
        buffer.write("\"}")
    }

    private func writeHop(_ id: UInt32, to buffer: inout [UInt8]) {
        buffer.write("{\"id\":")
        buffer.write(decimal: id)
        if let hop = names.nextHop(id) {
            if let name = hop.name {
                buffer.write(",\"name\":")
                buffer.write(json: name)
            }
            if let address = hop.address {
                buffer.write(",\"address\":\"")
                buffer.write(address)
                buffer.write("\"")
            }
            buffer.write(",\"device\":")
            buffer.write(json: hop.device)
        }
        buffer.append(UInt8(ascii: "}"))
    }
}
