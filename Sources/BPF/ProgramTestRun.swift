internal import CLibbpf
internal import Glibc

/// Metadata of the packet of a test run: those fields of `struct __sk_buff` that BPF_PROG_TEST_RUN lets be set (net/bpf/test_run.c).
public struct PacketContext: Equatable, Sendable {
    public var mark: UInt32 = 0
    public var priority: UInt32 = 0
    /// Device it is on; 0 or 1 for loopback. Must exist in this thread's network namespace.
    public var ifindex: UInt32 = 0
    /// Device it came in by.
    public var ingressIfindex: UInt32 = 0
    /// `cb`: five words that programs may leave to one another.
    public var controlBlock: [UInt32] = [0, 0, 0, 0, 0]
    /// Nanoseconds.
    public var timestamp: UInt64 = 0
    /// Bytes; 0 for the packet's own length.
    public var wireLength: UInt32 = 0
    public var gsoSegments: UInt32 = 0
    public var gsoSize: UInt32 = 0

    public init(ifindex: UInt32 = 0, ingressIfindex: UInt32 = 0, mark: UInt32 = 0) {
        (self.ifindex, self.ingressIfindex, self.mark) = (ifindex, ingressIfindex, mark)
    }

    // Offsets in `struct __sk_buff` (include/uapi/linux/bpf.h), which is ABI.
    private enum Offset {
        static let mark = 8, priority = 32, ingressIfindex = 36, ifindex = 40, controlBlock = 48
        static let timestamp = 152, wireLength = 160, gsoSegments = 164, gsoSize = 176
        static let end = 192
    }

    /// `struct __sk_buff`.
    var bytes: [UInt8] {
        var bytes = [UInt8](repeating: 0, count: Offset.end)
        bytes.withUnsafeMutableBytes { bytes in
            bytes.storeBytes(of: mark, toByteOffset: Offset.mark, as: UInt32.self)
            bytes.storeBytes(of: priority, toByteOffset: Offset.priority, as: UInt32.self)
            bytes.storeBytes(of: ingressIfindex, toByteOffset: Offset.ingressIfindex, as: UInt32.self)
            bytes.storeBytes(of: ifindex, toByteOffset: Offset.ifindex, as: UInt32.self)
            for (index, word) in controlBlock.prefix(5).enumerated() {
                bytes.storeBytes(of: word, toByteOffset: Offset.controlBlock + 4 * index, as: UInt32.self)
            }
            bytes.storeBytes(of: timestamp, toByteOffset: Offset.timestamp, as: UInt64.self)
            bytes.storeBytes(of: wireLength, toByteOffset: Offset.wireLength, as: UInt32.self)
            bytes.storeBytes(of: gsoSegments, toByteOffset: Offset.gsoSegments, as: UInt32.self)
            bytes.storeBytes(of: gsoSize, toByteOffset: Offset.gsoSize, as: UInt32.self)
        }
        return bytes
    }

    init(bytes: [UInt8]) {
        bytes.withUnsafeBytes { bytes in
            func word(_ offset: Int) -> UInt32 { bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self) }
            mark = word(Offset.mark)
            priority = word(Offset.priority)
            ingressIfindex = word(Offset.ingressIfindex)
            ifindex = word(Offset.ifindex)
            controlBlock = (0..<5).map { word(Offset.controlBlock + 4 * $0) }
            timestamp = bytes.loadUnaligned(fromByteOffset: Offset.timestamp, as: UInt64.self)
            wireLength = word(Offset.wireLength)
            gsoSegments = word(Offset.gsoSegments)
            gsoSize = word(Offset.gsoSize)
        }
    }
}

/// What a test run gave.
public struct TestRunResult: Sendable {
    /// What the program returned, such as TC_ACT_SHOT (2).
    public let code: UInt32
    /// The packet after the last run, link header included.
    public let packet: [UInt8]
    /// Its metadata after the last run; nil when none was given.
    public let context: PacketContext?
    /// Mean of one run, nanoseconds.
    public let duration: UInt32
}

extension BPFProgram {
    /// Runs the program on a packet that is not on any wire (BPF_PROG_TEST_RUN). It does all it does otherwise, in maps and events, but a
    /// redirect is not carried out.
    /// - Parameters:
    ///   - packet: with its Ethernet header.
    ///   - count: runs. The packet is not put back between runs: what one changes, the next one sees.
    public func testRun(packet: [UInt8], context: PacketContext? = nil, repeat count: Int = 1) throws(BPFError) -> TestRunResult {
        var options = bpf_test_run_opts()
        options.sz = optionsSize(upTo: \bpf_test_run_opts.batch_size)
        options.repeat = Int32(clamping: count)
        let contextIn = context?.bytes ?? []
        var contextOut = [UInt8](repeating: 0, count: contextIn.count)
        var code: Int32 = 0
        let room = packet.count + 512
        let out = [UInt8](unsafeUninitializedCapacity: room) { buffer, length in
            code = packet.withUnsafeBytes { packet in
                contextIn.withUnsafeBytes { contextIn in
                    contextOut.withUnsafeMutableBytes { contextOut in
                        options.data_in = packet.baseAddress
                        options.data_size_in = UInt32(packet.count)
                        options.data_out = UnsafeMutableRawPointer(buffer.baseAddress)
                        options.data_size_out = UInt32(room)
                        if !contextIn.isEmpty {
                            options.ctx_in = contextIn.baseAddress
                            options.ctx_size_in = UInt32(contextIn.count)
                            options.ctx_out = contextOut.baseAddress
                            options.ctx_size_out = UInt32(contextOut.count)
                        }
                        return bpf_prog_test_run_opts(descriptor.number, &options)
                    }
                }
            }
            length = code == 0 ? min(room, Int(options.data_size_out)) : 0
        }
        try check(code, "run program \(name) on a packet of \(packet.count) bytes")
        return TestRunResult(
            code: options.retval, packet: out, context: context == nil ? nil : PacketContext(bytes: contextOut), duration: options.duration)
    }
}
