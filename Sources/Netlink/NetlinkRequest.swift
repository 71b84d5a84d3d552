import CLinux
public import Net

/// A change to ask of the kernel: what `NetlinkSocket.perform` carries out, one or many at a time.
///
/// Device indexes are those of the socket's namespace. File descriptors of namespaces must stay open until the request is performed.
public enum NetlinkRequest: Sendable, Hashable {
    /// Adds a route; fails with EEXIST when its prefix, table and metric are taken.
    case addRoute(Route)
    /// Adds a route or puts it in the place of the one with the same prefix, table and metric, without a moment with none.
    case replaceRoute(Route)
    /// Deletes the route with this prefix and table; metric, protocol, type and next hops must agree where they are given (not 0, not empty).
    case deleteRoute(Route)
    /// Adds an address; fails with EEXIST when the device has it.
    case addAddress(InterfaceAddress)
    /// Adds an address or changes its flags and lifetime.
    case replaceAddress(InterfaceAddress)
    case deleteAddress(InterfaceAddress)
    /// Adds a neighbour entry or replaces the one with the same device and address.
    case replaceNeighbour(Neighbour)
    case deleteNeighbour(address: IPAddress, ifindex: Int)
    /// Creates two joined devices at once.
    case createVeth(VethEnd, peer: VethEnd)
    case setLink(ifindex: Int, LinkChange)
    /// Deletes a device; the other end of a veth pair goes with it.
    case deleteLink(ifindex: Int)
    /// Deletes a device's clsact qdisc with all filters of both directions.
    case deleteClsact(ifindex: Int)

    /// Appends the request's messages, with sequence numbers from `sequence` on.
    func encode(into writer: inout MessageWriter, sequence: UInt32) {
        switch self {
        case .addRoute(let route): route.encode(into: &writer, RTM_NEWROUTE, flags: NLM_F_CREATE | NLM_F_EXCL, sequence: sequence)
        case .replaceRoute(let route): route.encode(into: &writer, RTM_NEWROUTE, flags: NLM_F_CREATE | NLM_F_REPLACE, sequence: sequence)
        case .deleteRoute(let route): route.encode(into: &writer, RTM_DELROUTE, flags: 0, sequence: sequence)
        case .addAddress(let address): address.encode(into: &writer, RTM_NEWADDR, flags: NLM_F_CREATE | NLM_F_EXCL, sequence: sequence)
        case .replaceAddress(let address): address.encode(into: &writer, RTM_NEWADDR, flags: NLM_F_CREATE | NLM_F_REPLACE, sequence: sequence)
        case .deleteAddress(let address): address.encode(into: &writer, RTM_DELADDR, flags: 0, sequence: sequence)
        case .replaceNeighbour(let neighbour): neighbour.encode(into: &writer, RTM_NEWNEIGH, flags: NLM_F_CREATE | NLM_F_REPLACE, sequence: sequence)
        case .deleteNeighbour(let address, let ifindex):
            Neighbour(address: address, ifindex: ifindex, macAddress: nil, state: []).encode(
                into: &writer, RTM_DELNEIGH, flags: 0, sequence: sequence)
        case .createVeth(let end, let peer): end.encode(into: &writer, peer: peer, sequence: sequence)
        case .setLink(let ifindex, let change): change.encode(into: &writer, ifindex: ifindex, sequence: sequence)
        case .deleteLink(let ifindex):
            writer.begin(RTM_DELLINK, flags: NLM_F_REQUEST, sequence: sequence)
            writer.append(ifinfomsg(index: ifindex))
            writer.end()
        case .deleteClsact(let ifindex): writer.deleteClsact(ifindex: ifindex, sequence: sequence)
        }
    }

    /// Indexes of the devices that the request names.
    var devices: [Int] {
        switch self {
        case .addRoute(let route), .replaceRoute(let route), .deleteRoute(let route): route.nextHops.map(\.ifindex)
        case .addAddress(let address), .replaceAddress(let address), .deleteAddress(let address): [address.ifindex]
        case .replaceNeighbour(let neighbour): [neighbour.ifindex]
        case .deleteNeighbour(_, let ifindex), .setLink(let ifindex, _), .deleteLink(let ifindex), .deleteClsact(let ifindex): [ifindex]
        case .createVeth: []
        }
    }

    /// What the request does, in words.
    /// - Parameter name: the name of a device by its index.
    func description(_ name: (Int) -> String) -> String {
        switch self {
        case .addRoute(let route): "add \(route.description(name))"
        case .replaceRoute(let route): "replace \(route.description(name))"
        case .deleteRoute(let route): "delete \(route.description(name))"
        case .addAddress(let address): "add address \(address) dev \(name(address.ifindex))"
        case .replaceAddress(let address): "replace address \(address) dev \(name(address.ifindex))"
        case .deleteAddress(let address): "delete address \(address) dev \(name(address.ifindex))"
        case .replaceNeighbour(let neighbour):
            "replace neighbour \(neighbour.address) lladdr \(neighbour.macAddress.map { $0.description } ?? "none") dev \(name(neighbour.ifindex))"
        case .deleteNeighbour(let address, let ifindex): "delete neighbour \(address) dev \(name(ifindex))"
        case .createVeth(let end, let peer): "create veth \(end.name) with peer \(peer.name)"
        case .setLink(let ifindex, let change): "set \(name(ifindex)) \(change)"
        case .deleteLink(let ifindex): "delete \(name(ifindex))"
        case .deleteClsact(let ifindex): "delete the clsact qdisc of \(name(ifindex))"
        }
    }
}
