import BGP
import BGPConfig
public import Net

/// All routes of all peers: document `routes` of the directory `bgp`. Made for 100,000 of them: a route is its prefix and the index of
/// a text that many share.
///
/// Layout, numbers big-endian: texts (u32 count; each u32 length and bytes); peers (u32 count; each u32 length and bytes of the key, then
/// announced and received routes). Routes: u32 count; each u8 prefix length with bit 7 set in the byte before for IPv4, the prefix's bytes as in
/// an NLRI, u32 index of its text.
public struct RoutesDocument: Sendable {
    public static let name = "routes"

    public struct Route: Hashable, Sendable {
        public var prefix: Prefix
        /// What there is to say about it.
        public var text: String
    }

    public struct Peer: Sendable {
        public var key: String
        /// With state and reason: `state=announced communities=...`.
        public var advertised: [Route]
        public var received: [Route]
    }

    public var peers: [Peer]

    public init(peers: [Peer]) { self.peers = peers }

    // MARK: Writing

    static func bytes(of drivers: [PeerDriver]) throws -> [UInt8] {
        var texts = TextTable()
        var body = Writer()
        body.number(UInt32(drivers.count))
        for driver in drivers {
            body.text(driver.peer.key)
            let advertised = driver.session.advertised
            body.number(UInt32(advertised.count))
            var last: (attributes: RouteAttributes, state: AdvertisedRoute.State, index: UInt32)?
            for route in advertised {
                if last.map({ $0.attributes != route.attributes || $0.state != route.state }) ?? true {
                    last = (route.attributes, route.state, texts.index(of: Self.text(route)))
                }
                body.route(route.prefix, last?.index ?? 0)
            }
            let received = driver.session.received
            body.number(UInt32(received.count))
            var latest: (attributes: PathAttributes, isStale: Bool, index: UInt32)?
            for route in received {
                if latest.map({ $0.attributes != route.attributes || $0.isStale != route.isStale }) ?? true {
                    latest = (route.attributes, route.isStale, texts.index(of: Self.text(route)))
                }
                body.route(route.prefix, latest?.index ?? 0)
            }
        }
        var whole = Writer()
        whole.number(UInt32(texts.all.count))
        for text in texts.all { whole.text(text) }
        return whole.bytes + body.bytes
    }

    /// `name=value` for each, values without spaces but for the last.
    private static func text(_ route: AdvertisedRoute) -> String {
        var fields: [String] = []
        switch route.state {
        case .announced: fields.append("state=announced")
        case .queued: fields.append("state=queued")
        case .withdrawing: fields.append("state=withdrawing")
        case .withheld: fields.append("state=withheld")
        }
        let attributes = route.attributes
        if !attributes.communities.isEmpty { fields.append("communities=" + attributes.communities.map(\.description).joined(separator: ",")) }
        if !attributes.largeCommunities.isEmpty {
            fields.append("large-communities=" + attributes.largeCommunities.map(\.description).joined(separator: ","))
        }
        if let preference = attributes.localPreference { fields.append("local-preference=\(preference)") }
        if case .withheld(let reason) = route.state { fields.append("reason=\(reason.rawValue)") }
        return fields.joined(separator: "\t")
    }

    private static func text(_ route: ReceivedRoute) -> String {
        let attributes = route.attributes
        var fields = ["next-hop=\(attributes.nextHop)"]
        if let linkLocal = attributes.linkLocalNextHop { fields.append("link-local-next-hop=\(linkLocal)") }
        fields.append("origin=\(attributes.origin)")
        fields.append("as-path=\(attributes.asPath)")
        if let value = attributes.multiExitDiscriminator { fields.append("med=\(value)") }
        if let value = attributes.localPreference { fields.append("local-preference=\(value)") }
        if !attributes.communities.isEmpty { fields.append("communities=" + attributes.communities.map(\.description).joined(separator: ",")) }
        if !attributes.largeCommunities.isEmpty {
            fields.append("large-communities=" + attributes.largeCommunities.map(\.description).joined(separator: ","))
        }
        if route.isStale { fields.append("stale=true") }
        return fields.joined(separator: "\t")
    }

    private struct TextTable {
        private(set) var all: [String] = []
        private var indexes: [String: UInt32] = [:]

        mutating func index(of text: String) -> UInt32 {
            if let index = indexes[text] { return index }
            let index = UInt32(all.count)
            all.append(text)
            indexes[text] = index
            return index
        }
    }

    private struct Writer {
        var bytes: [UInt8] = []

        mutating func number(_ value: UInt32) {
            for shift in [24, 16, 8, 0] as [UInt32] { bytes.append(UInt8(truncatingIfNeeded: value >> shift)) }
        }

        mutating func text(_ text: String) {
            number(UInt32(text.utf8.count))
            bytes += text.utf8
        }

        mutating func route(_ prefix: Prefix, _ index: UInt32) {
            bytes.append(prefix.family == .ipv4 ? 4 : 6)
            bytes.append(UInt8(prefix.length))
            var (high, low) = (prefix.address.high, prefix.address.low)
            if prefix.family == .ipv4 { (high, low) = (low << 32, 0) }
            for position in 0..<(prefix.length + 7) / 8 {
                bytes.append(UInt8(truncatingIfNeeded: position < 8 ? high >> UInt64(56 - 8 * position) : low >> UInt64(120 - 8 * position)))
            }
            number(index)
        }
    }

    // MARK: Reading

    /// - Returns: nil when the bytes are none of ours.
    public init?(bytes: [UInt8]) {
        var reader = Reader(bytes: bytes)
        peers = []
        guard let textCount = reader.number() else { return nil }
        var texts: [String] = []
        for _ in 0..<textCount {
            guard let text = reader.text() else { return nil }
            texts.append(text)
        }
        guard let peerCount = reader.number() else { return nil }
        for _ in 0..<peerCount {
            guard let key = reader.text(), let advertised = reader.routes(texts), let received = reader.routes(texts) else { return nil }
            peers.append(Peer(key: key, advertised: advertised, received: received))
        }
    }

    private struct Reader {
        let bytes: [UInt8]
        var position = 0

        mutating func number() -> UInt32? {
            guard position + 4 <= bytes.count else { return nil }
            defer { position += 4 }
            return bytes[position..<position + 4].reduce(0) { $0 << 8 | UInt32($1) }
        }

        mutating func text() -> String? {
            guard let length = number(), Int(length) <= bytes.count - position else { return nil }
            defer { position += Int(length) }
            return String(decoding: bytes[position..<position + Int(length)], as: UTF8.self)
        }

        mutating func routes(_ texts: [String]) -> [Route]? {
            guard let count = number(), Int(count) <= bytes.count / 6 else { return nil }
            var routes: [Route] = []
            routes.reserveCapacity(Int(count))
            for _ in 0..<count {
                guard position + 2 <= bytes.count else { return nil }
                let isIPv4 = bytes[position] == 4
                let length = Int(bytes[position + 1])
                let size = (length + 7) / 8
                position += 2
                guard position + size <= bytes.count, size <= (isIPv4 ? 4 : 16) else { return nil }
                let address = Array(bytes[position..<position + size]) + [UInt8](repeating: 0, count: (isIPv4 ? 4 : 16) - size)
                position += size
                guard let index = number(), Int(index) < texts.count, let value = IPAddress(bytes: address),
                    let prefix = Prefix(value, length: length)
                else { return nil }
                routes.append(Route(prefix: prefix, text: texts[Int(index)]))
            }
            return routes
        }
    }
}
