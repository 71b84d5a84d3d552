import CLinux
import Glibc

/// A NETLINK_ROUTE socket: the kernel's links, addresses, routes and neighbours (RFC 3549, man 7 rtnetlink).
///
/// It belongs to the network namespace that it was opened in, whichever thread uses it later. Strict checking is on, so that the kernel
/// filters dumps and refuses what it does not understand, and refusals come with the kernel's words.
public struct NetlinkSocket: ~Copyable {
    private let descriptor: Int32
    private var sequence: UInt32 = 0
    private var buffer: [UInt8]

    /// Requests in one `send`. Refusals of all of them must fit the socket's receive buffer of 208 KiB at least.
    static let requestsPerSend = 128
    /// Bytes in one `send`; the default send buffer holds 208 KiB.
    static let bytesPerSend = 48 << 10
    /// How often a dump is begun anew when what it lists changes meanwhile.
    static let dumpAttempts = 20

    /// Opens a socket in the calling thread's network namespace.
    public init() throws(NetlinkError) {
        self.init(owning: try Self.open())
    }

    /// Opens a socket in another namespace; the calling thread stays where it is.
    public init(in namespace: borrowing NetworkNamespace) throws(NetlinkError) {
        self.init(owning: try namespace.result { () throws(NetlinkError) in try Self.open() }.get())
    }

    private init(owning descriptor: Int32) {
        self.descriptor = descriptor
        // The kernel fills at most 32 KiB of a dump at a time; a single reply may be longer.
        buffer = [UInt8](repeating: 0, count: 64 << 10)
    }

    private static func open() throws(NetlinkError) -> Int32 {
        let operation = "open a netlink socket"
        let fd = socket(AF_NETLINK, Int32(SOCK_RAW.rawValue) | Int32(SOCK_CLOEXEC.rawValue), NETLINK_ROUTE)
        guard fd >= 0 else { throw NetlinkError(operation: operation, code: errno) }
        guard configure(fd) else {
            let code = errno
            close(fd)
            throw NetlinkError(operation: operation, code: code)
        }
        return fd
    }

    /// - Returns: false with errno set when the kernel refuses an option.
    private static func configure(_ fd: Int32) -> Bool {
        // A lost reply must not hang a command.
        var patience = timeval(tv_sec: 10, tv_usec: 0)
        guard setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size)) == 0 else { return false }
        // Larger is better, and not needed for correctness: unprivileged users get what they are allowed.
        var space: Int32 = 1 << 20
        if setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &space, 4) != 0 { _ = setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &space, 4) }
        for option in [NETLINK_EXT_ACK, NETLINK_CAP_ACK, NETLINK_GET_STRICT_CHK] {
            var on: Int32 = 1
            guard setsockopt(fd, SOL_NETLINK, option, &on, 4) == 0 else { return false }
        }
        var address = sockaddr_nl()
        address.nl_family = sa_family_t(AF_NETLINK)
        return withUnsafeBytes(of: &address) { bytes in
            bind(fd, bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self), socklen_t(bytes.count)) == 0
        }
    }

    deinit { close(descriptor) }

    // MARK: - Requests

    /// A request that the kernel refused.
    public struct Failure: Sendable {
        /// Of the request, in the order given.
        public let index: Int
        public let error: NetlinkError
    }

    /// Carries out one request.
    /// - Throws: what the kernel refuses.
    public mutating func perform(_ request: NetlinkRequest) throws(NetlinkError) {
        if let failure = try perform([request]).first { throw failure.error }
    }

    /// Carries out requests in order, many in one system call. One that fails does not stop those behind it.
    /// - Returns: the requests that the kernel refused, in order; empty when all is done.
    /// - Throws: only when the socket itself fails: how many were carried out is then unknown.
    public mutating func perform(_ requests: [NetlinkRequest]) throws(NetlinkError) -> [Failure] {
        var refused: [(index: Int, code: Int32, message: String)] = []
        var writer = MessageWriter()
        var owners: [Int] = []
        var index = 0
        while index < requests.count {
            writer.removeAll()
            owners.removeAll(keepingCapacity: true)
            let first = sequence &+ 1
            while index < requests.count, writer.count < Self.requestsPerSend, writer.bytes.count < Self.bytesPerSend {
                let mark = writer.mark
                requests[index].encode(into: &writer, sequence: first &+ UInt32(writer.count))
                if let problem = writer.problem {
                    refused.append((index, EINVAL, problem))
                    writer.rewind(to: mark)
                }
                while owners.count < writer.count { owners.append(index) }
                index += 1
            }
            guard writer.count > 0 else { continue }
            sequence &+= UInt32(writer.count)
            // The kernel works in order and always reports a refusal: the acknowledgement of the last is the end of all.
            writer.addFlags(NLM_F_ACK)
            try collect(writer, owners: owners, first: first, refused: &refused)
        }
        var failures: [Failure] = []
        // In order of the requests: what cannot be encoded was known before the kernel's answers.
        refused.sort { $0.index < $1.index }
        for (index, code, message) in refused where failures.last?.index != index {
            let operation = describe(requests[index])
            failures.append(Failure(index: index, error: NetlinkError(operation: operation, code: code, message: message)))
        }
        return failures
    }

    private mutating func collect(
        _ writer: MessageWriter, owners: [Int], first: UInt32, refused: inout [(index: Int, code: Int32, message: String)]
    ) throws(NetlinkError) {
        let operation = "exchange \(writer.count) requests with the kernel"
        try send(writer.bytes, operation)
        while true {
            for message in try receive(operation) {
                let position = Int(message.sequence &- first)
                guard message.type == Int(NLMSG_ERROR), position < owners.count else { continue }
                let (code, words) = try decode(operation) { () throws(MalformedMessage) in try message.acknowledgement() }
                if code != 0 { refused.append((owners[position], code, words)) }
                if position == owners.count - 1 { return }
            }
        }
    }

    /// The request in words, with device names where the kernel still knows them.
    private mutating func describe(_ request: NetlinkRequest) -> String {
        var names: [Int: String] = [:]
        for index in request.devices {
            names[index] = (try? link(index: index))?.name
        }
        return request.description { names[$0] ?? "ifindex \($0)" }
    }

    // MARK: - Replies

    /// Sends one request and returns what `parse` makes of the single reply.
    /// - Parameter build: writes the fixed header and the attributes.
    mutating func get<T>(
        _ operation: @autoclosure () -> String, _ type: Int, build: (inout MessageWriter) -> Void,
        parse: (NetlinkMessage) throws(MalformedMessage) -> T
    ) throws(NetlinkError) -> T {
        sequence &+= 1
        var writer = MessageWriter()
        writer.begin(type, flags: NLM_F_REQUEST, sequence: sequence)
        build(&writer)
        writer.end()
        try send(writer.bytes, operation())
        while true {
            for message in try receive(operation()) where message.sequence == sequence {
                if message.type == Int(NLMSG_ERROR) {
                    let (code, words) = try decode(operation()) { () throws(MalformedMessage) in try message.acknowledgement() }
                    throw NetlinkError(operation: operation(), code: code, message: words)
                }
                return try decode(operation()) { () throws(MalformedMessage) in try parse(message) }
            }
        }
    }

    /// Lists: sends a dump request and returns what `parse` makes of each message, nil left out. Begins anew when the kernel says that the
    /// list changed while it was being read (NLM_F_DUMP_INTR), so that the result is one consistent state.
    mutating func dump<T>(
        _ operation: String, _ type: Int, build: (inout MessageWriter) -> Void, parse: (NetlinkMessage) throws(MalformedMessage) -> T?
    ) throws(NetlinkError) -> [T] {
        for _ in 0..<Self.dumpAttempts {
            if let list = try dumpOnce(operation, type, build: build, parse: parse) { return list }
        }
        throw NetlinkError(operation: operation, code: EAGAIN, message: "changed \(Self.dumpAttempts) times while being listed")
    }

    /// - Returns: nil when the list is not consistent.
    private mutating func dumpOnce<T>(
        _ operation: String, _ type: Int, build: (inout MessageWriter) -> Void, parse: (NetlinkMessage) throws(MalformedMessage) -> T?
    ) throws(NetlinkError) -> [T]? {
        sequence &+= 1
        var writer = MessageWriter()
        writer.begin(type, flags: NLM_F_REQUEST | NLM_F_DUMP, sequence: sequence)
        build(&writer)
        writer.end()
        try send(writer.bytes, operation)
        var list: [T] = []
        var consistent = true
        // Reported at the end: the next dump on this socket is refused until this one is read to its end.
        var malformed: MalformedMessage?
        while true {
            let messages: [NetlinkMessage]
            do {
                messages = try receive(operation)
            } catch  where error.code == ENOBUFS {
                consistent = false
                continue
            }
            for message in messages where message.sequence == sequence {
                if message.flags & NLM_F_DUMP_INTR != 0 { consistent = false }
                switch message.type {
                case Int(NLMSG_DONE), Int(NLMSG_ERROR):
                    if let malformed { throw NetlinkError(operation: operation, code: EBADMSG, message: malformed.reason) }
                    if let code = message.payload.load(Int32.self), code < 0 {
                        throw NetlinkError(operation: operation, code: 0 &- code, message: Self.words(message))
                    }
                    return consistent ? list : nil
                default:
                    do throws(MalformedMessage) {
                        if let element = try parse(message) { list.append(element) }
                    } catch {
                        malformed = error
                    }
                }
            }
        }
    }

    /// The kernel's words in an error, or at the end of a dump, where they follow the code at once.
    private static func words(_ message: NetlinkMessage) -> String {
        if message.type == Int(NLMSG_ERROR) { return (try? message.acknowledgement())?.message ?? "" }
        guard message.flags & NLM_F_ACK_TLVS != 0, let attributes = try? NetlinkAttribute.parse(message.payload.dropFirst(4)) else { return "" }
        return attributes.first { $0.type == Int(NLMSGERR_ATTR_MSG.rawValue) }?.string ?? ""
    }

    private func decode<T>(_ operation: @autoclosure () -> String, _ body: () throws(MalformedMessage) -> T) throws(NetlinkError) -> T {
        do throws(MalformedMessage) {
            return try body()
        } catch {
            throw NetlinkError(operation: operation(), code: EBADMSG, message: error.reason)
        }
    }

    // MARK: - Datagrams

    private func send(_ bytes: [UInt8], _ operation: @autoclosure () -> String) throws(NetlinkError) {
        while true {
            let count = Glibc.send(descriptor, bytes, bytes.count, 0)
            if count == bytes.count { return }
            guard count < 0, errno == EINTR else { throw NetlinkError(operation: operation(), code: count < 0 ? errno : EMSGSIZE) }
        }
    }

    /// The messages of the next datagram that the kernel sent; other senders are ignored.
    private mutating func receive(_ operation: @autoclosure () -> String) throws(NetlinkError) -> [NetlinkMessage] {
        while true {
            var sender = sockaddr_nl()
            var size = socklen_t(MemoryLayout<sockaddr_nl>.size)
            let descriptor = descriptor
            let count = buffer.withUnsafeMutableBytes { buffer in
                withUnsafeMutableBytes(of: &sender) { sender in
                    recvfrom(
                        descriptor, buffer.baseAddress, buffer.count, Int32(MSG_TRUNC),
                        sender.baseAddress?.assumingMemoryBound(to: sockaddr.self), &size)
                }
            }
            if count < 0 {
                switch errno {
                case EINTR: continue
                case EAGAIN: throw NetlinkError(operation: operation(), code: ETIMEDOUT, message: "the kernel did not answer")
                default: throw NetlinkError(operation: operation(), code: errno)
                }
            }
            guard sender.nl_pid == 0 else { continue }
            guard count <= buffer.count else { throw NetlinkError(operation: operation(), code: EMSGSIZE, message: "a reply of \(count) bytes") }
            let datagram = Array(buffer[..<count])
            return try decode(operation()) { () throws(MalformedMessage) in try NetlinkMessage.split(datagram) }
        }
    }
}
