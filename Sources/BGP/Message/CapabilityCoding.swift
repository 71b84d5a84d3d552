extension Capability {
    /// IANA's code.
    public var code: UInt8 {
        switch self {
        case .multiprotocol: 1
        case .routeRefresh: 2
        case .outboundRouteFiltering: 3
        case .extendedNextHop: 5
        case .extendedMessage: 6
        case .role: 9
        case .gracefulRestart: 64
        case .fourOctetAS: 65
        case .addPath: 69
        case .enhancedRouteRefresh: 70
        case .hostName: 73
        case .softwareVersion: 75
        case .unknown(let code, _): code
        }
    }

    /// IANA's name of the code.
    public var name: String {
        switch code {
        case 1: "multiprotocol"
        case 2: "route-refresh"
        case 3: "outbound-route-filtering"
        case 5: "extended-next-hop"
        case 6: "extended-message"
        case 7: "bgpsec"
        case 8: "multiple-labels"
        case 9: "role"
        case 64: "graceful-restart"
        case 65: "four-octet-as"
        case 67: "dynamic"
        case 68: "multisession"
        case 69: "add-path"
        case 70: "enhanced-route-refresh"
        case 71: "long-lived-graceful-restart"
        case 72: "routing-policy-distribution"
        case 73: "fqdn"
        case 74: "bfd"
        case 75: "software-version"
        case 76: "paths-limit"
        case 128: "prestandard-route-refresh"
        default: "unknown-\(code)"
        }
    }

    /// A value whose length does not fit its code is kept as unknown bytes: the session goes on without the capability.
    init(code: UInt8, value: ByteReader) {
        self = Self.known(code, value) ?? .unknown(code: code, value: value.rest)
    }

    private static func known(_ code: UInt8, _ value: ByteReader) -> Capability? {
        var value = value
        switch code {
        case 1:
            guard value.remaining == 4, let afi = value.number16(), value.byte() != nil, let safi = value.byte() else { return nil }
            return .multiprotocol(AddressFamily(afi: afi, safi: safi))
        case 2: return value.isEmpty ? .routeRefresh : nil
        case 3: return .outboundRouteFiltering(value.rest)
        case 5:
            guard value.remaining % 6 == 0 else { return nil }
            var entries: [ExtendedNextHop] = []
            while let afi = value.number16(), let safi = value.number16(), let hop = value.number16() {
                guard let safi = UInt8(exactly: safi) else { continue }
                entries.append(ExtendedNextHop(family: AddressFamily(afi: afi, safi: safi), nextHopAFI: hop))
            }
            return .extendedNextHop(entries)
        case 6: return value.isEmpty ? .extendedMessage : nil
        case 9: return value.remaining == 1 ? value.byte().map { .role($0) } : nil
        case 64:
            guard value.remaining % 4 == 2, let head = value.number16() else { return nil }
            var entries: [GracefulRestartCapability.Entry] = []
            while let afi = value.number16(), let safi = value.byte(), let flags = value.byte() {
                entries.append(.init(family: AddressFamily(afi: afi, safi: safi), forwarding: flags & 0x80 != 0))
            }
            return .gracefulRestart(
                GracefulRestartCapability(
                    restarting: head & 0x8000 != 0, notification: head & 0x4000 != 0, restartTime: head & 0xfff, families: entries))
        case 65: return value.remaining == 4 ? value.number32().map { .fourOctetAS($0) } : nil
        case 69:
            guard value.remaining % 4 == 0 else { return nil }
            var entries: [AddPath] = []
            while let afi = value.number16(), let safi = value.byte(), let mode = value.byte() {
                // Other modes are to be ignored (RFC 7911 section 4).
                if (1...3).contains(mode) { entries.append(AddPath(family: AddressFamily(afi: afi, safi: safi), mode: mode)) }
            }
            return .addPath(entries)
        case 70: return value.isEmpty ? .enhancedRouteRefresh : nil
        case 73:
            guard let host = value.string(), let domain = value.string(), value.isEmpty else { return nil }
            return .hostName(host: host, domain: domain)
        case 75:
            guard let version = value.string(), value.isEmpty else { return nil }
            return .softwareVersion(version)
        default: return nil
        }
    }

    /// Appends code, length and value. Values of more than 255 bytes are cut at the last whole entry.
    func encode(into bytes: inout [UInt8]) {
        bytes.append(code)
        bytes.append(0)
        let start = bytes.count
        switch self {
        case .multiprotocol(let family):
            bytes.write(family.afi)
            bytes.append(0)
            bytes.append(family.safi)
        case .routeRefresh, .extendedMessage, .enhancedRouteRefresh: break
        case .outboundRouteFiltering(let value), .unknown(_, let value): bytes.append(contentsOf: value.prefix(255))
        case .extendedNextHop(let entries):
            for entry in entries.prefix(42) {
                bytes.write(entry.family.afi)
                bytes.write(UInt16(entry.family.safi))
                bytes.write(entry.nextHopAFI)
            }
        case .role(let role): bytes.append(role)
        case .gracefulRestart(let restart):
            bytes.write((restart.restarting ? 0x8000 : 0) | (restart.notification ? 0x4000 : 0) | restart.restartTime & 0xfff)
            for entry in restart.families.prefix(63) {
                bytes.write(entry.family.afi)
                bytes.append(entry.family.safi)
                bytes.append(entry.forwarding ? 0x80 : 0)
            }
        case .fourOctetAS(let number): bytes.write(number)
        case .addPath(let entries):
            for entry in entries.prefix(63) {
                bytes.write(entry.family.afi)
                bytes.append(entry.family.safi)
                bytes.append(entry.mode)
            }
        case .hostName(let host, let domain):
            bytes.write(counted: host, limit: 64)
            bytes.write(counted: domain, limit: 64)
        case .softwareVersion(let version): bytes.write(counted: version, limit: 64)
        }
        bytes[start - 1] = UInt8(bytes.count - start)
    }
}

extension ByteReader {
    /// UTF-8 after a byte that counts it; what is not UTF-8 is repaired.
    mutating func string() -> String? {
        guard let count = byte(), let text = take(Int(count)) else { return nil }
        return String(decoding: text.rest, as: UTF8.self)
    }
}

extension [UInt8] {
    /// UTF-8 after a byte that counts it, cut before the character that would go over the limit (at most 255).
    mutating func write(counted text: String, limit: Int) {
        let length = text.utf8Prefix(limit).utf8.count
        append(UInt8(length))
        append(contentsOf: text.utf8.prefix(length))
    }
}

extension String {
    /// The longest beginning of whole characters that has at most so many bytes.
    func utf8Prefix(_ limit: Int) -> Substring {
        var size = 0
        let end = indices.first { index in
            size += self[index].utf8.count
            return size > limit
        }
        return self[..<(end ?? endIndex)]
    }
}
