import BGPConfig
import CLinux
import Glibc
import Net
import NIOCore
import NIOPosix

/// Options of the TCP sockets that sessions run over, set before a packet leaves.
struct PeerSocket {
    var isIPv4: Bool
    /// Of packets sent.
    var hopLimit: UInt8
    /// Packets with less are ignored (RFC 5082).
    var minimumHopLimit: UInt8?
    /// In seconds.
    var holdTime: Int

    init(_ peer: BGPPeer, isIPv4: Bool) {
        self.isIPv4 = isIPv4
        hopLimit = peer.hopLimit
        minimumHopLimit = peer.minimumHopLimit
        holdTime = peer.timers.hold
    }

    /// - Throws: what the kernel refuses.
    func configure(_ channel: any Channel) throws {
        let options = try SocketOptions(channel)
        // Routing protocols go before pods' traffic: CS6 (RFC 4594 section 3.1).
        try options.set(isIPv4 ? .ip : .ipv6, isIPv4 ? CLINUX_IP_TOS : CLINUX_IPV6_TCLASS, Int32(0xc0))
        try options.set(isIPv4 ? .ip : .ipv6, isIPv4 ? CLINUX_IP_TTL : CLINUX_IPV6_UNICAST_HOPS, Int32(hopLimit))
        if let minimumHopLimit {
            try options.set(isIPv4 ? .ip : .ipv6, isIPv4 ? CLINUX_IP_MINTTL : CLINUX_IPV6_MINHOPCOUNT, Int32(minimumHopLimit))
        }
        // The session's own timers come first; this is for what they do not see.
        let patience = max(8 * 60, 2 * holdTime) + 60
        try options.set(.tcp, CLINUX_TCP_USER_TIMEOUT, Int32(clamping: patience * 1000))
        if holdTime == 0 { try options.set(.socket, SO_KEEPALIVE, Int32(1)) }
    }
}

/// Sets options that NIO has no names for.
struct SocketOptions {
    private let provider: any SocketOptionProvider

    init(_ channel: any Channel) throws {
        guard let provider = channel as? any SocketOptionProvider else { throw ChannelError.operationUnsupported }
        self.provider = provider
    }

    /// To be called on the event loop of the channel, where it takes effect at once.
    func set<Value: Sendable>(_ level: NIOBSDSocket.OptionLevel, _ option: Int32, _ value: Value) throws {
        let future = provider.unsafeSetSocketOption(level: level, name: NIOBSDSocket.Option(rawValue: option), value: value)
        var failure: (any Error)?
        future.assumeIsolated().whenFailure { failure = $0 }
        if let failure { throw failure }
    }

    /// - Parameter password: nil takes the key away.
    func setKey(_ password: Password?, for address: SocketName) throws {
        let value = password?.option(for: address) ?? Password.removal(of: address)
        try set(.tcp, CLINUX_TCP_MD5SIG, UncheckedOption(value))
    }

    /// C's structures are plain memory.
    private struct UncheckedOption: @unchecked Sendable {
        var value: clinux_tcp_md5sig
        init(_ value: clinux_tcp_md5sig) { self.value = value }
    }
}
