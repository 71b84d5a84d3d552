import Net
import NodeTestSupport
import Testing

/// Headers that most packets do not have, and those that are wrong, on real wires.
@Suite("headers on the wire", .enabled(if: isRoot, "needs root: makes network namespaces"))
struct HeaderTests {
    private static let padding: [UInt8] = [1, 4, 0, 0, 0, 0]

    @Test(arguments: ["leaf", "db"]) func extensionHeaders(_ receiver: String) throws {
        try Wirebench.with { bench in
            let (source, destination) = try (bench.address("web"), bench.address(receiver))
            var port: UInt16 = 1000
            func datagram(_ first: UInt8, _ headers: (UInt8) -> [UInt8]) -> [UInt8] {
                port += 1
                return Wire.ip(source, destination, next: first, headers(Wire.udp) + Wire.udp(source, port, destination, 2000))
            }
            let options = { (next: UInt8) in [next, 0] + Self.padding }
            let authentication = { (next: UInt8) in [next, 4, 0, 0, 0, 0, 0, 9, 0, 0, 0, 1] + [UInt8](repeating: 0, count: 12) }
            for (what, sent) in [
                ("destination options", datagram(60, options)), ("authentication", datagram(51, authentication)),
                ("two of destination options", datagram(60) { options(60) + options($0) }),
                ("routing of type 3 with no segment left", datagram(43) { [$0, 0, 3, 0, 0, 0, 0, 0] }),
                ("hop-by-hop options", datagram(0, options)), ("no next header", Wire.ip(source, destination, next: 59, [])),
                ("ESP", Wire.ip(source, destination, next: 50, [0, 0, 0, 9, 0, 0, 0, 1] + [UInt8](repeating: 7, count: 16))),
                ("a protocol that nobody knows", Wire.ip(source, destination, next: 200, [1, 2, 3, 4, 5, 6, 7, 8])),
            ] {
                try bench.send([sent], from: "web", to: receiver).expectAll([sent], what)
            }
            for (what, sent) in [
                ("routing of type 0", datagram(43) { [$0, 2, 0, 1, 0, 0, 0, 0] + source.bytes }),
                ("routing of type 0 with no segment left", datagram(43) { [$0, 2, 0, 0, 0, 0, 0, 0] + source.bytes }),
                ("segment routing with a segment left", datagram(43) { [$0, 2, 4, 1, 0, 0, 0, 0] + source.bytes }),
                ("hop-by-hop options behind others", datagram(60) { options(0) + options($0) }),
                ("an experiment's header", datagram(253, options)), ("mobility", datagram(135, options)),
                ("more headers than anybody sends", datagram(60) { next in (0..<8).flatMap { _ in options(60) } + options(next) }),
            ] {
                try bench.send([sent], from: "web", to: receiver).expectDropped("INVALID_IPV6_EXTENSION_HEADER", 1, what)
            }
        }
    }

    @Test(arguments: [false, true]) func lengths(_ ipv4: Bool) throws {
        try Wirebench.with(ipv4: ipv4) { bench in
            let (source, destination) = try (bench.address("web"), bench.address("leaf"))
            let empty = [Wire.ip(source, destination, next: Wire.udp, Wire.udp(source, 1000, destination, 2000, data: 0))]
            try bench.send(empty, from: "web", to: "leaf").expectAll(empty, "no data")
            let tcp = Wire.tcp(source, 1001, destination, 2001)
            for (what, sent) in [
                ("half a TCP header", Wire.ip(source, destination, next: Wire.tcp, Array(tcp.prefix(10)))),
                ("half a UDP header", Wire.ip(source, destination, next: Wire.udp, [1, 2, 3, 4])),
                ("no payload at all", Wire.ip(source, destination, next: Wire.udp, [])),
            ] {
                try bench.send([sent], from: "web", to: "leaf").expectDropped("CT_TRUNCATED_OR_INVALID_HEADER", 1, what)
            }
            // Half of the IP header: not even a family's addresses.
            try bench.send([Array(empty[0].prefix(16))], from: "web", to: "leaf").expectDropped(
                "CT_TRUNCATED_OR_INVALID_HEADER", 1, "half an IP header")
        }
    }

    @Test func ipv4Options() throws {
        try Wirebench.with(ipv4: true) { bench in
            let (source, destination) = try (bench.address("web"), bench.address("leaf"))
            // Loose source routing, by an address that nobody judged.
            var datagram = Wire.ip(source, destination, next: Wire.udp, [131, 7, 4, 192, 0, 2, 1, 0] + Wire.udp(source, 1000, destination, 2000))
            datagram[0] = 0x47
            try bench.send([datagram], from: "web", to: "leaf").expectDropped("INVALID_IPV6_EXTENSION_HEADER", 1, "source routing")
        }
    }

    @Test(arguments: [false, true]) func hopLimits(_ ipv4: Bool) throws {
        try Wirebench.with(ipv4: ipv4) { bench in
            for receiver in ["leaf", "db"] {
                let (source, destination) = try (bench.address("web"), bench.address(receiver))
                let two = [Wire.ip(source, destination, next: Wire.udp, hopLimit: 2, Wire.udp(source, 1000, destination, 2000))]
                try bench.send(two, from: "web", to: receiver).expectAll(two, "hop limit 2")
                for hops in UInt8(0)...1 {
                    let back = try FrameSocket(in: bench.fabric.namespace("web"), device: "eth0")
                    let sent = Wire.ip(source, destination, next: Wire.udp, hopLimit: hops, Wire.udp(source, 1100 + UInt16(hops), destination, 2000))
                    let outcome = try bench.send([sent], from: "web", to: receiver)
                    #expect(outcome.arrived.isEmpty, "hop limit \(hops) to \(receiver)")
                    // The node says so to the pod, as any router does.
                    let exceeded = try back.frames(until: { ipv4 ? $0[23] == 1 && $0[34] == 11 : $0[20] == 58 && $0[54] == 3 }, seconds: 2)
                    #expect(exceeded != nil, "Time Exceeded for hop limit \(hops) to \(receiver)")
                }
            }
        }
    }
}
