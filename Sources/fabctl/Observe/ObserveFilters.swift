import ArgumentParser
import Flow

/// Which flows to show. An option given several times is met by any of its values; different options must all be met.
struct ObserveFilters: ParsableArguments {
    @Option(help: ArgumentHelp("Flows of this pod, at either end; * matches any characters.", valueName: "namespace/pod"), completion: .endpoints)
    var pod: [String] = []
    @Option(help: ArgumentHelp("Flows from this pod.", valueName: "namespace/pod"), completion: .endpoints) var fromPod: [String] = []
    @Option(help: ArgumentHelp("Flows to this pod.", valueName: "namespace/pod"), completion: .endpoints) var toPod: [String] = []
    @Option(name: [.customShort("n", allowingJoined: true), .long], help: ArgumentHelp("Flows of this namespace.", valueName: "namespace"))
    var namespace: [String] = []
    @Option(help: ArgumentHelp("Flows from this namespace.", valueName: "namespace")) var fromNamespace: [String] = []
    @Option(help: ArgumentHelp("Flows to this namespace.", valueName: "namespace")) var toNamespace: [String] = []
    @Option(help: ArgumentHelp("Flows of this address or prefix.", valueName: "address|prefix")) var ip: [String] = []
    @Option(help: ArgumentHelp("Flows from this address or prefix.", valueName: "address|prefix")) var fromIp: [String] = []
    @Option(help: ArgumentHelp("Flows to this address or prefix.", valueName: "address|prefix")) var toIp: [String] = []
    @Option(help: ArgumentHelp("Flows of this port or range.", valueName: "port")) var port: [String] = []
    @Option(help: ArgumentHelp("Flows from this port or range.", valueName: "port")) var fromPort: [String] = []
    @Option(help: ArgumentHelp("Flows to this port or range.", valueName: "port")) var toPort: [String] = []
    @Option(
        help: ArgumentHelp("Flows of this protocol.", valueName: "protocol"), completion: .list(["tcp", "udp", "sctp", "icmp", "icmpv4", "icmpv6"]))
    var `protocol`: [String] = []
    @Option(help: ArgumentHelp("Flows with this verdict.", valueName: "verdict"), completion: .list(["FORWARDED", "DROPPED"])) var verdict: [String] =
        []
    @Option(
        help: ArgumentHelp("Flows dropped for this reason, by name or number.", valueName: "reason"), completion: .list(DropReason.all.map(\.name)))
    var dropReasonDesc: [String] = []
    @Option(
        name: [.customShort("t", allowingJoined: true), .long],
        help: ArgumentHelp("Events of this type: drop, trace, or trace:POINT.", valueName: "type"),
        completion: .list(["drop", "trace", "trace:to-endpoint", "trace:to-stack", "trace:to-network", "trace:from-endpoint", "trace:from-network"]))
    var type: [String] = []
    @Option(help: ArgumentHelp("Flows of this identity, by number or reserved name.", valueName: "identity")) var identity: [String] = []
    @Option(help: ArgumentHelp("Flows from this identity.", valueName: "identity")) var fromIdentity: [String] = []
    @Option(help: ArgumentHelp("Flows to this identity.", valueName: "identity")) var toIdentity: [String] = []
    @Option(name: [.customShort("l", allowingJoined: true), .long], help: ArgumentHelp("Flows of this label.", valueName: "key=value")) var label:
        [String] = []
    @Option(help: ArgumentHelp("Flows from this label.", valueName: "key=value")) var fromLabel: [String] = []
    @Option(help: ArgumentHelp("Flows to this label.", valueName: "key=value")) var toLabel: [String] = []
    @Option(help: ArgumentHelp("TCP segments with these flags (comma: all of them).", valueName: "flags")) var tcpFlags: [String] = []
    @Option(help: ArgumentHelp("ICMP messages of this type.", valueName: "type")) var icmpType: [String] = []
    @Option(help: ArgumentHelp("Packets of this IP version.", valueName: "4|6")) var ipVersion: [String] = []
    @Option(help: ArgumentHelp("Direction of the traffic.", valueName: "direction"), completion: .list(["ingress", "egress"])) var trafficDirection:
        [String] = []
    @Option(help: ArgumentHelp("Replies only (true), or requests only (false).", valueName: "true|false")) var reply: [String] = []
    @Option(help: ArgumentHelp("Packets that came in by this device.", valueName: "dev"), completion: .devices) var interface: [String] = []
    @Option(help: ArgumentHelp("Flows that took this next hop, by name or address.", valueName: "next hop")) var nextHop: [String] = []
    @Option(help: ArgumentHelp("Flows of this node.", valueName: "name")) var nodeName: [String] = []
    @Option(help: ArgumentHelp("Leaves out what the following option selects: --not --pod default/web.", valueName: "filter")) var not: [String] = []

    func filter() throws(FlowFilterError) -> FlowFilter {
        var out = FlowFilter()
        let values: [(FlowFilter.Field, [String])] = [
            (.pod, pod), (.fromPod, fromPod), (.toPod, toPod), (.namespace, namespace), (.fromNamespace, fromNamespace), (.toNamespace, toNamespace),
            (.ip, ip), (.fromIP, fromIp), (.toIP, toIp), (.port, port), (.fromPort, fromPort), (.toPort, toPort), (.protocol, self.protocol),
            (.verdict, verdict), (.dropReason, dropReasonDesc), (.type, type), (.identity, identity), (.fromIdentity, fromIdentity),
            (.toIdentity, toIdentity), (.label, label), (.fromLabel, fromLabel), (.toLabel, toLabel), (.tcpFlags, tcpFlags), (.icmpType, icmpType),
            (.ipVersion, ipVersion), (.trafficDirection, trafficDirection), (.reply, reply), (.interface, interface), (.nextHop, nextHop),
            (.nodeName, nodeName),
        ]
        for (field, texts) in values {
            for text in texts { try out.add(field, text) }
        }
        for text in not { try out.add(negation: text) }
        return out
    }
}
