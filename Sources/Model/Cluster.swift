public import Net

/// Another node of the cluster.
public struct RemoteNode: Codable, Hashable, Sendable {
    public var name: String
    public var podCIDRs: [Prefix]
    /// The node's own addresses, if known: their identity is remote-node.
    public var addresses: [IPAddress]
    public var nextHops: [NextHop]

    public init(name: String, podCIDRs: [Prefix], addresses: [IPAddress] = [], nextHops: [NextHop]) {
        self.name = name
        self.podCIDRs = podCIDRs
        self.addresses = addresses
        self.nextHops = nextHops
    }

    /// The next hops of prefixes of a family, in order: IPv6 prefixes have IPv6 neighbours alone; IPv4 prefixes have IPv4 neighbours where
    /// there are any, and IPv6 ones otherwise (RFC 8950).
    public func nextHops(for family: IPAddress.Family) -> [NextHop] {
        let sameFamily = nextHops.filter { ($0.via?.family ?? family) == family }
        return (sameFamily.isEmpty && family == .ipv4 ? nextHops : sameFamily).sorted(by: NextHop.inOrder)
    }
}

/// An address or prefix elsewhere whose pod, labels and identity are known here.
public struct IPEntry: Codable, Hashable, Sendable {
    public var prefix: Prefix
    public var pod: PodName?
    public var labels: [String: String]
    public var identity: UInt32

    public init(prefix: Prefix, pod: PodName?, labels: [String: String], identity: UInt32) {
        self.prefix = prefix
        self.pod = pod
        self.labels = labels
        self.identity = identity
    }
}

/// A leaf or spine: so that next hops and routers on a path have names.
public struct Switch: Codable, Hashable, Sendable {
    public var name: String
    public var addresses: [IPAddress]

    public init(name: String, addresses: [IPAddress]) {
        self.name = name
        self.addresses = addresses
    }
}

/// A route that an operator or a protocol gave, beside those of nodes.
public struct StaticRoute: Codable, Hashable, Sendable {
    public enum Kind: String, Codable, Sendable { case remote, blackhole, unreachable }
    public enum Source: String, Codable, Sendable { case `static`, bgp }

    public var prefix: Prefix
    public var kind: Kind
    public var source: Source
    public var nextHops: [NextHop]

    public init(prefix: Prefix, kind: Kind, source: Source, nextHops: [NextHop] = []) {
        self.prefix = prefix
        self.kind = kind
        self.source = source
        self.nextHops = nextHops
    }
}
