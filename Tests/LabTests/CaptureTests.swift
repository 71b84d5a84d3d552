import CLinux
import Capture
import Glibc
import Netlink
import NodeTestSupport
import Testing

@Suite(.enabled(if: geteuid() == 0, "needs root: captures in network namespaces"))
struct CaptureTests {
    private func ready(_ capture: Running) throws { try capture.waitForError { $0.hasPrefix("capturing on ") } }

    @Test func aFilterAndALimit() throws {
        try Fixture.with("ltcap") { fixture in
            #expect(try fixture.run("up", ["--no-install"]).code == 0)
            let capture = try fixture.start("capture", ["node1:eth0", "-c", "4", "icmp6[0] == 128 or icmp6[0] == 129"])
            try ready(capture)
            #expect(try fixture.exec("node1", ["ping", "-c", "3", "-i", "0.05", "fd00:beef::2"]).code == 0)
            let seen = try capture.finish()
            #expect(seen.code == 0)
            let lines = seen.output.split(separator: "\n").map(String.init)
            #expect(lines.count == 4)
            let request = try #require(lines.first)
            #expect(request.contains(" IP6 fd00:beef::1 > fd00:beef::2 ICMPv6 echo request id "))
            #expect(request.hasSuffix(" seq 1 length 104 hlim 64"))
            #expect(lines.dropFirst().first?.hasSuffix(" seq 1 length 104 hlim 61") == true)
            #expect(seen.error.hasSuffix("4 packets captured, 0 dropped by the kernel\n"))
        }
    }

    @Test func aFileUntilInterrupted() throws {
        try Fixture.with("ltcapw") { fixture in
            #expect(try fixture.run("up", ["--no-install"]).code == 0)
            let path = "\(fixture.records)/capture"
            defer { unlink(path) }
            let capture = try fixture.start("capture", ["leaf1-node1", "-w", path, "icmp6", "and", "host", "fd00:beef::2"])
            try ready(capture)
            #expect(try fixture.exec("node1", ["ping", "-c", "2", "-i", "0.05", "fd00:beef::2"]).code == 0)
            usleep(100_000)
            try capture.child.signal(SIGINT)
            let seen = try capture.finish()
            #expect(seen.code == 0)
            #expect(seen.output.isEmpty)
            #expect(seen.error.hasSuffix("4 packets captured, 0 dropped by the kernel\n"))
            // tcpdump is the witness that the file is one.
            let null = open("/dev/null", O_WRONLY | O_CLOEXEC)
            defer { close(null) }
            var pipe: [Int32] = [-1, -1]
            #expect(Glibc.pipe(&pipe) == 0)
            let child = try NetworkNamespace.current().spawn(["tcpdump", "-nr", path], output: pipe[1], error: null)
            close(pipe[1])
            var buffer = [UInt8](repeating: 0, count: 65536)
            var text: [UInt8] = []
            while true {
                let count = read(pipe[0], &buffer, buffer.count)
                if count <= 0 { break }
                text += buffer[..<count]
            }
            close(pipe[0])
            #expect(try child.wait() == .exited(0))
            let lines = String(decoding: text, as: UTF8.self).split(separator: "\n")
            #expect(lines.count == 4)
            #expect(lines.first?.contains("fd00:beef::1 > fd00:beef::2: ICMP6, echo request") == true)
        }
    }

    @Test func aTimeout() throws {
        try Fixture.with("ltcapt") { fixture in
            #expect(try fixture.run("up", ["--no-install"]).code == 0)
            let seen = try fixture.run("capture", ["leaf2-spine2", "--timeout", "200ms", "tcp"])
            #expect(seen.code == 0)
            #expect(seen.error == "capturing on leaf2-spine2\n0 packets captured, 0 dropped by the kernel\n")
        }
    }

    @Test func refusals() throws {
        try Fixture.with("ltcapr") { fixture in
            #expect(try fixture.run("up", ["--no-install"]).code == 0)
            let expression = try fixture.run("capture", ["leaf1-spine1", "tcp", "and", "and"])
            #expect(expression.code == 65)
            #expect(expression.error.hasPrefix("Error: filter expression \"tcp and and\": "))
            let link = try fixture.run("capture", ["leaf1-spine3"])
            #expect(link.code == 65)
            #expect(link.error.hasPrefix("Error: lab ltcapr has no link leaf1-spine3\n"))
            let device = try fixture.run("capture", ["leaf1:eth9"])
            #expect(device.code == 65)
            #expect(device.error == "Error: leaf1: capture on eth9: there is no such device\n")
            #expect(try fixture.run("capture", ["leaf1-spine1", "-w", "/no/such/directory"]).code == 74)
            #expect(try fixture.run("capture", ["leaf1-spine1", "-c", "0"]).code == 64)
        }
    }
}

@Suite struct PacketTextTests {
    private static let ethernet6: [UInt8] = Array(repeating: 0, count: 12) + [0x86, 0xdd]
    private static let ethernet4: [UInt8] = Array(repeating: 0, count: 12) + [0x08, 0x00]

    private func text(_ bytes: [UInt8], linkType: Int32 = 1) -> String {
        let line = PacketText(linkType: linkType).line(CapturedPacket(seconds: 0, nanoseconds: 7_654_321, length: bytes.count, bytes: bytes))
        return line.split(separator: " ", maxSplits: 1).dropFirst().first.map(String.init) ?? ""
    }

    /// An IPv6 header from fd00::1 to fd00::2.
    private func ipv6(_ next: UInt8, _ payload: [UInt8], hops: UInt8 = 64) -> [UInt8] {
        let source: [UInt8] = [0xfd] + Array(repeating: 0, count: 14) + [1]
        let destination: [UInt8] = [0xfd] + Array(repeating: 0, count: 14) + [2]
        return [0x60, 0, 0, 0, UInt8(payload.count >> 8), UInt8(payload.count & 255), next, hops] + source + destination + payload
    }

    private func tcp(flags: UInt8) -> [UInt8] { [0xad, 0xe0, 0x15, 0x38, 0, 0, 0, 1, 0, 0, 0, 0, 0x50, flags, 0xff, 0xff, 0, 0, 0, 0] }

    @Test func timeHasMicroseconds() {
        let line = PacketText(linkType: 1).line(CapturedPacket(seconds: 0, nanoseconds: 7_654_321, length: 0, bytes: []))
        #expect(line.contains(":00:00.007654 ") || line.contains(".007654 "))
    }

    @Test func tcpAndUDP() {
        #expect(text(Self.ethernet6 + ipv6(6, tcp(flags: 0x12), hops: 62)) == "IP6 [fd00::1]:44512 > [fd00::2]:5432 TCP SYN,ACK length 60 hlim 62")
        #expect(text(Self.ethernet6 + ipv6(17, [0, 53, 0x21, 0x18, 0, 8, 0, 0])) == "IP6 [fd00::1]:53 > [fd00::2]:8472 UDP length 48 hlim 64")
    }

    @Test func tunnelsAreCalledWhatTheyAre() {
        #expect(text(Self.ethernet6 + ipv6(41, ipv6(58, [128, 0, 0, 0]))) == "IP6 fd00::1 > fd00::2 IP6-in-IP length 84 hlim 64")
        #expect(text(Self.ethernet6 + ipv6(4, [0x45])) == "IP6 fd00::1 > fd00::2 IPIP length 41 hlim 64")
    }

    @Test func icmp() {
        #expect(
            text(Self.ethernet6 + ipv6(58, [128, 0, 0, 0, 0x12, 0x34, 0, 9]))
                == "IP6 fd00::1 > fd00::2 ICMPv6 echo request id 4660 seq 9 length 48 hlim 64")
        #expect(
            text(Self.ethernet6 + ipv6(58, [2, 0, 0, 0, 0, 0, 5, 0])) == "IP6 fd00::1 > fd00::2 ICMPv6 packet too big mtu 1280 length 48 hlim 64")
        #expect(text(Self.ethernet6 + ipv6(58, [3, 0, 0, 0])) == "IP6 fd00::1 > fd00::2 ICMPv6 time exceeded length 44 hlim 64")
    }

    @Test func extensionHeadersAndFragments() {
        let hopByHop: [UInt8] = [6, 0, 0, 0, 0, 0, 0, 0]
        #expect(
            text(Self.ethernet6 + ipv6(0, hopByHop + tcp(flags: 2))) == "IP6 [fd00::1]:44512 > [fd00::2]:5432 TCP SYN hop-by-hop length 68 hlim 64")
        let first: [UInt8] = [17, 0, 0, 1, 0, 0, 0, 7]
        #expect(
            text(Self.ethernet6 + ipv6(44, first + [0, 1, 0, 2, 0, 8, 0, 0])) == "IP6 [fd00::1]:1 > [fd00::2]:2 UDP frag 0+ id 0x7 length 56 hlim 64")
        let later: [UInt8] = [17, 0, 0x05, 0xa8, 0, 0, 0, 7]
        #expect(text(Self.ethernet6 + ipv6(44, later + [1, 2, 3, 4])) == "IP6 fd00::1 > fd00::2 UDP frag 1448 id 0x7 length 52 hlim 64")
    }

    @Test func ipv4() {
        let header: [UInt8] = [0x45, 0, 0, 40, 0, 1, 0x40, 0, 63, 6, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2]
        #expect(text(Self.ethernet4 + header + tcp(flags: 0x04)) == "IP 10.0.0.1:44512 > 10.0.0.2:5432 TCP RST length 40 ttl 63")
        let vlan: [UInt8] = Array(repeating: 0, count: 12) + [0x81, 0, 0, 5, 0x08, 0]
        #expect(text(vlan + header + tcp(flags: 0x01)) == "IP 10.0.0.1:44512 > 10.0.0.2:5432 TCP FIN length 40 ttl 63")
        #expect(text(header + tcp(flags: 0x10), linkType: 101) == "IP 10.0.0.1:44512 > 10.0.0.2:5432 TCP ACK length 40 ttl 63")
    }

    /// Every prefix of a packet says something and reads nothing beyond its end.
    @Test func cutShort() {
        let whole = Self.ethernet6 + ipv6(0, [6, 0, 0, 0, 0, 0, 0, 0] + tcp(flags: 2))
        for count in 0..<whole.count { #expect(!text(Array(whole[..<count])).isEmpty) }
        #expect(text(Array(whole[..<20])) == "IP6 cut short, 20 bytes")
        #expect(text([1, 2, 3]) == "short frame, 3 bytes")
    }
}
