import CLinux

extension NetlinkSocket {
    /// The number that the socket's namespace has for another one, as `Link.peerNamespaceID` says it (RTM_GETNSID, linux/net_namespace.h).
    /// - Returns: -1 when it has none.
    public mutating func number(of namespace: borrowing NetworkNamespace) throws(NetlinkError) -> Int {
        let descriptor = namespace.descriptor
        return try get("get the number of network namespace \(namespace.label)", RTM_GETNSID) { writer in
            writer.append(rtgenmsg())
            writer.attribute(Int(NETNSA_FD), value: UInt32(bitPattern: descriptor))
        } parse: { message throws(MalformedMessage) -> Int in
            // rtgenmsg is one byte, padded like every part.
            let attributes = try NetlinkAttribute.parse(message.payload.dropFirst(4))
            guard let number = attributes.first(where: { $0.type == Int(NETNSA_NSID) }) else { throw MalformedMessage("no number") }
            return Int(try number.load(Int32.self))
        }
    }
}
