import Glibc
import Netlink
import NodeTestSupport
import Testing

/// Policies that come and go under a load: what is allowed by all of them never notices, what is denied is cut at the next packet.
@Suite("policy under load", .enabled(if: isRoot, "needs root: loads programs into a namespace"))
struct PolicyLoadTests {
    /// FABCTL_POLICY_ALTERNATIONS for more.
    private static let alternations = getenv("FABCTL_POLICY_ALTERNATIONS").flatMap { Int(String(cString: $0)) } ?? 12
    private static let connections = 25

    private static func policy(_ peers: String) -> String {
        """
        apiVersion: networking.k8s.io/v1
        kind: NetworkPolicy
        metadata: {name: to-db}
        spec:
          podSelector: {matchLabels: {app: db}}
          ingress:
            - from: [{podSelector: {matchExpressions: [{key: app, operator: In, values: [\(peers)]}]}}]

        """
    }

    /// A connected pair of sockets in two namespaces.
    private struct Pair {
        let near: Int32
        let far: Int32

        func send(_ byte: UInt8) -> Bool { Glibc.send(near, [byte], 1, Int32(MSG_NOSIGNAL)) == 1 }

        /// The bytes that have come to the far end within some time.
        func received(milliseconds: Int32) -> [UInt8] {
            var entry = pollfd(fd: far, events: Int16(POLLIN), revents: 0)
            guard poll(&entry, 1, milliseconds) > 0 else { return [] }
            var buffer = [UInt8](repeating: 0, count: 4096)
            let count = recv(far, &buffer, buffer.count, Int32(MSG_DONTWAIT))
            return count > 0 ? Array(buffer[..<count]) : []
        }

        func end() {
            close(near)
            close(far)
        }
    }

    private func socket(_ fabric: Fabric, _ member: String, _ type: __socket_type) throws -> Int32 {
        try fabric.namespace(member).run { () throws -> Int32 in
            let descriptor = Glibc.socket(AF_INET6, Int32(type.rawValue), 0)
            guard descriptor >= 0 else { throw Failure("socket: \(errno)") }
            return descriptor
        }
    }

    private func pairs(_ fabric: Fabric, from member: String, address: String, _ type: __socket_type, port: UInt16) throws -> [Pair] {
        var out: [Pair] = []
        let isStream = type == SOCK_STREAM
        let listener = isStream ? try socket(fabric, "db", type) : -1
        if isStream, !Traffic.bind(listener, port: port) || listen(listener, 64) != 0 { throw Failure("listen: \(errno)") }
        defer { if isStream { close(listener) } }
        for index in 0..<Self.connections {
            let near = try socket(fabric, member, type)
            let ownPort = isStream ? port : port + UInt16(index)
            var far: Int32 = -1
            if !isStream {
                far = try socket(fabric, "db", type)
                guard Traffic.bind(far, port: ownPort) else { throw Failure("bind: \(errno)") }
            }
            guard Traffic.connect(near, to: address, port: ownPort) else { throw Failure("connect: \(errno)") }
            if isStream { far = accept(listener, nil, nil) }
            guard far >= 0 else { throw Failure("accept: \(errno)") }
            out.append(Pair(near: near, far: far))
        }
        return out
    }

    @Test func alternatingApplies() throws {
        try Fabric.with { fabric in
            try fabric.install()
            for pod in ["web", "client", "db"] { try fabric.addPod(pod, "--label", "app=\(pod)") }
            let db = "fd00:cafe:0:1::3"
            let open = try fabric.file("open.yaml", Self.policy("web, client"))
            let closed = try fabric.file("closed.yaml", Self.policy("web"))
            try fabric.done("policy", "apply", "-f", open)
            let kept = try pairs(fabric, from: "web", address: db, SOCK_STREAM, port: 5432)
            let cut = try pairs(fabric, from: "client", address: db, SOCK_DGRAM, port: 6000)
            defer { for pair in kept + cut { pair.end() } }
            func roundOfKept(_ byte: UInt8) {
                for pair in kept {
                    #expect(pair.send(byte))
                    #expect(pair.received(milliseconds: 3000) == [byte])
                }
            }
            for round in 0..<Self.alternations {
                let byte = UInt8(truncatingIfNeeded: round)
                let isClosing = round % 2 == 0
                let apply = try fabric.start([Fabric.program, "policy", "apply", "-f", isClosing ? closed : open])
                while apply.isRunning { roundOfKept(byte) }
                let end = try apply.finish()
                #expect(end.code == 0, "\(end.error)")
                // What was sent before is of no interest.
                for pair in cut { while !pair.received(milliseconds: 0).isEmpty {} }
                for pair in cut { #expect(pair.send(byte)) }
                roundOfKept(byte)
                for pair in cut {
                    let found = pair.received(milliseconds: isClosing ? 0 : 3000)
                    #expect(found == (isClosing ? [] : [byte]), "round \(round)")
                }
            }
            // Not a packet of the kept ones was refused by anything.
            let dropped = try fabric.done("observe", "--verdict", "DROPPED", "--last", "10000", "-o", "json").jsonLines()
            #expect(!dropped.isEmpty)
            #expect(dropped.allSatisfy { $0["flow"]?["source"]?["pod_name"]?.string == "client" })
            #expect(try fabric.done("policy", "verify").output.hasPrefix("OK"))
        }
    }
}
