internal import Net

extension Update {
    /// - Parameter body: what follows the header; at least four bytes.
    /// - Throws: what costs the session (RFC 7606 section 5).
    init(_ body: ByteReader, _ context: UpdateContext) throws(Notification) {
        self.init()
        var body = body
        let isEmpty = body.remaining == 4
        guard let length = body.number16(), var field = body.take(Int(length)), let attributesLength = body.number16(),
            let block = body.take(Int(attributesLength))
        else { throw Notification(3, 1) }
        let hasIPv4 = context.families.contains(.ipv4Unicast)
        guard let withdrawals = field.prefixes(.ipv4), let nlri = body.prefixes(.ipv4) else { throw Notification(3, 10) }
        var decoder = AttributeDecoder(context)
        try decoder.decode(block)

        // RFC 4724 section 2.
        if isEmpty, hasIPv4 { endOfRIB = .ipv4Unicast }
        if let unreach = decoder.unreach {
            withdrawn = unreach.prefixes
            if unreach.prefixes.isEmpty, !decoder.hasOthers, withdrawals.isEmpty, nlri.isEmpty { endOfRIB = unreach.family }
        }
        if hasIPv4 { withdrawn += withdrawals }

        if !nlri.isEmpty || decoder.reaches {
            decoder.checkMandatory()
        } else if decoder.isWithdrawn {
            // RFC 7606 section 5.2: nothing says that the NLRI was not what got lost.
            throw Notification(3, 1)
        }
        let isUsable = decoder.isUsable
        if !nlri.isEmpty, hasIPv4 { add(nlri, .ipv4Unicast, decoder.nextHop, isUsable, &decoder) }
        if let reach = decoder.reach, !reach.prefixes.isEmpty { add(reach.prefixes, reach.family, reach.nextHop, isUsable, &decoder) }
        faults = decoder.faults
    }

    /// Announces, or withdraws where the attributes or the next hop do not serve.
    private mutating func add(_ prefixes: [Prefix], _ family: AddressFamily, _ nextHop: NextHop?, _ isUsable: Bool, _ decoder: inout AttributeDecoder)
    {
        guard isUsable else {
            withdrawn += prefixes
            return
        }
        guard let nextHop else {
            decoder.fault(AttributeType.nextHop.rawValue, .treatAsWithdraw, decoder.has(.nextHop) ? "malformed NEXT_HOP" : "missing NEXT_HOP")
            withdrawn += prefixes
            return
        }
        if let problem = nextHop.problem(own: decoder.context.own) {
            decoder.fault(AttributeType.nextHop.rawValue, problem.handling, problem.reason)
            withdrawn += prefixes
            return
        }
        var attributes = decoder.attributes
        attributes.nextHop = nextHop.address
        attributes.linkLocalNextHop = nextHop.linkLocal
        announced.append(Announcement(family: family, prefixes: prefixes, attributes: attributes))
    }
}

extension AttributeDecoder {
    /// What every route must have, and whether it may be used (RFC 7606 section 3 (d), RFC 4271 sections 6.3 and 9.1.2).
    fileprivate mutating func checkMandatory() {
        for (type, name) in [(AttributeType.origin, "ORIGIN"), (.asPath, "AS_PATH")] where !has(type) {
            fault(type.rawValue, .treatAsWithdraw, "missing \(name)")
        }
        guard !isWithdrawn else { return }
        if attributes.asPath.contains(context.localAS) {
            fault(AttributeType.asPath.rawValue, .unusable, "own AS \(context.localAS) in AS_PATH")
        }
        if context.enforcesFirstAS, !context.isInternal, attributes.asPath.first != context.peerAS {
            fault(AttributeType.asPath.rawValue, .treatAsWithdraw, "AS_PATH does not begin with the peer's AS \(context.peerAS)")
        }
    }

    fileprivate var isUsable: Bool { !faults.contains { $0.handling != .attributeDiscard } }
}
