import CLinux
import Glibc
import Net
import Netlink
import NodeTestSupport

/// What passes a device, and frames put there: a packet socket (man 7 packet).
struct FrameSocket: ~Copyable {
    private let descriptor: Int32

    /// Opens one in a namespace; from then on it keeps what comes.
    init(in namespace: borrowing NetworkNamespace, device: String) throws {
        descriptor = try namespace.run {
            let descriptor = socket(AF_PACKET, Int32(SOCK_RAW.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
            guard descriptor >= 0 else { throw Failure("packet socket: \(errno)") }
            var room: Int32 = 16 << 20
            setsockopt(descriptor, SOL_SOCKET, SO_RCVBUFFORCE, &room, socklen_t(MemoryLayout<Int32>.size))
            var place = sockaddr_ll()
            place.sll_family = UInt16(AF_PACKET)
            place.sll_protocol = UInt16(ETH_P_ALL).bigEndian
            place.sll_ifindex = Int32(bitPattern: if_nametoindex(device))
            let code = withUnsafePointer(to: &place) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_ll>.size)) }
            }
            guard code == 0 else { throw Failure("bind to \(device): \(errno)") }
            return descriptor
        }
    }

    deinit { close(descriptor) }

    func send(_ frame: [UInt8]) throws {
        guard Glibc.send(descriptor, frame, frame.count, 0) == frame.count else { throw Failure("send a frame of \(frame.count): \(errno)") }
    }

    /// Frames that have come in by the device until one does that `last` says is the last; nil when it does not come. That one is not among
    /// them, nor is anything that the device itself sent.
    func frames(until last: ([UInt8]) -> Bool, seconds: Double = 5) throws -> [[UInt8]]? {
        var found: [[UInt8]] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        let deadline = ContinuousClock.now + .milliseconds(Int64(seconds * 1000))
        while ContinuousClock.now < deadline {
            var place = sockaddr_ll()
            var length = socklen_t(MemoryLayout<sockaddr_ll>.size)
            let count = withUnsafeMutablePointer(to: &place) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    recvfrom(descriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT), $0, &length)
                }
            }
            guard count > 0 else {
                usleep(1000)
                continue
            }
            guard place.sll_pkttype != UInt8(PACKET_OUTGOING) else { continue }
            let frame = Array(buffer[..<count])
            if last(frame) { return found }
            found.append(frame)
        }
        return nil
    }
}
