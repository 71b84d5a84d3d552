import CLinux
import Glibc
import Net

/// The sockets of a search, in the network namespace of the thread that opens them: one that sends whole packets, others that hear answers,
/// and one for each flow, which keeps its port from everybody else.
struct ProbeSockets: ~Copyable {
    private let sender: Int32
    private let listeners: [(descriptor: Int32, kind: Kind)]
    private let reserved: [Int32]
    let flows: [ProbeFlow]

    private enum Kind { case icmp, transport }

    /// ns since 1970: answers carry the time at which the kernel had them.
    static func now() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    /// - Parameter sourcePort: of the first flow, the others follow; nil: whatever is free.
    /// - Throws: without a route to the destination, without the right to raw sockets, for a port that is taken.
    init(
        to destination: IPAddress, transport: ProbeFlow.Transport, port: UInt16, count: Int, sourcePort: UInt16?
    ) throws(PathError) {
        let domain = destination.isIPv4 ? AF_INET : AF_INET6
        var open: [Int32] = []
        do throws(PathError) {
            let source = try Self.source(to: destination)
            var flows: [ProbeFlow] = []
            var reserved: [Int32] = []
            let first = sourcePort ?? (transport == .icmp ? UInt16.random(in: 0x1000...0xe000) : 0)
            for index in 0..<count {
                var local = first == 0 ? 0 : first &+ UInt16(index)
                if transport != .icmp {
                    let fd = try Self.socket(domain, Int32((transport == .udp ? SOCK_DGRAM : SOCK_STREAM).rawValue), 0)
                    open.append(fd)
                    reserved.append(fd)
                    local = try Self.bind(fd, source, local)
                }
                // Made of the port, so that asking for the same ports again asks for the same flows.
                let label = UInt32(truncatingIfNeeded: (UInt64(local) &* 0x9e37_79b9_7f4a_7c15) >> 44)
                flows.append(
                    ProbeFlow(
                        transport: transport, source: source, destination: destination, sourcePort: local, destinationPort: port, label: label))
            }
            let raw = Int32(SOCK_RAW.rawValue)
            let sender = try Self.socket(domain, raw, Int32(IPPROTO_RAW))
            open.append(sender)
            // What the kernel has learnt of the way's MTU is not to stop a search for it.
            var probing: Int32 = destination.isIPv4 ? IP_PMTUDISC_PROBE : IPV6_PMTUDISC_PROBE
            let (level, option) =
                destination.isIPv4 ? (Int32(IPPROTO_IP), IP_MTU_DISCOVER) : (Int32(IPPROTO_IPV6), IPV6_MTU_DISCOVER)
            setsockopt(sender, level, option, &probing, socklen_t(MemoryLayout<Int32>.size))
            var listeners = [(try Self.listener(domain, destination.isIPv4 ? Int32(IPPROTO_ICMP) : Int32(IPPROTO_ICMPV6)), Kind.icmp)]
            open.append(listeners[0].0)
            if transport != .icmp {
                let fd = try Self.listener(domain, Int32(transport.number(destination.family)))
                open.append(fd)
                listeners.append((fd, .transport))
            }
            self.sender = sender
            self.listeners = listeners.map { (descriptor: $0.0, kind: $0.1) }
            self.reserved = reserved
            self.flows = flows
        } catch {
            for fd in open { close(fd) }
            throw error
        }
    }

    deinit {
        close(sender)
        for (fd, _) in listeners { close(fd) }
        for fd in reserved { close(fd) }
    }

    // MARK: - Opening

    private static func socket(_ domain: Int32, _ type: Int32, _ proto: Int32) throws(PathError) -> Int32 {
        let fd = Glibc.socket(domain, type | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue), proto)
        guard fd >= 0 else { throw PathError("open a socket", code: errno) }
        return fd
    }

    private static func listener(_ domain: Int32, _ proto: Int32) throws(PathError) -> Int32 {
        let fd = try socket(domain, Int32(SOCK_RAW.rawValue), proto)
        // All answers of a burst at once; without the right to so much, what the system gives.
        var bytes: Int32 = 8 << 20
        setsockopt(fd, SOL_SOCKET, Self.receiveBufferForce, &bytes, socklen_t(MemoryLayout<Int32>.size))
        var one: Int32 = 1
        setsockopt(fd, SOL_SOCKET, Self.timestamp, &one, socklen_t(MemoryLayout<Int32>.size))
        if proto == Int32(IPPROTO_ICMPV6) {
            // ICMP6_FILTER: bits of what is not wanted. Errors and echo replies are.
            var filter = [UInt32](repeating: .max, count: 8)
            for type in [1, 2, 3, 129] { filter[type / 32] &= ~(1 << UInt32(type % 32)) }
            setsockopt(fd, Int32(IPPROTO_ICMPV6), Self.icmp6Filter, &filter, 32)
        }
        return fd
    }

    // SO_RCVBUFFORCE, SO_TIMESTAMPNS (asm-generic/socket.h), ICMPV6_FILTER (linux/icmpv6.h).
    private static let receiveBufferForce: Int32 = 33
    private static let timestamp: Int32 = 35
    private static let icmp6Filter: Int32 = 1

    /// The address that the kernel sends from to a destination.
    private static func source(to destination: IPAddress) throws(PathError) -> IPAddress {
        let fd = try socket(destination.isIPv4 ? AF_INET : AF_INET6, Int32(SOCK_DGRAM.rawValue), 0)
        defer { close(fd) }
        let code = SocketAddress(destination, port: 33434).with { connect(fd, $0, $1) }
        guard code == 0 else { throw PathError("reach \(destination)", code: errno) }
        guard let own = SocketAddress.local(of: fd) else { throw PathError("reach \(destination)", code: errno) }
        return own.address
    }

    private static func bind(_ fd: Int32, _ address: IPAddress, _ port: UInt16) throws(PathError) -> UInt16 {
        guard SocketAddress(address, port: port).with({ Glibc.bind(fd, $0, $1) }) == 0, let own = SocketAddress.local(of: fd) else {
            throw PathError("take port \(port) of \(address)", code: errno)
        }
        return own.port
    }

    // MARK: - Sending and receiving

    /// Sends a packet.
    /// - Returns: false when it is larger than the device it would leave by.
    func send(_ packet: [UInt8], to destination: IPAddress) throws(PathError) -> Bool {
        let address = SocketAddress(destination, port: 0)
        for _ in 0..<50 {
            if address.with({ sendto(sender, packet, packet.count, 0, $0, $1) }) >= 0 { return true }
            switch errno {
            case EMSGSIZE: return false
            case EINTR: continue
            case ENOBUFS, EAGAIN, EPERM: usleep(1000)
            default: throw PathError("send to \(destination)", code: errno)
            }
        }
        // A full queue, or a firewall: the probe is lost.
        return true
    }

    /// Waits for packets and hands over each.
    /// - Parameter milliseconds: at most.
    func receive(_ milliseconds: Int, _ matcher: AnswerMatcher, _ body: (ProbeAnswer, Int64) -> Void) {
        var waiting = listeners.map { pollfd(fd: $0.descriptor, events: Int16(POLLIN), revents: 0) }
        guard poll(&waiting, nfds_t(waiting.count), Int32(clamping: milliseconds)) > 0 else { return }
        for (fd, kind) in listeners {
            while let (bytes, from, time) = Self.receive(fd) {
                let payload: ArraySlice<UInt8>
                // A raw socket of IPv4 gives the IP header as well.
                if from.isIPv4, kind == .transport {
                    payload = bytes.dropFirst(bytes.first.map { Int($0 & 0xf) * 4 } ?? 0)
                } else {
                    payload = bytes[...]
                }
                let answer =
                    switch kind {
                    case .transport: matcher.transport(payload, from: from)
                    case .icmp: from.isIPv4 ? matcher.icmp4(payload, from: from) : matcher.icmp6(payload, from: from)
                    }
                if let answer { body(answer, time) }
            }
        }
    }

    private static func receive(_ fd: Int32) -> (bytes: [UInt8], from: IPAddress, time: Int64)? {
        var bytes = [UInt8](repeating: 0, count: 2048)
        var control = [UInt8](repeating: 0, count: 128)
        var name = sockaddr_storage()
        let (count, used) = bytes.withUnsafeMutableBytes { data in
            control.withUnsafeMutableBytes { control in
                withUnsafeMutableBytes(of: &name) { name in
                    var vector = iovec(iov_base: data.baseAddress, iov_len: data.count)
                    return withUnsafeMutablePointer(to: &vector) { vector in
                        var message = msghdr()
                        message.msg_name = name.baseAddress
                        message.msg_namelen = socklen_t(name.count)
                        message.msg_iov = vector
                        message.msg_iovlen = 1
                        message.msg_control = control.baseAddress
                        message.msg_controllen = control.count
                        return (recvmsg(fd, &message, 0), Int(message.msg_controllen))
                    }
                }
            }
        }
        guard count >= 0, let from = SocketAddress(name) else { return nil }
        return (Array(bytes.prefix(count)), from.address, time(control.prefix(used)) ?? now())
    }

    /// The time in a SCM_TIMESTAMPNS message, the first of the control messages.
    private static func time(_ control: ArraySlice<UInt8>) -> Int64? {
        guard control.count >= MemoryLayout<cmsghdr>.size + MemoryLayout<timespec>.size else { return nil }
        return control.withUnsafeBytes { bytes in
            let header = bytes.loadUnaligned(as: cmsghdr.self)
            guard header.cmsg_level == SOL_SOCKET, header.cmsg_type == timestamp else { return nil }
            let time = bytes.loadUnaligned(fromByteOffset: MemoryLayout<cmsghdr>.size, as: timespec.self)
            return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
        }
    }
}
