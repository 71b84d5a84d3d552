import CLinux
import Compiler
import Model
import Net
import Netlink

/// A pod's device: the veth pair, what is inside the pod's namespace, and what the host side needs.
enum PodDevice {
    /// Makes what is missing of an endpoint's device, down: no packet passes before its programs are attached.
    static func prepare(_ endpoint: Endpoint, _ socket: inout NetlinkSocket) throws(NetlinkError) {
        guard let path = endpoint.netns else { return }
        var present = try socket.link(named: endpoint.device)
        if let other = present, other.macAddress != endpoint.hostMAC {
            // The name is ours, and the device somebody else's: it leads to another pod, or to none.
            try remove(endpoint.device, &socket)
            present = nil
        }
        if present == nil {
            let pod = try NetworkNamespace(path: path)
            try socket.createVeth(
                VethEnd(name: endpoint.device, macAddress: endpoint.hostMAC, mtu: endpoint.mtu),
                peer: VethEnd(name: endpoint.podDevice, macAddress: endpoint.mac, mtu: endpoint.mtu, namespace: pod.descriptor))
        }
    }

    /// Addresses, neighbours and state of both sides, once programs judge what passes. Done again, it changes nothing.
    static func configure(_ endpoint: Endpoint, _ socket: inout NetlinkSocket) throws(NetlinkError) {
        guard let link = try socket.link(named: endpoint.device) else {
            throw NetlinkError(operation: "configure \(endpoint.device) of \(endpoint.pod)", code: ENODEV, message: "")
        }
        let hasIPv4 = endpoint.addresses.contains { $0.isIPv4 }
        ignoreAdvertisements(endpoint.device)
        ignoreRoutesWithoutCarrier(endpoint.device, true)
        try socket.setLink(link.index, LinkChange(addressGeneration: LinkChange.AddressGeneration.none))
        var requests: [NetlinkRequest] = [
            .replaceAddress(InterfaceAddress(Gateway.ipv6, prefixLength: 64, ifindex: link.index, scope: .link, flags: [.noDAD, .permanent]))
        ]
        if hasIPv4 {
            requests.append(
                .replaceAddress(
                    InterfaceAddress(Gateway.ipv4, prefixLength: 32, ifindex: link.index, scope: .link, flags: [.permanent, .noPrefixRoute])))
        }
        requests.append(.setLink(ifindex: link.index, LinkChange(up: true, mtu: endpoint.netns == nil ? nil : endpoint.mtu)))
        requests += endpoint.addresses.map { .replaceNeighbour(Neighbour(address: $0, ifindex: link.index, macAddress: endpoint.mac)) }
        if let failure = try socket.perform(requests).first { throw failure.error }
        guard let path = endpoint.netns else { return }
        let endpoint = endpoint
        try NetworkNamespace(path: path).result { () throws(NetlinkError) in try configureInside(endpoint) }.get()
    }

    private static func configureInside(_ endpoint: Endpoint) throws(NetlinkError) {
        var socket = try NetlinkSocket()
        guard let link = try socket.link(named: endpoint.podDevice) else {
            throw NetlinkError(operation: "configure \(endpoint.podDevice) inside \(endpoint.pod)", code: ENODEV, message: "")
        }
        ignoreAdvertisements(endpoint.podDevice)
        // Programs know the pod's link-local address by its MAC address, whatever the default inside is.
        if !link.isUp { try socket.setLink(link.index, LinkChange(addressGeneration: .eui64)) }
        if let loopback = try socket.link(named: "lo"), !loopback.isUp { try socket.setLink(loopback.index, LinkChange(up: true)) }
        var requests: [NetlinkRequest] = endpoint.addresses.map {
            .replaceAddress(InterfaceAddress($0, ifindex: link.index, flags: $0.isIPv4 ? [.permanent] : [.noDAD, .permanent]))
        }
        requests.append(.setLink(ifindex: link.index, LinkChange(up: true)))
        for (gateway, prefix) in [(Gateway.ipv6, Prefix.ipv6Default), (Gateway.ipv4, Prefix.ipv4Default)]
        where endpoint.addresses.contains(where: { $0.family == gateway.family }) {
            requests.append(.replaceNeighbour(Neighbour(address: gateway, ifindex: link.index, macAddress: endpoint.hostMAC)))
            requests.append(
                .replaceRoute(Route(prefix, nextHops: [RouteNextHop(via: gateway, ifindex: link.index, onLink: true)], proto: KernelRoutes.proto)))
        }
        if let failure = try socket.perform(requests).first { throw failure.error }
    }

    /// Both sides have what they need: no router advertisement is heeded. A kernel without IPv6 has no such setting.
    private static func ignoreAdvertisements(_ device: String) {
        if let setting = Sysctl(net: "ipv6", "conf", device, "accept_ra") { try? setting.write("0") }
    }

    /// A pod whose side of the device is down has no route: what is sent to it is answered with an error, and is not lost unseen.
    private static func ignoreRoutesWithoutCarrier(_ device: String, _ ignore: Bool) {
        for family in ["ipv6", "ipv4"] {
            if let setting = Sysctl(net: family, "conf", device, "ignore_routes_with_linkdown") { try? setting.write(ignore ? "1" : "0") }
        }
    }

    /// Takes from an adopted device what was put on it; it stays as it is otherwise.
    static func release(_ adopted: Pending.Release, _ socket: inout NetlinkSocket) throws(NetlinkError) {
        guard let link = try socket.link(named: adopted.device) else { return }
        ignoreRoutesWithoutCarrier(adopted.device, false)
        for neighbour in try socket.neighbours(ifindex: link.index) where adopted.addresses.contains(neighbour.address) {
            try socket.deleteNeighbour(neighbour.address, ifindex: link.index)
        }
        for address in try socket.addresses(ifindex: link.index) where [Gateway.ipv6, Gateway.ipv4].contains(address.address) {
            try socket.deleteAddress(address)
        }
    }

    /// Removes a device that fabctl made; it being gone already is success.
    static func remove(_ device: String, _ socket: inout NetlinkSocket) throws(NetlinkError) {
        guard let link = try socket.link(named: device) else { return }
        do {
            try socket.deleteLink(link.index)
        } catch  where error.code == ENODEV {
            return
        }
    }
}
