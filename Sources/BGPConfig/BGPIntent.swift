public import BGP
import FoundationEssentials
public import Net

/// What the operator asks of BGP on this node: manifests, and what was given by flags. Document `bgp`.
public struct BGPIntent: Codable, Hashable, Sendable {
    public static let document = "bgp"

    /// Each sorted by name.
    public var clusterConfigs: [BGPClusterConfig] = []
    public var peerConfigs: [BGPPeerConfig] = []
    public var advertisements: [BGPAdvertisement] = []
    public var nodeConfigOverrides: [BGPNodeConfigOverride] = []
    public var nodes: [BGPNodeObject] = []
    /// Peers given by flags, sorted by name.
    public var peers: [BGPFlagPeer] = []
    /// Prefixes given by flags, announced to every peer. Sorted.
    public var prefixes: [BGPFlagPrefix] = []

    public init() {}

    public var isEmpty: Bool { self == BGPIntent() }

    public init(_ resources: some Sequence<BGPResource>) {
        for resource in resources { _ = apply(resource) }
    }

    // MARK: As a document

    /// - Throws: DecodingError when the bytes are none of ours.
    public init(bytes: [UInt8]) throws { self = try JSONDecoder().decode(Self.self, from: Data(bytes)) }

    /// Equal intents have equal bytes.
    public func bytes() throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return Array(try encoder.encode(self))
    }

    // MARK: Changes

    public enum Change: String, Sendable { case created, configured, unchanged }

    /// Adds an object, or replaces the one of its kind and name.
    public mutating func apply(_ resource: BGPResource) -> Change {
        switch resource {
        case .clusterConfig(let value): put(value, into: &clusterConfigs, \.metadata.name)
        case .peerConfig(let value): put(value, into: &peerConfigs, \.metadata.name)
        case .advertisement(let value): put(value, into: &advertisements, \.metadata.name)
        case .nodeConfigOverride(let value): put(value, into: &nodeConfigOverrides, \.metadata.name)
        case .node(let value): put(value, into: &nodes, \.metadata.name)
        }
    }

    public mutating func apply(_ peer: BGPFlagPeer) -> Change { put(peer, into: &peers, \.name) }

    public mutating func apply(_ prefix: BGPFlagPrefix) -> Change {
        guard let index = prefixes.firstIndex(where: { $0.prefix >= prefix.prefix }) else {
            prefixes.append(prefix)
            return .created
        }
        if prefixes[index] == prefix { return .unchanged }
        if prefixes[index].prefix == prefix.prefix {
            prefixes[index] = prefix
            return .configured
        }
        prefixes.insert(prefix, at: index)
        return .created
    }

    private func put<T: Hashable>(_ value: T, into list: inout [T], _ name: (T) -> String) -> Change {
        guard let index = list.firstIndex(where: { name($0) >= name(value) }) else {
            list.append(value)
            return .created
        }
        if list[index] == value { return .unchanged }
        if name(list[index]) == name(value) {
            list[index] = value
            return .configured
        }
        list.insert(value, at: index)
        return .created
    }

    /// - Returns: false when there is none of this kind and name.
    public mutating func delete(_ kind: BGPResource.Kind, _ name: String) -> Bool {
        let before = resources.count
        switch kind {
        case .clusterConfig: clusterConfigs.removeAll { $0.metadata.name == name }
        case .peerConfig: peerConfigs.removeAll { $0.metadata.name == name }
        case .advertisement: advertisements.removeAll { $0.metadata.name == name }
        case .nodeConfigOverride: nodeConfigOverrides.removeAll { $0.metadata.name == name }
        case .node: nodes.removeAll { $0.metadata.name == name }
        }
        return resources.count < before
    }

    /// All objects, by kind and name.
    public var resources: [BGPResource] {
        clusterConfigs.map { .clusterConfig($0) } + peerConfigs.map { .peerConfig($0) } + advertisements.map { .advertisement($0) }
            + nodeConfigOverrides.map { .nodeConfigOverride($0) } + nodes.map { .node($0) }
    }
}

/// A peer given by flags: all that there is to say about it in one place.
public struct BGPFlagPeer: Codable, Hashable, Sendable {
    public var name: String
    /// Nil: found on `interface` by its router advertisements.
    public var address: ScopedAddress?
    public var interface: String?
    public var peerAS: UInt32
    public var localAS: UInt32
    public var port: UInt16 = 179
    public var localAddress: ScopedAddress?
    public var routerID: IPAddress?
    public var timers = BGPPeer.Timers.flags
    public var password: BGPPassword?
    public var gracefulRestart: BGPPeer.GracefulRestart? = .init(restartTime: 60, notification: true)
    /// TTL of packets to the peer, 1...255.
    public var multihop: UInt8 = 1
    public var ttlSecurity: UInt8?
    public var isPassive = false
    public var families: [BGPFamily] = [.ipv6, .ipv4]
    public var maximumPrefixes: Int?
    /// Of the Pod CIDRs that this peer is told.
    public var communities: [String] = []

    public init(name: String, address: ScopedAddress?, interface: String?, peerAS: UInt32, localAS: UInt32) {
        self.name = name
        self.address = address
        self.interface = interface
        self.peerAS = peerAS
        self.localAS = localAS
    }
}

/// A prefix given by flags.
public struct BGPFlagPrefix: Codable, Hashable, Sendable {
    public var prefix: Prefix
    /// Announced in its place: the prefix of this length that holds it.
    public var aggregationLength: Int?
    /// Standard and large ones, as text.
    public var communities: [String] = []
    public var localPreference: UInt32?

    public init(prefix: Prefix) { self.prefix = prefix }

    /// What is announced.
    public var announced: Prefix { aggregationLength.flatMap { Prefix(prefix.address, length: min($0, prefix.length)) } ?? prefix }
}

/// Where a password is. The password itself is never in a document.
public enum BGPPassword: Codable, Hashable, Sendable, CustomStringConvertible {
    /// A file named after the Secret in the directory that `bgp run --secrets` names, or that systemd gives (LoadCredential=).
    case secret(String)
    case file(String)
    /// A variable of the speaker's environment.
    case environment(String)

    public var description: String {
        switch self {
        case .secret(let name): "secret \(name)"
        case .file(let path): "file \(path)"
        case .environment(let name): "environment \(name)"
        }
    }
}

extension RouteAttributes {
    /// - Parameter communities: standard and large ones as text; what is neither is left out.
    public init(communities: [String], localPreference: UInt32?) {
        self.init(
            communities: communities.compactMap { Community($0) }, largeCommunities: communities.compactMap { LargeCommunity($0) },
            localPreference: localPreference)
    }
}
