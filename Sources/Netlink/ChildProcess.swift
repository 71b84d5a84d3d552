import CLinux
import Glibc

/// A program started in a namespace. Wait for it once: until then the kernel keeps its entry.
public struct ChildProcess: Sendable, Hashable {
    public let processID: Int32
    /// The program's name, for messages.
    let program: String

    /// How a program ended.
    public enum Outcome: Sendable, Hashable {
        case exited(Int32)
        case signalled(Int32)

        /// As a shell reports it: the exit code, or 128 and the signal's number.
        public var code: Int32 {
            switch self {
            case .exited(let code): code
            case .signalled(let signal): 128 + signal
            }
        }
    }

    /// Waits until the program has ended.
    /// - Throws: ECHILD when it was waited for before.
    public func wait() throws(NetlinkError) -> Outcome {
        var status: Int32 = 0
        while waitpid(processID, &status, 0) < 0 {
            guard errno == EINTR else { throw NetlinkError(operation: "wait for \(program)", code: errno) }
        }
        let signal = status & 0x7f
        return signal == 0 ? .exited(status >> 8 & 0xff) : .signalled(signal)
    }

    /// How the program ended, if it has; it is then waited for.
    public func poll() throws(NetlinkError) -> Outcome? {
        var status: Int32 = 0
        let found = waitpid(processID, &status, WNOHANG)
        guard found >= 0 else { throw NetlinkError(operation: "wait for \(program)", code: errno) }
        if found == 0 { return nil }
        let signal = status & 0x7f
        return signal == 0 ? .exited(status >> 8 & 0xff) : .signalled(signal)
    }

    /// Sends a signal.
    public func signal(_ number: Int32) throws(NetlinkError) {
        guard kill(processID, number) == 0 else { throw NetlinkError(operation: "signal \(program)", code: errno) }
    }
}

extension NetworkNamespace {
    /// Starts a program inside the namespace. It keeps the caller's mounts, so bpffs stays in sight, unlike under `ip netns exec`.
    /// - Parameters:
    ///   - arguments: the program, found by PATH when it has no slash, and its arguments.
    ///   - environment: variables to set besides this process's own.
    ///   - input: what becomes its descriptor 0; nil: this process's. `output` and `error` likewise.
    ///   - session: whether it leads a session of its own, out of reach of this process's terminal.
    /// - Throws: ENOENT and others when the program cannot be started.
    public func spawn(
        _ arguments: [String], environment: [String: String] = [:], input: Int32? = nil, output: Int32? = nil, error: Int32? = nil,
        session: Bool = false
    ) throws(NetlinkError) -> ChildProcess {
        let program = arguments.first ?? ""
        let code = try result { () -> (Int32, pid_t) in
            var actions = posix_spawn_file_actions_t()
            posix_spawn_file_actions_init(&actions)
            defer { posix_spawn_file_actions_destroy(&actions) }
            for (target, source) in [(Int32(0), input), (1, output), (2, error)] {
                if let source { posix_spawn_file_actions_adddup2(&actions, source, target) }
            }
            // The child must not inherit the signals that this process blocks or ignores.
            var attributes = posix_spawnattr_t()
            posix_spawnattr_init(&attributes)
            defer { posix_spawnattr_destroy(&attributes) }
            var signals = sigset_t()
            sigfillset(&signals)
            posix_spawnattr_setsigdefault(&attributes, &signals)
            sigemptyset(&signals)
            posix_spawnattr_setsigmask(&attributes, &signals)
            let flags = POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | (session ? Self.newSession : 0)
            posix_spawnattr_setflags(&attributes, Int16(flags))
            var pid: pid_t = 0
            let code = CStrings.with(arguments, Self.variables(adding: environment)) { arguments, environment in
                posix_spawnp(&pid, program, &actions, &attributes, arguments, environment)
            }
            return (code, pid)
        }.get()
        guard code.0 == 0 else { throw NetlinkError(operation: "run \(program)", code: code.0) }
        return ChildProcess(processID: code.1, program: program)
    }

    /// POSIX_SPAWN_SETSID, which glibc has since 2.26, for GNU sources.
    private static let newSession: Int32 = 0x80

    /// Becomes another program inside the namespace. For commands such as `lab exec`, which hand over terminal, signals and exit code.
    /// All other threads end.
    /// - Parameters: as for `spawn`.
    /// - Returns: only when it fails: why, so that a caller writes `throw namespace.exec(...)`.
    public func exec(_ arguments: [String], environment: [String: String] = [:]) -> NetlinkError {
        let program = arguments.first ?? ""
        do throws(NetlinkError) {
            // The thread that calls execve becomes the process, and its namespace is what counts.
            let code = try result {
                CStrings.with(arguments, Self.variables(adding: environment)) { arguments, environment in
                    -clinux_execvpe(program, arguments, environment)
                }
            }.get()
            return NetlinkError(operation: "run \(program)", code: code)
        } catch {
            return error
        }
    }

    /// This process's environment with variables added or replaced, as `NAME=value`.
    private static func variables(adding extra: [String: String]) -> [String] {
        var variables: [String] = []
        var pointer = clinux_environment()
        while let entry = pointer?.pointee {
            let text = String(cString: entry)
            if !extra.keys.contains(String(text.prefix { $0 != "=" })) { variables.append(text) }
            pointer = pointer?.successor()
        }
        return variables + extra.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
    }
}

/// C's arrays of strings, ended by NULL.
private enum CStrings {
    typealias Array = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>

    static func with<R>(_ first: [String], _ second: [String], _ body: (Array, Array) -> R) -> R {
        let one = make(first)
        let two = make(second)
        defer {
            release(one)
            release(two)
        }
        return body(one, two)
    }

    private static func make(_ strings: [String]) -> Array {
        let array = Array.allocate(capacity: strings.count + 1)
        for (index, string) in strings.enumerated() { (array + index).initialize(to: strdup(string)) }
        (array + strings.count).initialize(to: nil)
        return array
    }

    private static func release(_ array: Array) {
        var entry = array
        while let string = entry.pointee {
            free(string)
            entry += 1
        }
        array.deallocate()
    }
}
