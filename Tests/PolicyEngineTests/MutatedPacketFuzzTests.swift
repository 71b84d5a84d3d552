import FuzzSupport
import Model
import Net
import Policy
import PolicyTest
import Testing

/// Packets of probes, cut, forged, fragmented and wrapped in headers: no pod receives one that the model does not let it have.
@Suite(.enabled(if: isRoot, "needs root: loads programs"))
struct MutatedPacketFuzzTests {
    private static let share = 20_000
    private static let ofACase = 2000

    private static func isFromOwnNode(_ probe: PolicyProbe, _ cluster: TestCluster) throws -> Bool {
        let from = try cluster.end(probe.from, probe.family)
        let to = try cluster.end(probe.to, probe.family)
        return from.pod == nil && from.node != nil && from.node == to.node
    }

    @Test func aDeniedDestinationReceivesNothing() throws {
        try ProgramEngine.with { engine in
            let wanted = Fuzz.cases(share: Self.share)
            var mutator = PacketMutator(seed: 20_261_126), seed: UInt64 = 7_000_000
            var sent = 0, got = 0, deniedSent = 0, wrong: [String] = []
            while sent < wanted, wrong.count < 10 {
                seed &+= 1
                let random = RandomCase(seed: seed, probes: 60)
                let cluster = try TestCluster(random.cluster, policies: [StoredPolicy](specs: random.policies.map { ($0.key, [$0]) }))
                try engine.load(cluster)
                try engine.forgetFlows()
                let model = ModelEngine(cluster)
                // Those that some program sees, and mostly those that are denied.
                var probes: [PolicyProbe] = []
                for probe in random.probes where (try? engine.frame(of: probe)) != nil {
                    // A pod takes anything that its own node sends.
                    if try Self.isFromOwnNode(probe, cluster) { continue }
                    if try !model.verdict(probe).isAllowed || mutator.random.chance(3) { probes.append(probe) }
                }
                guard !probes.isEmpty else { continue }
                let addresses = random.cluster.pods.flatMap(\.addresses) + random.cluster.nodes.flatMap(\.addresses)
                var judge = Judge(model)
                for _ in 0..<min(Self.ofACase, wanted - sent) {
                    let probe = probes[mutator.random.below(probes.count)]
                    if !(try model.verdict(probe).isAllowed) { deniedSent += 1 }
                    let frame = mutator.mutated(try engine.frame(of: probe), addresses: addresses)
                    sent += 1
                    let fate = try engine.fate(of: frame, sentBy: probe)
                    if case .delivered = fate {
                        got += 1
                        let why = try judge.objection(frame, sender: cluster.end(probe.from, probe.family).address)
                        if let why { wrong.append("seed \(seed), \(sent), \(probe): \(why): \(frame)") }
                    }
                    judge.saw(frame, fate)
                }
            }
            #expect(wrong.isEmpty, "\(wrong.joined(separator: "\n"))")
            // It is policy that is tried, and not only the parser.
            #expect(got > sent / 100 && deniedSent > sent / 3, "\(got) of \(sent) delivered, \(deniedSent) of denied probes")
        }
    }
}

/// Says of a frame that was delivered whether it may have been.
private struct Judge {
    private let model: ModelEngine
    /// Flows that their sender's node let go, so that answers to them pass, whatever became of them.
    private var begun: Set<WireFlow> = []
    private var firsts: [WireFlow.Datagram: Set<WireFlow>] = [:]

    init(_ model: ModelEngine) { self.model = model }

    mutating func saw(_ frame: [UInt8], _ fate: FrameFate) {
        switch WireFlow.meaning(frame) {
        case .packet(let flow, let first):
            if let first { firsts[first, default: []].insert(flow) }
            if fate != .dropped { begun.insert(flow) }
        case .error(let itself, _, let first?): firsts[first, default: []].insert(itself)
        case .error, .laterFragment, .nothing: break
        }
    }

    /// - Parameter sender: who the frame is from, whatever it says.
    /// - Returns: nil when all is well.
    func objection(_ frame: [UInt8], sender: IPAddress) throws -> String? {
        switch WireFlow.meaning(frame) {
        case .packet(let flow, _): try objection(flow, sender)
        case .laterFragment(let datagram):
            // What any first one of the datagram may, its rest may.
            try firsts[datagram]?.contains { try objection($0, sender) == nil } ?? false ? nil : "a fragment of nothing that may pass"
        case .error(let itself, let about, _):
            about.map { $0.source == itself.destination && (begun.contains($0) || begun.contains($0.reversed)) } ?? false
                ? nil : "an error about no flow"
        case .nothing: "no packet at all"
        }
    }

    private func objection(_ flow: WireFlow, _ sender: IPAddress) throws -> String? {
        if begun.contains(flow.reversed) { return nil }
        let verdict = try model.verdict(from: flow.source, to: flow.destination, proto: flow.proto, port: flow.port)
        // In another's name, from its node or from the fabric: what he may send is his own node's business.
        let isDenied = verdict.sides.contains { !$0.isAllowed && ($0.direction == .ingress || flow.source == sender) }
        return isDenied ? "\(flow): \(verdict.reason)" : nil
    }
}

/// Damage that means something to whoever parses packets.
struct PacketMutator {
    private var mutator: Mutator
    var random: Seeded {
        get { mutator.random }
        set { mutator.random = newValue }
    }

    init(seed: UInt64) {
        mutator = Mutator(
            seed: seed,
            words: [
                [17, 0, 1, 4, 0, 0, 0, 0], [44, 0, 1, 4, 0, 0, 0, 0], [6, 0, 0, 1, 0, 0, 0, 9], [0x86, 0xdd], [8, 0], [0x81, 0, 0, 1], [59, 0],
                [0, 80], [0, 53], [1, 0xbb],
            ])
    }

    /// - Parameter addresses: of those who are there.
    mutating func mutated(_ original: [UInt8], addresses: [IPAddress]) -> [UInt8] {
        var frame = original
        for _ in 0...random.below(2) { frame = once(frame, addresses) }
        // What is for another station on the link is nobody's.
        frame.replaceSubrange(0..<min(6, frame.count), with: original.prefix(min(6, frame.count)))
        // The kernel tries no program on less than the headers that the link promises.
        let least = frame.count >= 14 && frame[12] == 0x86 && frame[13] == 0xdd ? 54 : 34
        while frame.count < least { frame.append(0) }
        return frame
    }

    private mutating func once(_ frame: [UInt8], _ addresses: [IPAddress]) -> [UInt8] {
        guard frame.count >= 54, frame[12] == 0x86 || frame[12] == 0x08 else { return mutator.damaged(frame, limit: 1400) }
        let isIPv6 = frame[12] == 0x86
        var out = frame
        switch random.below(10) {
        case 0, 1: return mutator.damaged(frame, limit: 1400)
        // What says neither who nor where: class and label, hop limit, lengths, checksums.
        case 2: out[14 + (isIPv6 ? [1, 2, 3, 4, 5, 7] : [1, 2, 3, 4, 5, 8, 10, 11])[random.below(6)]] = UInt8(truncatingIfNeeded: random.next())
        case 3: return isIPv6 ? extended(frame) : optioned(frame)
        case 4, 5: return fragment(frame, isIPv6)
        case 6: out.removeLast(random.below(out.count - 33))
        case 7: spoof(&out, isIPv6, addresses)
        case 8: return wrapped(frame, isIPv6)
        // The transport's own header: ports, flags, type.
        default:
            let start = isIPv6 ? 54 : 34
            guard out.count > start else { break }
            out[start + random.below(min(14, out.count - start))] =
                random.chance(2) ? [0, 1, 2, 4, 0x12, 0x35, 0x50, 0x80][random.below(8)] : UInt8(truncatingIfNeeded: random.next())
        }
        return out
    }

    private static func big(_ value: Int) -> [UInt8] { [UInt8(truncatingIfNeeded: value >> 8), UInt8(truncatingIfNeeded: value)] }

    /// Extension headers before what there is: one to nine of them, some that lie.
    private mutating func extended(_ frame: [UInt8]) -> [UInt8] {
        var next = frame[20], headers: [UInt8] = []
        for _ in 0..<(random.chance(8) ? 9 : 1 + random.below(3)) {
            let kind: UInt8 = [0, 43, 51, 60, 44, 135][random.below(random.chance(4) ? 6 : 4)]
            var header: [UInt8] = [
                next, kind == 51 ? 1 : 0, kind == 43 ? 4 : 1, kind == 43 ? UInt8(random.below(2)) : kind == 44 ? 0 : 4, 0, 0, 0, 0,
            ]
            if kind == 51 { header += [0, 0, 0, 1] }
            if kind == 44 { header[2] = 0 }
            if random.chance(10) { header[1] = UInt8(random.below(4)) }
            headers = header + headers
            next = kind
        }
        var out = Array(frame[..<54]) + headers + frame[54...]
        out[20] = next
        out.replaceSubrange(18..<20, with: Self.big(out.count - 54))
        return out
    }

    private mutating func optioned(_ frame: [UInt8]) -> [UInt8] {
        let options: [UInt8] = [[0x94, 4, 0, 0], [0x83, 7, 4, 10, 244, 1, 1, 0], [1, 1, 1, 0]][random.below(3)]
        var out = Array(frame[..<34]) + options + frame[34...]
        out[14] = 0x45 + UInt8(options.count / 4)
        out.replaceSubrange(16..<18, with: Self.big(out.count - 14))
        return out
    }

    /// A first, later, lone or overlapping one, of few datagrams so that they meet.
    private mutating func fragment(_ frame: [UInt8], _ isIPv6: Bool) -> [UInt8] {
        let number = UInt8(random.below(3))
        let offset = [0, 0, 1, 2, 3, 185][random.below(6)], more = random.chance(2) ? 1 : 0
        if isIPv6 {
            var out = Array(frame[..<54]) + [frame[20], 0] + Self.big(offset << 3 | more) + [0, 0, 0, number] + frame[54...]
            out[20] = 44
            if random.chance(4) { out.removeLast(min(out.count - 62, random.below(20))) }
            out.replaceSubrange(18..<20, with: Self.big(out.count - 54))
            return out
        }
        var out = frame
        out.replaceSubrange(18..<22, with: [0, number] + Self.big(offset | more << 13))
        return out
    }

    private mutating func spoof(_ frame: inout [UInt8], _ isIPv6: Bool, _ addresses: [IPAddress]) {
        let fitting = addresses.filter { $0.isIPv4 != isIPv6 }
        guard !fitting.isEmpty else { return }
        let bytes = fitting[random.below(fitting.count)].wireBytes
        let place = (isIPv6 ? 22 : 26) + (random.chance(2) ? 0 : bytes.count)
        frame.replaceSubrange(place..<(place + bytes.count), with: bytes)
    }

    /// An error about it, as if from its receiver; or a tunnel around it.
    private mutating func wrapped(_ frame: [UInt8], _ isIPv6: Bool) -> [UInt8] {
        let inside = Array(frame[14...])
        if isIPv6 {
            let isError = random.chance(2)
            let body = isError ? [UInt8(1 + random.below(4)), 0, 0, 0, 0, 0, 5, 0] + inside : inside
            var out = Array(frame[..<54]) + body
            out[20] = isError ? 58 : 41
            out.replaceSubrange(18..<20, with: Self.big(body.count))
            return out
        }
        let isError = random.chance(2)
        let body = isError ? [[3, 11, 12, 5][random.below(4)], 0, 0, 0, 0, 0, 5, 0] + inside : inside
        var out = Array(frame[..<34]) + body
        out[23] = isError ? 1 : 4
        out.replaceSubrange(16..<18, with: Self.big(20 + body.count))
        return out
    }
}
