import ArgumentParser
import Flow
import Model
import Net
import Node
import YAML

struct BPFEndpointCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "endpoint", abstract: "Endpoints as programs know them.", subcommands: [BPFEndpointList.self])
}

struct BPFEndpointList: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "Lists the endpoints.")

    @OptionGroup var output: OutputOptions
    @OptionGroup var options: NodeOptions

    func run() throws {
        try reporting { () throws(NodeError) in
            let views = try options.node.endpoints()
            output.write(.array(views.map { structured($0) })) {
                var table = TextTable(["ID", "POD", "IDENTITY", "IPS", "DEVICE", "IFINDEX", "MAC", "STATE"])
                for view in views {
                    let endpoint = view.endpoint
                    table.add([
                        "\(endpoint.id)", endpoint.pod.description, "\(endpoint.identity)",
                        endpoint.addresses.map(\.description).joined(separator: ","),
                        endpoint.device, view.ifindex.map(String.init) ?? "", endpoint.mac.description, view.state,
                    ])
                }
                return table.text
            }
        }
    }
}

struct BPFIPCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ip", abstract: "Identities of addresses and prefixes.", subcommands: [BPFIPList.self])
}

struct BPFIPList: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "Lists addresses and prefixes with their identities.")

    @OptionGroup var output: OutputOptions
    @OptionGroup var options: NodeOptions

    func run() throws {
        try reporting { () throws(NodeError) in
            let views = try options.node.addressViews()
            let identities = try options.node.desired().identities
            output.write(
                .array(
                    views.map {
                        [
                            "prefix": .string($0.prefix.description), "kind": .string($0.kind), "identity": .init($0.identity),
                            "labels": .init(identities.labels(of: $0.identity) ?? []), "endpoint": $0.endpoint == 0 ? .null : .init($0.endpoint),
                        ]
                    })
            ) {
                var table = TextTable(["PREFIX", "KIND", "IDENTITY", "ENDPOINT", "LABELS"])
                for view in views {
                    table.add([
                        shortText(view.prefix), view.kind, "\(view.identity)", view.endpoint == 0 ? "" : "\(view.endpoint)",
                        (identities.labels(of: view.identity) ?? []).joined(separator: ","),
                    ])
                }
                return table.text
            }
        }
    }
}

struct BPFFlowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ct", abstract: "The flow tables (connection tracking).", subcommands: [BPFFlowList.self])
}

struct BPFFlowList: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Lists the flows, from their initiators' side.",
        discussion: "An entry that has been idle for longer than its state allows stays until its place is needed; it answers for no packet.")

    @OptionGroup var output: OutputOptions
    @OptionGroup var options: NodeOptions

    func run() throws {
        try reporting { () throws(NodeError) in
            let views = try options.node.flowViews()
            output.write(.array(views.map(Self.structured))) {
                var table = TextTable(["PROTO", "SOURCE", "DESTINATION", "STATE", "IDENTITIES", "PACKETS", "BYTES", "IDLE", "REVISION"])
                for view in views {
                    table.add([
                        Self.name(view.proto), Self.end(view.source, view.sourcePort, view.proto),
                        Self.end(view.destination, view.destinationPort, view.proto),
                        view.state, "\(view.sourceIdentity)->\(view.destinationIdentity)", "\(view.packets.0)/\(view.packets.1)",
                        "\(view.bytes.0)/\(view.bytes.1)", NodeStatus.duration(view.idle), "\(view.revision)",
                    ])
                }
                return table.text
            }
        }
    }

    private static func name(_ proto: UInt8) -> String {
        switch proto {
        case 1: "ICMPv4"
        case 6: "TCP"
        case 17: "UDP"
        case 58: "ICMPv6"
        case 132: "SCTP"
        default: "\(proto)"
        }
    }

    private static func end(_ address: IPAddress, _ port: UInt16, _ proto: UInt8) -> String {
        [6, 17, 132].contains(proto) ? "\(address.bracketed):\(port)" : address.description
    }

    private static func structured(_ view: FlowView) -> StructuredValue {
        let hasPorts = [6, 17, 132].contains(view.proto)
        func id(_ number: some BinaryInteger) -> StructuredValue { number == 0 ? .null : .init(Int(number)) }
        return [
            "protocol": .string(name(view.proto)), "source": .string(view.source.description),
            "source_port": hasPorts ? .init(view.sourcePort) : .null,
            "destination": .string(view.destination.description), "destination_port": hasPorts ? .init(view.destinationPort) : .null,
            "state": .string(view.state), "source_identity": .init(view.sourceIdentity), "destination_identity": .init(view.destinationIdentity),
            "source_endpoint": id(view.sourceEndpoint), "destination_endpoint": id(view.destinationEndpoint),
            "packets": .init(view.packets.0), "bytes": .init(view.bytes.0), "reply_packets": .init(view.packets.1),
            "reply_bytes": .init(view.bytes.1),
            "idle_ns": .init(view.idle), "age_ns": .init(view.age), "revision": .init(view.revision),
            "nexthop": id(view.nextHop),
        ]
    }
}

struct BPFMetricsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "metrics", abstract: "Counters of forwarded and dropped packets.", subcommands: [BPFMetricsList.self])
}

struct BPFMetricsList: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "Lists what was counted, by reason and direction.")

    @OptionGroup var output: OutputOptions
    @OptionGroup var options: NodeOptions

    func run() throws {
        try reporting { () throws(NodeError) in
            let views = try options.node.metrics()
            func text(_ reason: UInt8) -> String { reason == 0 ? "Success" : DropReason(number: reason)?.text ?? "reason \(reason)" }
            func direction(_ value: UInt8) -> String { value == 1 ? "INGRESS" : value == 2 ? "EGRESS" : "UNKNOWN" }
            output.write(
                .array(
                    views.map {
                        [
                            "reason": .string(text($0.reason)), "reason_code": .init($0.reason),
                            "reason_desc": $0.reason == 0 ? .null : .init(DropReason(number: $0.reason)?.name),
                            "direction": .string(direction($0.direction)),
                            "packets": .init($0.packets), "bytes": .init($0.bytes),
                        ]
                    })
            ) {
                var table = TextTable(["REASON", "DIRECTION", "PACKETS", "BYTES"])
                for view in views { table.add([text(view.reason), direction(view.direction), "\(view.packets)", "\(view.bytes)"]) }
                return table.text
            }
        }
    }
}

struct BPFMapCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "map", abstract: "The maps and how full they are.", subcommands: [BPFMapList.self])
}

struct BPFMapList: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "Lists the maps.")

    @OptionGroup var output: OutputOptions
    @OptionGroup var options: NodeOptions

    func run() throws {
        try reporting { () throws(NodeError) in
            let views = try options.node.mapViews()
            output.write(.array(views.map(NodeStatus.structured))) {
                var table = TextTable(["NAME", "TYPE", "ENTRIES", "MAX", "EVICTED", "KEY", "VALUE", "MEMORY"])
                for map in views {
                    table.add([
                        map.name, map.kind, map.entries.map(String.init) ?? "", "\(map.maxEntries)",
                        map.evicted.map(String.init) ?? "", "\(map.keySize)", "\(map.valueSize)",
                        map.memory.map(NodeStatus.size) ?? "",
                    ])
                }
                return table.text
            }
        }
    }
}

struct BPFProgramCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prog", abstract: "The programs and where they are attached.", subcommands: [BPFProgramList.self])
}

struct BPFProgramList: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Lists the programs.",
        discussion: "Runs and their time are counted only while the sysctl kernel.bpf_stats_enabled is 1.")

    @OptionGroup var output: OutputOptions
    @OptionGroup var options: NodeOptions

    func run() throws {
        try reporting { () throws(NodeError) in
            let views = try options.node.programViews()
            output.write(
                .array(
                    views.map {
                        [
                            "name": .string($0.name), "id": .init($0.id), "tag": .string($0.tag), "instructions": .init($0.instructions),
                            "embedded_instructions": .init($0.embeddedInstructions),
                            "jited_bytes": .init($0.machineCode), "runs": .init($0.runs), "run_time_ns": .init($0.runTime),
                            "attached": .init($0.attachedTo),
                        ]
                    })
            ) {
                var table = TextTable(["NAME", "ID", "TAG", "INSTRUCTIONS", "RUNS", "NS/RUN", "ATTACHED"])
                for view in views {
                    table.add([
                        view.name, "\(view.id)", view.tag, "\(view.instructions)", "\(view.runs)",
                        view.runs == 0 ? "" : "\(view.runTime / view.runs)",
                        view.attachedTo.joined(separator: ", "),
                    ])
                }
                return table.text
            }
        }
    }
}
