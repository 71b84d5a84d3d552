import CLinux
import Net

extension Route {
    /// From RTM_NEWROUTE.
    /// - Returns: nil for what is no route of ours to read: another family, or a kind that this module does not know.
    init?(_ message: NetlinkMessage) throws(MalformedMessage) {
        let header = try message.header(rtmsg.self)
        guard let family = IPAddress.Family(number: header.rtm_family), let kind = RouteKind(rawValue: header.rtm_type) else { return nil }
        var destination = family == .ipv4 ? IPAddress(ipv4: 0) : .unspecified
        var table = UInt32(header.rtm_table)
        var metric: UInt32 = 0
        var mtu: Int?
        var preferredSource: IPAddress?
        var hops: [RouteNextHop] = []
        var single = RouteNextHop(ifindex: 0)
        single.apply(flags: header.rtm_flags)
        for attribute in try message.attributes(after: rtmsg.self) {
            switch attribute.type {
            case Int(RTA_DST.rawValue): destination = try attribute.address()
            case Int(RTA_TABLE.rawValue): table = try attribute.load(UInt32.self)
            case Int(RTA_PRIORITY.rawValue): metric = try attribute.load(UInt32.self)
            case Int(RTA_PREFSRC.rawValue): preferredSource = try attribute.address()
            case Int(RTA_MULTIPATH.rawValue): hops = try RouteNextHop.parse(attribute.value)
            case Int(RTA_METRICS.rawValue):
                for inner in try attribute.nested() where inner.type == RTAX_MTU { mtu = try inner.index() }
            default: try single.apply(attribute)
            }
        }
        // The kernel hangs IPv6 routes that go nowhere on the loopback device.
        if kind.goesNowhere {
            hops = []
        } else if hops.isEmpty, single.ifindex != 0 || single.via != nil {
            hops = [single]
        }
        guard destination.family == family, let prefix = Prefix(destination, length: Int(header.rtm_dst_len)) else {
            throw MalformedMessage("route to \(destination) with a prefix of \(header.rtm_dst_len) bits")
        }
        self.init(
            prefix, nextHops: hops, kind: kind, table: table, proto: header.rtm_protocol, metric: metric, mtu: mtu, preferredSource: preferredSource,
            scope: family == .ipv4 ? RouteScope(rawValue: header.rtm_scope) : nil)
    }

    /// RTM_NEWROUTE or RTM_DELROUTE.
    func encode(into writer: inout MessageWriter, _ type: Int, flags: Int32, sequence: UInt32) {
        var header = rtmsg()
        header.rtm_family = prefix.family.number
        header.rtm_dst_len = UInt8(clamping: prefix.length)
        header.rtm_table = table < 256 ? UInt8(table) : UInt8(RT_TABLE_COMPAT.rawValue)
        header.rtm_protocol = proto
        header.rtm_type = kind.rawValue
        header.rtm_scope = (scope ?? defaultScope(deleting: type == RTM_DELROUTE)).rawValue
        if nextHops.count == 1, nextHops[0].onLink { header.rtm_flags = UInt32(RTNH_F_ONLINK) }
        writer.begin(type, flags: NLM_F_REQUEST | flags, sequence: sequence)
        writer.append(header)
        writer.attribute(Int(RTA_DST.rawValue), address: prefix.address)
        writer.attribute(Int(RTA_TABLE.rawValue), value: table)
        if metric != 0 { writer.attribute(Int(RTA_PRIORITY.rawValue), value: metric) }
        if let preferredSource { writer.attribute(Int(RTA_PREFSRC.rawValue), address: preferredSource) }
        if let mtu {
            writer.nest(Int(RTA_METRICS.rawValue)) { writer in writer.attribute(RTAX_MTU, number: mtu) }
        }
        if nextHops.count == 1 {
            nextHops[0].encodeGateway(into: &writer, family: prefix.family)
            if nextHops[0].ifindex != 0 { writer.attribute(Int(RTA_OIF.rawValue), number: nextHops[0].ifindex) }
        } else if nextHops.count > 1 {
            writer.nest(Int(RTA_MULTIPATH.rawValue)) { writer in
                for hop in nextHops {
                    guard (1...256).contains(hop.weight) else { return writer.fail("weight \(hop.weight) is not 1...256") }
                    let header = rtnexthop(
                        rtnh_len: 0, rtnh_flags: hop.onLink ? UInt8(RTNH_F_ONLINK) : 0, rtnh_hops: UInt8(hop.weight - 1),
                        rtnh_ifindex: Int32(exactly: hop.ifindex) ?? -1)
                    writer.nextHop(header) { writer in hop.encodeGateway(into: &writer, family: prefix.family) }
                }
            }
        }
        writer.end()
    }

    /// As `ip route` chooses: IPv4 wants to be told that a destination is on the link.
    private func defaultScope(deleting: Bool) -> RouteScope {
        if prefix.family == .ipv6 { return .universe }
        if deleting { return .nowhere }
        if kind == .local { return .host }
        if kind == .broadcast || kind == .anycast { return .link }
        return kind == .unicast && !nextHops.isEmpty && nextHops.allSatisfy({ $0.via == nil }) ? .link : .universe
    }
}

extension RouteNextHop {
    /// The next hops in RTA_MULTIPATH: each a `struct rtnexthop` and its attributes.
    static func parse(_ bytes: ArraySlice<UInt8>) throws(MalformedMessage) -> [RouteNextHop] {
        var hops: [RouteNextHop] = []
        var rest = bytes
        let size = MemoryLayout<rtnexthop>.size
        while !rest.isEmpty {
            guard let header = rest.load(rtnexthop.self) else { throw MalformedMessage("\(rest.count) bytes where a next hop belongs") }
            let length = Int(header.rtnh_len)
            guard length >= size, length <= rest.count else { throw MalformedMessage("next hop of \(length) bytes where \(rest.count) are left") }
            var hop = RouteNextHop(ifindex: Int(header.rtnh_ifindex), weight: Int(header.rtnh_hops) + 1)
            hop.apply(flags: UInt32(header.rtnh_flags))
            for attribute in try NetlinkAttribute.parse(rest[(rest.startIndex + size)..<(rest.startIndex + length)]) {
                try hop.apply(attribute)
            }
            hops.append(hop)
            rest = rest.dropFirst((length + 3) & ~3)
        }
        return hops
    }

    mutating func apply(flags: UInt32) {
        onLink = flags & UInt32(RTNH_F_ONLINK) != 0
        isDead = flags & UInt32(RTNH_F_DEAD) != 0
        isLinkDown = flags & UInt32(RTNH_F_LINKDOWN) != 0
    }

    mutating func apply(_ attribute: NetlinkAttribute) throws(MalformedMessage) {
        switch attribute.type {
        case Int(RTA_OIF.rawValue): ifindex = try attribute.index()
        case Int(RTA_GATEWAY.rawValue): via = try attribute.address()
        case Int(RTA_VIA.rawValue):
            // struct rtvia: the family, two bytes, then the address.
            guard let address = IPAddress(bytes: attribute.value.dropFirst(2)) else {
                throw MalformedMessage("gateway of \(attribute.value.count) bytes")
            }
            via = address
        default: break
        }
    }

    /// RTA_GATEWAY, or RTA_VIA when the gateway is of the other family than the route.
    func encodeGateway(into writer: inout MessageWriter, family: IPAddress.Family) {
        guard let via else { return }
        if via.family == family {
            writer.attribute(Int(RTA_GATEWAY.rawValue), address: via)
        } else {
            let number = UInt16(via.family.number)
            writer.attribute(Int(RTA_VIA.rawValue), withUnsafeBytes(of: number) { Array($0) } + via.wireBytes)
        }
    }
}
