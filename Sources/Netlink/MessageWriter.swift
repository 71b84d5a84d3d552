import CLinux
import Net

/// Builds netlink messages one after another in one buffer, as one `send` carries them.
///
/// Layouts: `struct nlmsghdr` (linux/netlink.h), a fixed header that depends on the type, attributes of `struct nlattr`; everything in
/// host byte order unless said otherwise, every part padded to 4 bytes.
struct MessageWriter {
    private(set) var bytes: [UInt8] = []
    /// Where the header of the message being written begins.
    private var start = 0
    /// Messages completed so far.
    private(set) var count = 0
    /// Why what was asked for has no encoding: a number or a text that does not fit. Such a request must not be sent.
    private(set) var problem: String?

    /// Begins a message; `end` must follow.
    mutating func begin(_ type: Int, flags: Int32, sequence: UInt32) {
        start = bytes.count
        append(nlmsghdr(nlmsg_len: 0, nlmsg_type: UInt16(type), nlmsg_flags: UInt16(flags), nlmsg_seq: sequence, nlmsg_pid: 0))
    }

    /// Completes the message: its length is now known.
    mutating func end() {
        patch(UInt32(bytes.count - start), at: start)
        count += 1
    }

    /// Adds flags to the message completed last.
    mutating func addFlags(_ flags: Int32) {
        let offset = start + 6
        guard let present = bytes[...].load(UInt16.self, at: offset) else { return }
        patch(present | UInt16(flags), at: offset)
    }

    /// Notes that what is being written cannot be sent.
    mutating func fail(_ reason: String) {
        problem = problem ?? reason
    }

    /// A place to come back to.
    struct Mark {
        fileprivate let length: Int
        fileprivate let start: Int
        fileprivate let count: Int
    }

    var mark: Mark { Mark(length: bytes.count, start: start, count: count) }

    /// Forgets all messages since the mark, and their problem.
    mutating func rewind(to mark: Mark) {
        bytes.removeSubrange(mark.length...)
        start = mark.start
        count = mark.count
        problem = nil
    }

    mutating func removeAll() {
        bytes.removeAll(keepingCapacity: true)
        start = 0
        count = 0
        problem = nil
    }

    /// Appends a fixed header or a bare value, padded to 4 bytes.
    mutating func append<T: BitwiseCopyable>(_ value: T) {
        withUnsafeBytes(of: value) { bytes.append(contentsOf: $0) }
        pad()
    }

    /// Appends an attribute with these bytes.
    mutating func attribute(_ type: Int, _ value: [UInt8]) {
        guard let length = UInt16(exactly: 4 + value.count) else { return fail("a value of \(value.count) bytes") }
        append(nlattr(nla_len: length, nla_type: UInt16(type)))
        bytes.append(contentsOf: value)
        pad()
    }

    /// Appends an attribute with a number of 32 bits, host byte order.
    mutating func attribute(_ type: Int, number: Int) {
        guard let value = UInt32(exactly: number) else { return fail("\(number) is out of range") }
        attribute(type, value: value)
    }

    /// Appends an attribute with this value, host byte order.
    mutating func attribute<T: BitwiseCopyable>(_ type: Int, value: T) {
        append(nlattr(nla_len: UInt16(4 + MemoryLayout<T>.size), nla_type: UInt16(type)))
        append(value)
    }

    /// Appends a string attribute, ended by a zero byte.
    mutating func attribute(_ type: Int, string: String) {
        attribute(type, Array(string.utf8) + [0])
    }

    /// Appends an address: 4 or 16 bytes, network byte order.
    mutating func attribute(_ type: Int, address: IPAddress) {
        attribute(type, address.wireBytes)
    }

    /// Appends an attribute that holds what `body` writes.
    mutating func nest(_ type: Int, _ body: (inout MessageWriter) -> Void) {
        let header = bytes.count
        append(nlattr(nla_len: 0, nla_type: UInt16(type)))
        body(&self)
        guard let length = UInt16(exactly: bytes.count - header) else { return fail("\(bytes.count - header) bytes of values") }
        patch(length, at: header)
    }

    /// Appends a next hop of RTA_MULTIPATH (`struct rtnexthop`, linux/rtnetlink.h) with the attributes that `body` writes.
    mutating func nextHop(_ header: rtnexthop, _ body: (inout MessageWriter) -> Void) {
        let offset = bytes.count
        append(header)
        body(&self)
        guard let length = UInt16(exactly: bytes.count - offset) else { return fail("\(bytes.count - offset) bytes of a next hop") }
        patch(length, at: offset)
    }

    private mutating func pad() {
        while bytes.count % 4 != 0 { bytes.append(0) }
    }

    private mutating func patch<T: BitwiseCopyable>(_ value: T, at offset: Int) {
        withUnsafeBytes(of: value) { source in
            bytes.replaceSubrange(offset..<offset + source.count, with: source)
        }
    }
}
