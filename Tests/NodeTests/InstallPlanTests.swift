import Model
import Net
@testable import Netlink
import NodeTestSupport
import Testing
@testable import Node

/// What an install makes of what it is asked and what it finds: pure.
@Suite struct InstallPlanTests {
    private func address(_ text: String) throws -> IPAddress { try #require(IPAddress(text)) }
    private func prefix(_ text: String) throws -> Prefix { try #require(Prefix(text)) }

    private func facts(
        devices: [String] = ["lo", "eth0", "eth1", "ens3"], defaults: [(via: String, device: String)] = [("fd00:fab:1::1", "eth0")]
    ) throws -> NodeFacts {
        let list = devices.enumerated().map { index, name in
            NodeFacts.Device(
                name: name, ifindex: index + 1, mtu: name == "lo" ? 65536 : 1500 + index * 100, isUp: true, hasCarrier: true,
                isLoopback: name == "lo", mac: nil)
        }
        var routes: [Route] = []
        for (via, device) in defaults {
            let index = try #require(list.first { $0.name == device }?.ifindex)
            routes.append(Route(.ipv6Default, nextHops: [RouteNextHop(via: try address(via), ifindex: index, onLink: false)], proto: 3, metric: 1024))
        }
        return NodeFacts(devices: list, addresses: [try address("fd00:beef::1")], routes: routes)
    }

    private func request(_ change: (inout InstallRequest) throws -> Void = { _ in }) throws -> InstallRequest {
        var request = InstallRequest()
        request.podCIDRs = [try prefix("fd00:cafe:0:1::/64")]
        try change(&request)
        return request
    }

    private func message(_ request: InstallRequest, present: NodeConfig? = nil, _ facts: NodeFacts, hostname: String = "host1") -> String {
        do throws(NodeError) {
            let config = try request.config(present: present, facts: facts, hostname: hostname, bootID: 9)
            return "accepted \(config.name)"
        } catch {
            return error.kind == .invalid ? error.message : "\(error.kind)"
        }
    }

    @Test func defaults() throws {
        let config = try request().config(present: nil, facts: facts(), hostname: "host1", bootID: 9)
        #expect(config.name == "host1" && config.bootID == 9 && config.ipv6Enabled && !config.ipv4Enabled)
        #expect(config.uplinks == [Uplink(device: "eth0", ifindex: 2, mtu: 1600)])
        #expect(config.podMTU == 1600 && config.mapSizes.flows == 65536)
        #expect(try config.addresses == [address("fd00:beef::1")])
        #expect(config.baseRoutes.map(\.prefix) == [.ipv6Default])
    }

    @Test func uplinks() throws {
        func found(_ names: [String], present: NodeConfig? = nil, _ facts: NodeFacts) throws -> [String] {
            try request { $0.uplinks = names }.config(present: present, facts: facts, hostname: "h", bootID: 1).uplinks.map(\.device)
        }
        let all = try facts(defaults: [("fd00:fab:1::1", "eth1"), ("fd00:fab:2::1", "eth0"), ("fd00:fab:1::2", "eth1")])
        #expect(try found([], all) == ["eth0", "eth1"])
        #expect(try found(["eth1", "ens3", "eth1"], all) == ["ens3", "eth1"])
        // As Cilium writes them.
        #expect(try found(["eth+"], all) == ["eth0", "eth1"])
        #expect(message(try request { $0.uplinks = ["wlan+"] }, all).contains("wlan+"))
        #expect(message(try request { $0.uplinks = ["lo"] }, all) == "uplink lo: it leads nowhere")
        #expect(message(try request(), try facts(defaults: [])).contains("no default route"))
        // One that is known and gone stays known; one that is asked for must be there.
        let config = try request { $0.uplinks = ["eth0", "eth1"] }.config(present: nil, facts: all, hostname: "h", bootID: 1)
        let fewer = try facts(devices: ["lo", "eth0"], defaults: [])
        #expect(try found([], present: config, fewer) == ["eth0", "eth1"])
        #expect(message(try request { $0.uplinks = ["eth1"] }, present: config, fewer).contains("eth1: there is no such device"))
    }

    @Test func whatIsKept() throws {
        let values = try request {
            $0.name = "node1"
            $0.clusterName = "prod"
            $0.ipv4Enabled = true
            $0.nativeRoutingCIDRs = [try prefix("fd00:cafe::/56")]
            $0.flows = 1000
            $0.eventInterval = 7
            $0.podMTU = 1400
        }
        let first = try values.config(present: nil, facts: facts(), hostname: "other", bootID: 5)
        let second = try InstallRequest().config(present: first, facts: facts(), hostname: "third", bootID: 6)
        #expect(second.name == "node1" && second.clusterName == "prod" && second.ipv4Enabled && second.bootID == 5)
        #expect(second.nativeRoutingCIDRs == first.nativeRoutingCIDRs && second.podCIDRs == first.podCIDRs)
        #expect(second.mapSizes == first.mapSizes && second.eventInterval == 7 && second.uplinks == first.uplinks)
        #expect(second.podMTU == 1400, "an MTU that was asked for is not forgotten")
        #expect(message(try request { $0.flows = 2000 }, present: first, try facts()).contains("1000"))
    }

    @Test func names() throws {
        #expect(message(try request(), try facts(), hostname: "").contains("--node-name") == false)
        for bad in ["", "Host", "a_b", "-a", "a b"] {
            #expect(message(try request(), try facts(), hostname: bad).hasPrefix("\"\(bad)\" is not a node's name"))
        }
        for good in ["a", "node-1", "n1.example.com"] { #expect(message(try request(), try facts(), hostname: good) == "accepted \(good)") }
    }

    @Test(arguments: [
        ("fd00:cafe:0:1::/64", "accepted host1"), ("10.1.0.0/24", "needs ipv4.enabled"), ("::/0", "cannot be"), ("ff00::/16", "cannot be"),
        ("fe80::/64", "cannot be"),
    ])
    func podCIDRs(_ text: String, _ answer: String) throws {
        let prefix = try prefix(text)
        #expect(message(try request { $0.podCIDRs = [prefix] }, try facts()).contains(answer))
    }

    @Test func overlaps() throws {
        #expect(message(try request { $0.podCIDRs += [try prefix("fd00:cafe:0:1:8000::/65")] }, try facts()).contains("overlap"))
        #expect(
            message(try request { $0.nativeRoutingCIDRs = [try prefix("fd00:beef::/56")] }, try facts()).contains(
                "outside the native routing CIDR fd00:beef::/56"))
        // The other family's prefix says nothing of this one.
        #expect(message(try request { $0.nativeRoutingCIDRs = [try prefix("10.0.0.0/8")] }, try facts()) == "accepted host1")
        #expect(message(InstallRequest(), try facts()).contains("no Pod CIDR"))
    }

    @Test func mtus() throws {
        #expect(message(try request { $0.podMTU = 1279 }, try facts()).contains("1279"))
        #expect(message(try request { $0.podMTU = 65536 }, try facts()).contains("65536"))
        #expect(message(try request { $0.podMTU = 1280 }, try facts()) == "accepted host1")
    }
}
