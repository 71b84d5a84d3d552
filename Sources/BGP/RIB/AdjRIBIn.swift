internal import Net

/// Adj-RIB-In of one peer: what it announced, kept to be shown. Attributes that routes share are kept once.
struct AdjRIBIn: Sendable {
    /// Prefixes of one family that are allowed.
    private let maximumPrefixes: Int
    /// Bytes of attributes that are allowed, roughly: 100,000 routes with a kilobyte each are no display's business.
    static let maximumAttributeBytes = 64 << 20

    private var routes: [Prefix: Entry] = [:]
    private var sets: [AttributeSet] = []
    private var slots: [PathAttributes: UInt32] = [:]
    private var free: [UInt32] = []
    private var attributeBytes = 0
    private var counts: [AddressFamily: Int] = [:]

    private struct Entry {
        var set: UInt32
        var flags: Flags
    }

    private struct Flags: OptionSet {
        let rawValue: UInt8
        /// From before the peer's restart (RFC 4724 section 4.2).
        static let stale = Flags(rawValue: 1)
        /// From before the refresh that is going on (RFC 7313 section 4).
        static let unrefreshed = Flags(rawValue: 2)
    }

    private struct AttributeSet {
        var attributes: PathAttributes
        var users: Int
    }

    init(maximumPrefixes: Int) {
        self.maximumPrefixes = maximumPrefixes
    }

    func count(_ family: AddressFamily) -> Int { counts[family] ?? 0 }

    /// Ascending.
    var received: [ReceivedRoute] {
        routes.map { prefix, entry in
            ReceivedRoute(prefix: prefix, attributes: sets[Int(entry.set)].attributes, isStale: entry.flags.contains(.stale))
        }.sorted { $0.prefix < $1.prefix }
    }

    /// - Throws: Cease/Maximum Number of Prefixes Reached with family and limit (RFC 4486 section 4), or Cease/Out of Resources.
    mutating func apply(_ update: Update) throws(Notification) {
        for prefix in update.withdrawn { remove(prefix) }
        for announcement in update.announced {
            let slot = slot(of: announcement.attributes)
            // Held while its routes come: the last one that is replaced must not free it.
            sets[Int(slot)].users += 1
            for prefix in announcement.prefixes {
                sets[Int(slot)].users += 1
                if let old = routes.updateValue(Entry(set: slot, flags: []), forKey: prefix) {
                    release(old.set)
                } else {
                    counts[announcement.family, default: 0] += 1
                }
            }
            release(slot)
            if count(announcement.family) > maximumPrefixes {
                var data: [UInt8] = []
                data.write(announcement.family.afi)
                data.append(announcement.family.safi)
                data.write(UInt32(clamping: maximumPrefixes))
                throw Notification(6, Notification.Cease.maximumPrefixes.rawValue, data: data)
            }
            guard attributeBytes <= Self.maximumAttributeBytes else { throw .cease(.outOfResources) }
        }
    }

    mutating func removeAll() { self = AdjRIBIn(maximumPrefixes: maximumPrefixes) }

    /// The peer is gone, perhaps to come back: routes of these families stay, those that were stale already and all others go.
    mutating func becomeStale(_ families: Set<AddressFamily>) {
        for (prefix, entry) in routes {
            if families.contains(AddressFamily(prefix)), !entry.flags.contains(.stale) {
                routes[prefix]?.flags = .stale
            } else {
                remove(prefix)
            }
        }
    }

    var hasStale: Bool { routes.values.contains { $0.flags.contains(.stale) } }

    /// Removes routes that were not announced again; of all families when nil.
    mutating func removeStale(_ family: AddressFamily? = nil) { remove(family, having: .stale) }

    mutating func beginRefresh(_ family: AddressFamily) {
        for (prefix, entry) in routes where AddressFamily(prefix) == family {
            routes[prefix]?.flags = entry.flags.union(.unrefreshed)
        }
    }

    mutating func endRefresh(_ family: AddressFamily) { remove(family, having: .unrefreshed) }

    private mutating func remove(_ family: AddressFamily?, having flag: Flags) {
        for (prefix, entry) in routes where entry.flags.contains(flag) && (family == nil || AddressFamily(prefix) == family) { remove(prefix) }
    }

    private mutating func remove(_ prefix: Prefix) {
        guard let entry = routes.removeValue(forKey: prefix) else { return }
        counts[AddressFamily(prefix), default: 1] -= 1
        release(entry.set)
    }

    private mutating func slot(of attributes: PathAttributes) -> UInt32 {
        if let slot = slots[attributes] { return slot }
        let slot: UInt32
        if let reused = free.popLast() {
            slot = reused
            sets[Int(slot)] = AttributeSet(attributes: attributes, users: 0)
        } else {
            slot = UInt32(sets.count)
            sets.append(AttributeSet(attributes: attributes, users: 0))
        }
        slots[attributes] = slot
        attributeBytes += attributes.footprint
        return slot
    }

    private mutating func release(_ slot: UInt32) {
        sets[Int(slot)].users -= 1
        guard sets[Int(slot)].users == 0 else { return }
        attributeBytes -= sets[Int(slot)].attributes.footprint
        slots[sets[Int(slot)].attributes] = nil
        sets[Int(slot)].attributes = PathAttributes()
        free.append(slot)
    }
}

extension PathAttributes {
    /// Bytes in memory, roughly.
    fileprivate var footprint: Int {
        512 + asPath.segments.reduce(0) { $0 + 64 + 4 * $1.numbers.count } + 4 * communities.count + 8 * extendedCommunities.count
            + 12 * largeCommunities.count + 4 * clusterList.count + unknown.reduce(0) { $0 + 64 + $1.value.count }
    }
}
