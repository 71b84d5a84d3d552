@testable import BGP
import FoundationEssentials
import Glibc
import Net
import Testing

/// Mutated messages at every state: no crash, no hang, bounded output and memory. The seed is fixed: the share is always the same.
///
/// `FABCTL_FUZZ` is the number of messages for each phase of a connection.
@Suite struct FuzzTests {
    static let count = ProcessInfo.processInfo.environment["FABCTL_FUZZ"].flatMap(Int.init) ?? 2_000

    /// Parked and delaying connections are those of a session in Idle and in Active: in Connect, nobody can say anything.
    @Test(arguments: [Connection.Phase.parked, .delaying, .openSent, .openConfirm, .established]) func mutatedMessages(phase: Connection.Phase) {
        var mutator = Mutator(seed: 0x5eed ^ UInt64(phase.rawValue))
        var (peer, id) = Self.fresh(phase)
        var settled = 0
        for turn in 0..<Self.count {
            let bytes = mutator.next()
            let actions = peer.session.handle(.received(id, bytes), now: peer.now)
            var size = 0
            for case .send(let to, let sent) in actions {
                size += sent.count
                _ = peer.session.handle(.sent(to, bytes: sent.count), now: peer.now)
            }
            guard size <= Session.window + Session.chunk + 4096, actions.count <= bytes.count + 8, peer.session.faults.count <= 16,
                peer.session.connections.count <= 4
            else {
                Issue.record("\(actions.count) actions, \(size) bytes after \(bytes)")
                return
            }
            peer.now += .milliseconds(1)
            if phase == .parked, mutator.chance(4) { peer.passOnly(.seconds(2)) }
            if peer.session.connections.first(where: { $0.id == id })?.phase != phase || mutator.chance(200) {
                Self.check(peer.session)
                (peer, id) = Self.fresh(phase)
            }
            if turn == Self.count / 4 { settled = Self.residentPages }
        }
        // Short runs are beside other tests, whose memory this would count.
        if Self.count >= 100_000 { #expect(Self.residentPages - settled < 8192, "pages of 4 KiB that came in the last three quarters") }
    }

    /// Pages of this process in memory (proc(5), statm).
    private static var residentPages: Int {
        guard let file = fopen("/proc/self/statm", "r") else { return 0 }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 128)
        guard fgets(&line, 128, file) != nil else { return 0 }
        let fields = line.prefix { $0 != 0 }.split(separator: 32).dropFirst()
        return fields.first.flatMap { Int(String(decoding: $0.map { UInt8(bitPattern: $0) }, as: UTF8.self)) } ?? 0
    }

    /// Events in any order, with time that jumps.
    @Test func eventsInAnyOrder() {
        var mutator = Mutator(seed: 0xf00d)
        var peer = Peer { $0.gracefulRestart = .init(isRestarting: true, forwarding: [.ipv6Unicast]) }
        var incoming: UInt64 = 0
        for _ in 0..<Self.count {
            let known = peer.session.connections.map(\.id)
            let id = known.isEmpty ? .outgoing(0) : known[mutator.below(known.count)]
            let event: SessionEvent
            switch mutator.below(16) {
            case 0: event = .start
            case 1: event = .connectNow
            case 2, 3: event = .connected(id, peer.addresses)
            case 4: event = .connectFailed(id, reason: "refused")
            case 5:
                incoming += 1
                event = .accepted(.incoming(incoming), peer.addresses)
            case 6: event = .closed(id, reason: nil)
            case 7: event = .sent(id, bytes: mutator.below(1 << 17))
            case 8: event = .timer
            case 9: event = .export(AdvertisingTests.many(mutator.below(50)))
            case 10: event = mutator.chance(10) ? .stop(.reset("")) : .requestRefresh(nil)
            case 11: event = mutator.chance(20) ? .stop(.shutdown("x")) : .resend(nil)
            case 12, 13: event = .received(id, RestartTests.open(UInt8(mutator.below(256))).bytes + message(4))
            default: event = .received(id, mutator.next())
            }
            let actions = peer.session.handle(event, now: peer.now)
            #expect(actions.count < 5000)
            #expect(peer.session.connections.count <= 4)
            #expect(peer.session.connections.count { $0.phase == .established } <= 1)
            #expect((peer.session.state == .established) == (peer.session.negotiated != nil))
            if let next = peer.session.deadline { #expect(next > peer.now || next == 0) }
            peer.now += mutator.chance(3) ? .milliseconds(mutator.below(20_000)) : 0
            if let next = peer.session.deadline, next <= peer.now { _ = peer.session.handle(.timer, now: peer.now) }
        }
        Self.check(peer.session)
    }

    private static func fresh(_ phase: Connection.Phase) -> (Peer, ConnectionID) {
        var (peer, id) =
            switch phase {
            case .openSent: Peer.inState(.openSent)
            case .openConfirm: Peer.inState(.openConfirm)
            case .established: Peer.inState(.established)
            case .connecting, .parked, .delaying: (Peer { $0.openDelayTime = phase == .delaying ? .seconds(5) : 0 }, .outgoing(0))
            }
        switch phase {
        case .delaying: id = peer.connect()
        case .parked:
            peer.receive(peer.connect(), message(9))
            id = peer.accept()
        default: break
        }
        peer.handle(.export(AdvertisingTests.table("fd00:1::/64", "10.1.0.0/16")))
        return (peer, id)
    }

    /// Whatever can be shown can be shown.
    private static func check(_ session: Session) {
        for route in session.received {
            #expect(route.prefix.length <= 128)
            _ = route.attributes.asPath.description
        }
        for last in [session.lastSent, session.lastReceived] {
            #expect(last?.notification.description.isEmpty != true)
            _ = last?.notification.text
        }
        #expect(session.received.count == session.receivedCount(.ipv6Unicast) + session.receivedCount(.ipv4Unicast))
    }
}

/// Makes messages that are nearly right.
struct Mutator {
    private var jitter: Jitter
    private let seeds: [[UInt8]]

    init(seed: UInt64) {
        jitter = Jitter(seed: seed)
        let rows = UpdateErrorTests.attributes + UpdateErrorTests.reach + UpdateErrorTests.lengths
        seeds =
            rows.map(\.message) + OpenErrorTests.rows.map(\.open) + HeaderErrorTests.rows.map(\.1)
            + [
                message(4), message(3, [6, 2, 3, 65, 66, 67]), message(3, [6, 9, 6, 2]), message(5, hex("0002 00 01")), message(5, hex("0002 01 01")),
            ]
    }

    mutating func below(_ limit: Int) -> Int { Int(jitter(100, percent: 0, UInt64(max(1, limit) - 1))) }
    mutating func chance(_ oneIn: Int) -> Bool { below(oneIn) == 0 }

    /// One message (rarely more), changed in a few places; its length is mostly what the header says.
    mutating func next() -> [UInt8] {
        var bytes = seeds[below(seeds.count)]
        for _ in 0..<below(6) where !bytes.isEmpty {
            let at = bytes.count > 19 && !chance(8) ? 19 + below(bytes.count - 19) : below(bytes.count)
            switch below(8) {
            case 0: bytes[at] = UInt8(below(256))
            case 1: bytes[at] ^= 1 << UInt8(below(8))
            case 2: bytes[at] = [0, 1, 0x7f, 0x80, 0xff][below(5)]
            case 3: bytes.insert(contentsOf: (0..<1 + below(20)).map { _ in UInt8(below(256)) }, at: at)
            case 4: bytes.removeSubrange(at..<min(bytes.count, at + 1 + below(20)))
            case 5:
                let other = seeds[below(seeds.count)]
                bytes.replaceSubrange(at..., with: other.suffix(below(other.count)))
            case 6: bytes.insert(contentsOf: bytes[at..<min(bytes.count, at + below(40))], at: at)
            default: bytes.swapAt(at, below(bytes.count))
            }
        }
        if bytes.count >= 19, !chance(10) {
            bytes.replaceSubrange(0..<16, with: [UInt8](repeating: 0xff, count: 16))
            bytes.patch(bytes.count, at: 16)
        }
        return bytes
    }
}
