import BGPConfig
import Glibc
import Net
import Testing

@testable import Speaker

@Suite struct DiscoveryTests {
    private static let second: UInt64 = 1_000_000_000
    private let router = IPAddress(high: 0xfe80 << 48, low: 1)
    private let other = IPAddress(high: 0xfe80 << 48, low: 2)

    @Test func speaksAtOnceAndThenSeldom() {
        var discovery = RouterDiscovery()
        discovery.set([(index: 7, macAddress: MACAddress(1))], now: 100)
        #expect(discovery.due(100).map(\.message) == [.solicitation, .advertisement(lifetime: 0)])
        #expect(discovery.due(200).isEmpty)
        var sent = 0
        for tick in 1...100 { sent += discovery.due(100 + UInt64(tick) * Self.second / 10).count { $0.message != .solicitation } }
        // Three in the first second or so, then one every three.
        #expect((4...6).contains(sent))
    }

    @Test func answersSolicitationsButNoFlood() {
        var discovery = RouterDiscovery()
        discovery.set([(index: 7, macAddress: nil)], now: 0)
        #expect(discovery.received(.solicitation, from: router, link: 7, now: 0)?.destination == RouterMessage.allNodes)
        #expect(discovery.received(.solicitation, from: router, link: 7, now: Self.second / 100) == nil)
        #expect(discovery.received(.solicitation, from: router, link: 7, now: Self.second) != nil)
        #expect(discovery.received(.solicitation, from: router, link: 8, now: Self.second) == nil)
    }

    @Test func keepsTheRouterItHasWhileThatIsHeard() {
        var discovery = RouterDiscovery()
        discovery.set([(index: 7, macAddress: nil)], now: 0)
        #expect(discovery.router(on: 7, current: nil, now: 0) == nil)
        _ = discovery.received(.advertisement(lifetime: 30), from: router, link: 7, now: 0)
        #expect(discovery.router(on: 7, current: nil, now: 0) == router)
        _ = discovery.received(.advertisement(lifetime: 30), from: other, link: 7, now: Self.second)
        #expect(discovery.router(on: 7, current: router, now: 2 * Self.second) == router)
        #expect(discovery.router(on: 7, current: router, now: 11 * Self.second) == other)
        _ = discovery.received(.advertisement(lifetime: 30), from: .unspecified, link: 7, now: 12 * Self.second)
        #expect(discovery.router(on: 7, current: nil, now: 12 * Self.second) == other)
    }

    @Test func messagesAreChecked() {
        for message in [RouterMessage.solicitation, .advertisement(lifetime: 1800)] {
            #expect(RouterMessage(message.bytes(source: MACAddress(0x0200_0000_0001))) == message)
            #expect(RouterMessage(message.bytes(source: nil)) == message)
            #expect(RouterMessage(message.bytes(source: nil) + [1, 0, 0, 0, 0, 0, 0, 0]) == nil)
            #expect(RouterMessage(message.bytes(source: nil) + [1, 2, 0, 0, 0, 0, 0, 0]) == nil)
        }
        #expect(RouterMessage([134, 0, 0, 0, 0, 0, 0, 0]) == nil)
        #expect(RouterMessage([133, 1, 0, 0, 0, 0, 0, 0]) == nil)
        #expect(RouterMessage([]) == nil)
    }
}

@Suite struct DocumentTests {
    @Test func timesAreReadAsWritten() {
        for nanoseconds in [0, 1_700_000_000_123_000_000, 951_782_400_999_000_000] as [Int64] {
            let time = Timestamp(nanoseconds: nanoseconds)
            #expect(Timestamp(time.description) == time)
        }
        #expect(Timestamp(nanoseconds: 1_700_000_000_123_456_789).description == "2023-11-14T22:13:20.123Z")
        #expect(Timestamp("2023-11-14") == nil && Timestamp("") == nil)
    }

    @Test func damagedRoutesAreRefused() {
        #expect(RoutesDocument(bytes: []) == nil)
        #expect(RoutesDocument(bytes: [0, 0, 0, 0, 0, 0, 0, 0])?.peers.isEmpty == true)
        for bytes in [[255, 255, 255, 255], [0, 0, 0, 1, 255, 255, 255, 255], [0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 255, 255, 255, 255]] as [[UInt8]] {
            #expect(RoutesDocument(bytes: bytes) == nil)
        }
    }

    @Test func socketNamesKeepTheirScope() {
        for text in ["fe80::1", "fd00::1", "192.0.2.1"] {
            guard let address = IPAddress(text) else { continue }
            let name = SocketName(address, scope: 7, port: 179)
            #expect(SocketName(name.nio) == name)
            #expect(name.scope == (text == "fe80::1" ? 7 : 0))
        }
    }

    @Test func passwordsAreNowhereToBeRead() throws {
        setenv("FABCTL_TEST_PASSWORD", "s3cret", 1)
        let password = try PasswordSource(directories: []).password(.environment("FABCTL_TEST_PASSWORD"))
        #expect(!"\(password)".contains("s3cret") && !String(reflecting: password).contains("s3cret"))
        for place in [BGPPassword.secret("a"), .file("/nonexistent"), .environment("FABCTL_TEST_NOTHING")] {
            #expect(throws: SpeakerError.self) { try PasswordSource(directories: ["/nonexistent"]).password(place) }
        }
    }
}
