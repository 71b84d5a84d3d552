import CLinux
public import Net

/// An address of a device (RTM_NEWADDR, linux/if_addr.h).
public struct InterfaceAddress: Sendable, Hashable {
    public var address: IPAddress
    /// Bits of the on-link prefix.
    public var prefixLength: Int
    public var ifindex: Int
    public var scope: RouteScope
    public var flags: AddressFlags
    /// The far end of a point-to-point address.
    public var peer: IPAddress?

    public init(
        _ address: IPAddress, prefixLength: Int? = nil, ifindex: Int, scope: RouteScope = .universe, flags: AddressFlags = [], peer: IPAddress? = nil
    ) {
        self.address = address
        self.prefixLength = prefixLength ?? address.family.bits
        self.ifindex = ifindex
        self.scope = scope
        self.flags = flags
        self.peer = peer
    }

    /// The prefix that the address is on link with.
    public var prefix: Prefix? { Prefix(peer ?? address, length: prefixLength) }
}

extension InterfaceAddress: CustomStringConvertible {
    /// `fd00::1/64`.
    public var description: String { "\(address)/\(prefixLength)" }
}

/// IFA_F_* of linux/if_addr.h.
public struct AddressFlags: OptionSet, Sendable, Hashable {
    public let rawValue: UInt32
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// IPv4: not the first of its prefix. IPv6: a temporary address (RFC 8981); the same bit.
    public static let secondary = AddressFlags(rawValue: 1)
    /// No duplicate address detection: usable at once.
    public static let noDAD = AddressFlags(rawValue: 1 << 1)
    /// Usable before detection has ended (RFC 4429).
    public static let optimistic = AddressFlags(rawValue: 1 << 2)
    /// Detection found another owner: not usable.
    public static let dadFailed = AddressFlags(rawValue: 1 << 3)
    /// No longer for new connections.
    public static let deprecated = AddressFlags(rawValue: 1 << 5)
    /// Detection still runs: not usable yet.
    public static let tentative = AddressFlags(rawValue: 1 << 6)
    /// Without end of lifetime.
    public static let permanent = AddressFlags(rawValue: 1 << 7)
    /// Do not add the route of the on-link prefix.
    public static let noPrefixRoute = AddressFlags(rawValue: 1 << 9)
}

/// How far away a destination is or an address is valid (RT_SCOPE_*, linux/rtnetlink.h).
public struct RouteScope: RawRepresentable, Sendable, Hashable {
    public let rawValue: UInt8
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// Everywhere.
    public static let universe = RouteScope(rawValue: 0)
    public static let site = RouteScope(rawValue: 200)
    /// On the attached link.
    public static let link = RouteScope(rawValue: 253)
    /// In this machine.
    public static let host = RouteScope(rawValue: 254)
    /// Nowhere; in a request to delete, any.
    public static let nowhere = RouteScope(rawValue: 255)
}

extension InterfaceAddress {
    /// From RTM_NEWADDR.
    init(_ message: NetlinkMessage) throws(MalformedMessage) {
        let header = try message.header(ifaddrmsg.self)
        var local: IPAddress?
        var address: IPAddress?
        var flags = UInt32(header.ifa_flags)
        for attribute in try message.attributes(after: ifaddrmsg.self) {
            switch attribute.type {
            case IFA_LOCAL: local = try attribute.address()
            case IFA_ADDRESS: address = try attribute.address()
            case IFA_FLAGS: flags = try attribute.load(UInt32.self)
            default: break
            }
        }
        // IFA_ADDRESS is the far end where IFA_LOCAL differs, otherwise the address itself.
        guard let own = local ?? address else { throw MalformedMessage("address message without an address") }
        self.init(
            own, prefixLength: Int(header.ifa_prefixlen), ifindex: Int(header.ifa_index), scope: RouteScope(rawValue: header.ifa_scope),
            flags: AddressFlags(rawValue: flags), peer: address == own ? nil : address)
    }

    func encode(into writer: inout MessageWriter, _ type: Int, flags requestFlags: Int32, sequence: UInt32) {
        writer.begin(type, flags: NLM_F_REQUEST | requestFlags, sequence: sequence)
        writer.append(
            ifaddrmsg(
                // 255, and an index of all ones, are refused.
                ifa_family: address.family.number, ifa_prefixlen: UInt8(exactly: prefixLength) ?? .max,
                ifa_flags: UInt8(truncatingIfNeeded: flags.rawValue),
                ifa_scope: scope.rawValue, ifa_index: UInt32(exactly: ifindex) ?? .max))
        writer.attribute(IFA_LOCAL, address: address)
        writer.attribute(IFA_ADDRESS, address: peer ?? address)
        if flags.rawValue > 0xff { writer.attribute(IFA_FLAGS, value: flags.rawValue) }
        writer.end()
    }
}

extension IPAddress.Family {
    /// AF_INET or AF_INET6, as headers hold it.
    var number: UInt8 { self == .ipv4 ? UInt8(AF_INET) : UInt8(AF_INET6) }

    /// - Returns: nil for another family.
    init?(number: UInt8) {
        switch Int32(number) {
        case AF_INET: self = .ipv4
        case AF_INET6: self = .ipv6
        default: return nil
        }
    }
}

extension NetlinkSocket {
    /// Addresses, IPv6 first, by device and address.
    /// - Parameters:
    ///   - ifindex: only those of this device.
    ///   - family: only those of this family.
    public mutating func addresses(ifindex: Int? = nil, family: IPAddress.Family? = nil) throws(NetlinkError) -> [InterfaceAddress] {
        let list = try dump("list addresses", RTM_GETADDR) { writer in
            writer.append(
                ifaddrmsg(
                    ifa_family: family?.number ?? 0, ifa_prefixlen: 0, ifa_flags: 0, ifa_scope: 0, ifa_index: UInt32(exactly: ifindex ?? 0) ?? .max))
        } parse: { message throws(MalformedMessage) -> InterfaceAddress? in
            guard message.type == RTM_NEWADDR, IPAddress.Family(number: try message.header(ifaddrmsg.self).ifa_family) != nil else { return nil }
            let address = try InterfaceAddress(message)
            return ifindex == nil || address.ifindex == ifindex ? address : nil
        }
        return list.sorted { ($0.ifindex, $0.address, $0.prefixLength) < ($1.ifindex, $1.address, $1.prefixLength) }
    }

    /// Adds an address; fails with EEXIST when the device has it.
    public mutating func addAddress(_ address: InterfaceAddress) throws(NetlinkError) {
        try perform(.addAddress(address))
    }

    /// Adds an address or changes its flags.
    public mutating func replaceAddress(_ address: InterfaceAddress) throws(NetlinkError) {
        try perform(.replaceAddress(address))
    }

    /// Deletes an address; fails with EADDRNOTAVAIL when the device has it not.
    public mutating func deleteAddress(_ address: InterfaceAddress) throws(NetlinkError) {
        try perform(.deleteAddress(address))
    }
}
