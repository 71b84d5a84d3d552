import Glibc
import Net
import Netlink
import NodeTestSupport
import Testing

let isRoot = geteuid() == 0

/// A node with pods `web` and `db`, and what came of frames that `web` or the leaf sent: what arrived, what was counted, what was shown.
struct Wirebench {
    let fabric: Fabric
    let isIPv4: Bool

    static func with(ipv4: Bool = false, _ body: (Wirebench) throws -> Void) throws {
        try Fabric.with(ipv4: ipv4) { fabric in
            try fabric.install()
            try fabric.addPod("web")
            try fabric.addPod("db")
            let remote = ipv4 ? "10.2.0.10" : "fd00:cafe:0:2::a"
            let prefix = ipv4 ? "10.2.0.0/24" : "fd00:cafe:0:2::/64"
            try fabric.done("node", "add", "node2", "--pod-cidr", prefix, "--via", ipv4 ? "172.16.1.1" : "fd00:fab:1::1")
            #expect(try fabric.pings("web", remote))
            #expect(try fabric.pings("web", ipv4 ? "10.1.0.2" : "fd00:cafe:0:1::2"))
            try body(Wirebench(fabric: fabric, isIPv4: ipv4))
        }
    }

    func address(_ name: String) throws -> IPAddress {
        let known = [
            "web": ("fd00:cafe:0:1::1", "10.1.0.1"), "db": ("fd00:cafe:0:1::2", "10.1.0.2"), "leaf": ("fd00:cafe:0:2::a", "10.2.0.10"),
            "router": ("fd00:fab:1::1", "172.16.1.1"), "node": ("fd00:fab:1::2", "172.16.1.2"),
        ]
        let text = try #require(known[name])
        return try #require(IPAddress(isIPv4 ? text.1 : text.0))
    }

    /// A member by the name of its address, and its device.
    static func place(_ name: String) -> (member: String, device: String) { name == "leaf" || name == "router" ? ("l1", "to-n1") : (name, "eth0") }

    /// MAC address of a device, and of what is at the other end.
    func macs(_ name: String) throws -> (own: MACAddress, other: MACAddress) {
        let place = Self.place(name)
        var socket = try NetlinkSocket(in: fabric.namespace(place.member))
        let link = try #require(try socket.link(named: place.device))
        var node = try NetlinkSocket(in: fabric.namespace("n1"))
        let other = try #require(try node.links().first { $0.index == link.peerIndex })
        return (try #require(link.macAddress), try #require(other.macAddress))
    }

    struct Outcome {
        /// What came out of the receiver's device, without neighbour discovery and ARP.
        var arrived: [[UInt8]]
        /// Packets dropped, by `reason_desc`.
        var dropped: [String: Int]
        /// What `observe` shows of new: the drop reason, or FORWARDED.
        var shown: [String]
        /// Drops of what the receiver's kernel answered, which are none of the case's: counted in neither of the above.
        var answersDropped = 0
    }

    /// Sends frames from one end, and says what became of them at the other.
    func send(_ datagrams: [[UInt8]], from sender: String, to receiver: String, type: UInt16? = nil) throws -> Outcome {
        let macs = try macs(sender)
        let family: UInt16 = isIPv4 ? 0x0800 : 0x86dd
        return try send(frames: datagrams.map { Wire.ethernet(to: macs.other, from: macs.own, type: type ?? family, $0) }, from: sender, to: receiver)
    }

    func send(frames: [[UInt8]], from sender: String, to receiver: String) throws -> Outcome {
        let here = Self.place(sender), there = Self.place(receiver)
        let out = try FrameSocket(in: fabric.namespace(here.member), device: here.device)
        let capture = try FrameSocket(in: fabric.namespace(there.member), device: there.device)
        let before = try (drops(), events())
        for frame in frames { try out.send(frame) }
        // The last frame is one that arrives whatever came before.
        let (source, destination) = try (address(sender == "router" ? "leaf" : sender), address(receiver))
        let macs = try macs(sender)
        let last = Wire.udp(source, 61000, destination, 61001, data: 5)
        try out.send(
            Wire.ethernet(to: macs.other, from: macs.own, type: isIPv4 ? 0x0800 : 0x86dd, Wire.ip(source, destination, next: Wire.udp, last)))
        let mark = Array(last.suffix(8 + 5).prefix(4))
        guard let arrived = try capture.frames(until: { Array($0.suffix(8 + 5).prefix(4)) == mark }) else {
            throw Failure("the last frame from \(sender) did not arrive at \(receiver): \(try drops())")
        }
        var after = try (drops(), events())
        for (reason, count) in before.0 { after.0[reason, default: 0] -= count }
        let known = Set(before.1.map(\.uuid))
        let new = after.1.filter { !known.contains($0.uuid) && !$0.isLast }
        let answers = new.filter { $0.source == destination.description && $0.text != "FORWARDED" }
        for answer in answers { after.0[answer.text, default: 0] -= 1 }
        return Outcome(
            arrived: arrived.filter { !Self.isLinkTalk($0) }, dropped: after.0.filter { $0.value != 0 },
            shown: new.filter { $0.source != destination.description }.map(\.text), answersDropped: answers.count)
    }

    /// Neighbour discovery, listener reports and ARP, which come at any time.
    private static func isLinkTalk(_ frame: [UInt8]) -> Bool {
        guard frame.count > 33 else { return frame.count < 14 || frame[12] == 0x08 && frame[13] == 0x06 }
        if frame[12] == 0x08 { return frame[13] == 0x06 || frame[23] == 2 /* IGMP */ }
        guard frame[12] == 0x86, frame[13] == 0xdd, frame.count > 54 else { return false }
        return frame[20] == 58 ? (130...137).contains(frame[54]) || frame[54] == 143 : frame[20] == 0 && frame[14 + 40] == 58 && frame[14 + 7] == 1
    }

    private func drops() throws -> [String: Int] {
        var out: [String: Int] = [:]
        for row in try fabric.fabctl("bpf", "metrics", "list", "-o", "json").json().elements {
            guard let name = row["reason_desc"]?.string, let packets = row["packets"]?.int else { continue }
            out[name, default: 0] += packets
        }
        return out
    }

    private struct Event {
        let uuid: String
        /// The drop reason, or the verdict.
        let text: String
        let source: String?
        /// Is it about the last frame?
        let isLast: Bool
    }

    private func events() throws -> [Event] {
        try fabric.fabctl("observe", "--last", "10000", "-o", "json").jsonLines().compactMap { line in
            guard let flow = line["flow"], let uuid = flow["uuid"]?.string else { return nil }
            return Event(
                uuid: uuid, text: flow["drop_reason_desc"]?.string ?? flow["verdict"]?.string ?? "?", source: flow["IP"]?["source"]?.string,
                isLast: flow["l4"]?["UDP"]?["destination_port"]?.int == 61001)
        }
    }
}

extension Wirebench.Outcome {
    /// Arrived whole, with no drop. What the receiver gets has one hop less and other MAC addresses: the rest is as it was sent.
    func expectAll(_ sent: [[UInt8]], _ what: String, sourceLocation: SourceLocation = #_sourceLocation) {
        #expect(arrived.count == sent.count, "\(what): arrived", sourceLocation: sourceLocation)
        for (got, sent) in zip(arrived, sent) {
            var same = Array(got.dropFirst(14).prefix(sent.count))
            let isIPv4 = sent[0] >> 4 == 4
            if same.count == sent.count {
                same[isIPv4 ? 8 : 7] = sent[isIPv4 ? 8 : 7]
                if isIPv4 { same.replaceSubrange(10..<12, with: sent[10..<12]) }
            }
            #expect(same == sent, "\(what): as it was sent", sourceLocation: sourceLocation)
        }
        #expect(dropped == [:], "\(what): dropped", sourceLocation: sourceLocation)
        #expect(!shown.contains { $0 != "FORWARDED" }, "\(what): shown \(shown)", sourceLocation: sourceLocation)
    }

    /// Nothing arrived of what was refused for this reason, which is counted and shown.
    func expectDropped(_ reason: String, _ count: Int = 1, _ what: String, arrived: Int = 0, sourceLocation: SourceLocation = #_sourceLocation) {
        #expect(self.arrived.count == arrived, "\(what): arrived", sourceLocation: sourceLocation)
        #expect(dropped == [reason: count], "\(what): dropped", sourceLocation: sourceLocation)
        #expect(shown.filter { $0 == reason }.count == count, "\(what): shown \(shown)", sourceLocation: sourceLocation)
    }
}
