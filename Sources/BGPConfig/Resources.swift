public import Net

/// Cilium's kinds as fabctl keeps them: the fields that mean something here, with Cilium's names (`cilium.io/v2`).
public enum BGPResource: Hashable, Sendable {
    case clusterConfig(BGPClusterConfig)
    case peerConfig(BGPPeerConfig)
    case advertisement(BGPAdvertisement)
    case nodeConfigOverride(BGPNodeConfigOverride)
    case node(BGPNodeObject)

    public enum Kind: String, CaseIterable, Sendable, Codable {
        case clusterConfig = "CiliumBGPClusterConfig"
        case peerConfig = "CiliumBGPPeerConfig"
        case advertisement = "CiliumBGPAdvertisement"
        case nodeConfigOverride = "CiliumBGPNodeConfigOverride"
        case node = "Node"

        /// As kubectl writes kinds: small letters.
        public var resource: String { rawValue.lowercased() }

        /// By kind, plural or short name, in any case.
        public init?(argument text: String) {
            let text = text.lowercased()
            let short: [String: Kind] = [
                "cbgpcluster": .clusterConfig, "cbgppeer": .peerConfig, "cbgpadvert": .advertisement, "cbgpnodeoverride": .nodeConfigOverride,
                "no": .node,
            ]
            guard let kind = short[text] ?? Self.allCases.first(where: { $0.resource == text || $0.resource + "s" == text }) else { return nil }
            self = kind
        }
    }

    public var kind: Kind {
        switch self {
        case .clusterConfig: .clusterConfig
        case .peerConfig: .peerConfig
        case .advertisement: .advertisement
        case .nodeConfigOverride: .nodeConfigOverride
        case .node: .node
        }
    }

    public var name: String {
        switch self {
        case .clusterConfig(let value): value.metadata.name
        case .peerConfig(let value): value.metadata.name
        case .advertisement(let value): value.metadata.name
        case .nodeConfigOverride(let value): value.metadata.name
        case .node(let value): value.metadata.name
        }
    }
}

public struct BGPMetadata: Codable, Hashable, Sendable {
    public var name: String
    public var labels: [String: String]?
    /// Those that fabctl reads.
    public var annotations: [String: String]?

    public init(name: String, labels: [String: String]? = nil, annotations: [String: String]? = nil) {
        self.name = name
        self.labels = labels
        self.annotations = annotations
    }
}

public struct BGPClusterConfig: Codable, Hashable, Sendable {
    public struct Spec: Codable, Hashable, Sendable {
        public var nodeSelector: LabelSelector?
        public var bgpInstances: [Instance]
    }

    public struct Instance: Codable, Hashable, Sendable {
        public var name: String
        public var localASN: UInt32?
        public var localPort: UInt16?
        public var peers: [Peer]?
    }

    public struct Peer: Codable, Hashable, Sendable {
        public var name: String
        public var peerAddress: ScopedAddress?
        /// 0: whatever the peer says.
        public var peerASN: UInt32?
        public var autoDiscovery: AutoDiscovery?
        public var peerConfigRef: Reference?
    }

    public struct AutoDiscovery: Codable, Hashable, Sendable {
        public enum Mode: String, Codable, CaseIterable, Sendable {
            case defaultGateway = "DefaultGateway"
            case unnumbered = "Unnumbered"
        }

        public struct Gateway: Codable, Hashable, Sendable {
            public var addressFamily: BGPFamily
        }

        public struct Unnumbered: Codable, Hashable, Sendable {
            public var interface: String
        }

        public var mode: Mode
        public var defaultGateway: Gateway?
        public var unnumbered: Unnumbered?
    }

    public struct Reference: Codable, Hashable, Sendable {
        public var name: String
    }

    public var metadata: BGPMetadata
    public var spec: Spec
}

/// The address families that fabctl speaks, both unicast.
public enum BGPFamily: String, Codable, CaseIterable, Sendable, Comparable {
    case ipv6, ipv4

    public init(_ family: IPAddress.Family) { self = family == .ipv6 ? .ipv6 : .ipv4 }
    /// The family's number in `IPAddress`.
    public var addresses: IPAddress.Family { self == .ipv6 ? .ipv6 : .ipv4 }

    /// IPv6 first.
    public static func < (a: Self, b: Self) -> Bool { a == .ipv6 && b == .ipv4 }
}

public struct BGPPeerConfig: Codable, Hashable, Sendable {
    public struct Spec: Codable, Hashable, Sendable {
        public var transport: Transport?
        public var timers: Timers?
        public var authSecretRef: String?
        public var gracefulRestart: GracefulRestart?
        public var ebgpMultihop: UInt8?
        public var families: [Family]?
    }

    public struct Transport: Codable, Hashable, Sendable {
        public var peerPort: UInt16?
        public var sourceInterface: String?
    }

    public struct Timers: Codable, Hashable, Sendable {
        public var connectRetryTimeSeconds: Int?
        public var holdTimeSeconds: Int?
        public var keepAliveTimeSeconds: Int?
    }

    public struct GracefulRestart: Codable, Hashable, Sendable {
        public var enabled: Bool
        public var restartTimeSeconds: Int?
    }

    public struct Family: Codable, Hashable, Sendable {
        public var afi: BGPFamily
        public var safi: String
        public var advertisements: LabelSelector?
    }

    public var metadata: BGPMetadata
    public var spec: Spec
}

public struct BGPAdvertisement: Codable, Hashable, Sendable {
    public struct Spec: Codable, Hashable, Sendable {
        public var advertisements: [Item]
    }

    public struct Item: Codable, Hashable, Sendable {
        public enum Kind: String, Codable, CaseIterable, Sendable {
            case podCIDR = "PodCIDR"
            case interface = "Interface"
        }

        public struct Interface: Codable, Hashable, Sendable {
            public var name: String
        }

        public var advertisementType: Kind
        public var interface: Interface?
        public var attributes: Attributes?
    }

    public struct Attributes: Codable, Hashable, Sendable {
        public var communities: Communities?
        public var localPreference: UInt32?
    }

    public struct Communities: Codable, Hashable, Sendable {
        public var standard: [String]?
        public var wellKnown: [String]?
        public var large: [String]?
    }

    public var metadata: BGPMetadata
    public var spec: Spec
}

public struct BGPNodeConfigOverride: Codable, Hashable, Sendable {
    public struct Spec: Codable, Hashable, Sendable {
        public var bgpInstances: [Instance]
    }

    public struct Instance: Codable, Hashable, Sendable {
        public var name: String
        public var routerID: IPAddress?
        public var localPort: UInt16?
        public var localASN: UInt32?
        public var peers: [Peer]?
    }

    public struct Peer: Codable, Hashable, Sendable {
        public var name: String
        public var localAddress: ScopedAddress?
    }

    public var metadata: BGPMetadata
    public var spec: Spec
}

/// A Kubernetes Node or a CiliumNode, for its labels and, where no datapath is installed, its Pod CIDRs.
public struct BGPNodeObject: Codable, Hashable, Sendable {
    public struct Spec: Codable, Hashable, Sendable {
        public var podCIDRs: [Prefix]?
    }

    public var metadata: BGPMetadata
    public var spec: Spec?
}
