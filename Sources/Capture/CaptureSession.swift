import CLibpcap
import CLinux
import Glibc

/// Packets of one device, seen through libpcap. The device is looked for in the network namespace of the thread that opens the session;
/// afterwards any thread may use it.
public struct CaptureSession: ~Copyable {
    private let handle: OpaquePointer
    private let device: String
    /// LINKTYPE_ number (pcap-linktype(7)) of what `CapturedPacket.bytes` begins with.
    public let linkType: Int32

    /// - Parameters:
    ///   - expression: in pcap-filter(7)'s language; nil or blank: everything.
    ///   - snapshotLength: bytes kept of each packet.
    /// - Throws: for a bad expression, a device that is not there, a lack of rights.
    public init(device: String, expression: String? = nil, snapshotLength: Int = 262_144) throws(CaptureError) {
        var text = [CChar](repeating: 0, count: Int(PCAP_ERRBUF_SIZE))
        guard let handle = pcap_create(device, &text) else {
            throw CaptureError(kind: .device, message: "capture on \(device): \(Self.string(text))")
        }
        do throws(CaptureError) {
            linkType = try Self.configure(handle, device, expression, snapshotLength)
        } catch {
            pcap_close(handle)
            throw error
        }
        self.handle = handle
        self.device = device
    }

    deinit { pcap_close(handle) }

    private static func configure(
        _ handle: OpaquePointer, _ device: String, _ expression: String?, _ snapshotLength: Int
    ) throws(CaptureError) -> Int32 {
        pcap_set_snaplen(handle, Int32(clamping: snapshotLength))
        pcap_set_promisc(handle, 1)
        // Packets are handed over as they come, not when a buffer is full.
        pcap_set_immediate_mode(handle, 1)
        pcap_set_buffer_size(handle, 8 << 20)
        pcap_set_tstamp_precision(handle, PCAP_TSTAMP_PRECISION_NANO)
        let code = pcap_activate(handle)
        guard code >= 0 else {
            switch code {
            case PCAP_ERROR_NO_SUCH_DEVICE: throw CaptureError(kind: .device, message: "capture on \(device): there is no such device")
            case PCAP_ERROR_PERM_DENIED, PCAP_ERROR_PROMISC_PERM_DENIED:
                throw CaptureError(kind: .permission, message: "capture on \(device): not permitted")
            case PCAP_ERROR_IFACE_NOT_UP: throw CaptureError(kind: .device, message: "capture on \(device): the device is down")
            default: throw CaptureError(kind: .system, message: "capture on \(device): \(reason(handle, code))")
            }
        }
        if let expression, expression.contains(where: { !$0.isWhitespace }) {
            var program = pcap_bpf_program()
            guard pcap_compile(handle, &program, expression, 1, bpf_u_int32(PCAP_NETMASK_UNKNOWN)) == 0 else {
                throw CaptureError(kind: .expression, message: "filter expression \"\(expression)\": \(reason(handle, -1))")
            }
            defer { pcap_freecode(&program) }
            guard pcap_setfilter(handle, &program) == 0 else {
                throw CaptureError(kind: .system, message: "filter packets of \(device): \(reason(handle, -1))")
            }
        }
        var text = [CChar](repeating: 0, count: Int(PCAP_ERRBUF_SIZE))
        guard pcap_setnonblock(handle, 1, &text) == 0 else { throw CaptureError(kind: .system, message: "capture on \(device): \(string(text))") }
        return pcap_datalink(handle)
    }

    private static func string(_ text: [CChar]) -> String {
        String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    private static func reason(_ handle: OpaquePointer, _ code: Int32) -> String {
        if let text = pcap_geterr(handle), text.pointee != 0 { return String(cString: text) }
        return String(cString: pcap_statustostr(code))
    }

    // MARK: - Capturing

    /// Why a capture ended.
    public enum End: Sendable, Hashable {
        case limit, timeout, signal
        /// The one who was given the packets wants no more.
        case receiver
    }

    /// How much was seen.
    public struct Summary: Sendable, Hashable {
        public var end: End
        /// Packets that passed the filter and were handed on.
        public var captured: Int
        /// Packets that the kernel dropped for want of room.
        public var dropped: Int
    }

    /// Hands packets on until there have been enough of them, the time is over, or a signal has come.
    /// - Parameters:
    ///   - limit: packets at most.
    ///   - timeout: milliseconds at most.
    ///   - signals: that end the capture.
    ///   - receive: given every packet; returns false for no more.
    public func run(
        limit: Int? = nil, timeout: Int? = nil, signals: borrowing StopSignals, receive: (CapturedPacket) -> Bool
    ) throws(CaptureError) -> Summary {
        try run(limit, timeout, signals) { header, bytes in
            receive(
                CapturedPacket(
                    seconds: Int(header.pointee.ts.tv_sec), nanoseconds: Int(header.pointee.ts.tv_usec), length: Int(header.pointee.len),
                    bytes: Array(UnsafeBufferPointer(start: bytes, count: Int(header.pointee.caplen)))))
        }
    }

    /// As `run(limit:timeout:signals:receive:)`, into a file.
    public func run(
        limit: Int? = nil, timeout: Int? = nil, signals: borrowing StopSignals, file: borrowing CaptureFile
    ) throws(CaptureError) -> Summary {
        let summary = try run(limit, timeout, signals) { header, bytes in
            file.write(header, bytes)
            return true
        }
        try file.flush()
        return summary
    }

    private func run(
        _ limit: Int?, _ timeout: Int?, _ signals: borrowing StopSignals,
        _ receive: (UnsafeMutablePointer<pcap_pkthdr>, UnsafePointer<UInt8>) -> Bool
    ) throws(CaptureError) -> Summary {
        let start = Self.milliseconds()
        var captured = 0
        var end = End.limit
        loop: while limit.map({ captured < $0 }) ?? true {
            var header: UnsafeMutablePointer<pcap_pkthdr>?
            var bytes: UnsafePointer<UInt8>?
            let code = pcap_next_ex(handle, &header, &bytes)
            if code == 1, let header, let bytes {
                captured += 1
                if !receive(header, bytes) {
                    end = .receiver
                    break loop
                }
                // A flood of packets must not keep a signal or the end of the time from being seen.
                if captured % 64 != 0 { continue }
            } else if code != 0 {
                throw CaptureError(kind: .system, message: "capture on \(device): \(Self.reason(handle, code))")
            }
            var patience: Int32 = code == 1 ? 0 : -1
            if let timeout {
                let rest = timeout - (Self.milliseconds() - start)
                if rest <= 0 {
                    end = .timeout
                    break loop
                }
                if patience != 0 { patience = Int32(clamping: rest) }
            }
            var descriptors = [
                pollfd(fd: signals.descriptor, events: Int16(POLLIN), revents: 0),
                pollfd(fd: pcap_get_selectable_fd(handle), events: Int16(POLLIN), revents: 0),
            ]
            guard poll(&descriptors, 2, patience) >= 0 || errno == EINTR else {
                throw CaptureError(kind: .system, message: "capture on \(device): \(String(cString: strerror(errno)))")
            }
            if descriptors[0].revents != 0 {
                end = .signal
                break loop
            }
        }
        var statistics = pcap_stat()
        pcap_stats(handle, &statistics)
        return Summary(end: end, captured: captured, dropped: Int(statistics.ps_drop))
    }

    private static func milliseconds() -> Int {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return time.tv_sec * 1000 + time.tv_nsec / 1_000_000
    }

    /// A file for the packets of this session, in pcap's format with nanoseconds.
    /// - Parameter path: `-` is the standard output.
    public func file(_ path: String) throws(CaptureError) -> CaptureFile {
        guard let dumper = pcap_dump_open(handle, path) else {
            throw CaptureError(kind: .file, message: "write \(Self.reason(handle, -1))")
        }
        return CaptureFile(dumper: dumper, path: path)
    }
}

/// A packet as it was on the link.
public struct CapturedPacket: Sendable, Hashable {
    /// Since 1970, UTC.
    public var seconds: Int
    public var nanoseconds: Int
    /// Bytes on the link, of which `bytes` may hold fewer.
    public var length: Int
    /// From the link-layer header on.
    public var bytes: [UInt8]

    public init(seconds: Int, nanoseconds: Int, length: Int, bytes: [UInt8]) {
        self.seconds = seconds
        self.nanoseconds = nanoseconds
        self.length = length
        self.bytes = bytes
    }
}

/// A pcap file being written.
public struct CaptureFile: ~Copyable {
    private let dumper: OpaquePointer
    private let path: String

    init(dumper: OpaquePointer, path: String) {
        self.dumper = dumper
        self.path = path
    }

    deinit { pcap_dump_close(dumper) }

    func write(_ header: UnsafePointer<pcap_pkthdr>, _ bytes: UnsafePointer<UInt8>) {
        pcap_dump(UnsafeMutableRawPointer(dumper).assumingMemoryBound(to: UInt8.self), header, bytes)
    }

    func flush() throws(CaptureError) {
        guard pcap_dump_flush(dumper) == 0 else {
            throw CaptureError(kind: .file, message: "write \(path): \(String(cString: strerror(errno)))")
        }
    }
}
