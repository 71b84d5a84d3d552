import Net
import Node
import Path
import YAML

/// What `fabctl path` says.
struct PathReport {
    let map: PathMap
    let search: PathSearch
    /// By flow; empty when no datapath was asked.
    let choices: [RouteView.Hop?]
    let expectation: String?
    let difference: String?

    /// As `leaf1 fe80::1%eth0`; of several flows, all that were chosen.
    private func choice(_ flows: [Int]) -> String {
        let texts = flows.compactMap { choices.indices.contains($0) ? choices[$0]?.text : nil }
        return Set(texts).sorted().joined(separator: ", ")
    }

    private static func milliseconds(_ time: UInt64) -> String { decimal(Double(time) / 1e6, 3) }

    private static func decimal(_ value: Double, _ digits: Int) -> String {
        var scale = 1
        for _ in 0..<digits { scale *= 10 }
        let number = Int((value * Double(scale)).rounded())
        let fraction = String(number % scale)
        return "\(number / scale)." + String(repeating: "0", count: digits - fraction.count) + fraction
    }

    private func ending(_ end: FlowTrace.End) -> String { Self.ending(end, isIPv4: search.destination.isIPv4) }

    static func ending(_ end: FlowTrace.End, isIPv4: Bool) -> String {
        switch end {
        case .reached: "reached"
        case .silent: "no answer"
        case .loop: "loop"
        case .unreachable(let code): reason(code, isIPv4: isIPv4)
        }
    }

    /// Codes of Destination Unreachable (RFC 4443 section 3.1, RFC 792, RFC 1812 section 5.2.7.1).
    private static func reason(_ code: UInt8, isIPv4: Bool) -> String {
        switch (isIPv4, code) {
        case (false, 0), (true, 0): "no route"
        case (false, 1), (true, 9), (true, 10), (true, 13): "prohibited"
        case (false, 3), (true, 1): "no such host"
        case (false, 4), (true, 3): "port unreachable"
        case (false, 5): "source refused"
        case (false, 6): "rejected"
        default: "unreachable (code \(code))"
        }
    }

    // MARK: - For people

    var text: String {
        let first = map.traces.first?.flow
        var what = search.transport.rawValue.uppercased()
        if search.transport != .icmp { what += " port \(search.port)" }
        let count = map.ways.count
        var text =
            "\(map.source) (\(first?.source.description ?? "?")) -> \(map.destination) (\(search.destination)), \(what), "
            + "\(map.traces.count) flows, \(count) \(count == 1 ? "path" : "paths")" + (map.mtu.map { ", MTU \($0)" } ?? "") + "\n\n"
        var hops = TextTable(["HOP", "NAME", "ADDRESS", "FLOWS", "LOSS", "RTT", "MTU"])
        for hop in map.hops {
            hops.add([
                "\(hop.number)", hop.name, hop.addresses.map(\.description).joined(separator: ","), "\(hop.flows)",
                "\(Int((hop.loss * 100).rounded()))%",
                hop.times.isEmpty ? "" : Self.milliseconds(hop.times.reduce(0, +) / UInt64(hop.times.count)) + "ms", hop.mtu.map(String.init) ?? "",
            ])
        }
        var ways = TextTable(["PATH", "FLOWS", "VIA", "END", "HOPS"])
        for (index, way) in map.ways.enumerated() {
            ways.add(["\(index + 1)", "\(way.flows.count)", choice(way.flows), ending(way.end), way.hops.joined(separator: " ")])
        }
        text += hops.text + "\n" + ways.text
        for item in map.bottlenecks {
            let link = item.next.map { "\(item.hop) -> \($0)" } ?? "behind \(item.hop)"
            let limit = item.mtu.map { "MTU \($0)" } ?? "MTU not known"
            text +=
                "\n"
                + (item.isSaid
                    ? "\(item.hop) sends packets of \(item.size) bytes back: link \(link) has \(limit) (\(item.flows) flows)\n"
                    : "packets of \(item.size) bytes vanish behind \(item.hop), and nobody says so: link \(link) (\(item.flows) flows)\n")
        }
        for (index, trace) in map.traces.enumerated() { text += disagreement(index, trace) ?? "" }
        return text
    }

    /// Where the first switch is not the one that the route map chose.
    private func disagreement(_ index: Int, _ trace: FlowTrace) -> String? {
        guard let chosen = choices.indices.contains(index) ? choices[index]?.name : nil,
            let way = map.ways.first(where: { $0.flows.contains(index) }), way.hops.count > 1, way.hops[1] != "*", way.hops[1] != chosen
        else { return nil }
        return "\nflow \(trace.flow.sourcePort): the route map says \(chosen), and it went by \(way.hops[1])\n"
    }

    // MARK: - For programs

    var structured: StructuredValue {
        var value: StructuredValue = [
            "source": ["name": .string(map.source), "address": .init(map.traces.first?.flow.source.description)],
            "destination": ["name": .string(map.destination), "address": .string(search.destination.description)],
            "protocol": .string(search.transport.rawValue), "port": search.transport == .icmp ? .null : .init(Int(search.port)),
            "reached": .bool(map.isReached), "mtu": .init(map.mtu),
        ]
        value["hops"] = .array(
            map.hops.map { hop in
                [
                    "hop": .init(hop.number), "name": .string(hop.name), "addresses": .array(hop.addresses.map { .string($0.description) }),
                    "flows": .init(hop.flows), "sent": .init(hop.sent), "answered": .init(hop.answered), "loss": .init(hop.loss),
                    "rtt": rtt(hop.times), "mtu": .init(hop.mtu),
                ]
            })
        value["paths"] = .array(
            map.ways.map { way in
                [
                    "hops": .array(way.hops.map { .string($0) }), "flows": .init(way.flows.count),
                    "sourcePorts": .array(way.flows.map { .init(Int(map.traces[$0].flow.sourcePort)) }), "end": .string(ending(way.end)),
                    "mtu": .init(way.mtu),
                ]
            })
        value["flows"] = .array(map.traces.indices.map(structured))
        value["bottlenecks"] = .array(
            map.bottlenecks.map { item in
                [
                    "hop": .string(item.hop), "next": .init(item.next), "size": .init(item.size), "mtu": .init(item.mtu), "said": .bool(item.isSaid),
                    "flows": .init(item.flows),
                ]
            })
        if let expectation { value["expected"] = .string(expectation) }
        if expectation != nil { value["difference"] = .init(difference) }
        return value
    }

    private func structured(_ index: Int) -> StructuredValue {
        let trace = map.traces[index]
        let hop = choices.indices.contains(index) ? choices[index] : nil
        return [
            "sourcePort": .init(Int(trace.flow.sourcePort)), "flowLabel": .init(Int(trace.flow.label)),
            "nexthop": hop.map { fabctl.structured($0) } ?? .null,
            "hops": .array((map.ways.first { $0.flows.contains(index) }?.hops ?? []).map { .string($0) }),
            "end": .string(ending(trace.end)), "mtu": .init(trace.mtu),
        ]
    }

    /// In milliseconds.
    private func rtt(_ times: [UInt64]) -> StructuredValue {
        guard let least = times.min(), let most = times.max() else { return .null }
        return [
            "min": .double(Double(least) / 1e6), "avg": .double(Double(times.reduce(0, +)) / Double(times.count) / 1e6),
            "max": .double(Double(most) / 1e6),
        ]
    }

    /// For Graphviz: the hops, and how many flows each step has.
    var dot: String {
        var steps: [[String]: Int] = [:]
        for way in map.ways {
            let names =
                [map.source] + way.hops.enumerated().map { $1 == "*" ? "* (hop \($0 + 1))" : $1 } + (way.end == .reached ? [map.destination] : [])
            for (from, to) in zip(names, names.dropFirst()) { steps[[from, to], default: 0] += way.flows.count }
        }
        func quoted(_ text: String) -> String { StructuredValue.quoted(text) }
        var text = "digraph path {\n  rankdir=LR;\n"
        for (step, flows) in steps.sorted(by: { $0.key.joined(separator: "\n") < $1.key.joined(separator: "\n") }) {
            text += "  \(quoted(step[0])) -> \(quoted(step[1])) [label=\"\(flows)\"];\n"
        }
        return text + "}\n"
    }
}
