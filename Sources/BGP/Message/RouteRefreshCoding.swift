extension RouteRefresh {
    func encode(into bytes: inout [UInt8]) {
        MessageHeader.write(.routeRefresh, to: &bytes) { bytes in
            bytes.write(family.afi)
            switch kind {
            case .request: bytes.append(0)
            case .begin: bytes.append(1)
            case .end: bytes.append(2)
            case .unknown(let value): bytes.append(value)
            }
            bytes.append(family.safi)
        }
    }

    /// - Parameter body: what follows the header; a longer one holds filters (RFC 5291), which are not negotiated and so not obeyed.
    /// - Throws: 7/1 with the whole message when a demarcation is not four bytes long (RFC 7313 section 5).
    init(_ body: ByteReader, isEnhanced: Bool) throws(Notification) {
        let whole = body
        var body = body
        guard let afi = body.number16(), let subtype = body.byte(), let safi = body.byte() else { throw Notification(7, 1) }
        family = AddressFamily(afi: afi, safi: safi)
        switch subtype {
        case 0: kind = .request
        case 1: kind = .begin
        case 2: kind = .end
        default: kind = .unknown(subtype)
        }
        guard isEnhanced, kind == .begin || kind == .end, !body.isEmpty else { return }
        var message: [UInt8] = []
        MessageHeader.write(.routeRefresh, to: &message) { $0.append(contentsOf: whole.rest) }
        throw Notification(7, 1, data: message)
    }
}
