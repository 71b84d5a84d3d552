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
        /// Dropped for their source address. Reported: each is written to the history; otherwise they are only counted, as in a flood.
        case spoofed(reported: Bool)
    }

    let name: String
    let path: Path
    let program: BenchmarkNode.Program
    let device: String
    let packet: BenchmarkPacket
    /// Runs in one call to the kernel.
    let repeats: Int
    /// Name of the case of the empty program that it is held against.
    var against: String { repeats == 1 ? Self.emptySingle : Self.empty }

    static let empty = "packet.empty"
    static let emptySingle = "packet.empty.single"

    /// The kernel does not put the packet back between the runs of one call, so each run sees a hop limit one less. From 255 it lasts for 254
    /// runs on the fast path; with hop limit 1 a packet is the kernel's.
    static let repeats = 250

    /// All cases, after the handshakes that they need have gone through the programs.
    static func all(on node: borrowing BenchmarkNode) throws -> [BenchmarkCase] {
        var cases: [BenchmarkCase] = []
        for family in 0..<2 {
            let suffix = family == 0 ? "" : ".ipv4"
            func end(_ addresses: [String], _ port: UInt16) throws -> BenchmarkPacket.End {
                guard let address = IPAddress(addresses[family]) else { throw BenchmarkError("\(addresses[family]) is no address") }
                return BenchmarkPacket.End(address: address, port: port)
            }
            let a = try end(BenchmarkNode.podA, 40000), b = try end(BenchmarkNode.podB, 80), remote = try end(BenchmarkNode.remote, 443)

            func measure(
                _ name: String, _ path: Path, _ program: BenchmarkNode.Program, on device: String, _ packet: BenchmarkPacket,
                repeats: Int = Self.repeats
            ) {
                cases.append(BenchmarkCase(name: name + suffix, path: path, program: program, device: device, packet: packet, repeats: repeats))
            }
            /// A connection opened by its handshake, and both of its directions.
            func connection(
                _ name: String, _ client: BenchmarkPacket.End, _ clientHook: (BenchmarkNode.Program, String), _ server: BenchmarkPacket.End,
                _ serverHook: (BenchmarkNode.Program, String)
            ) throws {
                for (hook, from, to, flags) in [
                    (clientHook, client, server, BenchmarkPacket.syn), (serverHook, server, client, BenchmarkPacket.synAck),
                    (clientHook, client, server, BenchmarkPacket.ack),
                ] {
                    let result = try node.run(hook.0, BenchmarkPacket(from, to, flags: flags, hopLimit: 64), on: hook.1, repeat: 1)
                    guard result.code == TrafficControl.redirect else { throw BenchmarkError("\(name): its handshake was not forwarded") }
                }
                measure(name, .established, clientHook.0, on: clientHook.1, BenchmarkPacket(client, server, flags: BenchmarkPacket.ack))
                measure(name + ".reply", .established, serverHook.0, on: serverHook.1, BenchmarkPacket(server, client, flags: BenchmarkPacket.ack))
            }

            if family == 0 {
                let packet = BenchmarkPacket(a, b, flags: BenchmarkPacket.ack)
                measure(empty, .nothing, .empty, on: "p1", packet)
                measure(emptySingle, .nothing, .empty, on: "p1", packet, repeats: 1)
            }
            try connection("packet.established.pod_to_pod", a, (.fromPod, "p1"), b, (.fromPod, "p2"))
            try connection("packet.established.pod_to_fabric", a, (.fromPod, "p1"), remote, (.fromUplink, "u1"))
            try connection("packet.established.fabric_to_pod", remote, (.fromUplink, "u1"), b, (.fromPod, "p2"))

            measure("packet.new_flow", .newFlow, .fromPod, on: "p1", BenchmarkPacket(a, b, flags: BenchmarkPacket.syn), repeats: 1)
            measure(
                "packet.new_flow.pod_to_fabric", .newFlow, .fromPod, on: "p1", BenchmarkPacket(a, remote, flags: BenchmarkPacket.syn), repeats: 1)

            let spoofed = BenchmarkPacket(try end(BenchmarkNode.podB, 40000), remote, flags: BenchmarkPacket.ack)
            measure("packet.spoofed", .spoofed(reported: true), .fromPod, on: "p1", spoofed)
            measure("packet.spoofed.flood", .spoofed(reported: false), .fromPod, on: "p1", spoofed)
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
