import Net
import NIOCore

/// Where peers connect to: a port for all addresses of a family.
struct Listener {
    struct Key: Hashable, Comparable {
        var isIPv4: Bool
        var port: UInt16

        static func < (a: Self, b: Self) -> Bool { (a.port, a.isIPv4 ? 1 : 0) < (b.port, b.isIPv4 ? 1 : 0) }

        var description: String { isIPv4 ? "0.0.0.0:\(port)" : "[::]:\(port)" }
    }

    /// Nil until it is bound.
    var channel: (any Channel)?
    var isBinding = false
    var failure: String?
    /// The largest of the peers' that may connect here: a SYN is answered before it is known whose it is (RFC 5082).
    var hopLimit: UInt8 = 0
    /// Addresses whose packets must be signed.
    var keys: [SocketName: Password] = [:]
}
