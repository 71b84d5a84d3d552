import Glibc
public import Netlink

/// How a program ended, and what it wrote.
public struct Finished: Sendable {
    public let code: Int32
    public let output: String
    public let error: String

    /// The lines of its error output.
    public var notes: [Substring] { error.split(separator: "\n") }
}

/// A program at work, its output in files that nobody has to drain. One that nobody waits for any more is killed: a test that fails leaves
/// no process, and no entry of one.
public final class Running: Sendable {
    public let child: ChildProcess
    private let output: Int32
    private let error: Int32

    private init(child: ChildProcess, output: Int32, error: Int32) {
        self.child = child
        self.output = output
        self.error = error
    }

    deinit {
        var info = siginfo_t()
        // An entry of this number is this child's as long as nobody has waited for it.
        if waitid(P_PID, id_t(child.processID), &info, WEXITED | WNOHANG | WNOWAIT) == 0 {
            try? child.signal(SIGKILL)
            _ = try? child.wait()
        }
        close(output)
        close(error)
    }

    /// Starts a program in a network namespace.
    /// - Parameters:
    ///   - input: what it reads; nil: nothing.
    ///   - error: where its error output goes; nil: where `errorSoFar` sees it.
    public static func start(
        _ arguments: [String], in namespace: borrowing NetworkNamespace, environment: [String: String] = [:], input: Int32? = nil,
        error: Int32? = nil
    ) throws -> Running {
        let output = try scratch()
        let errors = try scratch()
        let nothing = open("/dev/null", O_RDONLY | O_CLOEXEC)
        defer { close(nothing) }
        let child = try namespace.spawn(
            arguments, environment: ["LC_ALL": "C", "TZ": "UTC"].merging(environment) { $1 }, input: input ?? nothing, output: output,
            error: error ?? errors)
        return Running(child: child, output: output, error: errors)
    }

    /// Whether it has not ended yet; it must be waited for all the same.
    public var isRunning: Bool {
        var info = siginfo_t()
        return waitid(P_PID, id_t(child.processID), &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_signo == 0
    }

    /// What it has written so far.
    public var outputSoFar: String { Self.text(output) }
    public var errorSoFar: String { Self.text(error) }

    /// Waits for its end. To be called once.
    public func finish() throws -> Finished {
        let outcome = try child.wait()
        return Finished(code: outcome.code, output: Self.text(output), error: Self.text(error))
    }

    public func kill() throws -> Finished {
        try child.signal(SIGKILL)
        return try finish()
    }

    /// Ends it as a user does.
    public func interrupt() throws -> Finished {
        try child.signal(SIGINT)
        return try finish()
    }

    static func text(_ descriptor: Int32) -> String {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = pread(descriptor, &buffer, buffer.count, off_t(bytes.count))
            guard count > 0 else { return String(decoding: bytes, as: UTF8.self) }
            bytes += buffer[..<count]
        }
    }

    /// A file without a name.
    static func scratch() throws -> Int32 {
        var path = Array("/tmp/ntXXXXXX\0".utf8CString)
        let descriptor = mkstemp(&path)
        guard descriptor >= 0 else { throw NetlinkError(operation: "make a file", code: errno) }
        unlink(&path)
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        return descriptor
    }
}

/// Waits until `condition` holds, for what happens soon but not at once.
/// - Returns: whether it came to hold.
public func eventually(seconds: Double = 10, _ condition: () throws -> Bool) rethrows -> Bool {
    let deadline = ContinuousClock.now + .milliseconds(Int64(seconds * 1000))
    while true {
        if try condition() { return true }
        if ContinuousClock.now >= deadline { return false }
        usleep(10_000)
    }
}
