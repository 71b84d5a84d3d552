import Glibc

/// Tells that the user, or a service manager, asked the command to end: SIGINT and SIGTERM are then seen at the next look.
struct Interruption {
    init() {
        var set = Self.signals
        pthread_sigmask(SIG_BLOCK, &set, nil)
    }

    private static var signals: sigset_t {
        var set = sigset_t()
        sigemptyset(&set)
        sigaddset(&set, SIGINT)
        sigaddset(&set, SIGTERM)
        return set
    }

    /// Whether it has happened; once seen it stays so.
    var happened: Bool {
        var pending = sigset_t()
        return sigpending(&pending) == 0 && (sigismember(&pending, SIGINT) == 1 || sigismember(&pending, SIGTERM) == 1)
    }
}
