public import CFabricABI
public import Policy

/// All that the map `policies` holds under one id: pods whose policies come to the same share it.
public struct CompiledPolicy: Sendable {
    public struct Place: Hashable, Sendable {
        public let direction: PolicyDirection
        /// `FABRIC_PEER_ANY`, or a peer's number.
        public let peer: UInt32

        public init(_ direction: PolicyDirection, _ peer: UInt32) {
            self.direction = direction
            self.peer = peer
        }
    }

    public let id: UInt32
    public private(set) var tables: [Place: PortTable] = [:]

    public init(id: UInt32) { self.id = id }

    public mutating func set(_ direction: PolicyDirection, _ peer: UInt32, _ table: PortTable) {
        if !table.entries.isEmpty { tables[Place(direction, peer)] = table }
    }

    public var count: Int { tables.values.reduce(0) { $0 + $1.entries.count } }

    /// What the programs find (bpf/lib/judge.h), and the entry that they find it in.
    /// - Parameters:
    ///   - peer: number of the far end.
    ///   - port: the responder's, or ICMP's type and code.
    public func decision(
        _ direction: PolicyDirection, peer: UInt32, proto: UInt8, port: UInt16
    ) -> (place: Place, entry: PortTable.Entry)? {
        let ownPlace = Place(direction, peer)
        let anyPlace = Place(direction, UInt32(FABRIC_PEER_ANY))
        let own = tables[ownPlace]?.entry(proto: proto, port: port)
        let any = tables[anyPlace]?.entry(proto: proto, port: port)
        if let own, own.decision.precedence >= any?.decision.precedence ?? 0 { return (ownPlace, own) }
        return any.map { (anyPlace, $0) }
    }

    /// The entries as the map has them.
    public func entries() -> [(key: fabric_policy_key, value: fabric_policy_value)] {
        var out: [(key: fabric_policy_key, value: fabric_policy_value)] = []
        out.reserveCapacity(count)
        for (place, table) in tables {
            for entry in table.entries {
                out.append((fabric_policy_key(policy: id, place, entry.key), fabric_policy_value(entry.decision)))
            }
        }
        return out
    }
}

extension PolicyDirection {
    /// As programs write it.
    public var abi: fabric_direction { self == .ingress ? FABRIC_DIRECTION_INGRESS : FABRIC_DIRECTION_EGRESS }
}

extension fabric_policy_key {
    public init(policy: UInt32, _ place: CompiledPolicy.Place, _ key: PortKey) {
        self.init(
            prefixlen: UInt32(FABRIC_POLICY_BITS) + UInt32(key.bits), policy: policy, peer: place.peer,
            direction: UInt8(place.direction.abi.rawValue), protocol: key.proto, port: key.port.bigEndian, reserved: 0)
    }

    public var portKey: PortKey {
        PortKey(proto: `protocol`, bits: UInt8(clamping: Int(prefixlen) - Int(FABRIC_POLICY_BITS)), port: UInt16(bigEndian: port))
    }
}

extension fabric_policy_value {
    public init(_ decision: Decision) {
        self.init()
        rule = decision.rule
        precedence = decision.precedence
        verdict = UInt8(decision.isAllowed ? FABRIC_POLICY_ALLOW.rawValue : FABRIC_POLICY_DENY.rawValue)
        is_default = decision.isDefault ? 1 : 0
    }
}
