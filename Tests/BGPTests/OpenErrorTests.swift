@testable import BGP
import Testing

/// The OPEN rows of the error table: RFC 4271 section 6.2, RFC 5492, RFC 6286, RFC 7607, RFC 9072.
@Suite struct OpenErrorTests {
    struct Row: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let open: [UInt8]
        /// Nil for a session that comes up.
        let error: Notification?

        init(_ name: String, _ error: Notification? = nil, _ change: (inout OpenBytes) -> Void = { _ in }) {
            var bytes = OpenBytes()
            change(&bytes)
            testDescription = name
            open = bytes.bytes
            self.error = error
        }
    }

    static let rows: [Row] = [
        Row("version 3", Notification(2, 1, data: [0, 4])) { $0.version = 3 },
        Row("version 5", Notification(2, 1, data: [0, 4])) { $0.version = 5 },
        Row("wrong AS", Notification(2, 2)) { $0.capabilities = OpenBytes.usual(asNumber: 65009) },
        Row("wrong AS in two octets", Notification(2, 2)) {
            $0.capabilities = []; $0.asNumber = 65009
        },
        Row("four-octet AS 0", Notification(2, 2)) { $0.capabilities = OpenBytes.usual(asNumber: 0) },
        Row("no four-octet AS, two octets right") { $0.capabilities.removeLast() },
        Row("AS_TRANS and a four-octet AS that fits two") { $0.asNumber = 23456 },
        Row("AS_TRANS alone", Notification(2, 2)) {
            $0.asNumber = 23456; $0.capabilities.removeLast()
        },
        Row("two octets other than the capability's") { $0.asNumber = 65009 },
        Row("identifier 0", Notification(2, 3)) { $0.identifier = [0, 0, 0, 0] },
        Row("our identifier in another AS") { $0.identifier = [10, 0, 0, 1] },
        Row("identifier 224.0.0.1") { $0.identifier = [224, 0, 0, 1] },
        Row("hold time 1", Notification(2, 6)) { $0.holdTime = 1 },
        Row("hold time 2", Notification(2, 6)) { $0.holdTime = 2 },
        Row("hold time 0") { $0.holdTime = 0 },
        Row("unknown parameter 250", Notification(2, 4, data: hex("fa 02 0102"))) { $0.parameters = hex("04 fa020102") },
        Row("unknown capability 200") { $0.capabilities.append(hex("c8 03 010203")) },
        Row("capability overruns its parameter", Notification(2, 0)) { $0.parameters = hex("06 0204 4104 0000") },
        Row("capability without a length", Notification(2, 0)) { $0.parameters = hex("03 0201 41") },
        Row("parameter overruns", Notification(2, 0)) { $0.parameters = hex("04 0206 0200") },
        Row("multiprotocol of 3 bytes is ignored") { $0.capabilities.append(hex("01 03 000200")) },
        Row("parameters' length too big", Notification(2, 0)) { $0.parameters = hex("20 0202 0200") },
        Row("parameters' length too small", Notification(2, 0)) { $0.parameters = hex("02 0202 0200") },
        Row("no capabilities at all") { $0.parameters = [0] },
        Row("no common family", Notification(2, 7, data: hex("0104 0002 00 01 0104 0001 00 01"))) {
            $0.capabilities = [hex("01 04 0019 00 46"), hex("41 04 0000fe4d")]
        },
        Row("multiprotocol twice") { $0.capabilities += [hex("01 04 0002 00 01")] },
        Row("each capability in its parameter") { open in
            let parameters = open.capabilities.flatMap { capability -> [UInt8] in [2, UInt8(capability.count)] + capability }
            open.parameters = [UInt8(parameters.count)] + parameters
        },
        Row("everything there is") {
            $0.capabilities += [
                hex("45 08 0001 01 03 0002 01 03"), hex("05 06 0001 0001 0002"), hex("06 00"), hex("46 00"), hex("03 07 0002 00 01 01 40 03"),
                hex("47 07 0002 01 80 000e10"), hex("09 01 03"), hex("49 07 03 666f6f 02 6261"), hex("4b 04 03 76312e"),
            ]
        },
        Row("extended parameters (RFC 9072)") { open in
            let list = open.capabilities.flatMap { $0 }
            open.parameters = [255, 255, 0, UInt8(list.count + 3), 2, 0, UInt8(list.count)] + list
        },
        Row("extended parameters, declared otherwise") { open in
            let list = open.capabilities.flatMap { $0 }
            open.parameters = [7, 255, 0, UInt8(list.count + 3), 2, 0, UInt8(list.count)] + list
        },
        Row("extended parameters of another length", Notification(2, 0)) { $0.parameters = hex("ff ff 0006 02 0002 0200") },
        Row("graceful restart of odd length") { $0.capabilities.append(hex("40 05 0078 0002 01")) },
        Row("300 bytes of unknown capabilities") { open in
            open.capabilities += (0..<18).map { [200 + UInt8($0), 10] + [UInt8](repeating: 7, count: 10) }
        },
    ]

    @Test(arguments: rows) func row(_ row: Row) {
        var peer = Peer()
        let id = peer.connect()
        peer.receive(id, row.open)
        peer.receive(id, message(4))
        if let error = row.error {
            #expect(peer.notification(id) == error)
            #expect(peer.closed[id] == .orderly && peer.session.state == .idle)
            #expect(peer.session.lastSent?.notification == error)
        } else {
            #expect(peer.session.state == .established, "\(String(describing: peer.notification(id)))")
        }
    }

    @Test func twoOctetNumbersAreUsedWhereThePeerHasNoOthers() {
        var open = OpenBytes()
        open.capabilities.removeLast()
        let (peer, _) = Peer.established(open: open)
        #expect(peer.session.negotiated?.fourOctetAS == false && peer.session.negotiated?.peerAS == 65101)
    }

    @Test func withoutCapabilitiesThereIsIPv4Alone() {
        let (peer, _) = Peer.established(open: OpenBytes(parameters: [0]))
        #expect(peer.session.negotiated?.families == [.ipv4Unicast])
        let (other, _) = Peer.established(open: OpenBytes(parameters: [0])) { $0.families = [.ipv6Unicast] }
        #expect(other.session.state == .established && other.session.negotiated?.families == [])
    }

    @Test func anInternalPeerNeedsAnIdentifierOfItsOwn() {
        var peer = Peer { $0.peerAS = 65201 }
        let id = peer.connect()
        var open = OpenBytes(asNumber: 65201, identifier: [10, 0, 0, 1])
        open.capabilities = OpenBytes.usual(asNumber: 65201)
        peer.receive(id, open.bytes)
        #expect(peer.notification(id) == Notification(2, 3))
    }

    @Test func anyASIsTakenWhereNoneIsConfigured() {
        let (peer, _) = Peer.established { $0.peerAS = 0 }
        #expect(peer.session.negotiated?.peerAS == 65101)
    }
}
