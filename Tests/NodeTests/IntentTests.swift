import Compiler
import Model
import Net
import Testing
@testable import Node

/// Addresses given out, and what cannot be asked of a node: pure.
@Suite struct IntentTests {
    private func prefix(_ text: String) throws -> Prefix { try #require(Prefix(text)) }

    private func node(_ prefixes: String...) throws -> Desired {
        Desired(
            config: NodeConfig(name: "node1", podCIDRs: try prefixes.map { try prefix($0) }, nativeRoutingCIDRs: [], ipv4Enabled: true, bootID: 1))
    }

    private func add(_ name: String, _ state: inout Desired, _ addresses: [String] = []) throws -> [String] {
        let request = EndpointRequest(
            pod: PodName(namespace: "default", name: name), netns: "/x", device: nil, addresses: try addresses.map { try #require(IPAddress($0)) },
            labels: [:])
        return try state.addEndpoint(request, device: nil, podDevice: "eth0", mac: MACAddress(1), hostMAC: MACAddress(2)).addresses.map(\.description)
    }

    @Test func addressesOfSmallPrefixes() throws {
        for (cidr, expected) in [
            ("10.1.0.0/30", ["10.1.0.1", "10.1.0.2"]), ("10.1.0.0/31", ["10.1.0.0", "10.1.0.1"]), ("10.1.0.0/32", ["10.1.0.0"]),
            ("fd00:1::/126", ["fd00:1::1", "fd00:1::2", "fd00:1::3"]), ("fd00:1::/127", ["fd00:1::", "fd00:1::1"]), ("fd00:1::5/128", ["fd00:1::5"]),
        ] {
            var state = try node(cidr)
            for (index, address) in expected.enumerated() { #expect(try add("p\(index)", &state) == [address], "\(cidr)") }
            #expect(throws: NodeError.self, "\(cidr) is full") { try add("more", &state) }
        }
    }

    /// An address that was just given back rests as long as there are others, and is given again when there are none.
    @Test func addressesRest() throws {
        var state = try node("10.1.0.0/30")
        _ = try add("a", &state)
        _ = try state.deleteEndpoint(PodName(namespace: "default", name: "a"), now: 1)
        #expect(try add("b", &state) == ["10.1.0.2"])
        #expect(try add("c", &state) == ["10.1.0.1"])
        #expect(throws: NodeError.self) { try add("d", &state) }
        #expect(state.departed.map(\.pod.name) == ["a"])
        // The one that was given back last is not the next.
        _ = try state.deleteEndpoint(PodName(namespace: "default", name: "b"), now: 2)
        _ = try state.deleteEndpoint(PodName(namespace: "default", name: "c"), now: 3)
        #expect(try add("d", &state) == ["10.1.0.2"])
        _ = try state.deleteEndpoint(PodName(namespace: "default", name: "d"), now: 4)
        #expect(try add("e", &state) == ["10.1.0.1"])
    }

    @Test func refusals() throws {
        var state = try node("fd00:1::/64", "10.1.0.0/24")
        _ = try add("a", &state)
        state.config.addresses = [try #require(IPAddress("fd00:1::ffff"))]
        state.ips = [IPEntry(prefix: Prefix(try #require(IPAddress("fd00:1::77"))), pod: nil, labels: [:], identity: 300)]
        let before = state
        for bad in [["fd00:1::1"], ["fd00:2::1"], ["fd00:1::"], ["10.1.0.0"], ["fd00:1::ffff"], ["fd00:1::77"], ["fd00:1::5", "fd00:1::5"]] {
            #expect(throws: NodeError.self, "\(bad)") { try add("b", &state, bad) }
            #expect(state.endpoints == before.endpoints && state.departed == before.departed)
        }
        #expect(throws: NodeError.self) { try add("a", &state) }
        #expect(throws: NodeError.self) { _ = try state.deleteEndpoint(PodName(namespace: "default", name: "b"), now: 1) }
    }

    @Test func askedAgain() throws {
        var state = try node("fd00:1::/64")
        _ = try add("a", &state)
        let present = state.endpoints[0]
        let same = EndpointRequest(pod: present.pod, netns: "/x", device: nil, addresses: [], labels: [:])
        #expect(same.asks(for: present))
        for change: (inout EndpointRequest) -> Void in [
            { $0.netns = "/y" }, { $0.device = present.device }, { $0.labels = ["a": "b"] }, { $0.addresses = [.unspecified] },
            { $0.pod = PodName(namespace: "default", name: "b") },
        ] as [(inout EndpointRequest) -> Void] {
            var other = same
            change(&other)
            #expect(!other.asks(for: present))
        }
        var exact = same
        exact.addresses = present.addresses
        #expect(exact.asks(for: present))
    }

    /// Every document, written and read, is what it was; equal states have equal bytes.
    @Test func documents() throws {
        var state = try node("fd00:1::/64", "10.1.0.0/24")
        _ = try add("a", &state)
        _ = try add("b", &state)
        _ = try state.deleteEndpoint(PodName(namespace: "default", name: "a"), now: 5)
        let hop = NextHop(via: IPAddress(high: 0xfe80 << 48, low: 1), device: "eth0", weight: 3)
        try state.setNode(RemoteNode(name: "node2", podCIDRs: [try prefix("fd00:2::/64")], nextHops: [hop]))
        try state.setSwitch(Switch(name: "leaf1", addresses: [try #require(IPAddress("fe80::1"))]))
        try state.setIP(try prefix("2001:db8::/32"), pod: nil, labels: [:])
        state.staticRoutes = [StaticRoute(prefix: try prefix("2001:db8:1::/48"), kind: .remote, source: .bgp, nextHops: [hop])]
        try state.register(now: 9, limits: .maps)
        let documents = try state.documents()
        #expect(Set(documents.keys) == Set(Document.allCases))
        let read = try Desired(documents: Dictionary(documents.map { ($0.key.rawValue, $0.value) }) { $1 })
        #expect(read == state)
        #expect(try read.documents() == documents)
        for missing in Document.allCases {
            var fewer = Dictionary(documents.map { ($0.key.rawValue, $0.value) }) { $1 }
            fewer[missing.rawValue] = nil
            let error = #expect(throws: NodeError.self) { try Desired(documents: fewer) }
            #expect(error?.kind == .stored && error?.message.contains(missing.rawValue) == true)
        }
    }

    @Test func pending() throws {
        var pending = Pending()
        pending.removeDevices = ["pod1"]
        pending.load = true
        pending.uninstall = true
        let read = try Pending(bytes: try pending.bytes)
        #expect(read.removeDevices == ["pod1"] && read.load && read.uninstall && read.releaseDevices.isEmpty)
        let error = #expect(throws: NodeError.self) { try Pending(bytes: Array("{}".utf8)) }
        #expect(error?.kind == .stored)
    }

    @Test func nodesAndAddresses() throws {
        var state = try node("fd00:1::/64")
        let hop = NextHop(via: IPAddress(high: 0xfe80 << 48, low: 1), device: "eth0")
        try state.setNode(RemoteNode(name: "node2", podCIDRs: [try prefix("fd00:2::/64")], nextHops: [hop, hop]))
        #expect(state.nodes[0].nextHops == [hop], "said twice, it is still one")
        let before = state
        for bad in [
            RemoteNode(name: "node3", podCIDRs: [try prefix("fd00:2::/63")], nextHops: [hop]),
            RemoteNode(name: "node3", podCIDRs: [], nextHops: [hop]),
            RemoteNode(name: "node3", podCIDRs: [try prefix("fd00:3::/64")], nextHops: []),
            RemoteNode(name: "node1", podCIDRs: [try prefix("fd00:3::/64")], nextHops: [hop]),
            RemoteNode(name: "node3", podCIDRs: [try prefix("fd00:3::/64")], nextHops: [NextHop(via: IPAddress(ipv4: 0x0a00_0001), device: "eth0")]),
        ] {
            #expect(throws: NodeError.self) { try state.setNode(bad) }
            #expect(state == before)
        }
        #expect(throws: NodeError.self) { try state.deleteNode("node3") }
        #expect(throws: NodeError.self) { try state.setIP(try prefix("fd00:1::7/128"), pod: nil, labels: [:]) }
        #expect(throws: NodeError.self) { try state.deleteIP(try prefix("fd00:1::7/128")) }
        try state.deleteNode("node2")
        #expect(state.nodes.isEmpty)
    }
}
