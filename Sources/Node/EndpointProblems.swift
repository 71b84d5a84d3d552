import Compiler
import Model
import Net
import Netlink

extension Node {
    /// What is missing of the host side of pods' devices: the gateway's addresses, and the neighbour entries without which the kernel would
    /// have to ask a pod for its MAC address.
    func endpointProblems(_ desired: Desired, _ facts: NodeFacts) throws(NodeError) -> [Problem] {
        if desired.endpoints.isEmpty { return [] }
        let addresses = facts.interfaceAddresses
        let (neighbours, namespaces) = try kernel { (socket: inout NetlinkSocket) throws(NetlinkError) in
            (try socket.neighbours(), try Self.namespaceNumbers(desired.endpoints, &socket))
        }
        struct Place: Hashable {
            let address: IPAddress
            let ifindex: Int
        }
        let present = Set(addresses.map { Place(address: $0.address, ifindex: $0.ifindex) })
        let known = Dictionary(neighbours.map { (Place(address: $0.address, ifindex: $0.ifindex), $0) }) { first, _ in first }
        var out: [Problem] = []
        for endpoint in desired.endpoints {
            // One that is down has lost all of it: that is said elsewhere.
            guard let device = facts.devices.first(where: { $0.name == endpoint.device }), device.isUp else { continue }
            if device.mac != endpoint.hostMAC {
                let found = device.mac.map { "has the MAC address \($0), not \(endpoint.hostMAC)" } ?? "has no MAC address"
                out.append(Problem("endpoint \(endpoint.pod)", "its device \(endpoint.device) \(found)"))
                continue
            }
            if device.mtu != endpoint.mtu {
                out.append(Problem("endpoint \(endpoint.pod)", "the MTU of its device \(endpoint.device) is \(device.mtu), not \(endpoint.mtu)"))
            }
            if let number = namespaces[endpoint.id], number != device.peerNamespace {
                out.append(
                    Problem(
                        "endpoint \(endpoint.pod)", "the other end of its device \(endpoint.device) is not in \(endpoint.netns ?? "")",
                        remedy: "fabctl endpoint delete \(endpoint.pod), and add it again"))
            }
            let gateways = [Gateway.ipv6] + (endpoint.addresses.contains { $0.isIPv4 } ? [Gateway.ipv4] : [])
            for gateway in gateways where !present.contains(Place(address: gateway, ifindex: device.ifindex)) {
                out.append(Problem("endpoint \(endpoint.pod)", "its device \(endpoint.device) lacks the gateway's address \(gateway)"))
            }
            for address in endpoint.addresses {
                let entry = known[Place(address: address, ifindex: device.ifindex)]
                if entry?.macAddress != endpoint.mac {
                    let found = entry?.macAddress.map { "says \($0), not \(endpoint.mac)" } ?? "is missing"
                    out.append(Problem("endpoint \(endpoint.pod)", "the neighbour entry of \(address) on \(endpoint.device) \(found)"))
                } else if entry?.state != .permanent {
                    out.append(Problem("endpoint \(endpoint.pod)", "the neighbour entry of \(address) on \(endpoint.device) is not permanent"))
                }
            }
        }
        return out
    }

    /// This namespace's numbers for pods' namespaces, by endpoint id. One that cannot be opened has lost its name, and says nothing.
    private static func namespaceNumbers(_ endpoints: [Endpoint], _ socket: inout NetlinkSocket) throws(NetlinkError) -> [UInt32: Int] {
        var out: [UInt32: Int] = [:]
        for endpoint in endpoints {
            guard let path = endpoint.netns, let namespace = try? NetworkNamespace(path: path) else { continue }
            out[endpoint.id] = try socket.number(of: namespace)
        }
        return out
    }

    /// Settings of the node that routing for pods needs and that somebody changed.
    func settingProblems(_ config: NodeConfig) -> [Problem] {
        NodeSysctls.wanted(config).compactMap { name, value in
            guard let setting = Sysctl(name), let found = try? setting.read(), found != value else { return nil }
            return Problem("setting \(name.split(separator: "/").joined(separator: "."))", "it is \(found), not \(value)")
        }
    }
}
