import CLinux
import Glibc
public import Net

/// An entry of a neighbour table: who answers for an address on a link (RTM_NEWNEIGH, linux/neighbour.h).
public struct Neighbour: Sendable, Hashable {
    public var address: IPAddress
    public var ifindex: Int
    /// Nil while it is not known.
    public var macAddress: MACAddress?
    public var state: NeighbourState
    /// NTF_* flags; bit 7: a router, bit 3: this machine answers for it.
    public var flags: UInt8

    public init(address: IPAddress, ifindex: Int, macAddress: MACAddress?, state: NeighbourState = .permanent, flags: UInt8 = 0) {
        self.address = address
        self.ifindex = ifindex
        self.macAddress = macAddress
        self.state = state
        self.flags = flags
    }

    public var isRouter: Bool { flags & 0x80 != 0 }
}

/// NUD_* of linux/neighbour.h (the states of RFC 4861 section 7.3.2 and Linux's own).
public struct NeighbourState: OptionSet, Sendable, Hashable, CustomStringConvertible {
    public let rawValue: UInt16
    public init(rawValue: UInt16) { self.rawValue = rawValue }

    public static let incomplete = NeighbourState(rawValue: 0x01)
    public static let reachable = NeighbourState(rawValue: 0x02)
    public static let stale = NeighbourState(rawValue: 0x04)
    public static let delay = NeighbourState(rawValue: 0x08)
    public static let probe = NeighbourState(rawValue: 0x10)
    public static let failed = NeighbourState(rawValue: 0x20)
    public static let noARP = NeighbourState(rawValue: 0x40)
    public static let permanent = NeighbourState(rawValue: 0x80)

    /// Frames can be sent to the address that the entry holds.
    public var isValid: Bool { !isDisjoint(with: [.reachable, .stale, .delay, .probe, .noARP, .permanent]) }

    private static let names: [(NeighbourState, String)] = [
        (.incomplete, "incomplete"), (.reachable, "reachable"), (.stale, "stale"), (.delay, "delay"), (.probe, "probe"), (.failed, "failed"),
        (.noARP, "noarp"), (.permanent, "permanent"),
    ]

    /// As iproute2 writes it, in lower case: `reachable`; `none` for no state.
    public var description: String {
        let words = Self.names.filter { contains($0.0) }.map(\.1)
        return words.isEmpty ? "none" : words.joined(separator: ",")
    }
}

extension Neighbour {
    /// From RTM_NEWNEIGH.
    init(_ message: NetlinkMessage) throws(MalformedMessage) {
        let header = try message.header(ndmsg.self)
        var address: IPAddress?
        var macAddress: MACAddress?
        for attribute in try message.attributes(after: ndmsg.self) {
            switch attribute.type {
            case NDA_DST: address = try attribute.address()
            case NDA_LLADDR: macAddress = MACAddress(bytes: attribute.value)
            default: break
            }
        }
        guard let address else { throw MalformedMessage("neighbour without an address") }
        self.init(
            address: address, ifindex: Int(header.ndm_ifindex), macAddress: macAddress, state: NeighbourState(rawValue: header.ndm_state),
            flags: header.ndm_flags)
    }

    func encode(into writer: inout MessageWriter, _ type: Int, flags requestFlags: Int32, sequence: UInt32) {
        writer.begin(type, flags: NLM_F_REQUEST | requestFlags, sequence: sequence)
        writer.append(Self.header(address.family, ifindex: ifindex, state: state.rawValue, flags: flags))
        writer.attribute(NDA_DST, address: address)
        if let macAddress { writer.attribute(NDA_LLADDR, macAddress.bytes) }
        writer.end()
    }

    static func header(_ family: IPAddress.Family?, ifindex: Int = 0, state: UInt16 = 0, flags: UInt8 = 0) -> ndmsg {
        var header = ndmsg()
        header.ndm_family = family?.number ?? 0
        header.ndm_ifindex = Int32(exactly: ifindex) ?? -1
        header.ndm_state = state
        header.ndm_flags = flags
        return header
    }
}

extension NetlinkSocket {
    /// Neighbour entries, IPv6 first, by device and address.
    /// - Parameters:
    ///   - ifindex: only those on this device.
    ///   - family: only those of this family.
    public mutating func neighbours(ifindex: Int? = nil, family: IPAddress.Family? = nil) throws(NetlinkError) -> [Neighbour] {
        let list = try dump("list neighbours", RTM_GETNEIGH) { writer in
            writer.append(Neighbour.header(family))
            if let ifindex { writer.attribute(NDA_IFINDEX, number: ifindex) }
        } parse: { message throws(MalformedMessage) -> Neighbour? in
            // Without a family, forwarding entries of bridges come as well.
            guard message.type == RTM_NEWNEIGH, IPAddress.Family(number: try message.header(ndmsg.self).ndm_family) != nil else { return nil }
            let neighbour = try Neighbour(message)
            return ifindex == nil || neighbour.ifindex == ifindex ? neighbour : nil
        }
        return list.sorted { ($0.ifindex, $0.address) < ($1.ifindex, $1.address) }
    }

    /// The entry for an address on a device, or nil when there is none.
    public mutating func neighbour(_ address: IPAddress, ifindex: Int) throws(NetlinkError) -> Neighbour? {
        do {
            return try get("get neighbour \(address) on device with index \(ifindex)", RTM_GETNEIGH) { writer in
                writer.append(Neighbour.header(address.family, ifindex: ifindex))
                writer.attribute(NDA_DST, address: address)
            } parse: { message throws(MalformedMessage) -> Neighbour in
                try Neighbour(message)
            }
        } catch  where error.code == ENOENT {
            return nil
        }
    }

    /// Adds a neighbour entry or replaces the one with the same device and address.
    public mutating func replaceNeighbour(_ neighbour: Neighbour) throws(NetlinkError) {
        try perform(.replaceNeighbour(neighbour))
    }

    /// Deletes a neighbour entry; fails with ENOENT when there is none. A permanent one goes at once, a learned one may stay as `failed` for a while.
    public mutating func deleteNeighbour(_ address: IPAddress, ifindex: Int) throws(NetlinkError) {
        try perform(.deleteNeighbour(address: address, ifindex: ifindex))
    }
}
