internal import Glibc

/// What the kernel, or libbpf before it, refused. Printed as `pin map flows at /sys/fs/bpf/x/flows: Operation not permitted`.
public struct BPFError: Error, Equatable, Sendable {
    /// What was tried, and on what: `pin map flows at /sys/fs/bpf/x/flows`.
    public let operation: String
    /// The error number, positive (`EPERM`).
    public let code: Int32
    /// What libbpf and the verifier said, whole; empty when they said nothing.
    public let log: String

    public init(operation: String, code: Int32, log: String = "") {
        self.operation = operation
        self.code = code
        self.log = log
    }

    /// What the verifier found wrong: the last line of its log that is about the program and not about the verifier's work.
    public var complaint: String? {
        let noise = ["processed ", "verification time ", "stack depth ", "-- ", "libbpf: "]
        let line = log.split(separator: "\n").last { line in
            !line.allSatisfy { $0 == " " } && !noise.contains { line.hasPrefix($0) }
        }
        if let line { return String(line) }
        return log.split(separator: "\n").first.map { line in
            String(line.hasPrefix("libbpf: ") ? line.dropFirst(8) : line)
        }
    }

    /// The end of the log, where the verifier says what it found.
    public func lastLogLines(_ count: Int) -> String {
        log.split(separator: "\n", omittingEmptySubsequences: false).suffix(count).joined(separator: "\n")
    }
}

extension BPFError: CustomStringConvertible {
    public var description: String {
        let text = "\(operation): \(systemMessage(code))"
        guard let complaint else { return text }
        return "\(text) (\(complaint))"
    }
}

/// The kernel's internal ENOTSUPP, which leaves it through bpf(2) although user space has no name for it.
let notSupported: Int32 = 524

func systemMessage(_ code: Int32) -> String {
    code == notSupported ? "Operation not supported" : String(cString: strerror(code))
}

/// - Parameter result: a non-negative result, or a negative error number, as libbpf returns it.
@discardableResult
func check(_ result: Int32, log: String = "", _ operation: @autoclosure () -> String) throws(BPFError) -> Int32 {
    guard result < 0 else { return result }
    throw BPFError(operation: operation(), code: -result, log: log)
}

/// A system call's result with errno, as one number.
func withErrno(_ result: Int32) -> Int32 { result < 0 ? -errno : result }
