extension Open {
    /// The sole version there is.
    static let version: UInt8 = 4
    /// Optional parameter types: capabilities (RFC 5492), and what marks the extended form (RFC 9072).
    private static let capabilitiesParameter: UInt8 = 2
    private static let extendedLength: UInt8 = 255

    /// Appends the message. Parameters take the extended form (RFC 9072) only where they have no other.
    func encode(into bytes: inout [UInt8]) {
        var list: [UInt8] = []
        for capability in capabilities { capability.encode(into: &list) }
        MessageHeader.write(.open, to: &bytes) { bytes in
            bytes.append(Self.version)
            bytes.write(UInt16(exactly: asNumber) ?? UInt16(ASNumber.transition))
            bytes.write(holdTime)
            bytes.write(identifier.value)
            if list.isEmpty {
                bytes.append(0)
            } else if list.count + 2 <= 254 {
                bytes.append(UInt8(list.count + 2))
                bytes.append(Self.capabilitiesParameter)
                bytes.append(UInt8(list.count))
            } else {
                bytes.append(255)
                bytes.append(Self.extendedLength)
                bytes.write(UInt16(truncatingIfNeeded: list.count + 3))
                bytes.append(Self.capabilitiesParameter)
                bytes.write(UInt16(truncatingIfNeeded: list.count))
            }
            bytes.append(contentsOf: list)
        }
    }

    /// - Parameter body: what follows the header.
    /// - Throws: errors of the message itself (RFC 4271 section 6.2): 2/0 malformed, 2/1, 2/3, 2/4, 2/6. Whether its sender is whom
    ///   we expect is for the session to say.
    init(_ body: ByteReader) throws(Notification) {
        var body = body
        guard let version = body.byte() else { throw Notification(2, 0) }
        guard version == Self.version else { throw Notification(2, 1, data: [0, Self.version]) }
        guard let shortAS = body.number16(), let holdTime = body.number16(), let identifier = body.number32(), let length = body.byte() else {
            throw Notification(2, 0)
        }
        let capabilities = try Self.capabilities(of: body, declared: Int(length))
        var asNumber = UInt32(shortAS)
        for case .fourOctetAS(let number) in capabilities {
            asNumber = number
            break
        }
        guard identifier != 0 else { throw Notification(2, 3) }
        guard holdTime == 0 || holdTime >= 3 else { throw Notification(2, 6) }
        self.init(asNumber: asNumber, holdTime: holdTime, identifier: RouterID(identifier), capabilities: capabilities)
    }

    private static func capabilities(of parameters: ByteReader, declared: Int) throws(Notification) -> [Capability] {
        var parameters = parameters
        var isExtended = false
        var peek = parameters
        // RFC 9072 section 2: the first type tells, whatever length is declared, as long as it is not zero.
        if declared > 0, peek.byte() == extendedLength, let length = peek.number16() {
            guard Int(length) == peek.remaining else { throw Notification(2, 0) }
            parameters = peek
            isExtended = true
        } else if declared != parameters.remaining {
            throw Notification(2, 0)
        }
        var capabilities: [Capability] = []
        while !parameters.isEmpty {
            let start = parameters.position
            guard let type = parameters.byte(), let length = isExtended ? parameters.number16().map(Int.init) : parameters.byte().map(Int.init),
                var value = parameters.take(length)
            else { throw Notification(2, 0) }
            guard type == capabilitiesParameter else { throw Notification(2, 4, data: parameters.bytes(since: start)) }
            while !value.isEmpty {
                guard let code = value.byte(), let length = value.byte(), let content = value.take(Int(length)) else { throw Notification(2, 0) }
                capabilities.append(Capability(code: code, value: content))
            }
        }
        return capabilities
    }
}
