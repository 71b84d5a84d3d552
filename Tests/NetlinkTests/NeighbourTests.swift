import Glibc
import Net
import Netlink
import TestSupport
import Testing

@Suite(.enabled(if: geteuid() == 0, "needs root: network namespaces"))
struct NeighbourTests {
    @Test(arguments: ["fd00:a::2", "10.0.0.2"])
    func permanentEntries(_ text: String) async throws {
        try await withNetworkNamespace { _ in
            var socket = try NetlinkSocket()
            let (a, _) = try makePair(&socket)
            let target = try address(text)
            // The kernel itself keeps entries for multicast groups.
            func permanent(_ socket: inout NetlinkSocket) throws -> [Neighbour] {
                try socket.neighbours(ifindex: a.index, family: target.family).filter { $0.state == .permanent }
            }
            let first = Neighbour(address: target, ifindex: a.index, macAddress: MACAddress(0x0200_0000_0001))
            try socket.replaceNeighbour(first)
            #expect(try permanent(&socket) == [first])
            #expect(try socket.neighbour(target, ifindex: a.index) == first)
            var second = first
            second.macAddress = MACAddress(0x0200_0000_0002)
            try socket.replaceNeighbour(second)
            #expect(try permanent(&socket) == [second])
            let witness = try Witness.json("neigh show dev a nud permanent")
            #expect(witness.count == 1)
            #expect(witness.first?["dst"]?.text == text)
            #expect(witness.first?["lladdr"]?.text == "02:00:00:00:00:02")
            try socket.deleteNeighbour(target, ifindex: a.index)
            #expect(try Witness.json("neigh show dev a nud permanent").isEmpty)
            #expect(try socket.neighbour(target, ifindex: a.index) == nil)
        }
    }

    @Test func statesAreNamedAsIprouteDoes() async throws {
        try await withNetworkNamespace { _ in
            var socket = try NetlinkSocket()
            let (a, b) = try makePair(&socket)
            for (index, state) in ["reachable", "stale", "permanent", "noarp", "failed"].enumerated() {
                try Witness.ip("neigh replace fd00:a::1\(index) dev a lladdr 02:00:00:00:00:0\(index) nud \(state)")
            }
            try Witness.ip("neigh replace fd00:a::20 dev a lladdr 02:00:00:00:00:09 nud permanent router")
            try Witness.ip("neigh replace fd00:b::1 dev b lladdr 02:00:00:00:00:09 nud stale")
            let all = try socket.neighbours()
            let ours = all.map { "\($0.address) \($0.ifindex) \($0.state.description.uppercased()) \($0.macAddress?.description ?? "-")" }
            let names = [a.index: "a", b.index: "b", 1: "lo"]
            let witness = try Witness.json("neigh show nud all").map { entry in
                let index = names.first { $0.value == entry["dev"]?.text }?.key ?? 0
                let state = entry["state"]?.elements.compactMap(\.text).joined(separator: ",") ?? ""
                return "\(entry["dst"]?.text ?? "") \(index) \(state) \(entry["lladdr"]?.text ?? "-")"
            }
            #expect(ours.sorted() == witness.sorted())
            #expect(try socket.neighbours(ifindex: b.index).map(\.address) == [address("fd00:b::1")])
            let router = try address("fd00:a::20")
            #expect(all.first { $0.address == router }?.isRouter == true)
            let failed = try address("fd00:a::14")
            #expect(all.first { $0.address == failed }?.state.isValid == false)
            #expect(all.first { $0.address == router }?.state.isValid == true)
        }
    }

    @Test func refusals() async throws {
        try await withNetworkNamespace { _ in
            var socket = try NetlinkSocket()
            #expect {
                try socket.deleteNeighbour(address("fd00::9"), ifindex: 1)
            } throws: { error in
                (error as? NetlinkError)?.code == ENOENT && "\(error)".hasPrefix("delete neighbour fd00::9 dev lo: No such file or directory")
            }
        }
    }
}
