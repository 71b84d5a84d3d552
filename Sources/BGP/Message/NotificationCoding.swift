extension Notification {
    /// Subcodes of Cease (RFC 4486, RFC 8538, RFC 9384).
    public enum Cease: UInt8, Sendable {
        case maximumPrefixes = 1
        case administrativeShutdown = 2
        case peerDeconfigured = 3
        case administrativeReset = 4
        case connectionRejected = 5
        case configurationChange = 6
        case collision = 7
        case outOfResources = 8
        case hardReset = 9
        case bfdDown = 10
    }

    /// - Parameter text: for shutdown and reset: what the peer's operator shall read, cut to 255 bytes of UTF-8 (RFC 9003 section 2).
    public static func cease(_ subcode: Cease, text: String = "") -> Notification {
        var data: [UInt8] = []
        if !text.isEmpty { data.write(counted: text, limit: 255) }
        return Notification(6, subcode.rawValue, data: data)
    }

    /// This one inside a Hard Reset (RFC 8538 section 3.1).
    public var hardReset: Notification {
        isHardReset ? self : Notification(6, Cease.hardReset.rawValue, data: [code, subcode] + data)
    }

    /// The message, header included: what to write to a connection that no session takes.
    public var encoded: [UInt8] {
        var bytes: [UInt8] = []
        encode(into: &bytes)
        return bytes
    }

    func encode(into bytes: inout [UInt8]) {
        MessageHeader.write(.notification, to: &bytes) { bytes in
            bytes.append(code)
            bytes.append(subcode)
            bytes.append(contentsOf: data.prefix(MessageHeader.maximumLength - 21))
        }
    }

    /// - Parameter body: what follows the header; at least two bytes.
    init?(_ body: ByteReader) {
        var body = body
        guard let code = body.byte(), let subcode = body.byte() else { return nil }
        self.init(code, subcode, data: body.rest)
    }
}
