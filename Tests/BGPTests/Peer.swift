@testable import BGP
import Net

/// A session under test and the scripted peer on the other side of its connections. Time passes only when told to.
struct Peer {
    var session: Session
    var now: Nanoseconds = .seconds(1000)
    /// Everything the session asked for since it was last looked at.
    var actions: [SessionAction] = []
    /// Bytes sent on each connection and not yet looked at.
    var output: [ConnectionID: [UInt8]] = [:]
    /// How connections were closed.
    var closed: [ConnectionID: SessionAction.Closing] = [:]
    /// Whether the kernel takes what is sent at once.
    var takes = true
    private var incoming: UInt64 = 0

    static let local = address("2001:db8::1")
    static var configuration: SessionConfiguration {
        SessionConfiguration(
            localAS: 65201, peerAS: 65101, identifier: RouterID(0x0a00_0001), families: [.ipv6Unicast, .ipv4Unicast])
    }

    init(_ change: (inout SessionConfiguration) -> Void = { _ in }) {
        var configuration = Self.configuration
        change(&configuration)
        session = Session(configuration)
    }

    /// A peer with an established session over a connection of ours.
    static func established(
        open: OpenBytes = OpenBytes(), _ change: (inout SessionConfiguration) -> Void = { _ in }
    ) -> (Peer, ConnectionID) {
        var peer = Peer(change)
        let id = peer.connect()
        peer.establish(id, open)
        return (peer, id)
    }

    mutating func handle(_ event: SessionEvent) {
        let new = session.handle(event, now: now)
        actions += new
        for action in new {
            switch action {
            case .send(let id, let bytes): output[id, default: []] += bytes
            case .close(let id, let closing): closed[id] = closing
            default: break
            }
        }
        guard takes else { return }
        for case .send(let id, let bytes) in new { handle(.sent(id, bytes: bytes.count)) }
    }

    var addresses: LocalAddresses { LocalAddresses(local: Self.local, peer: address("2001:db8::9"), ipv4: address("192.0.2.1")) }

    /// Starts, if need be, and lets the connection come up that is asked for.
    mutating func connect() -> ConnectionID {
        if !session.isStarted { handle(.start) }
        let id = attempts.last ?? .outgoing(.max)
        handle(.connected(id, addresses))
        return id
    }

    /// Connections asked for and not yet looked at.
    var attempts: [ConnectionID] { actions.compactMap { if case .connect(let id) = $0 { id } else { nil } } }

    mutating func accept() -> ConnectionID {
        incoming += 1
        let id = ConnectionID.incoming(incoming)
        handle(.accepted(id, addresses))
        return id
    }

    mutating func establish(_ id: ConnectionID, _ open: OpenBytes = OpenBytes()) {
        receive(id, open.bytes)
        receive(id, message(4))
    }

    mutating func receive(_ id: ConnectionID, _ bytes: [UInt8]) { handle(.received(id, bytes)) }

    /// Lets time pass, with every timer at its time.
    mutating func pass(_ span: Nanoseconds) {
        let end = now + span
        while let next = session.deadline, next <= end {
            now = max(now, next)
            handle(.timer)
        }
        now = end
    }

    /// Messages sent on a connection since it was last looked at.
    mutating func messages(_ id: ConnectionID) -> [(type: UInt8, body: [UInt8])] {
        var rest = output.removeValue(forKey: id) ?? []
        var list: [(UInt8, [UInt8])] = []
        while rest.count >= 19 {
            let length = Int(rest[16]) << 8 | Int(rest[17])
            list.append((rest[18], Array(rest[19..<length])))
            rest.removeFirst(length)
        }
        return list
    }

    /// `"2/6"` and so on: what was sent last on a connection, if that was a NOTIFICATION.
    mutating func notification(_ id: ConnectionID) -> Notification? {
        messages(id).last { $0.type == 3 }.flatMap { Notification(ByteReader($0.body)) }
    }

    func has(_ text: String) -> Bool { session.received.contains { $0.prefix == prefix(text) } }
}
