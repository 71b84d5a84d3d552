import BPF
import CFabricABI
import Datapath
import FuzzSupport
import Net
import TestSupport
import Testing

private let ok: UInt32 = 0
private let shot: UInt32 = 2
private let redirect: UInt32 = 7

/// Damaged packets through each program: it neither fails nor lets anything by that was not judged, and its tables stay sound.
@Suite("fuzzed programs", .serialized, .enabled(if: isRoot, "needs root: loads eBPF programs"))
struct ProgramFuzzTests {
    private static let share = 60_000
    /// Packets between two looks at the tables.
    private static let batch = 20_000

    /// Packets of all kinds between the pods, the fabric and the node, in both directions.
    private static func seeds(_ bench: borrowing Bench) -> [[UInt8]] {
        var packets: [Packet] = []
        let ends = [(Bench.podA, Bench.podA4), (Bench.podB, Bench.podB4), (Bench.remote, Bench.remote4), (Bench.node, "172.16.0.1")]
        for (a, a4) in ends {
            for (b, b4) in ends where a != b {
                for (from, to) in [(a, b), (a4, b4)] {
                    for flags: UInt8 in [0x02, 0x12, 0x10, 0x11, 0x04] { packets.append(.tcp(from, 1000, to, 80, flags: flags, data: 4)) }
                    for flags: UInt8 in [0x12, 0x10] { packets.append(.tcp(from, 80, to, 1000, flags: flags)) }
                    packets += [.udp(from, 1000, to, 53), .udp(from, 53, to, 1000)]
                    let is4 = !from.contains(":")
                    packets += [.icmp(from, to, type: is4 ? 8 : 128), .icmp(from, to, type: is4 ? 0 : 129)]
                    let inner = Packet.udp(to, 1000, from, 53).datagram
                    packets.append(.icmp(from, to, type: is4 ? 3 : 2, code: is4 ? 4 : 0, rest: [0, 0, 5, 0] + inner))
                    packets.append(.icmp(from, to, type: is4 ? 11 : 3, rest: [0, 0, 0, 0] + inner))
                }
                var packet = Packet.udp(a, 1000, b, 53, data: 40)
                for header: (UInt8, [UInt8]) in [
                    (44, [17, 0, 0, 1, 0, 0, 0, 9]), (44, [17, 0, 0, 64, 0, 0, 0, 9]), (0, [17, 0, 1, 4, 0, 0, 0, 0]),
                    (60, [17, 0, 1, 4, 0, 0, 0, 0]),
                    (43, [17, 0, 3, 0, 0, 0, 0, 0]), (51, [17, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1]),
                    (60, [44, 0, 1, 4, 0, 0, 0, 0, 17, 0, 0, 1, 0, 0, 0, 8]),
                ] {
                    packet.extensions = header
                    packets.append(packet)
                }
            }
        }
        for name in ["a", "b"] {
            let own = bench.linkLocal(name), address = name == "a" ? Bench.podA : Bench.podB
            for (type, target): (UInt8, String) in [(135, "fe80::1"), (136, own), (133, "::"), (143, "ff02::16")] {
                var packet = Packet.icmp(own, "ff02::2", type: type, rest: [0, 0, 0, 0] + Packet.address(target).bytes + [1, 1, 2, 0, 0, 0, 0, 9])
                packet.hopLimit = 255
                packets.append(packet)
            }
            packets += [.udp(own, 1, "fe80::1", 53), .icmp(own, "fe80::1", type: 128), .udp(address, 1, "fd00:e0::1", 53)]
        }
        var bytes = packets.map(\.bytes)
        let arp: [UInt8] = [0, 1, 8, 0, 6, 4, 0, 1, 2, 0, 0, 0, 0, 2, 10, 244, 1, 10, 0, 0, 0, 0, 0, 0, 169, 254, 1, 1]
        bytes.append([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0, 2, 8, 6] + arp)
        bytes.append([2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 0x81, 0, 0, 7, 0x86, 0xdd] + Packet.udp(Bench.podA, 1, Bench.podB, 2).datagram)
        return bytes
    }

    private static let words: [[UInt8]] = [
        Packet.address(Bench.podA).bytes, Packet.address(Bench.podB).bytes, Packet.address(Bench.remote).bytes, Packet.address("::1").bytes,
        Packet.address("fe80::1").bytes, Packet.address("ff02::1").bytes, [UInt8](repeating: 0, count: 10) + [0xff, 0xff, 10, 244, 1, 11],
        [10, 244, 1, 10],
        [10, 244, 1, 11], [17, 0, 1, 4, 0, 0, 0, 0], [44, 0, 1, 4, 0, 0, 0, 0], [17, 0, 0, 1, 0, 0, 0, 9], [0x86, 0xdd], [8, 0], [0x81, 0, 0, 1],
        [59, 0],
    ]

    /// A packet that the kernel itself would forward if it got it: whole headers, of a family that is routed.
    private static func isRoutable(_ packet: [UInt8]) -> Bool {
        guard packet.count >= 34 else { return false }
        return packet[12] == 0x86 && packet[13] == 0xdd ? packet.count >= 54 : packet[12] == 8 && packet[13] == 0
    }

    private static func least(_ packet: [UInt8]) -> Int {
        packet.count < 14 ? 15 : packet[12] == 0x86 && packet[13] == 0xdd ? 54 : packet[12] == 8 && packet[13] == 0 ? 34 : 15
    }

    private static func source(_ packet: [UInt8]) -> [UInt8] { packet[12] == 8 ? mapped(packet[26..<30]) : Array(packet[22..<38]) }
    private static func destination(_ packet: [UInt8]) -> [UInt8] { packet[12] == 8 ? mapped(packet[30..<34]) : Array(packet[38..<54]) }
    private static func mapped(_ address: ArraySlice<UInt8>) -> [UInt8] { [UInt8](repeating: 0, count: 10) + [0xff, 0xff] + address }

    @Test(arguments: [ProgramName.from_pod, .from_uplink, .to_pod, .to_uplink]) func nothingUnjudged(_ program: ProgramName) async throws {
        try await withNetworkNamespace { _ in
            let bench = try Bench.make()
            let target = try bench.object.program(named: program.rawValue)
            let fence = try bench.object.program(named: ProgramName.to_uplink.rawValue)
            let seeds = Self.seeds(bench), invariants = try FlowInvariants(bench)
            let pods = invariants.owners
            let isPodSide = program == .from_pod || program == .to_pod
            let device = bench.ifindex(isPodSide ? "p1" : "u1"), other = bench.ifindex("p2")
            let mac = try #require(bench.macs[isPodSide ? "p1" : "u1"])
            var mutator = Mutator(seed: UInt64(program.rawValue.utf8.reduce(0) { $0 &* 31 &+ Int($1) }), words: Self.words)
            var forwarded = 0, refused = 0
            for number in 0..<Fuzz.cases(share: Self.share) {
                var packet =
                    mutator.random.chance(8)
                    ? seeds[mutator.random.below(seeds.count)] : mutator.damaged(seeds[mutator.random.below(seeds.count)], limit: 1400)
                // The kernel tries no program on less than a link header and the network header that it promises.
                while packet.count < Self.least(packet) { packet.append(0) }
                if !mutator.random.chance(16) { packet.replaceSubrange(0..<6, with: mac) }
                var context = PacketContext(ifindex: device)
                // Forwarded by the kernel, or the node's own.
                if !mutator.random.chance(2), program == .to_pod || program == .to_uplink {
                    context.ingressIfindex = mutator.random.chance(2) ? other : bench.ifindex("u1")
                }
                let result = try target.testRun(packet: packet, context: context)
                switch result.code {
                case redirect:
                    forwarded += 1
                    // From a pod: in its own name. From the fabric: to a pod, and not in a pod's name.
                    let sender = pods[Self.source(packet)], receiver = pods[Self.destination(packet)]
                    if program == .from_pod { #expect(sender == 1, "\(number): sent by another: \(packet)") }
                    if program == .from_uplink { #expect(receiver != nil && sender == nil, "\(number): passed on from the fabric: \(packet)") }
                    #expect(program == .from_pod || program == .from_uplink, "\(number): \(program) redirected")
                case ok:
                    // The kernel's, marked or not: without the mark nothing of a pod's may get out.
                    guard program == .from_pod, Self.isRoutable(packet) else { break }
                    let out = try fence.testRun(packet: packet, context: PacketContext(ifindex: bench.ifindex("u1"), ingressIfindex: device))
                    #expect(out.code == shot, "\(number): leaves without a verdict: \(packet)")
                case shot: refused += 1
                default: Issue.record("\(number): \(program) returned \(result.code) for \(packet)")
                }
                if number % Self.batch == Self.batch - 1, let what = try invariants.broken(bench) { Issue.record("\(number): \(what)") }
            }
            if let what = try invariants.broken(bench) { Issue.record("\(what)") }
            // It is packets that are being tried, and not only refusals.
            if program == .from_pod || program == .from_uplink { #expect(forwarded > 0) }
            #expect(refused > 0)
        }
    }

    /// Fragments, extension headers, forged errors and rubbish: a pod that policy shuts off receives none of it, from a pod or from the fabric.
    @Test(arguments: [ProgramName.from_pod, .from_uplink]) func aPodThatPolicyShutsOffReceivesNothing(_ program: ProgramName) async throws {
        try await withNetworkNamespace { _ in
            let bench = try Bench.make()
            try bench.setPolicyOfB(revision: 100, ingress: FABRIC_POLICY_DENY, egress: FABRIC_POLICY_DENY)
            let target = try bench.object.program(named: program.rawValue)
            let name = program == .from_pod ? "p1" : "u1"
            let device = bench.ifindex(name), mac = try #require(bench.macs[name])
            let shut = [Packet.address(Bench.podB).bytes, Packet.address(Bench.podB4).bytes]
            // Only what is for that pod in the first place.
            let seeds = Self.seeds(bench).filter { $0.count >= 54 && shut.contains(Self.destination($0)) }
            var mutator = Mutator(seed: 20_261_126, words: Self.words)
            var refused = 0
            for number in 0..<Fuzz.cases(share: Self.share / 2) {
                let seed = seeds[mutator.random.below(seeds.count)]
                var packet = mutator.random.chance(8) ? seed : mutator.damaged(seed, limit: 1400)
                while packet.count < Self.least(packet) { packet.append(0) }
                packet.replaceSubrange(0..<6, with: mac)
                let result = try target.testRun(packet: packet, context: PacketContext(ifindex: device))
                if result.code == redirect, shut.contains(Self.destination(packet)) { Issue.record("\(number): passed: \(packet)") }
                if result.code == shot { refused += 1 }
            }
            #expect(refused > 0)
        }
    }
}
