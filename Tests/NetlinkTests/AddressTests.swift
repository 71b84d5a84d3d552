import Glibc
import Net
import Netlink
import TestSupport
import Testing

@Suite(.enabled(if: geteuid() == 0, "needs root: network namespaces"))
struct AddressTests {
    @Test func addedAddressesAreThere() async throws {
        try await withNetworkNamespace { _ in
            var socket = try NetlinkSocket()
            try socket.createVeth(VethEnd(name: "a"), peer: VethEnd(name: "b"))
            let index = try #require(try socket.link(named: "a")).index
            try socket.setLink(index, LinkChange(up: true, addressGeneration: LinkChange.AddressGeneration.none))
            let wanted = [
                InterfaceAddress(try address("fd00::1"), prefixLength: 64, ifindex: index, flags: [.noDAD, .permanent, .noPrefixRoute]),
                InterfaceAddress(try address("fe80::1"), prefixLength: 64, ifindex: index, scope: .link, flags: [.noDAD, .permanent]),
                InterfaceAddress(try address("10.1.2.3"), prefixLength: 24, ifindex: index, flags: [.permanent]),
                InterfaceAddress(try address("10.9.0.1"), prefixLength: 32, ifindex: index, flags: [.permanent], peer: try address("10.9.0.2")),
            ]
            for address in wanted { try socket.addAddress(address) }

            #expect(try socket.addresses(ifindex: index) == wanted)
            #expect(try socket.addresses(ifindex: index, family: .ipv4) == Array(wanted[2...]))

            let witness = try #require(try Witness.json("address show dev a").first?["addr_info"]).elements
            #expect(witness.compactMap { $0["local"]?.text }.sorted() == ["10.1.2.3", "10.9.0.1", "fd00::1", "fe80::1"])
            let global = try #require(witness.first { $0["local"]?.text == "fd00::1" })
            #expect(global["nodad"] == .bool(true))
            #expect(global["noprefixroute"] == .bool(true))
            #expect(global["scope"]?.text == "global")
            #expect(witness.first { $0["local"]?.text == "fe80::1" }?["scope"]?.text == "link")
            #expect(witness.first { $0["local"]?.text == "10.9.0.1" }?["address"]?.text == "10.9.0.2")
            #expect(try Witness.json("-6 route show fd00::/64").isEmpty, "no route of the prefix")

            for address in wanted { try socket.deleteAddress(address) }
            #expect(try Witness.json("address show dev a").first?["addr_info"]?.elements.isEmpty == true)
        }
    }

    @Test func detectionIsVisible() async throws {
        try await withNetworkNamespace { _ in
            var socket = try NetlinkSocket()
            let (a, _) = try makePair(&socket)
            try socket.addAddress(InterfaceAddress(address("fd00:b::1"), prefixLength: 64, ifindex: a.index))
            let added = try address("fd00:b::1")
            let address = try #require(try socket.addresses(ifindex: a.index).first { $0.address == added })
            #expect(address.flags.contains(.tentative))
            try socket.replaceAddress(InterfaceAddress(added, prefixLength: 64, ifindex: a.index, flags: .noPrefixRoute))
            #expect(try socket.addresses(ifindex: a.index).first { $0.address == added }?.flags.contains(.noPrefixRoute) == true)
        }
    }

    @Test func listAgreesWithIproute() async throws {
        try await withNetworkNamespace { _ in
            var socket = try NetlinkSocket()
            _ = try makePair(&socket)
            var expected: [String] = []
            for link in try Witness.json("address show") {
                for info in link["addr_info"]?.elements ?? [] {
                    expected.append("\(link["ifindex"]?.number ?? 0) \(info["local"]?.text ?? "")/\(info["prefixlen"]?.number ?? -1)")
                }
            }
            #expect(try socket.addresses().map { "\($0.ifindex) \($0)" }.sorted() == expected.sorted())
            #expect(expected.count == 4)
        }
    }

    @Test func refusals() async throws {
        try await withNetworkNamespace { _ in
            var socket = try NetlinkSocket()
            let loopback = InterfaceAddress(try address("::1"), ifindex: 1)
            #expect {
                try socket.addAddress(loopback)
            } throws: { error in
                (error as? NetlinkError)?.code == EEXIST && "\(error)".hasPrefix("add address ::1/128 dev lo: File exists")
            }
            #expect {
                try socket.deleteAddress(InterfaceAddress(address("fd00::1"), ifindex: 1))
            } throws: { error in
                (error as? NetlinkError)?.code == EADDRNOTAVAIL
            }
        }
    }
}
