import Net

/// Finds the router on each link that a peer is to be found on, and makes this node known to it (RFC 4861): a router that peers
/// without addresses, FRR among them, knows its neighbour by router advertisements alone.
///
/// Pure: times in ns of a clock that only moves on.
struct RouterDiscovery {
    /// Between advertisements when nothing happens, and between the first few.
    static let interval: UInt64 = 3_000_000_000
    static let firstInterval: UInt64 = 500_000_000
    /// Between answers to solicitations (MIN_DELAY_BETWEEN_RAS is for multicast among many hosts; this is a link of two).
    static let answerInterval: UInt64 = 100_000_000
    /// A router not heard for so long gives way to another.
    static let patience: UInt64 = 10_000_000_000

    struct Router: Equatable {
        var address: IPAddress
        var heard: UInt64
    }

    struct Link {
        var index: Int
        var macAddress: MACAddress?
        var routers: [Router] = []
        var nextAdvertisement: UInt64 = 0
        var nextSolicitation: UInt64 = 0
        /// Advertisements still to be sent in quick succession.
        var hurry = 3
        var advertisementsSent = 0
        var advertisementsReceived = 0
        var lastAdvertised: UInt64 = 0
    }

    struct Packet: Equatable {
        var link: Int
        var destination: IPAddress
        var message: RouterMessage
        var source: MACAddress?
    }

    private(set) var links: [Int: Link] = [:]

    /// Sets the links to look at: those that are up and have a link-local address. One that was not there before begins anew.
    mutating func set(_ wanted: [(index: Int, macAddress: MACAddress?)], now: UInt64) {
        links = links.filter { link in wanted.contains { $0.index == link.key } }
        for item in wanted {
            if links[item.index] == nil { links[item.index] = Link(index: item.index, nextAdvertisement: now, nextSolicitation: now) }
            links[item.index]?.macAddress = item.macAddress
        }
    }

    /// What is to be sent by now.
    mutating func due(_ now: UInt64) -> [Packet] {
        var packets: [Packet] = []
        for index in links.keys.sorted() {
            guard var link = links[index] else { continue }
            if link.routers.isEmpty, link.nextSolicitation <= now {
                packets.append(Packet(link: index, destination: RouterMessage.allRouters, message: .solicitation, source: link.macAddress))
                link.nextSolicitation = now + 1_000_000_000
            }
            if link.nextAdvertisement <= now { packets.append(link.advertise(now)) }
            links[index] = link
        }
        return packets
    }

    /// When `due` has something next.
    var deadline: UInt64? {
        links.values.map { $0.routers.isEmpty ? min($0.nextAdvertisement, $0.nextSolicitation) : $0.nextAdvertisement }.min()
    }

    /// Takes a message.
    /// - Returns: an answer, if one is due.
    mutating func received(_ message: RouterMessage, from address: IPAddress, link index: Int, now: UInt64) -> Packet? {
        guard var link = links[index] else { return nil }
        defer { links[index] = link }
        switch message {
        case .solicitation:
            guard link.advertisementsSent == 0 || now - link.lastAdvertised >= Self.answerInterval else { return nil }
            return link.advertise(now)
        case .advertisement:
            // From a router's link-local address only (section 6.1.2).
            guard address.isLinkLocal, !address.isIPv4 else { return nil }
            link.advertisementsReceived += 1
            link.routers.removeAll { $0.address == address }
            link.routers.append(Router(address: address, heard: now))
            return nil
        }
    }

    /// The router to peer with: the one that is so already while it is heard, otherwise the one heard last.
    func router(on index: Int, current: IPAddress?, now: UInt64) -> IPAddress? {
        guard let link = links[index] else { return nil }
        if let current, let known = link.routers.first(where: { $0.address == current }), now - known.heard < Self.patience { return current }
        return link.routers.last?.address ?? current
    }
}

extension RouterDiscovery.Link {
    fileprivate mutating func advertise(_ now: UInt64) -> RouterDiscovery.Packet {
        advertisementsSent += 1
        lastAdvertised = now
        hurry = max(0, hurry - 1)
        nextAdvertisement = now + (hurry > 0 ? RouterDiscovery.firstInterval : RouterDiscovery.interval)
        return .init(link: index, destination: RouterMessage.allNodes, message: .advertisement(lifetime: 0), source: macAddress)
    }
}
