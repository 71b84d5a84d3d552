extension Notification {
    private static let codes: [UInt8: String] = [
        1: "Message Header Error", 2: "OPEN Message Error", 3: "UPDATE Message Error", 4: "Hold Timer Expired", 5: "Finite State Machine Error",
        6: "Cease", 7: "ROUTE-REFRESH Message Error", 8: "Send Hold Timer Expired",
    ]

    /// RFC 4271 section 4.5, RFC 4486, RFC 5492, RFC 6608, RFC 7313, RFC 8538, RFC 9003, RFC 9234, RFC 9384.
    private static let subcodes: [UInt8: [UInt8: String]] = [
        1: [1: "Connection Not Synchronized", 2: "Bad Message Length", 3: "Bad Message Type"],
        2: [
            1: "Unsupported Version Number", 2: "Bad Peer AS", 3: "Bad BGP Identifier", 4: "Unsupported Optional Parameter",
            5: "Authentication Failure", 6: "Unacceptable Hold Time", 7: "Unsupported Capability", 11: "Role Mismatch",
        ],
        3: [
            1: "Malformed Attribute List", 2: "Unrecognized Well-known Attribute", 3: "Missing Well-known Attribute",
            4: "Attribute Flags Error", 5: "Attribute Length Error", 6: "Invalid ORIGIN Attribute", 7: "AS Routing Loop",
            8: "Invalid NEXT_HOP Attribute", 9: "Optional Attribute Error", 10: "Invalid Network Field", 11: "Malformed AS_PATH",
        ],
        5: [
            1: "Receive Unexpected Message in OpenSent State", 2: "Receive Unexpected Message in OpenConfirm State",
            3: "Receive Unexpected Message in Established State",
        ],
        6: [
            1: "Maximum Number of Prefixes Reached", 2: "Administrative Shutdown", 3: "Peer De-configured", 4: "Administrative Reset",
            5: "Connection Rejected", 6: "Other Configuration Change", 7: "Connection Collision Resolution", 8: "Out of Resources",
            9: "Hard Reset", 10: "BFD Down",
        ],
        7: [1: "Invalid Message Length"],
    ]

    /// IANA's name of the code.
    public var codeName: String { Self.codes[code] ?? "Unknown Error" }

    /// IANA's name of the subcode; nil for 0 and for what has no name.
    public var subcodeName: String? { Self.subcodes[code]?[subcode] }

    /// The text that came with an administrative shutdown or reset (RFC 9003), also within a Hard Reset; repaired where it is not UTF-8.
    /// It is the peer's: escape it before a terminal sees it.
    public var text: String? {
        if let inner { return inner.text }
        guard code == 6, subcode == 2 || subcode == 4, let length = data.first, length > 0, data.count > Int(length) else { return nil }
        return String(decoding: data.dropFirst().prefix(Int(length)), as: UTF8.self)
    }

    /// What a Hard Reset carries (RFC 8538 section 3.1).
    public var inner: Notification? {
        guard isHardReset, data.count >= 2, data[0] != 6 || data[1] != 9 else { return nil }
        return Notification(data[0], data[1], data: Array(data.dropFirst(2)))
    }

    public var isHardReset: Bool { code == 6 && subcode == 9 }

    /// Too many prefixes, or too much of anything.
    var isAboutResources: Bool { code == 6 && (subcode == Cease.maximumPrefixes.rawValue || subcode == Cease.outOfResources.rawValue) }
}

extension Notification: CustomStringConvertible {
    /// `Cease/Administrative Shutdown (6/2)`; a Hard Reset says what it carries.
    public var description: String {
        let name = subcodeName.map { "\(codeName)/\($0)" } ?? codeName
        return "\(name) (\(code)/\(subcode))" + (inner.map { ": \($0)" } ?? "")
    }
}
