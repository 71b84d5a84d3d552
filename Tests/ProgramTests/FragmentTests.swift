import BPF
import CFabricABI
import Datapath
import Net
import TestSupport
import Testing

private let shot: UInt32 = 2
private let redirect: UInt32 = 7

/// Datagrams in pieces.
@Suite(.enabled(if: isRoot, "needs root: loads eBPF programs"))
struct FragmentTests {
    /// A piece of the datagram `whole`: bytes of what can be fragmented, by offset.
    private static func piece(_ whole: Packet, _ body: [UInt8], next: UInt8 = 17, offset: Int, more: Bool) -> Packet {
        var packet = whole
        packet.extensions = (44, [next, 0, UInt8(offset >> 8), UInt8(offset & 0xf8) | (more ? 1 : 0), 0, 0, 0, 7])
        packet.payload = body
        return packet
    }

    private static let whole = Packet.udp(Bench.podA, 1000, Bench.remote, 2000, data: 120)

    @Test func laterFragmentsBelongToTheFlowOfTheFirst() async throws {
        try await withNetworkNamespace { _ in
            let bench = try Bench.make()
            let first = Self.piece(Self.whole, Array(Self.whole.payload[..<64]), offset: 0, more: true)
            let last = Self.piece(Self.whole, Array(Self.whole.payload[64...]), offset: 64, more: false)
            #expect(try bench.run(.from_pod, last, on: "p1").code == shot)
            #expect(try bench.run(.from_pod, first, on: "p1").code == redirect)
            #expect(try bench.run(.from_pod, last, on: "p1").code == redirect)
            #expect(try bench.entries(.halfopen).count == 1)
            #expect(try bench.counted(FABRIC_DROP_FIRST_FRAGMENT_NOT_FOUND) == 1)
        }
    }

    @Test func nobodyElseSaysWhatAPodsFragmentsBelongTo() async throws {
        try await withNetworkNamespace { _ in
            let bench = try Bench.make()
            let first = Self.piece(Self.whole, Array(Self.whole.payload[..<64]), offset: 0, more: true)
            let last = Self.piece(Self.whole, Array(Self.whole.payload[64...]), offset: 64, more: false)
            let forged = Self.piece(Self.whole, [0, 9, 0, 9] + [UInt8](repeating: 0, count: 60), offset: 0, more: true)
            #expect(try bench.run(.from_pod, first, on: "p1").code == redirect)
            // Dropped for its source, but it has been parsed.
            #expect(try bench.run(.from_pod, forged, on: "p2").code == shot)
            _ = try bench.run(.from_uplink, forged, on: "u1")
            #expect(try bench.run(.from_pod, last, on: "p1").code == redirect)
            #expect(try bench.entries(.halfopen).count == 1)
        }
    }

    @Test func headersBehindTheFragmentHeaderCountAsPartOfTheFirst() async throws {
        try await withNetworkNamespace { _ in
            let bench = try Bench.make()
            let options: [UInt8] = [17, 2, 1, 4, 0, 0, 0, 0, 1, 4, 0, 0, 0, 0, 1, 4, 0, 0, 0, 0, 1, 2, 0, 0]
            let first = Self.piece(Self.whole, options + Self.whole.payload[..<40], next: 60, offset: 0, more: true)
            #expect(try bench.run(.from_pod, first, on: "p1").code == redirect)
            // These would put other options, or another UDP header, in the place of what was judged.
            for offset in [8, 16, 24] {
                let overlap = Self.piece(Self.whole, [UInt8](repeating: 0, count: 8), next: 60, offset: offset, more: true)
                #expect(try bench.run(.from_pod, overlap, on: "p1").code == shot, "\(offset)")
            }
            let last = Self.piece(Self.whole, Array(Self.whole.payload[40...]), next: 60, offset: 64, more: false)
            #expect(try bench.run(.from_pod, last, on: "p1").code == redirect)
            #expect(try bench.entries(.halfopen).count == 1)
            #expect(try bench.counted(FABRIC_DROP_INVALID_PACKET) == 3)
        }
    }
}
