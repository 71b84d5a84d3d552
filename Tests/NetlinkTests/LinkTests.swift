import Glibc
import Net
import Netlink
import TestSupport
import Testing

@Suite(.enabled(if: geteuid() == 0, "needs root: network namespaces"))
struct LinkTests {
    @Test func vethPairIsAsAskedFor() async throws {
        try await withNetworkNamespace { _ in
            var socket = try NetlinkSocket()
            try socket.createVeth(
                VethEnd(name: "left", macAddress: MACAddress("02:00:00:00:00:01"), mtu: 9000, queues: 3),
                peer: VethEnd(name: "right", macAddress: MACAddress("02:00:00:00:00:02"), mtu: 1400))

            let left = try #require(try Witness.json("-d link show left").first)
            #expect(left["address"]?.text == "02:00:00:00:00:01")
            #expect(left["mtu"]?.number == 9000)
            #expect(left["linkinfo"]?["info_kind"]?.text == "veth")
            #expect(left["link"]?.text == "right")
            #expect(left["num_tx_queues"]?.number == 3)
            #expect(left["num_rx_queues"]?.number == 3)
            let right = try #require(try Witness.json("link show right").first)
            #expect(right["address"]?.text == "02:00:00:00:00:02")
            #expect(right["mtu"]?.number == 1400)
            #expect(right["flags"]?.elements.contains(.string("UP")) == false)
        }
    }

    @Test func listAgreesWithIproute() async throws {
        try await withNetworkNamespace { _ in
            var socket = try NetlinkSocket()
            try Witness.ip("link add name a type veth peer name b.100")
            try Witness.ip("link add name br type bridge")
            try Witness.ip("link set dev a master br up")
            try Witness.ip("link set dev br up")

            let links = try socket.links()
            let witness = try Witness.json("-d link show").sorted { ($0["ifindex"]?.number ?? 0) < ($1["ifindex"]?.number ?? 0) }
            #expect(links.map(\.name) == witness.compactMap { $0["ifname"]?.text })
            #expect(links.map(\.index) == witness.compactMap { $0["ifindex"]?.number })
            #expect(links.map(\.mtu) == witness.compactMap { $0["mtu"]?.number })
            #expect(links.map(\.operationalState.description) == witness.compactMap { $0["operstate"]?.text })
            #expect(links.map { $0.macAddress?.description } == witness.map { $0["address"]?.text })
            #expect(links.map(\.kind) == witness.map { $0["linkinfo"]?["info_kind"]?.text })
            for (link, other) in zip(links, witness) {
                let flags = other["flags"]?.elements ?? []
                #expect(link.isUp == flags.contains(.string("UP")))
                #expect(link.hasCarrier == flags.contains(.string("LOWER_UP")))
                #expect(link.isLoopback == flags.contains(.string("LOOPBACK")))
            }
            let a = try #require(try socket.link(named: "a"))
            #expect(a.master == (try socket.link(named: "br"))?.index)
            #expect(a.peerIndex == (try socket.link(named: "b.100"))?.index)
            #expect(a.peerNamespaceID == nil)
            #expect(!a.hasCarrier, "its peer is down")
            #expect(try socket.link(index: a.index) == a)
        }
    }

    @Test func changes() async throws {
        try await withNetworkNamespace { _ in
            var socket = try NetlinkSocket()
            try socket.createVeth(VethEnd(name: "a"), peer: VethEnd(name: "b"))
            let index = try #require(try socket.link(named: "a")).index
            let change = LinkChange(
                up: true, name: "c", macAddress: MACAddress(0x0200_0000_00ff), mtu: 1300, addressGeneration: LinkChange.AddressGeneration.none)
            try socket.setLink(index, change)

            let link = try #require(try Witness.json("-d address show dev c").first)
            #expect(link["mtu"]?.number == 1300)
            #expect(link["address"]?.text == "02:00:00:00:00:ff")
            #expect(try Witness.json("-d link show c").first?["inet6_addr_gen_mode"]?.text == "none")
            #expect(link["flags"]?.elements.contains(.string("UP")) == true)
            #expect(link["addr_info"]?.elements.isEmpty == true, "no link-local address came up before the mode was set")

            try socket.setLink(index, LinkChange(up: false))
            #expect(try Witness.json("link show c").first?["flags"]?.elements.contains(.string("UP")) == false)
        }
    }

    @Test func peerInAnotherNamespace() async throws {
        try await withNetworkNamespace { _ in
            let pod = try NetworkNamespace.anonymous()
            var inside = try NetlinkSocket(in: pod)
            var socket = try NetlinkSocket()
            try socket.createVeth(VethEnd(name: "lxc1"), peer: VethEnd(name: "eth0", namespace: pod.descriptor))
            let outer = try #require(try socket.link(named: "lxc1"))
            let inner = try #require(try inside.link(named: "eth0"))
            #expect(outer.peerIndex == inner.index)
            #expect(inner.peerIndex == outer.index)
            #expect(outer.peerNamespaceID != nil)
            #expect(try Witness.json("link show").map { $0["ifname"]?.text } == ["lo", "lxc1"])
            let names = try pod.run { try Witness.json("link show").map { $0["ifname"]?.text } }
            #expect(names == ["lo", "eth0"])

            // Back home, by a move.
            let home = try NetworkNamespace.current()
            try inside.setLink(inner.index, LinkChange(name: "moved", namespace: home.descriptor))
            #expect(try inside.link(named: "eth0") == nil)
            #expect(try socket.link(named: "moved")?.macAddress == inner.macAddress)

            try socket.deleteLink(outer.index)
            #expect(try socket.link(named: "lxc1") == nil)
            #expect(try socket.link(named: "moved") == nil, "the other end goes with it")
        }
    }

    @Test func statisticsCountDrops() async throws {
        try await withNetworkNamespace { _ in
            var socket = try NetlinkSocket()
            let (a, b) = try makePair(&socket)
            let before = try #require(try socket.statistics(index: b.index))
            for _ in 0..<5 { try sendUnknownFrame(a.index) }
            let after = try #require(try socket.statistics()[b.index])
            #expect(after.rxPackets >= before.rxPackets + 5)
            #expect(after.rxBytes >= before.rxBytes + 5 * 60)
            #expect(after.rxDropped >= before.rxDropped + 5, "nobody takes this protocol")

            // Other packets may come at any time: what iproute2 reads lies between two readings of ours.
            for (name, index) in [("a", a.index), ("b", b.index)] {
                let first = try #require(try socket.statistics(index: index))
                let witness = try #require(try Witness.json("-s link show \(name)").first?["stats64"])
                let last = try #require(try socket.statistics(index: index))
                let fields: [(String, String, KeyPath<LinkStatistics, UInt64>)] = [
                    ("rx", "packets", \.rxPackets), ("tx", "packets", \.txPackets), ("rx", "bytes", \.rxBytes), ("tx", "bytes", \.txBytes),
                    ("rx", "errors", \.rxErrors), ("tx", "errors", \.txErrors), ("rx", "dropped", \.rxDropped), ("tx", "dropped", \.txDropped),
                ]
                for (direction, counter, path) in fields {
                    let value = UInt64(try #require(witness[direction]?[counter]?.number))
                    #expect((first[keyPath: path]...last[keyPath: path]).contains(value), "\(name) \(direction) \(counter)")
                }
            }
        }
    }

    /// Sends a frame of 60 bytes whose protocol (0x88b5, IEEE 802 local experimental) nobody listens to.
    private func sendUnknownFrame(_ ifindex: Int) throws {
        let fd = socket(AF_PACKET, Int32(SOCK_RAW.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        try #require(fd >= 0)
        defer { close(fd) }
        let frame = [UInt8](repeating: 0xff, count: 6) + [2, 0, 0, 0, 0, 0x0a, 0x88, 0xb5] + [UInt8](repeating: 0, count: 46)
        // struct sockaddr_ll: family, protocol, index, hardware type, packet type, address length, address.
        var target = [UInt8](repeating: 0, count: 20)
        target.withUnsafeMutableBytes { bytes in
            bytes.storeBytes(of: UInt16(AF_PACKET), as: UInt16.self)
            bytes.storeBytes(of: Int32(ifindex), toByteOffset: 4, as: Int32.self)
        }
        let count = target.withUnsafeBytes { bytes in
            sendto(fd, frame, frame.count, 0, bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self), 20)
        }
        try #require(count == frame.count)
    }

    @Test func absentDevicesAreNil() async throws {
        try await withNetworkNamespace { _ in
            var socket = try NetlinkSocket()
            #expect(try socket.link(named: "nosuch") == nil)
            #expect(try socket.link(named: "") == nil)
            #expect(try socket.link(named: "longer-than-any-name") == nil)
            #expect(try socket.link(index: 4711) == nil)
            #expect(try socket.link(index: -1) == nil)
            #expect(try socket.statistics(index: 4711) == nil)
        }
    }

    @Test func refusalsSayWhatAndWhy() async throws {
        try await withNetworkNamespace { _ in
            var socket = try NetlinkSocket()
            #expect {
                try socket.createVeth(VethEnd(name: "lo"), peer: VethEnd(name: "b"))
            } throws: { error in
                (error as? NetlinkError)?.code == EEXIST && "\(error)".hasPrefix("create veth lo with peer b: File exists")
            }
            #expect {
                try socket.setLink(4711, LinkChange(up: true))
            } throws: { error in
                (error as? NetlinkError)?.code == ENODEV && "\(error)".hasPrefix("set ifindex 4711 up: No such device")
            }
            #expect {
                try socket.setLink(1, LinkChange(mtu: -5))
            } throws: { error in
                "\(error)".hasPrefix("set lo mtu -5: ")
            }
        }
    }
}
