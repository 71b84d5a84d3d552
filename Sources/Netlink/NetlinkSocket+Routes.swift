import CLinux
import Glibc
public import Net

extension NetlinkSocket {
    /// Routes, IPv6 first, by prefix, table and metric. Cached exceptions (as path MTU discovery makes) are left out.
    /// - Parameters:
    ///   - family: only those of this family.
    ///   - table: only those of this table; a table that does not exist is empty.
    ///   - proto: only those that this protocol number made.
    public mutating func routes(family: IPAddress.Family? = nil, table: UInt32? = nil, proto: UInt8? = nil) throws(NetlinkError) -> [Route] {
        var list: [Route] = []
        for family in family.map({ [$0] }) ?? [.ipv6, .ipv4] {
            do {
                list += try dump("list \(family) routes", RTM_GETROUTE) { writer in
                    var header = rtmsg()
                    header.rtm_family = family.number
                    header.rtm_protocol = proto ?? 0
                    writer.append(header)
                    if let table { writer.attribute(Int(RTA_TABLE.rawValue), value: table) }
                } parse: { message throws(MalformedMessage) -> Route? in
                    guard message.type == RTM_NEWROUTE, let route = try Route(message) else { return nil }
                    return (table == nil || route.table == table) && (proto == nil || route.proto == proto) ? route : nil
                }
            } catch  where error.code == ENOENT && table != nil {
                continue
            }
        }
        return list.sorted { ($0.prefix, $0.table, $0.metric) < ($1.prefix, $1.table, $1.metric) }
    }

    /// Asks the kernel which way a packet would go (RTM_GETROUTE).
    /// - Parameters:
    ///   - source: the packet's source address.
    ///   - inputDevice: index of the device that the packet comes in by, for a packet to forward; needs `source`.
    ///   - matched: the route of the table that decided (RTM_F_FIB_MATCH, kernel 4.20 and later for both families), with all its next hops;
    ///     otherwise a route to the address alone with the next hop chosen.
    /// - Returns: nil when no route matches.
    /// - Throws: also for a route that refuses: EHOSTUNREACH for `unreachable`, EINVAL for `blackhole`, EACCES for `prohibit`.
    public mutating func lookup(
        _ destination: IPAddress, from source: IPAddress? = nil, inputDevice: Int? = nil, matched: Bool = false
    ) throws(NetlinkError) -> Route? {
        func operation() -> String { "look up route to \(destination)" + (source.map { " from \($0)" } ?? "") }
        do {
            return try get(operation(), RTM_GETROUTE) { writer in
                var header = rtmsg()
                header.rtm_family = destination.family.number
                header.rtm_dst_len = UInt8(destination.family.bits)
                header.rtm_src_len = source == nil ? 0 : UInt8(destination.family.bits)
                if matched { header.rtm_flags |= UInt32(RTM_F_FIB_MATCH) }
                // IPv6 always says the table, and refuses to be asked.
                if destination.isIPv4 { header.rtm_flags |= UInt32(RTM_F_LOOKUP_TABLE) }
                writer.append(header)
                writer.attribute(Int(RTA_DST.rawValue), address: destination)
                if let source { writer.attribute(Int(RTA_SRC.rawValue), address: source) }
                if let inputDevice { writer.attribute(Int(RTA_IIF.rawValue), number: inputDevice) }
            } parse: { message throws(MalformedMessage) -> Route? in
                guard message.type == RTM_NEWROUTE else { throw MalformedMessage("message of type \(message.type) where a route belongs") }
                return try Route(message)
            }
        } catch  where error.code == ENETUNREACH {
            return nil
        }
    }

    /// Adds a route; fails with EEXIST when its prefix, table and metric are taken.
    public mutating func addRoute(_ route: Route) throws(NetlinkError) {
        try perform(.addRoute(route))
    }

    /// Adds a route or puts it in the place of the one with the same prefix, table and metric, without a moment with none.
    public mutating func replaceRoute(_ route: Route) throws(NetlinkError) {
        try perform(.replaceRoute(route))
    }

    /// Deletes the route with this prefix and table; metric, protocol, kind and next hops must agree where they are given.
    /// Fails with ESRCH when there is none.
    public mutating func deleteRoute(_ route: Route) throws(NetlinkError) {
        try perform(.deleteRoute(route))
    }
}
