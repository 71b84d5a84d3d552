import BPF
import Net

/// One figure: a program and packets that all take the same way through it.
struct BenchmarkCase {
    /// What happens to the packets, which is checked: a figure of another path is no figure.
    enum Path {
        /// The empty program: nothing.
        case nothing
        /// Found in the established table, one hop less, redirected. As on a busy flow, nearly all packets find the entry seen in the
        /// present tick of the clock; the first in a tick asks the clock besides, which takes some 13 ns more.
        case established
        /// Each opens a flow: judged, entered, reported, redirected. One packet a call, since each needs ports of its own, so the call's two
        /// readings of the clock and caches that a system call has used are part of the figure: it is held against the empty program run as
        /// singly. Entries are never freed: once the half-open table has been filled, each evicts another, as in a flood.
        case newFlow
        /// About a packet of an established flow: reported and redirected.
        case icmpError
        /// Dropped by policy. With `first`, each is the first of its flow, with ports of its own: judged, remembered and reported; otherwise of a
        /// flow that was refused before, and only counted but for one in an interval.
        case denied(first: Bool)
        /// Dropped for their source address. Reported: each is written to the history; otherwise they are only counted, as in a flood.
        case spoofed(reported: Bool)
    }

    let name: String
    let path: Path
    let program: BenchmarkNode.Program
    let device: String
    /// Runs take them in turn.
    let packets: [BenchmarkPacket]
    /// Goes through the program before each round: a first fragment.
    var before: BenchmarkPacket?
    /// Runs in one call to the kernel.
    let repeats: Int
    /// Calls in one round.
    let calls: Int
    /// Name of the case that it is held against.
    let against: String

    static let empty = "packet.empty"
    static let emptySingle = "packet.empty.single"

    /// The kernel does not put the packet back between the runs of one call, so each run sees a hop limit one less. From 255 it lasts for 254
    /// runs on the fast path; with hop limit 1 a packet is the kernel's.
    static let repeats = 250
    static let calls = 200
    /// Flows that the cold cases cycle over: their entries are 1.3 MB, more than a core's own caches.
    static let flows = 7000

    init(
        _ name: String, _ path: Path, _ program: BenchmarkNode.Program, on device: String, _ packets: [BenchmarkPacket],
        before: BenchmarkPacket? = nil, repeats: Int = Self.repeats, calls: Int = Self.calls, against: String? = nil
    ) {
        (self.name, self.path, self.program, self.device, self.packets) = (name, path, program, device, packets)
        (self.before, self.repeats, self.calls) = (before, repeats, calls)
        self.against = against ?? (repeats == 1 ? Self.emptySingle : Self.empty)
    }

    /// All cases of the section `packet`, after the handshakes that they need have gone through the programs.
    static func all(on node: borrowing BenchmarkNode) throws -> [BenchmarkCase] {
        var cases: [BenchmarkCase] = []
        for family in 0..<2 {
            let suffix = family == 0 ? "" : ".ipv4"
            let a = try BenchmarkNode.end(BenchmarkNode.podA[family], 40000), b = try BenchmarkNode.end(BenchmarkNode.podB[family], 80)
            let remote = try BenchmarkNode.end(BenchmarkNode.remote[family], 443), other = try BenchmarkNode.end(BenchmarkNode.podB[family], 40000)
            let shut = try BenchmarkNode.end(BenchmarkNode.podC[family], 80)
            if family == 0 {
                cases.append(BenchmarkCase(empty, .nothing, .empty, on: "p1", [BenchmarkPacket(a, b)]))
                cases.append(BenchmarkCase(emptySingle, .nothing, .empty, on: "p1", [BenchmarkPacket(a, b)], repeats: 1))
            }
            for (name, client, clientHook, server, serverHook) in [
                ("pod_to_pod", a, BenchmarkNode.podHook(1), b, BenchmarkNode.podHook(2)),
                ("pod_to_fabric", a, BenchmarkNode.podHook(1), remote, BenchmarkNode.uplinkHook),
                ("fabric_to_pod", remote, BenchmarkNode.uplinkHook, b, BenchmarkNode.podHook(2)),
            ] {
                let name = "packet.established.\(name)"
                try node.connect(client, clientHook, server, serverHook)
                // Their order is not that of their making, or memory would come in the order that processors foresee.
                let clients = (0..<flows).map { BenchmarkPacket.End(address: client.address, port: UInt16(1024 + $0 * 2477 % flows)) }
                for client in clients { try node.connect(client, clientHook, server, serverHook) }
                for (reply, hook, one, many) in [
                    ("", clientHook, BenchmarkPacket(client, server), clients.map { BenchmarkPacket($0, server) }),
                    (".reply", serverHook, BenchmarkPacket(server, client), clients.map { BenchmarkPacket(server, $0) }),
                ] {
                    cases.append(BenchmarkCase(name + reply + suffix, .established, hook.program, on: hook.device, [one]))
                    cases.append(BenchmarkCase(name + reply + ".single" + suffix, .established, hook.program, on: hook.device, [one], repeats: 1))
                    cases.append(
                        BenchmarkCase(
                            name + reply + ".cold" + suffix, .established, hook.program, on: hook.device, many, repeats: 1, calls: flows / 2))
                }
            }
            cases += [
                BenchmarkCase(
                    "packet.new_flow" + suffix, .newFlow, .fromPod, on: "p1", [BenchmarkPacket(a, b, flags: BenchmarkPacket.syn)], repeats: 1),
                BenchmarkCase(
                    "packet.new_flow.pod_to_fabric" + suffix, .newFlow, .fromPod, on: "p1",
                    [BenchmarkPacket(a, remote, flags: BenchmarkPacket.syn)], repeats: 1),
                BenchmarkCase(
                    "packet.new_flow.fabric_to_pod" + suffix, .newFlow, .fromUplink, on: "u1",
                    [BenchmarkPacket(remote, b, flags: BenchmarkPacket.syn)], repeats: 1),
                BenchmarkCase(
                    "packet.denied" + suffix, .denied(first: true), .fromPod, on: "p1", [BenchmarkPacket(a, shut, flags: BenchmarkPacket.syn)],
                    repeats: 1),
                BenchmarkCase("packet.denied.again" + suffix, .denied(first: false), .fromPod, on: "p1", [BenchmarkPacket(a, shut)]),
                BenchmarkCase("packet.spoofed" + suffix, .spoofed(reported: true), .fromPod, on: "p1", [BenchmarkPacket(other, remote)]),
                BenchmarkCase("packet.spoofed.flood" + suffix, .spoofed(reported: false), .fromPod, on: "p1", [BenchmarkPacket(other, remote)]),
                BenchmarkCase(
                    "packet.fragment" + suffix, .established, .fromPod, on: "p1", [BenchmarkPacket(a, b, form: .fragment(first: false))],
                    before: BenchmarkPacket(a, b, form: .fragment(first: true))),
                BenchmarkCase(
                    "packet.icmp_error" + suffix, .icmpError, .fromUplink, on: "u1",
                    [BenchmarkPacket(try BenchmarkNode.end(BenchmarkNode.router[family], 0), a, form: .tooBig(sentTo: remote))]),
            ]
        }
        return cases
    }
}

/// `TC_ACT_*` (linux/pkt_cls.h), as programs return them.
enum TrafficControl {
    static let ok: UInt32 = 0
    static let shot: UInt32 = 2
    static let redirect: UInt32 = 7
}
