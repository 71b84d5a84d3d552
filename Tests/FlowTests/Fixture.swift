import CFabricABI
import Model
import Net
import Testing

@testable import Flow

/// 23 November 2025, 03:31:00.123 UTC, in ns.
let eventTime: Int64 = 1_763_868_660_123_000_000
/// The clock of all fixtures: CLOCK_MONOTONIC was 0 at 03:00:00 that day.
let clock = FlowClock(offset: 1_763_866_800_000_000_000)

func address(_ text: String) throws -> IPAddress { try #require(IPAddress(text), "\(text)") }

/// A node with two pods, one remote pod, one remote prefix, a leaf and two next hops.
func makeDesired(cluster: String = "default") throws -> Desired {
    let mac = try #require(MACAddress("02:00:00:00:00:01"))
    var config = NodeConfig(
        name: "node1", clusterName: cluster, podCIDRs: [try #require(Prefix("fd00:cafe:0:1::/64"))],
        nativeRoutingCIDRs: [try #require(Prefix("fd00:cafe::/56"))],
        uplinks: [Uplink(device: "eth0", ifindex: 2, mtu: 1500)], addresses: [try address("fd00:aaaa::1"), try address("fe80::99")],
        bootID: 0x0123_4567_89ab_cdef)
    config.ipv4Enabled = true
    var desired = Desired(config: config)
    func endpoint(_ id: UInt32, _ name: String, _ addresses: [String], _ identity: UInt32) throws -> Endpoint {
        Endpoint(
            id: id, pod: PodName(namespace: "default", name: name), addresses: try addresses.map(address), identity: identity, labels: ["app": name],
            device: "lxc\(id)", mac: mac, hostMAC: mac, netns: nil, podDevice: "eth0", mtu: 1500)
    }
    desired.endpoints = [
        try endpoint(11, "client", ["fd00:cafe:0:1::c"], 5003),
        try endpoint(12, "web", ["fd00:cafe:0:1::a", "10.0.1.10"], 5001),
    ]
    desired.departed = [
        DepartedEndpoint(
            id: 9, pod: PodName(namespace: "default", name: "old"), identity: 5009, addresses: [try address("fd00:cafe:0:1::9")],
            deletedAt: 2_000_000_000_000)
    ]
    desired.ips = [
        IPEntry(
            prefix: try #require(Prefix("fd00:cafe:0:2::b/128")), pod: PodName(namespace: "default", name: "db"), labels: ["app": "db"],
            identity: 5002),
        IPEntry(
            prefix: try #require(Prefix("fd00:cafe:0:3::/64")), pod: PodName(namespace: "batch", name: "wide"), labels: [:], identity: 5004),
        IPEntry(
            prefix: try #require(Prefix("fd00:cafe:0:3::4:0/112")), pod: PodName(namespace: "batch", name: "narrow"), labels: [:], identity: 5005),
    ]
    desired.nodes = [
        RemoteNode(name: "node2", podCIDRs: [try #require(Prefix("fd00:cafe:0:2::/64"))], addresses: [try address("fd00:aaaa::2")], nextHops: [])
    ]
    desired.switches = [
        Switch(name: "leaf1", addresses: [try address("fe80::1"), try address("fd00:bbbb::1")]),
        Switch(name: "leaf2", addresses: [try address("fe80::2"), try address("fd00:bbbb::2")]),
        Switch(name: "spine1", addresses: [try address("fe80::2"), try address("fd00:bbbb::11")]),
    ]
    desired.registry.nextHops = [
        RegisteredNextHop(id: 1, via: try address("fe80::1"), device: "eth0"),
        RegisteredNextHop(id: 2, via: try address("fe80::2"), device: "eth1"),
        RegisteredNextHop(id: 3, via: nil, device: "eth0"),
    ]
    desired.identities.identities = [
        Identity(number: 5001, labels: ["k8s:app=web", "k8s:io.kubernetes.pod.namespace=default"]),
        Identity(number: 5002, labels: ["k8s:app=db", "k8s:io.kubernetes.pod.namespace=default"]),
        Identity(number: 5003, labels: ["k8s:app=client", "k8s:io.kubernetes.pod.namespace=default"]),
        Identity(number: 16_777_216, labels: ["cidr:2001:db8::/32", "reserved:world-ipv6"]),
    ]
    return desired
}

func makeNames(cluster: String = "default") throws -> Names { Names(try makeDesired(cluster: cluster)) }

extension fabric_address {
    init(_ address: IPAddress) {
        self.init(words: (address.high.bigEndian, address.low.bigEndian))
    }
}

/// The raw event of issue's example line: web to db, a SYN that leaves by leaf1.
func makeRaw() throws -> fabric_event {
    var raw = fabric_event()
    raw.sequence = 7
    raw.cpu = 1
    raw.time = UInt64(eventTime - clock.offset)
    raw.source = fabric_address(try address("fd00:cafe:0:1::a"))
    raw.destination = fabric_address(try address("fd00:cafe:0:2::b"))
    raw.source_identity = 5001
    raw.destination_identity = 5002
    raw.source_endpoint = 12
    raw.source_port = UInt16(44512).bigEndian
    raw.destination_port = UInt16(5432).bigEndian
    raw.family = 6
    raw.protocol = 6
    raw.tcp_flags = 0x02
    raw.type = UInt8(FABRIC_EVENT_TRACE.rawValue)
    raw.point = UInt8(FABRIC_POINT_TO_NETWORK.rawValue)
    raw.verdict = UInt8(FABRIC_VERDICT_FORWARDED.rawValue)
    raw.trace = UInt8(FABRIC_TRACE_NEW.rawValue)
    raw.length = 80
    raw.nexthop = 1
    raw.ifindex = 55
    raw.revision = 3
    raw.direction = UInt8(FABRIC_DIRECTION_EGRESS.rawValue)
    raw.flow_label = 0x12345
    raw.packets = 1
    raw.hop_limit = 63
    raw.source_mac = (2, 0, 0, 0, 0, 0x0a)
    raw.destination_mac = (2, 0, 0, 0, 0, 0x0b)
    return raw
}

func makeEvent() throws -> FlowEvent { FlowEvent(try makeRaw(), clock: clock) }

func compact(_ event: FlowEvent, names: Names? = nil, _ options: CompactFormat.Options = .init()) throws -> String {
    var bytes: [UInt8] = []
    CompactFormat(names: try names ?? makeNames(), options: options).write(event, to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
}

func json(_ event: FlowEvent, names: Names? = nil) throws -> String {
    var bytes: [UInt8] = []
    var format = JSONFormat(names: try names ?? makeNames(), version: "0.1.0")
    format.write(event, to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
}
