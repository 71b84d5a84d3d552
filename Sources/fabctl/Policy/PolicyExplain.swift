import ArgumentParser
import Model
import Net
import Node
import Policy
import YAML

/// An end of a flow as people name it: `NAMESPACE/POD`, `ADDRESS`, either with `:PORT`; `[ADDRESS]:PORT` for IPv6.
struct EndArgument: ExpressibleByArgument {
    let pod: PodName?
    let address: IPAddress?
    let port: UInt16?

    init?(argument: String) {
        var text = argument
        var port: UInt16?
        if text.hasPrefix("["), let close = text.firstIndex(of: "]") {
            let rest = text[text.index(after: close)...]
            if !rest.isEmpty {
                guard rest.hasPrefix(":"), let number = UInt16(rest.dropFirst()) else { return nil }
                port = number
            }
            text = String(text[text.index(after: text.startIndex)..<close])
        } else if text.filter({ $0 == ":" }).count == 1, let colon = text.firstIndex(of: ":") {
            guard let number = UInt16(text[text.index(after: colon)...]) else { return nil }
            port = number
            text = String(text[..<colon])
        }
        self.port = port
        address = IPAddress(text)
        pod = address == nil ? PodName(text) : nil
        if address == nil, pod == nil { return nil }
    }

    /// The address of a family; the first one when it does not matter.
    func address(_ desired: Desired, _ family: IPAddress.Family?) throws(NodeError) -> IPAddress {
        if let address { return address }
        guard let pod else { throw NodeError(.invalid, "an end is missing") }
        let local = desired.endpoints.first { $0.pod == pod }?.addresses ?? []
        let remote = desired.ips.filter { $0.pod == pod && $0.prefix.isHost }.map(\.prefix.address)
        let known = local + remote
        guard !known.isEmpty else {
            throw NodeError(.invalid, "no pod \(pod) is known", hint: "fabctl endpoint list and fabctl ip list show those that are")
        }
        guard let found = known.first(where: { family == nil || $0.family == family }) else {
            throw NodeError(.invalid, "pod \(pod) has no \(family == .ipv4 ? "IPv4" : "IPv6") address")
        }
        return found
    }
}

/// `fabctl policy explain`
struct PolicyExplain: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain", abstract: "Says whether policy lets a flow through, and which rule decides.",
        discussion: """
            Asks the maps that the programs ask. Each end that is a pod of this node has its say; ends elsewhere have theirs on their own nodes.

              fabctl policy explain --from shop/web --to shop/db:5432
              fabctl policy explain --from 2001:db8::1 --to shop/web:80 --protocol TCP
            """)

    enum ProtocolName: String, ExpressibleByArgument, CaseIterable {
        case tcp = "TCP"
        case udp = "UDP"
        case sctp = "SCTP"
        case icmp = "ICMP"
        case icmpv6 = "ICMPv6"

        init?(argument: String) {
            guard let found = Self.allCases.first(where: { $0.rawValue.lowercased() == argument.lowercased() }) else { return nil }
            self = found
        }
    }

    @Option(help: ArgumentHelp("Who opens the flow: NAMESPACE/POD or an address.", valueName: "end")) var from: EndArgument
    @Option(help: ArgumentHelp("To whom: NAMESPACE/POD[:PORT], ADDRESS[:PORT] or [ADDRESS]:PORT.", valueName: "end")) var to: EndArgument
    @Option(name: [.customShort("p"), .long], help: "Protocol: TCP, UDP, SCTP, ICMP or ICMPv6.") var `protocol`: ProtocolName = .tcp
    @Option(help: ArgumentHelp("Type of ICMP message; an echo request when not given.", valueName: "type")) var icmpType: UInt8?
    @OptionGroup var output: OutputOptions
    @OptionGroup var options: NodeOptions

    func validate() throws {
        let isICMP = `protocol` == .icmp || `protocol` == .icmpv6
        if isICMP, to.port != nil { throw ValidationError("\(`protocol`.rawValue) has no ports.") }
        if !isICMP, to.port == nil {
            throw ValidationError("Give the port: --to \(to.pod?.description ?? to.address.map(\.bracketed) ?? "END"):PORT.")
        }
        if !isICMP, icmpType != nil { throw ValidationError("--icmp-type goes with --protocol ICMP or ICMPv6.") }
    }

    func run() throws {
        try reporting { () throws(NodeError) in
            let node = options.node
            let desired = try node.desired()
            var family = from.address?.family ?? to.address?.family
            if `protocol` == .icmp { family = .ipv4 }
            if `protocol` == .icmpv6 { family = .ipv6 }
            let source = try from.address(desired, family)
            let destination = try to.address(desired, family ?? source.family)
            guard source.family == destination.family else {
                throw NodeError(.invalid, "\(source) and \(destination) are not of one family")
            }
            let (proto, port): (UInt8, UInt16) =
                switch `protocol` {
                case .tcp: (6, to.port ?? 0)
                case .udp: (17, to.port ?? 0)
                case .sctp: (132, to.port ?? 0)
                case .icmp: (1, UInt16(icmpType ?? 8) << 8)
                case .icmpv6: (58, UInt16(icmpType ?? 128) << 8)
                }
            let answer = try node.explain(from: source, to: destination, proto: proto, port: port)
            let isAllowed = answer.answers.allSatisfy(\.isAllowed)
            output.write(Self.structured(answer, isAllowed, desired)) {
                let what = `protocol` == .icmp || `protocol` == .icmpv6 ? "" : " \(to.port ?? 0)"
                var text =
                    "\(name(answer.source)) -> \(name(answer.destination)) \(`protocol`.rawValue)\(what): \(isAllowed ? "allowed" : "denied")\n"
                for side in answer.answers { text += "  \(side.direction.name) of \(side.pod): \(side.reason)\n" }
                if answer.answers.isEmpty { text += "  neither end is a pod of this node\n" }
                return text
            }
        }
    }

    private func name(_ end: PolicyEnd) -> String { end.pod?.description ?? (end.isHost ? "this node (\(end.address))" : end.address.description) }

    private static func structured(
        _ answer: (source: PolicyEnd, destination: PolicyEnd, answers: [PolicyAnswer]), _ isAllowed: Bool, _ desired: Desired
    ) -> StructuredValue {
        func end(_ end: PolicyEnd) -> StructuredValue {
            [
                "address": .string(end.address.description), "pod": end.pod.map { .string($0.description) } ?? .null,
                "identity": .init(end.identity), "labels": .init(desired.identities.labels(of: end.identity) ?? []),
            ]
        }
        return [
            "from": end(answer.source), "to": end(answer.destination), "verdict": .string(isAllowed ? "allowed" : "denied"),
            "directions": .array(
                answer.answers.map { side in
                    [
                        "direction": .string(side.direction.name), "pod": .string(side.pod.description),
                        "verdict": .string(side.isAllowed ? "allowed" : "denied"), "default": .bool(side.isDefault),
                        "policies": .array(side.policies.map(structuredKey)), "rule": side.path.map { .string($0) } ?? .null,
                        "number": .init(side.rule), "reason": .string(side.reason),
                    ]
                }),
        ]
    }
}

/// `{"kind", "namespace", "name"}`
func structuredKey(_ key: PolicyKey) -> StructuredValue {
    ["kind": .string(key.kind.rawValue), "namespace": key.namespace.map { .string($0) } ?? .null, "name": .string(key.name)]
}

extension RuleMeaning {
    /// `NetworkPolicy default/web ingress[0]`, or the policies that isolate.
    var text: String {
        switch self {
        case .rule(let key, let path, _): "\(key.kind.rawValue) \(key) \(path)"
        case .isolation(let keys): keys.map { "\($0.kind.rawValue) \($0)" }.joined(separator: ", ")
        }
    }
}

extension PolicyAnswer {
    var policies: [PolicyKey] { meaning?.policies ?? [] }

    /// The rule's path; nil when it is no rule that decides.
    var path: String? {
        if case .rule(_, let path, _) = meaning { return path }
        return nil
    }

    var reason: String {
        if let exemption { return "allowed: \(exemption)" }
        switch meaning {
        case .rule: return "\(isAllowed ? "allowed" : "denied") by \(meaning?.text ?? "")"
        case .isolation: return "denied: isolated by \(meaning?.text ?? ""), and no rule allows it"
        case nil where rule != 0: return "\(isAllowed ? "allowed" : "denied") by rule \(rule), which is forgotten"
        case nil: return isAllowed ? "allowed: no policy says anything" : "denied: its policies are not compiled"
        }
    }
}
