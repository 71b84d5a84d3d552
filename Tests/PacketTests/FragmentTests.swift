import Net
import NodeTestSupport
import Testing

/// Datagrams in pieces, on real wires. The receiver of a piece gets it as it was sent: programs judge, and do not reassemble.
@Suite("fragments on the wire", .enabled(if: isRoot, "needs root: makes network namespaces"))
struct FragmentTests {
    private static let pieces: [(offset: Int, end: Int)] = [(0, 64), (64, 128), (128, 200)]

    /// The pieces of one datagram of 200 bytes.
    private func pieces(_ bench: Wirebench, to receiver: String, port: UInt16, id: UInt8) throws -> [[UInt8]] {
        let (source, destination) = try (bench.address("web"), bench.address(receiver))
        let whole = Wire.udp(source, port, destination, 2000, data: 192)
        return Self.pieces.map { piece in
            let body = whole[piece.offset..<piece.end], more = piece.end < whole.count
            guard !bench.isIPv4 else {
                return Wire.ip(source, destination, next: Wire.udp, fragment: UInt16(piece.offset / 8) | (more ? 0x2000 : 0), Array(body))
            }
            return Wire.ip(source, destination, next: 44, Wire.piece(body, next: Wire.udp, offset: piece.offset, more: more, id: id))
        }
    }

    @Test(arguments: [false, true]) func inAnyOrder(_ ipv4: Bool) throws {
        try Wirebench.with(ipv4: ipv4) { bench in
            for (number, receiver) in ["leaf", "db"].enumerated() {
                let base = UInt16(1000 + 100 * number), id = UInt8(10 * number)
                let sent = try pieces(bench, to: receiver, port: base, id: id)
                try bench.send(sent, from: "web", to: receiver).expectAll(sent, "in order to \(receiver)")

                // What comes before the first one belongs to no flow yet.
                let other = try bench.isIPv4 ? sent : pieces(bench, to: receiver, port: base + 1, id: id + 1)
                if !bench.isIPv4 {
                    try bench.send([other[2], other[0], other[1]], from: "web", to: receiver)
                        .expectDropped("FIRST_LOGICAL_DATAGRAM_FRAGMENT_NOT_FOUND", 1, "last one first, to \(receiver)", arrived: 2)
                    let third = try pieces(bench, to: receiver, port: base + 2, id: id + 2)
                    try bench.send([third[0], third[2], third[1]], from: "web", to: receiver).expectAll(
                        [third[0], third[2], third[1]], "later ones in another order, to \(receiver)")
                    let lost = try pieces(bench, to: receiver, port: base + 3, id: id + 3)
                    try bench.send([lost[1], lost[2]], from: "web", to: receiver)
                        .expectDropped("FIRST_LOGICAL_DATAGRAM_FRAGMENT_NOT_FOUND", 2, "first one missing, to \(receiver)")
                }
            }
        }
    }

    /// A later piece that would put other bytes in the place of the header that was judged; and one over data, which is the receiver's matter
    /// (RFC 5722 has it drop the datagram).
    @Test func overlapping() throws {
        try Wirebench.with { bench in
            let (source, destination) = try (bench.address("web"), bench.address("leaf"))
            let sent = try pieces(bench, to: "leaf", port: 1000, id: 1)
            let over = Wire.ip(
                source, destination, next: 44, Wire.piece([UInt8](repeating: 9, count: 16), next: Wire.udp, offset: 48, more: true, id: 1))
            try bench.send([sent[0], over, sent[1]], from: "web", to: "leaf").expectAll([sent[0], over, sent[1]], "over data")

            // TCP's header is 20 bytes: what begins below is refused.
            let whole = Wire.tcp(source, 1001, destination, 2001) + [UInt8](repeating: 0x63, count: 44)
            let first = Wire.ip(source, destination, next: 44, Wire.piece(whole[..<40], next: Wire.tcp, offset: 0, more: true, id: 2))
            let into = Wire.ip(
                source, destination, next: 44, Wire.piece([UInt8](repeating: 0xff, count: 24), next: Wire.tcp, offset: 8, more: false, id: 2))
            try bench.send([first, into], from: "web", to: "leaf").expectDropped("INVALID_PACKET_DROPPED", 1, "over the header", arrived: 1)

            // A first piece too short for its own header names no flow (RFC 7112).
            let short = Wire.ip(source, destination, next: 44, Wire.piece(whole[..<8], next: Wire.tcp, offset: 0, more: true, id: 3))
            try bench.send([short], from: "web", to: "leaf").expectDropped("CT_TRUNCATED_OR_INVALID_HEADER", 1, "too short for its header")

        }
    }

    /// In one piece (RFC 6946): as if it were none.
    @Test func atomic() throws {
        try Wirebench.with { bench in
            let (source, destination) = try (bench.address("web"), bench.address("leaf"))
            let whole = Wire.udp(source, 1000, destination, 2000)
            let sent = [Wire.ip(source, destination, next: 44, Wire.piece(whole, next: Wire.udp, offset: 0, more: false, id: 1))]
            try bench.send(sent, from: "web", to: "leaf").expectAll(sent, "atomic fragment")
        }
    }
}
