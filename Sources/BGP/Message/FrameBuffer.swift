/// Cuts a stream of bytes into messages and checks their headers (RFC 4271 section 6.1), each byte as early as it can be judged.
struct FrameBuffer: Sendable {
    private var bytes: [UInt8] = []
    /// Where the first message not yet taken begins.
    private var position = 0

    /// Bytes that wait for the rest of their message.
    var waiting: Int { bytes.count - position }

    mutating func append(_ more: [UInt8]) {
        if position == bytes.count {
            bytes = more
        } else {
            if position > 0 { bytes.removeSubrange(0..<position) }
            bytes.append(contentsOf: more)
        }
        position = 0
    }

    /// The next complete message: its type and its body.
    /// - Parameter limit: bytes of the longest UPDATE, NOTIFICATION or ROUTE-REFRESH that is allowed.
    /// - Throws: the error to send. A NOTIFICATION that is too short throws one too, though nothing may answer it.
    /// - Returns: nil when more bytes are needed.
    mutating func next(limit: Int) throws(HeaderError) -> (type: MessageType, body: ByteReader)? {
        for index in position..<min(position + 16, bytes.count) where bytes[index] != 0xff { throw HeaderError(Notification(1, 1)) }
        guard waiting >= MessageHeader.length else { return nil }
        let length = Int(bytes[position + 16]) << 8 | Int(bytes[position + 17])
        let badLength = Notification(1, 2, data: [bytes[position + 16], bytes[position + 17]])
        guard length >= MessageHeader.length, length <= limit else { throw HeaderError(badLength) }
        guard let type = MessageType(rawValue: bytes[position + 18]) else { throw HeaderError(Notification(1, 3, data: [bytes[position + 18]])) }
        let isExtensible = type != .open && type != .keepalive
        guard length >= type.minimumLength, isExtensible || length <= MessageHeader.maximumLength,
            type != .keepalive || length == type.minimumLength
        else { throw HeaderError(badLength, isNotification: type == .notification) }
        guard waiting >= length else { return nil }
        defer { position += length }
        return (type, ByteReader(bytes, position + MessageHeader.length..<position + length))
    }
}

/// What is wrong with a header, and whether it was a NOTIFICATION's: that is never answered (RFC 4271 section 6.4).
struct HeaderError: Error {
    let notification: Notification
    let isNotification: Bool

    init(_ notification: Notification, isNotification: Bool = false) {
        self.notification = notification
        self.isNotification = isNotification
    }
}
