/// Type codes of path attributes (IANA's registry) with what RFC 4271 section 4.3 calls their flags.
enum AttributeType: UInt8 {
    case origin = 1
    case asPath = 2
    case nextHop = 3
    case multiExitDiscriminator = 4
    case localPreference = 5
    case atomicAggregate = 6
    case aggregator = 7
    case communities = 8
    case originatorID = 9
    case clusterList = 10
    case reach = 14
    case unreach = 15
    case extendedCommunities = 16
    case as4Path = 17
    case as4Aggregator = 18
    case largeCommunities = 32

    /// Optional and Transitive, as they have to be.
    var flags: UInt8 {
        switch self {
        case .origin, .asPath, .nextHop, .localPreference, .atomicAggregate: AttributeFlags.transitive
        case .multiExitDiscriminator, .originatorID, .clusterList, .reach, .unreach: AttributeFlags.optional
        case .aggregator, .communities, .extendedCommunities, .as4Path, .as4Aggregator, .largeCommunities:
            AttributeFlags.optional | AttributeFlags.transitive
        }
    }
}

enum AttributeFlags {
    static let optional: UInt8 = 0x80
    static let transitive: UInt8 = 0x40
    static let partial: UInt8 = 0x20
    static let extendedLength: UInt8 = 0x10
}
