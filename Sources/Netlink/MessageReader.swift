import CLinux
import Net

/// One message of a datagram: its header and what follows it.
struct NetlinkMessage {
    let type: Int
    let flags: Int32
    let sequence: UInt32
    /// What follows the header, without padding.
    let payload: ArraySlice<UInt8>

    /// Splits a datagram into its messages.
    /// - Throws: MalformedMessage when a length says less than a header or more than is there.
    static func split(_ datagram: [UInt8]) throws(MalformedMessage) -> [NetlinkMessage] {
        var messages: [NetlinkMessage] = []
        var rest = datagram[...]
        let size = MemoryLayout<nlmsghdr>.size
        while !rest.isEmpty {
            guard let header = rest.load(nlmsghdr.self) else { throw MalformedMessage("\(rest.count) bytes where a message header belongs") }
            let length = Int(header.nlmsg_len)
            guard length >= size, length <= rest.count else { throw MalformedMessage("message of \(length) bytes where \(rest.count) are left") }
            messages.append(
                NetlinkMessage(
                    type: Int(header.nlmsg_type), flags: Int32(header.nlmsg_flags), sequence: header.nlmsg_seq,
                    payload: rest[(rest.startIndex + size)..<(rest.startIndex + length)]))
            rest = rest.dropFirst((length + 3) & ~3)
        }
        return messages
    }

    /// The fixed header that the payload begins with.
    func header<T: BitwiseCopyable>(_ type: T.Type) throws(MalformedMessage) -> T {
        guard let value = payload.load(type) else { throw MalformedMessage("\(payload.count) bytes where \(T.self) belongs") }
        return value
    }

    /// The attributes after a fixed header of type `T`.
    func attributes<T: BitwiseCopyable>(after header: T.Type) throws(MalformedMessage) -> [NetlinkAttribute] {
        try NetlinkAttribute.parse(payload.dropFirst((MemoryLayout<T>.size + 3) & ~3))
    }

    /// What NLMSG_ERROR says (RFC 3549 section 2.3.2.2 and NETLINK_EXT_ACK): 0 or a positive errno, and the kernel's words.
    func acknowledgement() throws(MalformedMessage) -> (code: Int32, message: String) {
        guard let code = payload.load(Int32.self), code <= 0, code != .min else { throw MalformedMessage("acknowledgement without an error code") }
        guard flags & NLM_F_ACK_TLVS != 0 else { return (-code, "") }
        guard let request = payload.load(nlmsghdr.self, at: 4) else { throw MalformedMessage("acknowledgement without its request") }
        // Unless capped, the whole request is repeated before the attributes.
        let echoed = flags & NLM_F_CAPPED != 0 ? MemoryLayout<nlmsghdr>.size : Int(request.nlmsg_len)
        let skip = 4 + ((echoed + 3) & ~3)
        guard skip <= payload.count else { throw MalformedMessage("acknowledgement shorter than its request") }
        let words = try NetlinkAttribute.parse(payload.dropFirst(skip)).first { $0.type == Int(NLMSGERR_ATTR_MSG.rawValue) }
        return (-code, words?.string ?? "")
    }
}

/// One attribute: `struct nlattr` and its value (linux/netlink.h).
struct NetlinkAttribute {
    /// Without the flags NLA_F_NESTED and NLA_F_NET_BYTEORDER.
    let type: Int
    let value: ArraySlice<UInt8>

    /// - Throws: MalformedMessage when a length says less than a header or more than is there.
    static func parse(_ bytes: ArraySlice<UInt8>) throws(MalformedMessage) -> [NetlinkAttribute] {
        var attributes: [NetlinkAttribute] = []
        var rest = bytes
        while !rest.isEmpty {
            guard let header = rest.load(nlattr.self) else { throw MalformedMessage("\(rest.count) bytes where an attribute header belongs") }
            let length = Int(header.nla_len)
            guard length >= 4, length <= rest.count else { throw MalformedMessage("attribute of \(length) bytes where \(rest.count) are left") }
            attributes.append(
                NetlinkAttribute(type: Int(header.nla_type & 0x3fff), value: rest[(rest.startIndex + 4)..<(rest.startIndex + length)]))
            rest = rest.dropFirst((length + 3) & ~3)
        }
        return attributes
    }

    /// The value as a number or a structure of exactly its size or longer, host byte order.
    func load<T: BitwiseCopyable>(_ type: T.Type) throws(MalformedMessage) -> T {
        guard let result = value.load(type) else { throw MalformedMessage("attribute \(self.type): \(value.count) bytes where \(T.self) belongs") }
        return result
    }

    func index() throws(MalformedMessage) -> Int { Int(try load(UInt32.self)) }

    /// Text up to the first zero byte.
    var string: String { String(decoding: value.prefix { $0 != 0 }, as: UTF8.self) }

    /// 4 or 16 bytes, network byte order.
    func address() throws(MalformedMessage) -> IPAddress {
        guard let address = IPAddress(bytes: value) else {
            throw MalformedMessage("attribute \(type): \(value.count) bytes where an address belongs")
        }
        return address
    }

    /// The attributes inside.
    func nested() throws(MalformedMessage) -> [NetlinkAttribute] { try Self.parse(value) }
}

extension ArraySlice<UInt8> {
    /// A value in host byte order at `offset` bytes from the beginning of the slice, or nil where the slice ends before it does.
    func load<T: BitwiseCopyable>(_ type: T.Type, at offset: Int = 0) -> T? {
        guard offset >= 0, count >= MemoryLayout<T>.size, offset <= count - MemoryLayout<T>.size else { return nil }
        return withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: T.self) }
    }
}
