import Glibc
import Model
import Net
import Netlink
import Node
import NodeTestSupport
import Testing

/// An address that one pod loses and another one gets at once, while somebody goes on sending to it.
@Suite("inheritance", .enabled(if: isRoot, "needs root: loads programs into a namespace"), .serialized)
struct InheritanceTests {
    private static let rounds = getenv("FABCTL_CRASH") == nil ? 5 : 20

    @Test func anAddressGoesToAnotherPodUnderTraffic() throws {
        try Fabric.with { fabric in
            try fabric.install()
            let address = "fd00:cafe:0:1::77"
            let load = Fabric.program.split(separator: "/").dropLast().reduce("") { "\($0)/\($1)" } + "/fabctl-load"
            for pod in ["p0", "p1"] { try fabric.addNamespace(pod) }
            func connect(_ pod: String) throws { try fabric.done("endpoint", "add", "default/\(pod)", "--netns", fabric.path(pod), "--ip", address) }
            try connect("p0")
            for round in 0..<Self.rounds {
                let (old, new) = round % 2 == 0 ? ("p0", "p1") : ("p1", "p0")
                #expect(try fabric.pings("l1", address))
                let ports = (udp: "\(8000 + round)", tcp: "\(9000 + round)")
                func send(_ verb: String, _ port: String, _ more: String...) throws -> Running {
                    try fabric.start(
                        [load, verb, "--client", fabric.path("l1"), "--server", fabric.path(old), "--to", address, "--port", port, "--seconds", "30"]
                            + more)
                }
                let senders = [try send("flood", ports.udp, "--rate", "1000"), try send("stream", ports.tcp)]
                defer { for sender in senders { _ = try? sender.kill() } }
                let filter = "port \(ports.udp) or port \(ports.tcp)"
                let capture = try fabric.start(["tcpdump", "-n", "-l", "-i", "any", "-Q", "in", filter], on: new)
                let id = try #require(try Node(root: fabric.root).desired().endpoints.first?.id)
                #expect(
                    try eventually { try fabric.flows(ports.udp, endpoint: id) > 20 && fabric.flows(ports.tcp, endpoint: id) > 20 }, "round \(round)")
                #expect(eventually { capture.errorSoFar.contains("listening on") })

                try fabric.done("endpoint", "delete", "default/\(old)")
                let passed = try (udp: fabric.flows(ports.udp, endpoint: id), tcp: fabric.flows(ports.tcp, endpoint: id))
                try connect(new)
                usleep(700_000)
                let seen = try capture.interrupt().output.split(separator: "\n")
                #expect(seen.isEmpty, "round \(round): \(seen.count) packets, the first \(seen.first ?? "")")
                // Not a packet more counts for the pod that is gone.
                #expect(try fabric.flows(ports.udp, endpoint: id) <= passed.udp && fabric.flows(ports.tcp, endpoint: id) <= passed.tcp)
            }
        }
    }
}

extension Fabric {
    /// Packets of the flows with a port that were judged for an endpoint.
    fileprivate func flows(_ port: String, endpoint: UInt32) throws -> UInt64 {
        try Node(root: root).flowViews().reduce(0) { sum, flow in
            "\(flow.destinationPort)" == port && flow.destinationEndpoint == endpoint && flow.state != "denied" ? sum + flow.packets.0 : sum
        }
    }
}
