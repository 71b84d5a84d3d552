import CFabricABI
import Compiler
import Model
import Net
import Testing

/// The tables say what the documents say, and the kernel's routes what the tables say.
@Suite struct CompileTests {
    private let links = [
        "eth0": LinkFact(ifindex: 2, mtu: 1500), "eth1": LinkFact(ifindex: 3, mtu: 9000), "pod1": LinkFact(ifindex: 7, mtu: 1500),
    ]

    private func prefix(_ text: String) throws -> Prefix { try #require(Prefix(text)) }
    private func address(_ text: String) throws -> IPAddress { try #require(IPAddress(text)) }

    private func node() throws -> Desired {
        var config = NodeConfig(
            name: "node1", podCIDRs: [try prefix("fd00:cafe:0:1::/64"), try prefix("10.1.0.0/24")],
            nativeRoutingCIDRs: [try prefix("fd00:cafe::/56"), try prefix("10.0.0.0/8")], ipv4Enabled: true, bootID: 77)
        config.uplinks = [Uplink(device: "eth0", ifindex: 2, mtu: 1500), Uplink(device: "eth1", ifindex: 3, mtu: 9000)]
        config.addresses = [try address("fd00:beef::1"), try address("172.16.1.2")]
        config.baseRoutes = [BaseRoute(prefix: .ipv6Default, nextHops: [NextHop(via: try address("fd00:fab:1::1"), device: "eth0")])]
        var desired = Desired(config: config)
        desired.endpoints = [
            Endpoint(
                id: 1025, pod: PodName(namespace: "default", name: "web"), addresses: [try address("fd00:cafe:0:1::1"), try address("10.1.0.1")],
                identity: 256,
                labels: [:], device: "pod1", mac: MACAddress(0x0200_0000_0001), hostMAC: MACAddress(0x0200_0000_0002), netns: "/x", podDevice: "eth0",
                mtu: 1400)
        ]
        desired.nodes = [
            RemoteNode(
                name: "node2", podCIDRs: [try prefix("fd00:cafe:0:2::/64")], addresses: [try address("fd00:beef::2")],
                nextHops: [
                    NextHop(via: try address("fd00:fab:1::1"), device: "eth0"), NextHop(via: try address("fd00:fab:2::1"), device: "eth1", weight: 2),
                ])
        ]
        desired.ips = [
            IPEntry(prefix: Prefix(try address("fd00:cafe:0:2::a")), pod: nil, labels: [:], identity: 300),
            IPEntry(prefix: try prefix("2001:db8::/32"), pod: nil, labels: [:], identity: 1 << 24),
        ]
        try desired.register(now: 1, limits: .maps)
        return desired
    }

    @Test func endpointsDevicesAndAddresses() throws {
        let tables = compile(try node(), links: links, cpus: 2)
        let record = try #require(tables.endpoints[1])
        #expect(tables.endpoints.count == 1 && record.id == 1025 && record.ifindex == 7 && record.identity == 256 && record.mtu == 1400)
        #expect(withUnsafeBytes(of: record.mac) { Array($0) } == [2, 0, 0, 0, 0, 1])
        #expect(tables.devices[7]?.endpoint == 1025 && tables.devices[7]?.kind == FABRIC_DEVICE_ENDPOINT.rawValue)
        #expect(tables.devices[2]?.kind == FABRIC_DEVICE_UPLINK.rawValue && tables.devices[3]?.kind == FABRIC_DEVICE_UPLINK.rawValue)
        func kind(_ text: String) throws -> UInt32? { tables.addresses[try address(text)]?.kind }
        #expect(try kind("fd00:cafe:0:1::1") == FABRIC_ADDRESS_ENDPOINT.rawValue && kind("10.1.0.1") == FABRIC_ADDRESS_ENDPOINT.rawValue)
        #expect(try kind("fd00:beef::1") == FABRIC_ADDRESS_HOST.rawValue && kind("fe80::1") == FABRIC_ADDRESS_HOST.rawValue)
        #expect(try kind("fd00:cafe:0:2::a") == FABRIC_ADDRESS_REMOTE.rawValue)
        #expect(try tables.addresses[address("fd00:beef::2")]?.identity == FABRIC_IDENTITY_REMOTE_NODE.rawValue)
        #expect(try tables.prefixes[prefix("2001:db8::/32")]?.identity == 1 << 24)
        #expect(try tables.prefixes[prefix("fd00:cafe::/56")]?.identity == FABRIC_IDENTITY_UNMANAGED.rawValue)
    }

    @Test func routesOfMapsAndKernelAgree() throws {
        let tables = compile(try node(), links: links, cpus: 2)
        for route in tables.kernelRoutes where !route.prefix.isHost {
            let compiled = try #require(tables.routes[route.prefix], "\(route.prefix)")
            switch route.kind {
            case .unicast:
                #expect(compiled.kind == FABRIC_ROUTE_REMOTE.rawValue)
                let group = try #require(tables.groups[compiled.group])
                #expect(Int(group.count) == route.nextHops.count)
                for (id, hop) in zip(group.ids, route.nextHops) {
                    let record = try #require(tables.nextHops[id % UInt32(FABRIC_NEXTHOP_SLOTS)])
                    #expect(record.id == id && Int(record.ifindex) == links[hop.device]?.ifindex && record.gateway.ipAddress == hop.via)
                    #expect(Int(record.mtu) == links[hop.device]?.mtu)
                }
            case .unreachable: #expect(compiled.kind == FABRIC_ROUTE_LOCAL.rawValue)
            case .blackhole: Issue.record("nothing asked for a blackhole")
            }
        }
        // The pod's host routes are the kernel's alone: programs find pods by address.
        let hosts = tables.kernelRoutes.filter { $0.prefix.isHost }
        #expect(hosts.map(\.prefix.description) == ["fd00:cafe:0:1::1/128", "10.1.0.1/32"])
        #expect(hosts.allSatisfy { $0.nextHops.first?.device == "pod1" && $0.nextHops.first?.via == nil })
        #expect(tables.routes[.ipv6Default]?.flags == UInt16(FABRIC_ROUTE_WORLD.rawValue))
        #expect(try tables.routes[prefix("fd00:cafe:0:2::/64")]?.flags == 0)
        #expect(tables.kernelRoutes.map(\.prefix) == tables.kernelRoutes.map(\.prefix).sorted())
    }

    /// Compiled twice, from equal documents, byte by byte the same.
    @Test func deterministic() throws {
        func image() throws -> String {
            let tables = compile(try node(), links: links, cpus: 2)
            func bytes<T>(_ value: T) -> [UInt8] { withUnsafeBytes(of: value) { Array($0) } }
            var out = "\(tables.revision) \(bytes(tables.config)) \(tables.kernelRoutes) \(tables.missingDevices)\n"
            for (key, value) in tables.endpoints.sorted(by: { $0.key < $1.key }) { out += "\(key) \(bytes(value))\n" }
            for (key, value) in tables.devices.sorted(by: { $0.key < $1.key }) { out += "\(key) \(bytes(value))\n" }
            for (key, value) in tables.addresses.sorted(by: { $0.key < $1.key }) { out += "\(key) \(bytes(value))\n" }
            for (key, value) in tables.routes.sorted(by: { $0.key < $1.key }) { out += "\(key) \(bytes(value))\n" }
            for (key, value) in tables.groups.sorted(by: { $0.key < $1.key }) { out += "\(key) \(bytes(value))\n" }
            for (key, value) in tables.nextHops.sorted(by: { $0.key < $1.key }) { out += "\(key) \(bytes(value))\n" }
            return out
        }
        #expect(try image() == image())
    }

    @Test func aDeviceThatIsGone() throws {
        var present = links
        present["eth1"] = nil
        present["pod1"] = nil
        let desired = try node()
        let tables = compile(desired, links: present, cpus: 2)
        #expect(tables.missingDevices == ["eth1", "pod1"])
        #expect(tables.endpoints.isEmpty && tables.devices.keys.sorted() == [2])
        let route = try #require(try tables.routes[prefix("fd00:cafe:0:2::/64")])
        let group = try #require(tables.groups[route.group])
        #expect(group.count == 1, "what can still work does")
        #expect(group.bounds == [1 << 31 - 1])
        // The pod's addresses stay known as a pod's: nobody else may use them.
        #expect(try tables.addresses[address("fd00:cafe:0:1::1")]?.endpoint == 1025)
    }

    @Test func whoWinsAnAddress() throws {
        var desired = try node()
        // A remote node's file that names one of this node's addresses takes nothing away.
        desired.nodes[0].addresses.append(try address("fd00:beef::1"))
        desired.nodes[0].addresses.append(try address("fd00:cafe:0:1::1"))
        let tables = compile(desired, links: links, cpus: 2)
        #expect(try tables.addresses[address("fd00:beef::1")]?.kind == FABRIC_ADDRESS_HOST.rawValue)
        #expect(try tables.addresses[address("fd00:cafe:0:1::1")]?.kind == FABRIC_ADDRESS_ENDPOINT.rawValue)
    }

    @Test func staticRoutes() throws {
        var desired = try node()
        desired.staticRoutes = [
            StaticRoute(prefix: try prefix("2001:db8:1::/48"), kind: .blackhole, source: .static),
            StaticRoute(prefix: try prefix("2001:db8:2::/48"), kind: .unreachable, source: .bgp),
            StaticRoute(
                prefix: try prefix("2001:db8:3::/48"), kind: .remote, source: .bgp,
                nextHops: [NextHop(via: try address("fd00:fab:2::1"), device: "eth1")]),
        ]
        try desired.register(now: 2, limits: .maps)
        let tables = compile(desired, links: links, cpus: 2)
        #expect(try tables.routes[prefix("2001:db8:1::/48")]?.kind == UInt8(FABRIC_ROUTE_BLACKHOLE.rawValue))
        #expect(try tables.routes[prefix("2001:db8:2::/48")]?.source == UInt8(FABRIC_SOURCE_BGP.rawValue))
        #expect(try tables.routes[prefix("2001:db8:3::/48")]?.kind == UInt8(FABRIC_ROUTE_REMOTE.rawValue))
        let kinds = Dictionary(tables.kernelRoutes.map { ($0.prefix.description, $0.kind) }) { $1 }
        #expect(kinds["2001:db8:1::/48"] == .blackhole && kinds["2001:db8:2::/48"] == .unreachable && kinds["2001:db8:3::/48"] == .unicast)
    }
}
