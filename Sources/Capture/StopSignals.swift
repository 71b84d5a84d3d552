import CLinux
import Glibc
import Synchronization

/// SIGINT, SIGTERM and SIGHUP as something to ask for and wait for, instead of the end of the process. One at a time; they are as before
/// when this goes.
///
/// Handlers and not a mask: a signal to the process goes to any thread that lets it, and there are threads that are not ours.
public struct StopSignals: ~Copyable {
    /// Readable once a signal has come.
    public let descriptor: Int32
    private var before: [(number: Int32, action: sigaction)] = []

    /// What the handler writes to: all that a handler may know.
    private static let target = Atomic<Int32>(-1)

    public init() throws(CaptureError) {
        descriptor = eventfd(0, Int32(EFD_CLOEXEC) | Int32(EFD_NONBLOCK))
        guard descriptor >= 0 else {
            throw CaptureError(kind: .system, message: "wait for signals: \(String(cString: strerror(errno)))")
        }
        Self.target.store(descriptor, ordering: .sequentiallyConsistent)
        var action = sigaction()
        action.__sigaction_handler.sa_handler = { _ in
            let code = errno
            var one: UInt64 = 1
            _ = write(StopSignals.target.load(ordering: .relaxed), &one, MemoryLayout<UInt64>.size)
            errno = code
        }
        action.sa_flags = SA_RESTART
        for number in [SIGINT, SIGTERM, SIGHUP] {
            var old = sigaction()
            guard sigaction(number, &action, &old) == 0 else { continue }
            // Under nohup the end of the terminal means nothing.
            if number == SIGHUP, Self.isIgnored(old) {
                sigaction(number, &old, nil)
            } else {
                before.append((number, old))
            }
        }
    }

    private static func isIgnored(_ action: sigaction) -> Bool {
        unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self)
    }

    /// Whether a signal has come.
    public var isRaised: Bool {
        var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&waiting, 1, 0) > 0
    }

    deinit {
        for (number, action) in before {
            var action = action
            sigaction(number, &action, nil)
        }
        Self.target.store(-1, ordering: .sequentiallyConsistent)
        close(descriptor)
    }
}
