public import Net

/// An address of a peer, with the interface it is on the link of where that is needed or asked: `fd00::1`, `fe80::1%eth0`.
public struct ScopedAddress: Hashable, Sendable, Codable, CustomStringConvertible {
    public var address: IPAddress
    public var interface: String?

    public init(_ address: IPAddress, interface: String? = nil) {
        self.address = address
        self.interface = interface
    }

    /// `ADDRESS` or `ADDRESS%INTERFACE`.
    public init?(_ text: String) {
        let parts = text.split(separator: "%", maxSplits: 1, omittingEmptySubsequences: false)
        guard let first = parts.first, let address = IPAddress(first) else { return nil }
        self.address = address
        guard parts.count > 1 else { return }
        guard isInterfaceName(parts[1]) else { return nil }
        interface = String(parts[1])
    }

    public var description: String { interface.map { "\(address)%\($0)" } ?? address.description }
    /// As in `[fe80::1%eth0]`, for what may be followed by a port.
    public var bracketed: String { address.isIPv4 ? description : "[\(description)]" }

    public init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        guard let value = Self(text) else {
            throw DecodingError.dataCorrupted(.init(codingPath: decoder.codingPath, debugDescription: "\(text) is not an address"))
        }
        self = value
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

/// What the kernel takes for a device's name (net/core/dev.c, dev_valid_name).
public func isInterfaceName(_ text: some StringProtocol) -> Bool {
    (1...15).contains(text.utf8.count) && text != "." && text != ".."
        && text.utf8.allSatisfy { $0 > 32 && $0 != 127 && $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: ":") }
}
