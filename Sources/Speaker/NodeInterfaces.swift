import BGP
import BGPConfig
import Glibc
import Net
import Netlink

/// The node's links and addresses at one time, and what they say about peers.
struct NodeInterfaces {
    private(set) var links: [Link] = []
    private(set) var addresses: [InterfaceAddress] = []

    init() {}

    /// Asks the kernel, in the namespace of the calling thread.
    init(_ socket: inout NetlinkSocket) throws(NetlinkError) {
        links = try socket.links()
        addresses = try socket.addresses()
    }

    func link(named name: String) -> Link? { links.first { $0.name == name } }
    func link(index: Int) -> Link? { links.first { $0.index == index } }

    /// Addresses of an interface that can be used as a source now.
    func usable(on index: Int) -> [IPAddress] {
        addresses.filter { $0.ifindex == index && $0.flags.isDisjoint(with: [.tentative, .dadFailed, .deprecated]) }.map(\.address)
    }

    func linkLocal(on index: Int) -> IPAddress? { usable(on: index).first { !$0.isIPv4 && $0.isLinkLocal } }

    /// Those that others can reach, lowest first: what an advertisement of the interface announces.
    func global(on index: Int) -> [IPAddress] { usable(on: index).filter { !$0.isLinkLocal && !$0.isLoopback }.sorted() }

    func has(_ address: IPAddress) -> Bool { addresses.contains { $0.address == address } }

    /// The interface whose link an address is on.
    func link(with peer: IPAddress) -> Link? {
        let connected = addresses.filter { address in address.prefix.map { !$0.isHost && $0.contains(peer) } ?? false }
        return connected.max { $0.prefixLength < $1.prefixLength }.flatMap { link(index: $0.ifindex) }
    }

    /// What next hops of a connection are made of.
    func localAddresses(local: SocketName, peer: SocketName) -> LocalAddresses {
        let shared = peer.scope != 0 ? link(index: peer.scope) : link(with: peer.address)
        let own = shared?.index ?? addresses.first { $0.address == local.address }?.ifindex
        let reachable = own.map { global(on: $0) } ?? []
        return LocalAddresses(
            local: local.address, peer: peer.address,
            global: !local.address.isIPv4 && !local.address.isLinkLocal ? local.address : reachable.first { !$0.isIPv4 },
            linkLocal: shared.flatMap { linkLocal(on: $0.index) }, ipv4: local.address.isIPv4 ? local.address : reachable.first { $0.isIPv4 })
    }
}
