import Net
import NodeTestSupport
import Testing

/// ICMP errors: those about what a pod sent reach it, and no others.
@Suite("errors on the wire", .enabled(if: isRoot, "needs root: makes network namespaces"))
struct ErrorTests {
    @Test(arguments: [false, true]) func aboutWhatThePodSent(_ ipv4: Bool) throws {
        try Wirebench.with(ipv4: ipv4) { bench in
            let (source, destination, router) = try (bench.address("web"), bench.address("leaf"), bench.address("router"))
            let inside = Wire.ip(source, destination, next: Wire.udp, hopLimit: 63, Wire.udp(source, 1000, destination, 2000))
            _ = try bench.send([inside], from: "web", to: "leaf")
            let kinds: [(String, UInt8, UInt8)] =
                ipv4
                ? [("Fragmentation Needed", 3, 4), ("Time Exceeded", 11, 0), ("Host Unreachable", 3, 1)]
                : [("Packet Too Big", 2, 0), ("Time Exceeded", 3, 0), ("Unreachable", 1, 0)]
            for (what, type, code) in kinds {
                func error(_ inside: [UInt8]) -> [UInt8] {
                    Wire.ip(
                        router, source, next: ipv4 ? 1 : Wire.icmpv6,
                        Wire.icmp(router, source, type: type, code: code, [0, 0, 0x05, 0x14] + inside.prefix(ipv4 ? 28 : 1200)))
                }
                let real = [error(inside)]
                try bench.send(real, from: "router", to: "web").expectAll(real, what)

                // Nobody sent these: another port, another protocol, another destination, an error inside, nothing inside.
                let other = try bench.address("db")
                let forged: [(String, [UInt8])] = [
                    ("another port", Wire.ip(source, destination, next: Wire.udp, Wire.udp(source, 1000, destination, 2001))),
                    ("another source port", Wire.ip(source, destination, next: Wire.udp, Wire.udp(source, 1001, destination, 2000))),
                    ("another protocol", Wire.ip(source, destination, next: Wire.tcp, Wire.tcp(source, 1000, destination, 2000))),
                    ("another destination", Wire.ip(source, other, next: Wire.udp, Wire.udp(source, 1000, other, 2000))),
                    ("another's packet", Wire.ip(other, destination, next: Wire.udp, Wire.udp(other, 1000, destination, 2000))),
                    ("the other direction", Wire.ip(destination, source, next: Wire.udp, Wire.udp(destination, 2000, source, 1000))),
                    ("an error", error(inside)), ("half a header", Array(inside.prefix(12))),
                ]
                for (name, inside) in forged {
                    try bench.send([error(inside)], from: "router", to: "web").expectDropped(
                        "UNKNOWN_CONNECTION_TRACKING_STATE", 1, "\(what) about \(name)")
                }
            }
        }
    }
}
