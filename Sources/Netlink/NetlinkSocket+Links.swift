import CLinux
import Glibc

extension NetlinkSocket {
    /// All devices of the namespace, by index.
    public mutating func links() throws(NetlinkError) -> [Link] {
        let list = try dump("list devices", RTM_GETLINK) { writer in
            writer.append(ifinfomsg())
            writer.attribute(IFLA_EXT_MASK, value: UInt32(RTEXT_FILTER_SKIP_STATS))
        } parse: { message throws(MalformedMessage) -> Link? in
            message.type == RTM_NEWLINK ? try Link(message) : nil
        }
        return list.sorted { $0.index < $1.index }
    }

    /// The device of this name, or nil when there is none.
    public mutating func link(named name: String) throws(NetlinkError) -> Link? {
        // The kernel's words for a name that no device can have would be about its length.
        guard (1..<Int(IFNAMSIZ)).contains(name.utf8.count), !name.utf8.contains(0) else { return nil }
        return try find("get device \(name)") { writer in
            writer.append(ifinfomsg())
            writer.attribute(IFLA_IFNAME, string: name)
        } parse: { message throws(MalformedMessage) -> Link in
            try Link(message)
        }
    }

    /// The device of this index, or nil when there is none.
    public mutating func link(index: Int) throws(NetlinkError) -> Link? {
        guard index > 0 else { return nil }
        return try find("get device with index \(index)") { writer in
            writer.append(ifinfomsg(index: index))
        } parse: { message throws(MalformedMessage) -> Link in
            try Link(message)
        }
    }

    /// What the device has counted, or nil when there is none of this index.
    public mutating func statistics(index: Int) throws(NetlinkError) -> LinkStatistics? {
        guard index > 0 else { return nil }
        return try find("get statistics of device with index \(index)") { writer in
            writer.append(ifinfomsg(index: index))
        } parse: { message throws(MalformedMessage) -> LinkStatistics in
            try LinkStatistics(message)
        }
    }

    /// Statistics of all devices, by index of the device.
    public mutating func statistics() throws(NetlinkError) -> [Int: LinkStatistics] {
        let list = try dump("list statistics of devices", RTM_GETLINK) { writer in
            writer.append(ifinfomsg())
        } parse: { message throws(MalformedMessage) -> (Int, LinkStatistics)? in
            guard message.type == RTM_NEWLINK else { return nil }
            return (Int(try message.header(ifinfomsg.self).ifi_index), try LinkStatistics(message))
        }
        return Dictionary(list) { first, _ in first }
    }

    private mutating func find<T>(
        _ operation: @autoclosure () -> String, build: (inout MessageWriter) -> Void, parse: (NetlinkMessage) throws(MalformedMessage) -> T
    ) throws(NetlinkError) -> T? {
        do {
            return try get(operation(), RTM_GETLINK, build: build, parse: parse)
        } catch  where error.code == ENODEV {
            return nil
        }
    }

    /// Creates a veth pair; each end may be in a namespace of its own.
    public mutating func createVeth(_ end: VethEnd, peer: VethEnd) throws(NetlinkError) {
        try perform(.createVeth(end, peer: peer))
    }

    /// Changes a device.
    public mutating func setLink(_ index: Int, _ change: LinkChange) throws(NetlinkError) {
        try perform(.setLink(ifindex: index, change))
    }

    /// Deletes a device; the other end of a veth pair goes with it.
    public mutating func deleteLink(_ index: Int) throws(NetlinkError) {
        try perform(.deleteLink(ifindex: index))
    }
}
