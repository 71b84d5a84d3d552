import BGP
import Glibc
import NIOCore
import NIOPosix

/// Between a TCP connection and the speaker: bytes in, and its beginning and end.
final class ConnectionHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let speaker: Speaker
    private let driver: UInt64
    private let id: ConnectionID
    private var failure: String?

    init(speaker: Speaker, driver: UInt64, id: ConnectionID) {
        self.speaker = speaker
        self.driver = driver
        self.id = id
    }

    func channelActive(context: ChannelHandlerContext) {
        let local = SocketName(context.localAddress)
        let remote = SocketName(context.remoteAddress)
        let channel = context.channel
        let (driver, id) = (driver, id)
        speaker.assumeIsolated { $0.connectionBegan(driver, id, channel, local: local, remote: remote) }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let bytes = Array(unwrapInboundIn(data).readableBytesView)
        let (driver, id) = (driver, id)
        speaker.assumeIsolated { $0.connectionReceived(driver, id, bytes) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        failure = words(for: error)
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        let (driver, id, failure) = (driver, id, failure)
        speaker.assumeIsolated { $0.connectionEnded(driver, id, failure) }
    }
}

/// What went wrong with a connection, in the system's words.
func words(for error: any Error) -> String {
    if let error = error as? IOError { return String(cString: strerror(error.errnoCode)).lowercasedFirst }
    if let error = error as? NIOConnectionError, let first = error.connectionErrors.first { return words(for: first.error) }
    if case .connectTimeout = error as? ChannelError { return "no answer" }
    return "\(error)"
}

extension String {
    fileprivate var lowercasedFirst: String { prefix(1).lowercased() + dropFirst() }
}
