/// A NOTIFICATION message (RFC 4271 section 4.5), and so every error that ends a session.
public struct Notification: Error, Hashable, Sendable {
    public let code: UInt8
    public let subcode: UInt8
    public let data: [UInt8]

    public init(_ code: UInt8, _ subcode: UInt8 = 0, data: [UInt8] = []) {
        self.code = code
        self.subcode = subcode
        self.data = data
    }
}
