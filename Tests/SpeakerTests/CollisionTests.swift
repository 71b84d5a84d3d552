import Glibc
import Net
import Netlink
import NodeTestSupport
import Testing

/// Connections from both sides at once (RFC 4271 section 6.8): the one that the speaker with the higher identifier began survives, whichever
/// was there first, and the other is told why.
@Suite(.enabled(if: geteuid() == 0, "needs root"), .serialized) struct CollisionTests {
    enum First: CaseIterable { case ours, theirs }

    /// Four orders: whose identifier is higher, and whose OPEN is answered first.
    @Test(arguments: [false, true], First.allCases) func oneConnectionSurvives(peerIsHigher: Bool, first: First) throws {
        try Daemons.with { daemons, fabric in
            let listener = try fabric.namespace("l1").run { try PeerConnection.listen(port: 179) }
            var manifests = PeerManifests.at("fd00:fab:1::1")
            manifests.override = """
                ---
                apiVersion: cilium.io/v2
                kind: CiliumBGPNodeConfigOverride
                metadata: {name: node1}
                spec: {bgpInstances: [{name: main, routerID: 10.0.0.1}]}
                """
            let speaker = try daemons.speaker(manifests.text)
            // The speaker's own connection, and then one to it.
            let ours = try PeerConnection.accept(listener)
            #expect(try ours.next()?.type == 1, "\(speaker.errorSoFar)")
            let theirs = try fabric.namespace("l1").run { try PeerConnection.connect(to: "fd00:fab:1::2", port: 179) }
            #expect(try theirs.next()?.type == 1)
            let order = first == .ours ? [ours, theirs] : [theirs, ours]
            for connection in order { connection.open(asn: 65101, identifier: peerIsHigher ? 0xfe00_0001 : 0x0100_0001) }

            let (survivor, loser) = peerIsHigher ? (theirs, ours) : (ours, theirs)
            // KEEPALIVEs may come first: the second OPEN makes it a collision.
            var said: PeerConnection.Message?
            while let message = try loser.next() {
                said = message
                if message.type == 3 { break }
            }
            #expect(said?.type == 3 && said?.body.prefix(2) == [6, 7], "\(String(describing: said)) \(speaker.errorSoFar)")
            survivor.keepalive()
            var types: [UInt8] = []
            while let message = try survivor.next() {
                types.append(message.type)
                if message.type == 2 { break }
            }
            #expect(types.contains(2), "\(types) \(speaker.errorSoFar)")
            #expect(try daemons.established(seconds: 5))
        }
    }
}

/// A peer made by hand, on blocking sockets.
final class PeerConnection {
    struct Message {
        var type: UInt8
        var body: [UInt8]
    }

    private let descriptor: Int32

    private init(_ descriptor: Int32) {
        self.descriptor = descriptor
        var patience = timeval(tv_sec: 10, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    }

    deinit { close(descriptor) }

    /// In the calling thread's namespace.
    static func listen(port: UInt16) throws -> Int32 {
        let descriptor = socket(AF_INET6, Int32(SOCK_STREAM.rawValue), 0)
        var on: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, 4)
        guard withName("::", port, { bind(descriptor, $0, $1) }) == 0, Glibc.listen(descriptor, 8) == 0 else { throw Failure("listen: \(errno)") }
        return descriptor
    }

    static func accept(_ listener: Int32) throws -> PeerConnection {
        defer { close(listener) }
        var waiting = pollfd(fd: listener, events: Int16(POLLIN), revents: 0)
        guard poll(&waiting, 1, 20_000) > 0 else { throw Failure("nobody connected") }
        let descriptor = Glibc.accept(listener, nil, nil)
        guard descriptor >= 0 else { throw Failure("accept: \(errno)") }
        return PeerConnection(descriptor)
    }

    static func connect(to address: String, port: UInt16) throws -> PeerConnection {
        let descriptor = socket(AF_INET6, Int32(SOCK_STREAM.rawValue), 0)
        guard withName(address, port, { Glibc.connect(descriptor, $0, $1) }) == 0 else { throw Failure("connect to \(address): \(errno)") }
        return PeerConnection(descriptor)
    }

    private static func withName(_ address: String, _ port: UInt16, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
        var name = sockaddr_in6()
        name.sin6_family = sa_family_t(AF_INET6)
        name.sin6_port = port.bigEndian
        inet_pton(AF_INET6, address, &name.sin6_addr)
        return withUnsafePointer(to: &name) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<sockaddr_in6>.size)) }
        }
    }

    /// The next message; nil when the connection has ended, or nothing comes for long.
    func next() throws -> Message? {
        guard let header = read(19) else { return nil }
        guard header.prefix(16).allSatisfy({ $0 == 255 }) else { throw Failure("no BGP message: \(header)") }
        let length = Int(header[16]) << 8 | Int(header[17])
        guard let body = length > 19 ? read(length - 19) : [] else { return nil }
        return Message(type: header[18], body: body)
    }

    /// OPEN with IPv6 unicast and a four-octet AS.
    func open(asn: UInt32, identifier: UInt32) {
        func bytes(_ value: UInt32) -> [UInt8] { [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) } }
        let capabilities: [UInt8] = [1, 4, 0, 2, 0, 1, 65, 4] + bytes(asn)
        send(
            1,
            [4] + bytes(asn).suffix(2) + [0, 90] + bytes(identifier) + [UInt8(capabilities.count + 2), 2, UInt8(capabilities.count)] + capabilities)
    }

    func keepalive() { send(4, []) }

    private func send(_ type: UInt8, _ body: [UInt8]) {
        let length = UInt16(19 + body.count)
        let message = [UInt8](repeating: 255, count: 16) + [UInt8(length >> 8), UInt8(length & 255), type] + body
        _ = Glibc.send(descriptor, message, message.count, Int32(MSG_NOSIGNAL))
    }

    private func read(_ count: Int) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: count)
        var filled = 0
        while filled < count {
            let got = bytes.withUnsafeMutableBytes { recv(descriptor, $0.baseAddress?.advanced(by: filled), count - filled, 0) }
            if got <= 0 { return nil }
            filled += got
        }
        return bytes
    }
}
