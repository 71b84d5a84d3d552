public import Netlink

/// Runs `body` in a network namespace made for it, its loopback device up, on a thread of its own. The namespace has no name: it is gone,
/// with all its devices and routes, as soon as nothing holds it any more, also when the test fails or crashes.
public func withNetworkNamespace<R>(_ body: (borrowing NetworkNamespace) throws -> R) throws -> R {
    let namespace = try NetworkNamespace.anonymous()
    return try namespace.run {
        var socket = try NetlinkSocket()
        try socket.setLink(1, LinkChange(up: true))
        return try body(namespace)
    }
}
