import Logging
import BGP
import BGPConfig
import CLinux
import Glibc
import Net
import NIOCore
import NIOPosix

/// Connections that peers begin.
extension Speaker {
    static let defaultPort: UInt16 = 179

    /// Brings listeners and their keys to what the peers at present need.
    func refreshListeners() {
        guard !isStopping else { return }
        var wanted: [Listener.Key: [PeerDriver]] = [:]
        for driver in drivers.values where !driver.isLeaving {
            let isIPv4 = driver.remote?.address.isIPv4 ?? false
            wanted[Listener.Key(isIPv4: isIPv4, port: driver.peer.localPort ?? Self.defaultPort), default: []].append(driver)
        }
        for (key, listener) in listeners where wanted[key] == nil {
            listener.channel?.close(promise: nil)
            listeners[key] = nil
        }
        for (key, peers) in wanted {
            var listener = listeners[key] ?? Listener()
            let hopLimit = peers.map(\.peer.hopLimit).max() ?? 1
            var keys: [SocketName: Password] = [:]
            for driver in peers {
                if let remote = driver.remote, let password = driver.password { keys[SocketName(remote.address)] = password }
            }
            let isChanged = listener.hopLimit != hopLimit || listener.keys != keys
            let old = listener.keys
            listener.hopLimit = hopLimit
            listener.keys = keys
            listeners[key] = listener
            if let channel = listener.channel {
                if isChanged { configure(channel, listener, isIPv4: key.isIPv4, before: old) }
            } else if !listener.isBinding {
                bind(key)
            }
        }
    }

    private func bind(_ key: Listener.Key) {
        listeners[key]?.isBinding = true
        let any = SocketName(key.isIPv4 ? IPAddress(ipv4: 0) : .unspecified, port: key.port)
        var bootstrap = ServerBootstrap(group: loop)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelOption(.backlog, value: 128)
            .serverChannelInitializer { [self] channel in
                channel.eventLoop.makeCompletedFuture {
                    assumeIsolated { speaker in
                        guard let listener = speaker.listeners[key] else { return }
                        speaker.configure(channel, listener, isIPv4: key.isIPv4, before: [:])
                    }
                }
            }
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { [self] channel in
                channel.eventLoop.makeCompletedFuture { try assumeIsolated { try $0.accept(channel, key) } }
            }
        if !key.isIPv4 { bootstrap = bootstrap.serverChannelOption(ChannelOptions.Types.SocketOption(level: .ipv6, name: .ipv6_v6only), value: 1) }
        bootstrap.bind(to: any.nio).whenComplete { [self] result in
            assumeIsolated { $0.bound(key, result.mapError { SpeakerError(.system, words(for: $0)) }) }
        }
    }

    private func bound(_ key: Listener.Key, _ result: Result<any Channel, SpeakerError>) {
        guard var listener = listeners[key] else {
            if case .success(let channel) = result { channel.close(promise: nil) }
            return
        }
        listener.isBinding = false
        switch result {
        case .success(let channel):
            listener.channel = channel
            listener.failure = nil
            log.info("listening", metadata: ["address": "\(key.description)"])
        case .failure(let error):
            // Peers are still connected to. Said once, and in the status.
            if listener.failure == nil {
                log.warning("cannot listen: peers cannot connect to this node", metadata: ["address": "\(key.description)", "error": "\(error)"])
            }
            listener.failure = error.message
        }
        listeners[key] = listener
        publishSoon()
        // Keys may have changed while it was being bound.
        if let channel = listener.channel { configure(channel, listener, isIPv4: key.isIPv4, before: [:]) }
    }

    private func configure(_ channel: any Channel, _ listener: Listener, isIPv4: Bool, before: [SocketName: Password]) {
        do {
            let options = try SocketOptions(channel)
            try options.set(isIPv4 ? .ip : .ipv6, isIPv4 ? CLINUX_IP_TTL : CLINUX_IPV6_UNICAST_HOPS, Int32(listener.hopLimit))
            try options.set(isIPv4 ? .ip : .ipv6, isIPv4 ? CLINUX_IP_TOS : CLINUX_IPV6_TCLASS, Int32(0xc0))
            for (address, password) in listener.keys where before[address] != password { try options.setKey(password, for: address) }
            for address in before.keys where listener.keys[address] == nil { try options.setKey(nil, for: address) }
        } catch {
            log.error("cannot prepare a listener", metadata: ["error": "\(words(for: error))"])
        }
    }

    /// Gives a new connection to its peer's session; one that is nobody's is reset.
    private func accept(_ channel: any Channel, _ key: Listener.Key) throws {
        guard let remote = SocketName(channel.remoteAddress), let driver = driver(of: remote, port: key.port), !isStopping else {
            log.info("connection refused: no peer has this address", metadata: ["from": "\(SocketName(channel.remoteAddress)?.description ?? "?")"])
            try channel.syncOptions?.setOption(.socketOption(.so_linger), value: 0)
            channel.close(promise: nil)
            return
        }
        try PeerSocket(driver.peer, isIPv4: remote.address.isIPv4).configure(channel)
        let id = ConnectionID.incoming(nextNumber)
        nextNumber += 1
        driver.channels[id] = channel
        try channel.pipeline.syncOperations.addHandler(ConnectionHandler(speaker: self, driver: driver.number, id: id))
    }

    private func driver(of remote: SocketName, port: UInt16) -> PeerDriver? {
        drivers.values.first { driver in
            guard let expected = driver.remote, !driver.isLeaving, driver.peer.localPort ?? Self.defaultPort == port else { return false }
            return expected.address == remote.address && expected.scope == remote.scope
        }
    }
}
