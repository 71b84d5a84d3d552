public import Net

/// What a speaker attaches to a route of its own. ORIGIN is always IGP: mixed origins break ECMP.
public struct RouteAttributes: Hashable, Sendable {
    /// Ascending, each once.
    public let communities: [Community]
    /// Ascending, each once.
    public let largeCommunities: [LargeCommunity]
    /// Sent to internal peers only (RFC 4271 section 5.1.5); 100 where it is nil.
    public let localPreference: UInt32?
    /// Not sent when nil.
    public let multiExitDiscriminator: UInt32?

    public init(
        communities: some Sequence<Community> = [], largeCommunities: some Sequence<LargeCommunity> = [], localPreference: UInt32? = nil,
        multiExitDiscriminator: UInt32? = nil
    ) {
        self.communities = Set(communities).sorted()
        self.largeCommunities = Set(largeCommunities).sorted()
        self.localPreference = localPreference
        self.multiExitDiscriminator = multiExitDiscriminator
    }
}

/// The routes a peer is to have: prefixes of both families, ascending (IPv6 first), each once, with attributes that many share.
///
/// A value that costs nothing to hand to several peers.
public struct ExportTable: Sendable {
    /// One route: 32 bytes, however many attributes it has.
    public struct Route: Hashable, Sendable {
        public let prefix: Prefix
        /// Into `attributes`.
        public let attributes: UInt32
    }

    public let routes: [Route]
    public let attributes: [RouteAttributes]

    public init() {
        routes = []
        attributes = []
    }

    /// - Parameter wanted: in any order; of a prefix that is there twice the last one counts.
    public init(_ wanted: some Sequence<(Prefix, RouteAttributes)>) {
        var indices: [RouteAttributes: UInt32] = [:]
        var attributes: [RouteAttributes] = []
        var latest: (attributes: RouteAttributes, index: UInt32)?
        var routes: [Route] = []
        routes.reserveCapacity(wanted.underestimatedCount)
        for (prefix, wish) in wanted {
            let index: UInt32
            if let latest, latest.attributes == wish {
                index = latest.index
            } else if let known = indices[wish] {
                index = known
            } else {
                index = UInt32(attributes.count)
                indices[wish] = index
                attributes.append(wish)
            }
            latest = (wish, index)
            routes.append(Route(prefix: prefix, attributes: index))
        }
        self.routes = Self.sorted(routes)
        self.attributes = attributes
    }

    /// Sorts, and keeps the last of equals. Nothing to do for what is in order, as tables are that were made of tables.
    private static func sorted(_ routes: [Route]) -> [Route] {
        var isAscending = true
        for index in routes.indices.dropFirst() where !(routes[index - 1].prefix < routes[index].prefix) {
            isAscending = false
            break
        }
        if isAscending { return routes }
        var result: [Route] = []
        result.reserveCapacity(routes.count)
        // Swift's sort is stable: of equals, the last given comes last.
        for route in routes.sorted(by: { $0.prefix < $1.prefix }) {
            if result.last?.prefix == route.prefix { result.removeLast() }
            result.append(route)
        }
        return result
    }

    /// Where the routes of a family are.
    func range(of family: AddressFamily) -> Range<Int> {
        let split = partition { $0.prefix.family == .ipv4 }
        switch family {
        case .ipv6Unicast: return 0..<split
        case .ipv4Unicast: return split..<routes.count
        default: return 0..<0
        }
    }

    /// The attributes wanted for a prefix, or nil where the prefix is not wanted.
    public subscript(_ prefix: Prefix) -> RouteAttributes? {
        let index = partition { $0.prefix >= prefix }
        return index < routes.count && routes[index].prefix == prefix ? attributes[Int(routes[index].attributes)] : nil
    }

    /// The first index whose route satisfies a predicate that all after it satisfy too.
    private func partition(_ predicate: (Route) -> Bool) -> Int {
        var low = 0
        var high = routes.count
        while low < high {
            let middle = (low + high) / 2
            if predicate(routes[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
