import CLinux
import Net

extension ifinfomsg {
    /// - Parameter index: one that no device can have becomes -1, which the kernel refuses.
    init(index: Int, flags: UInt32 = 0, change: UInt32 = 0) {
        self.init()
        ifi_index = Int32(exactly: index) ?? -1
        ifi_flags = flags
        ifi_change = change
    }
}

extension Link {
    /// From RTM_NEWLINK.
    init(_ message: NetlinkMessage) throws(MalformedMessage) {
        let header = try message.header(ifinfomsg.self)
        self.init(
            index: Int(header.ifi_index), name: "", kind: nil, macAddress: nil, mtu: 0, flags: LinkFlags(rawValue: header.ifi_flags),
            operationalState: .unknown, master: nil, peerIndex: nil, peerNamespaceID: nil, txQueues: 1)
        for attribute in try message.attributes(after: ifinfomsg.self) {
            switch attribute.type {
            case IFLA_IFNAME: name = attribute.string
            case IFLA_ADDRESS: macAddress = MACAddress(bytes: attribute.value)
            case IFLA_MTU: mtu = try attribute.index()
            case IFLA_OPERSTATE: operationalState = OperationalState(rawValue: try attribute.load(UInt8.self)) ?? .unknown
            case IFLA_MASTER: master = try attribute.index()
            case IFLA_LINK: peerIndex = try attribute.index()
            case IFLA_LINK_NETNSID: peerNamespaceID = Int(try attribute.load(Int32.self))
            case IFLA_NUM_TX_QUEUES: txQueues = try attribute.index()
            case IFLA_LINKINFO:
                for inner in try attribute.nested() where inner.type == IFLA_INFO_KIND { kind = inner.string }
            default: break
            }
        }
        guard !name.isEmpty else { throw MalformedMessage("device \(index) without a name") }
    }
}

extension LinkStatistics {
    /// From IFLA_STATS64 of RTM_NEWLINK.
    init(_ message: NetlinkMessage) throws(MalformedMessage) {
        guard let attribute = try message.attributes(after: ifinfomsg.self).first(where: { $0.type == IFLA_STATS64 }) else {
            throw MalformedMessage("device without statistics")
        }
        // Only the first eight counters, which every kernel has: the structure grows at its end.
        var counters: [UInt64] = []
        for index in 0..<8 {
            guard let counter = attribute.value.load(UInt64.self, at: 8 * index) else {
                throw MalformedMessage("statistics of \(attribute.value.count) bytes")
            }
            counters.append(counter)
        }
        self.init(
            rxPackets: counters[0], txPackets: counters[1], rxBytes: counters[2], txBytes: counters[3], rxErrors: counters[4], txErrors: counters[5],
            rxDropped: counters[6], txDropped: counters[7])
    }
}

extension VethEnd {
    /// RTM_NEWLINK of kind veth, the other end inside IFLA_INFO_DATA (linux/veth.h).
    func encode(into writer: inout MessageWriter, peer: VethEnd, sequence: UInt32) {
        writer.begin(RTM_NEWLINK, flags: NLM_F_REQUEST | NLM_F_CREATE | NLM_F_EXCL, sequence: sequence)
        encodeAttributes(into: &writer)
        writer.nest(IFLA_LINKINFO) { writer in
            writer.attribute(IFLA_INFO_KIND, string: "veth")
            writer.nest(IFLA_INFO_DATA) { writer in
                writer.nest(VETH_INFO_PEER) { writer in peer.encodeAttributes(into: &writer) }
            }
        }
        writer.end()
    }

    private func encodeAttributes(into writer: inout MessageWriter) {
        writer.append(ifinfomsg())
        writer.attribute(IFLA_IFNAME, string: name)
        if let macAddress { writer.attribute(IFLA_ADDRESS, macAddress.bytes) }
        if let mtu { writer.attribute(IFLA_MTU, number: mtu) }
        if let namespace { writer.attribute(IFLA_NET_NS_FD, value: UInt32(bitPattern: namespace)) }
        if let queues {
            writer.attribute(IFLA_NUM_TX_QUEUES, number: queues)
            writer.attribute(IFLA_NUM_RX_QUEUES, number: queues)
        }
    }
}

extension LinkChange {
    /// RTM_SETLINK. In one message the kernel sets a device up before it looks at IFLA_AF_SPEC (net/core/rtnetlink.c, do_setlink), and the
    /// link-local address would be there: so `up` comes in a message of its own.
    func encode(into writer: inout MessageWriter, ifindex: Int, sequence: UInt32) {
        let rest = LinkChange(
            name: name, macAddress: macAddress, mtu: mtu, namespace: namespace, addressGeneration: addressGeneration, master: master)
        var next = sequence
        if rest != LinkChange() || up == nil {
            writer.begin(RTM_SETLINK, flags: NLM_F_REQUEST, sequence: next)
            writer.append(ifinfomsg(index: ifindex))
            if let namespace { writer.attribute(IFLA_NET_NS_FD, value: UInt32(bitPattern: namespace)) }
            if let name { writer.attribute(IFLA_IFNAME, string: name) }
            if let macAddress { writer.attribute(IFLA_ADDRESS, macAddress.bytes) }
            if let mtu { writer.attribute(IFLA_MTU, number: mtu) }
            if let master { writer.attribute(IFLA_MASTER, number: master) }
            if let addressGeneration {
                writer.nest(IFLA_AF_SPEC) { writer in
                    writer.nest(Int(AF_INET6)) { writer in writer.attribute(IFLA_INET6_ADDR_GEN_MODE, value: addressGeneration.rawValue) }
                }
            }
            writer.end()
            next &+= 1
        }
        if let up {
            writer.begin(RTM_SETLINK, flags: NLM_F_REQUEST, sequence: next)
            writer.append(ifinfomsg(index: ifindex, flags: up ? LinkFlags.up.rawValue : 0, change: LinkFlags.up.rawValue))
            writer.end()
        }
    }
}
