import Net
import NodeTestSupport
import Testing

/// What is below IP, and between a pod and its gateway alone.
@Suite("the pod's link on the wire", .enabled(if: isRoot, "needs root: makes network namespaces"))
struct LinkLayerTests {
    @Test func tagsAndOtherProtocols() throws {
        try Wirebench.with { bench in
            let (source, destination) = try (bench.address("web"), bench.address("leaf"))
            let datagram = Wire.ip(source, destination, next: Wire.udp, Wire.udp(source, 1000, destination, 2000))
            let tagged: [UInt8] = [0, 7, 0x86, 0xdd] + datagram
            try bench.send([tagged], from: "web", to: "leaf", type: 0x8100).expectDropped("VLAN_FILTERED", 1, "802.1Q")
            try bench.send([tagged], from: "web", to: "leaf", type: 0x88a8).expectDropped("VLAN_FILTERED", 1, "802.1ad")
            try bench.send([[0, 7, 0x81, 0, 0, 8, 0x86, 0xdd] + datagram], from: "web", to: "leaf", type: 0x8100)
                .expectDropped("VLAN_FILTERED", 1, "two tags")
            for type: UInt16 in [0x88cc, 0x8847, 0x9000] {
                try bench.send([[UInt8](repeating: 1, count: 60)], from: "web", to: "leaf", type: type).expectDropped(
                    "UNSUPPORTED_L3_PROTOCOL", 1, "\(type)")
            }
        }
    }

    @Test func neighbourDiscovery() throws {
        try Wirebench.with { bench in
            let (source, gateway) = (try bench.address("web"), try #require(IPAddress("fe80::1")))
            let macs = try bench.macs("web")
            func ask(_ target: IPAddress, _ kind: UInt8 = 135, hops: UInt8 = 255, to destination: IPAddress? = nil) -> [UInt8] {
                let group = IPAddress(high: 0xff02 << 48, low: 0x1_ff00_0000 | target.low & 0xff_ffff)
                let message = Wire.icmp(
                    source, destination ?? group, type: kind,
                    [kind == 136 ? 0x60 : 0, 0, 0, 0] + target.bytes + [kind == 136 ? 2 : 1, 1] + macs.own.bytes)
                return Wire.ip(source, destination ?? group, next: Wire.icmpv6, hopLimit: hops, message)
            }
            let back = try FrameSocket(in: bench.fabric.namespace("web"), device: "eth0")
            let outcome = try bench.send([ask(gateway)], from: "web", to: "leaf")
            #expect(outcome.dropped == [:] && outcome.arrived.isEmpty)
            #expect(try back.frames(until: { $0[20] == 58 && $0[54] == 136 }, seconds: 3) != nil, "the gateway answers")
            // Asked for anybody else, or told to be the gateway, nobody hears it.
            let other = try bench.address("db")
            try bench.send([ask(other)], from: "web", to: "db").expectDropped("FORBIDDEN_ICMPV6_MESSAGE", 1, "asks for another pod")
            try bench.send([ask(gateway, 136, to: gateway)], from: "web", to: "db").expectDropped(
                "FORBIDDEN_ICMPV6_MESSAGE", 1, "says that it is the gateway")
            try bench.send([ask(gateway, 134)], from: "web", to: "db").expectDropped("FORBIDDEN_ICMPV6_MESSAGE", 1, "says that it is a router")
            try bench.send([ask(gateway, hops: 64)], from: "web", to: "db").expectDropped("FORBIDDEN_ICMPV6_MESSAGE", 1, "asks from afar")
        }
    }

    @Test func arp() throws {
        try Wirebench.with(ipv4: true) { bench in
            let macs = try bench.macs("web")
            func ask(_ target: [UInt8], sender: [UInt8] = [10, 1, 0, 1]) -> [UInt8] {
                [0, 1, 8, 0, 6, 4, 0, 1] + macs.own.bytes + sender + [0, 0, 0, 0, 0, 0] + target
            }
            let back = try FrameSocket(in: bench.fabric.namespace("web"), device: "eth0")
            let outcome = try bench.send([ask([169, 254, 1, 1])], from: "web", to: "leaf", type: 0x0806)
            #expect(outcome.dropped == [:] && outcome.arrived.isEmpty)
            #expect(try back.frames(until: { $0[12] == 8 && $0[13] == 6 && $0[21] == 2 }, seconds: 3) != nil, "the gateway answers")
            try bench.send([ask([169, 254, 1, 1], sender: [10, 1, 0, 2])], from: "web", to: "leaf", type: 0x0806)
                .expectDropped("INVALID_SOURCE_IP", 1, "in another pod's name")
        }
    }

    /// Reports about groups stay on the link: no drop, and nothing on the fabric.
    @Test func listenerReports() throws {
        try Wirebench.with { bench in
            let source = try bench.linkLocal("web"), routers = try #require(IPAddress("ff02::16"))
            let record: [UInt8] = [0, 0, 0, 1, 4, 0, 0, 0] + (try #require(IPAddress("ff15::42"))).bytes
            let report = Wire.icmp(source, routers, type: 143, record)
            let datagram = Wire.ip(source, routers, next: 0, hopLimit: 1, [58, 0, 5, 2, 0, 0, 1, 0] + report)
            for receiver in ["leaf", "db"] {
                let outcome = try bench.send([datagram], from: "web", to: receiver)
                #expect(outcome.arrived.isEmpty && outcome.dropped == [:], "\(outcome)")
            }
        }
    }
}

extension Wirebench {
    /// The link-local address of a pod's own kernel.
    func linkLocal(_ name: String) throws -> IPAddress {
        let line = try fabric.ip(name, "-o -6 addr show dev eth0 scope link")
        let text = try #require(line.split(separator: " ").first { $0.hasPrefix("fe80") }?.split(separator: "/").first)
        return try #require(IPAddress(text))
    }
}
