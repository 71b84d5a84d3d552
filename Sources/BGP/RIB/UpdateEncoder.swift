internal import Net

/// Writes UPDATEs, each as full as 4,096 bytes allow (RFC 4271 section 4.3, RFC 4760).
struct UpdateEncoder: Sendable {
    let attributes: AttributeEncoder
    /// By family: the next hop that is announced, and that must be there for the family to be announced at all.
    let nextHops: [AddressFamily: NextHop]

    /// Bytes that are the same in all UPDATEs with the same attributes of one family.
    struct Template: Sendable {
        let family: AddressFamily
        /// Begins MP_REACH_NLRI after its own header: family, next hop, reserved octet. Nil where NLRI has the message's own field.
        let reach: [UInt8]?
        /// Attributes that follow MP_REACH_NLRI, or are all.
        let others: [UInt8]

        /// Bytes of a message without its NLRI.
        fileprivate var overhead: Int { MessageHeader.length + 4 + (reach.map { 4 + $0.count } ?? 0) + others.count }
        /// At least one prefix fits.
        var fits: Bool { overhead + 17 <= MessageHeader.maximumLength }
    }

    func template(_ route: RouteAttributes, _ family: AddressFamily) -> Template? {
        guard let nextHop = nextHops[family] else { return nil }
        if family == .ipv4Unicast, nextHop.address.isIPv4 {
            return Template(family: family, reach: nil, others: attributes.encode(route, nextHop: nextHop))
        }
        var reach: [UInt8] = []
        reach.write(family.afi)
        reach.append(family.safi)
        let address = nextHop.bytes
        reach.append(UInt8(address.count))
        reach.append(contentsOf: address)
        reach.append(0)
        return Template(family: family, reach: reach, others: attributes.encode(route, nextHop: nil))
    }

    /// Appends one UPDATE that announces as many routes as fit, beginning with the one at `cursor`.
    /// - Parameters:
    ///   - order: indices into `routes`; those from `cursor` to `end` share the template's attributes and family.
    ///   - cursor: moved past what was written.
    func announce(
        _ routes: [ExportTable.Route], _ order: [UInt32], _ cursor: inout Int, end: Int, _ template: Template, into bytes: inout [UInt8]
    ) {
        let start = MessageHeader.begin(.update, in: &bytes)
        // Bytes for NLRI: each prefix takes at most 17.
        let full = start + MessageHeader.maximumLength - (template.reach == nil ? 0 : template.others.count)
        bytes.write(UInt16(0))
        let block = bytes.count
        bytes.write(UInt16(0))
        // MP_REACH_NLRI comes first (RFC 7606 section 5.1).
        if let reach = template.reach {
            bytes.append(AttributeFlags.optional | AttributeFlags.extendedLength)
            bytes.append(AttributeType.reach.rawValue)
            bytes.write(UInt16(0))
            bytes.append(contentsOf: reach)
        } else {
            bytes.append(contentsOf: template.others)
            bytes.patch(bytes.count - block - 2, at: block)
        }
        while cursor < end {
            let prefix = routes[Int(order[cursor])].prefix
            guard bytes.count + 1 + (prefix.length + 7) >> 3 <= full else { break }
            bytes.write(prefix)
            cursor += 1
        }
        if template.reach != nil {
            bytes.patch(bytes.count - block - 6, at: block + 4)
            bytes.append(contentsOf: template.others)
            bytes.patch(bytes.count - block - 2, at: block)
        }
        MessageHeader.end(start, in: &bytes)
    }

    /// Appends one UPDATE that withdraws as many prefixes as fit, all of the family of the one at `cursor`, which is moved past them.
    func withdraw(_ prefixes: [Prefix], _ cursor: inout Int, into bytes: inout [UInt8]) {
        let family = prefixes[cursor].family
        let start = MessageHeader.begin(.update, in: &bytes)
        let field = bytes.count
        bytes.write(UInt16(0))
        if family == .ipv6 {
            bytes.write(UInt16(0))
            bytes.append(AttributeFlags.optional | AttributeFlags.extendedLength)
            bytes.append(AttributeType.unreach.rawValue)
            bytes.write(UInt16(0))
            bytes.write(AddressFamily.ipv6Unicast.afi)
            bytes.append(AddressFamily.ipv6Unicast.safi)
        }
        let full = start + MessageHeader.maximumLength - 2
        while cursor < prefixes.count, prefixes[cursor].family == family {
            let prefix = prefixes[cursor]
            guard bytes.count + 1 + (prefix.length + 7) >> 3 <= full else { break }
            bytes.write(prefix)
            cursor += 1
        }
        if family == .ipv6 {
            bytes.patch(bytes.count - field - 4, at: field + 2)
            bytes.patch(bytes.count - field - 8, at: field + 6)
        } else {
            bytes.patch(bytes.count - field - 2, at: field)
            bytes.write(UInt16(0))
        }
        MessageHeader.end(start, in: &bytes)
    }

    /// Appends the End-of-RIB marker of a family (RFC 4724 section 2).
    func endOfRIB(_ family: AddressFamily, into bytes: inout [UInt8]) {
        MessageHeader.write(.update, to: &bytes) { bytes in
            bytes.write(UInt16(0))
            guard family != .ipv4Unicast else { return bytes.write(UInt16(0)) }
            bytes.write(UInt16(6))
            bytes.append(AttributeFlags.optional)
            bytes.append(AttributeType.unreach.rawValue)
            bytes.append(3)
            bytes.write(family.afi)
            bytes.append(family.safi)
        }
    }
}
