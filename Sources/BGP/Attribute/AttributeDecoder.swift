internal import Net

/// What an UPDATE is read against.
struct UpdateContext: Sendable {
    var localAS: UInt32
    var peerAS: UInt32
    var families: [AddressFamily]
    var fourOctetAS = true
    /// IPv4 routes may come with IPv6 next hops.
    var extendedNextHop = false
    var enforcesFirstAS = false
    /// Addresses of this node: no next hops.
    var own: [IPAddress] = []

    var isInternal: Bool { localAS == peerAS }
}

/// Reads the path attributes of one UPDATE (RFC 4271 section 4.3), handling errors as RFC 7606 section 7 says.
struct AttributeDecoder {
    let context: UpdateContext
    private(set) var attributes = PathAttributes()
    private(set) var faults: [UpdateFault] = []
    /// MP_REACH_NLRI of a negotiated family (RFC 4760 section 3).
    private(set) var reach: (family: AddressFamily, nextHop: NextHop, prefixes: [Prefix])?
    /// MP_UNREACH_NLRI of a negotiated family (RFC 4760 section 4).
    private(set) var unreach: (family: AddressFamily, prefixes: [Prefix])?
    /// NEXT_HOP, when it is well-formed.
    private(set) var nextHop: NextHop?
    /// NLRI was found in MP_REACH_NLRI, whatever its family.
    private(set) var reaches = false
    /// Attributes other than MP_UNREACH_NLRI are there.
    private(set) var hasOthers = false
    /// A bit for each type that was there.
    private var seen = SIMD4<UInt64>()
    private var as4Path: ASPath?
    private var as4Aggregator: PathAttributes.Aggregator?

    init(_ context: UpdateContext) {
        self.context = context
    }

    func has(_ type: AttributeType) -> Bool { seen[Int(type.rawValue >> 6)] & 1 << UInt64(type.rawValue & 63) != 0 }

    /// - Returns: whether it is the first of its type.
    private mutating func insert(_ code: UInt8) -> Bool {
        let bit: UInt64 = 1 << UInt64(code & 63)
        defer { seen[Int(code >> 6)] |= bit }
        return seen[Int(code >> 6)] & bit == 0
    }

    var isWithdrawn: Bool { faults.contains { $0.handling == .treatAsWithdraw } }

    /// - Parameter block: exactly the attributes.
    /// - Throws: what costs the session: 3/1, 3/2, 3/9, 3/10.
    mutating func decode(_ block: ByteReader) throws(Notification) {
        var block = block
        while !block.isEmpty {
            let start = block.position
            guard let flags = block.byte(), let type = block.byte(),
                let length = flags & AttributeFlags.extendedLength != 0 ? block.number16().map(Int.init) : block.byte().map(Int.init),
                let value = block.take(length)
            else {
                // RFC 7606 section 4: whatever follows cannot be told apart any more.
                fault(nil, .treatAsWithdraw, "attribute goes beyond the attributes' length")
                hasOthers = true
                break
            }
            try decode(flags: flags, type: type, value: value, whole: block, start: start)
        }
        combine()
    }

    private mutating func decode(flags: UInt8, type code: UInt8, value: ByteReader, whole: ByteReader, start: Int) throws(Notification) {
        let type = AttributeType(rawValue: code)
        guard insert(code) else {
            // RFC 7606 section 3 (g).
            if type == .reach || type == .unreach { throw Notification(3, 1) }
            return fault(code, .attributeDiscard, "attribute is there more than once")
        }
        hasOthers = hasOthers || type != .unreach
        if code == 0 { return fault(code, .attributeDiscard, "attribute of the reserved type 0") }
        guard let type else {
            if flags & AttributeFlags.optional == 0 { throw Notification(3, 2, data: whole.bytes(since: start)) }
            if flags & AttributeFlags.transitive != 0 {
                attributes.unknown.append(.init(flags: flags | AttributeFlags.partial, type: code, value: value.rest))
            }
            return
        }
        if let reason = notAccepted(type) { return fault(code, .attributeDiscard, reason) }
        if flags & 0xc0 != type.flags {
            fault(code, .treatAsWithdraw, "wrong flags 0x\(String(flags, radix: 16))")
            // What a multiprotocol attribute names is needed even so: RFC 7606 section 3 (j).
            if type != .reach, type != .unreach { return }
        }
        switch type {
        case .reach: try decodeReach(value, error: Notification(3, 9, data: whole.bytes(since: start)))
        case .unreach: try decodeUnreach(value, error: Notification(3, 9, data: whole.bytes(since: start)))
        default: decodeValue(type, value)
        }
    }

    /// Attributes that this peer has no business sending: left out, unread (RFC 7606 section 7, RFC 6793 section 6).
    private func notAccepted(_ type: AttributeType) -> String? {
        switch type {
        case .localPreference, .originatorID, .clusterList: context.isInternal ? nil : "not from an external peer"
        case .as4Path, .as4Aggregator: context.fourOctetAS ? "not from a peer with four-octet AS numbers" : nil
        default: nil
        }
    }

    private mutating func decodeValue(_ type: AttributeType, _ value: ByteReader) {
        var value = value
        let length = value.remaining
        switch type {
        case .origin:
            guard length == 1 else { return malformed(type, length) }
            guard let origin = value.byte().flatMap(PathAttributes.Origin.init) else {
                return fault(type.rawValue, .treatAsWithdraw, "undefined ORIGIN")
            }
            attributes.origin = origin
        case .asPath:
            do throws(ASPath.Fault) {
                attributes.asPath = try ASPath(value, wide: context.fourOctetAS)
            } catch {
                fault(type.rawValue, .treatAsWithdraw, error.rawValue)
            }
        case .nextHop:
            // Its length is judged where it is needed: beside IPv4 NLRI.
            nextHop = NextHop(value, allowsIPv4: true, allowsIPv6: false)
        case .multiExitDiscriminator:
            guard length == 4 else { return malformed(type, length) }
            attributes.multiExitDiscriminator = value.number32()
        case .localPreference:
            guard length == 4 else { return malformed(type, length) }
            attributes.localPreference = value.number32()
        case .atomicAggregate:
            guard length == 0 else { return malformed(type, length, .attributeDiscard) }
            attributes.isAtomicAggregate = true
        case .aggregator:
            guard length == (context.fourOctetAS ? 8 : 6) else { return malformed(type, length, .attributeDiscard) }
            attributes.aggregator = aggregator(type, &value, wide: context.fourOctetAS)
        case .as4Aggregator:
            guard length == 8 else { return malformed(type, length, .attributeDiscard) }
            as4Aggregator = aggregator(type, &value, wide: true)
        case .as4Path:
            do throws(ASPath.Fault) {
                as4Path = try ASPath(value, wide: true)
            } catch {
                fault(type.rawValue, .attributeDiscard, error.rawValue)
            }
        case .communities:
            guard length > 0, length % 4 == 0 else { return malformed(type, length) }
            while let number = value.number32() { attributes.communities.append(Community(number)) }
        case .extendedCommunities:
            guard length > 0, length % 8 == 0 else { return malformed(type, length) }
            while let number = value.number64() { attributes.extendedCommunities.append(number) }
        case .largeCommunities:
            guard length > 0, length % 12 == 0 else { return malformed(type, length) }
            while let global = value.number32(), let first = value.number32(), let second = value.number32() {
                attributes.largeCommunities.append(LargeCommunity(global, first, second))
            }
        case .originatorID:
            guard length == 4 else { return malformed(type, length) }
            attributes.originatorID = value.number32().map { RouterID($0) }
        case .clusterList:
            guard length > 0, length % 4 == 0 else { return malformed(type, length) }
            while let number = value.number32() { attributes.clusterList.append(RouterID(number)) }
        case .reach, .unreach: break
        }
    }

    private mutating func aggregator(_ type: AttributeType, _ value: inout ByteReader, wide: Bool) -> PathAttributes.Aggregator? {
        guard let number = wide ? value.number32() : value.number16().map(UInt32.init), let identifier = value.number32() else { return nil }
        guard number != ASNumber.reserved else {
            // RFC 7607 section 2.
            fault(type.rawValue, .attributeDiscard, "AS 0")
            return nil
        }
        return .init(asNumber: number, identifier: RouterID(identifier))
    }

    /// RFC 7606 section 7.11: where the next hop's length is not the family's, nothing behind it can be trusted.
    private mutating func decodeReach(_ value: ByteReader, error: Notification) throws(Notification) {
        var value = value
        guard value.remaining >= 5, let afi = value.number16(), let safi = value.byte(), let length = value.byte() else { throw error }
        let family = AddressFamily(afi: afi, safi: safi)
        guard context.families.contains(family), let addresses = family.addresses else {
            reaches = true
            return
        }
        guard let bytes = value.take(Int(length)), value.byte() != nil,
            let hop = NextHop(bytes, allowsIPv4: addresses == .ipv4, allowsIPv6: addresses == .ipv6 || context.extendedNextHop)
        else { throw error }
        guard let prefixes = value.prefixes(addresses) else { throw Notification(3, 10) }
        reaches = !prefixes.isEmpty
        reach = (family, hop, prefixes)
    }

    /// RFC 7606 section 7.12.
    private mutating func decodeUnreach(_ value: ByteReader, error: Notification) throws(Notification) {
        var value = value
        guard let afi = value.number16(), let safi = value.byte() else { throw error }
        let family = AddressFamily(afi: afi, safi: safi)
        guard context.families.contains(family), let addresses = family.addresses else { return }
        guard let prefixes = value.prefixes(addresses) else { throw Notification(3, 10) }
        unreach = (family, prefixes)
    }

    /// What a speaker of two-octet AS numbers passed on in four octets (RFC 6793 section 4.2.3).
    private mutating func combine() {
        guard !context.fourOctetAS else { return }
        if let aggregator = attributes.aggregator, aggregator.asNumber != ASNumber.transition { return }
        if let wide = as4Aggregator, attributes.aggregator != nil { attributes.aggregator = wide }
        if let as4Path { attributes.asPath = attributes.asPath.merged(with: as4Path) }
    }

    private mutating func malformed(_ type: AttributeType, _ length: Int, _ handling: UpdateFault.Handling = .treatAsWithdraw) {
        fault(type.rawValue, handling, "length \(length)")
    }

    mutating func fault(_ attribute: UInt8?, _ handling: UpdateFault.Handling, _ reason: String) {
        faults.append(UpdateFault(attribute: attribute, handling: handling, reason: reason))
    }
}
