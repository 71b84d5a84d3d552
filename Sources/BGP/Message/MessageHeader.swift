/// Types of messages (RFC 4271 section 4.1, RFC 2918).
enum MessageType: UInt8 {
    case open = 1
    case update = 2
    case notification = 3
    case keepalive = 4
    case routeRefresh = 5

    /// Bytes of the shortest message of the type, header included.
    var minimumLength: Int {
        switch self {
        case .open: 29
        case .update: 23
        case .notification: 21
        case .keepalive: 19
        case .routeRefresh: 23
        }
    }
}

enum MessageHeader {
    /// Marker, length, type.
    static let length = 19
    static let maximumLength = 4096
    /// With extended messages (RFC 8654).
    static let extendedMaximumLength = 65535

    /// Appends a message whose body `body` appends.
    static func write(_ type: MessageType, to bytes: inout [UInt8], body: (inout [UInt8]) -> Void = { _ in }) {
        let start = begin(type, in: &bytes)
        body(&bytes)
        end(start, in: &bytes)
    }

    /// Begins a message.
    /// - Returns: where, for `end`.
    static func begin(_ type: MessageType, in bytes: inout [UInt8]) -> Int {
        let start = bytes.count
        for _ in 0..<16 { bytes.append(0xff) }
        bytes.write(UInt16(0))
        bytes.append(type.rawValue)
        return start
    }

    static func end(_ start: Int, in bytes: inout [UInt8]) {
        bytes.patch(bytes.count - start, at: start + 16)
    }

    static let keepalive: [UInt8] = {
        var bytes: [UInt8] = []
        write(.keepalive, to: &bytes)
        return bytes
    }()
}
