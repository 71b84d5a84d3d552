/// An event's UUID: version 8 (RFC 9562 section 5.8), made of the node's boot id, the CPU and the sequence number, so that
/// every reader of an event gives it the same one.
public enum FlowUUID {
    /// 60 bits of the boot id, 14 of the CPU, 48 of the sequence number.
    static func write(bootID: UInt64, _ id: EventID, to buffer: inout [UInt8]) {
        let custom = UInt64(truncatingIfNeeded: id.cpu) & 0x3fff
        buffer.write(hexadecimal: bootID >> 32, digits: 8)
        buffer.append(UInt8(ascii: "-"))
        buffer.write(hexadecimal: bootID >> 16 & 0xffff, digits: 4)
        buffer.write("-8")
        buffer.write(hexadecimal: bootID >> 4 & 0xfff, digits: 3)
        buffer.append(UInt8(ascii: "-"))
        buffer.write(hexadecimal: 0x8000 | custom, digits: 4)
        buffer.append(UInt8(ascii: "-"))
        buffer.write(hexadecimal: id.sequence & 0xffff_ffff_ffff, digits: 12)
    }

    public static func string(bootID: UInt64, _ id: EventID) -> String {
        var bytes: [UInt8] = []
        write(bootID: bootID, id, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }
}
