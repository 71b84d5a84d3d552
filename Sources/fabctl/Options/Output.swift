import ArgumentParser
@preconcurrency import Glibc
import Node

/// The two streams: data on one, everything else on the other.
enum Output {
    static func write(_ text: String) { send(text, 1) }

    /// A note to the person: never data.
    static func note(_ text: String) { send(text + "\n", 2) }

    static func write(_ bytes: [UInt8]) { bytes.withUnsafeBytes { send($0, 1) } }

    /// Writes, but not for ever to a reader that stands still: what it has not taken when the command is asked to end is not written.
    static func write(_ bytes: [UInt8], until interruption: Interruption) {
        // Of a pipe that is ready, the kernel takes so much without waiting (PIPE_BUF).
        let portion = 4096
        for start in stride(from: 0, to: bytes.count, by: portion) {
            var descriptor = pollfd(fd: 1, events: Int16(POLLOUT), revents: 0)
            while poll(&descriptor, 1, 50) == 0 {
                if interruption.happened { return }
            }
            bytes[start..<min(start + portion, bytes.count)].withUnsafeBytes { send($0, 1) }
        }
    }

    private static func send(_ text: String, _ descriptor: Int32) {
        var text = text
        text.withUTF8 { send(UnsafeRawBufferPointer($0), descriptor) }
    }

    private static func send(_ bytes: UnsafeRawBufferPointer, _ descriptor: Int32) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = Glibc.write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
            if count > 0 {
                rest = rest.dropFirst(count)
            } else if errno != EINTR {
                // The reader went away (`| head`): there is nobody left to tell.
                exit(descriptor == 1 && errno == EPIPE ? 0 : 74)
            }
        }
    }

    static var isTerminal: Bool { isatty(1) == 1 }
}

enum Environment {
    static func variable(_ name: String) -> String? {
        guard let value = getenv(name), let text = String(validatingCString: value), !text.isEmpty else { return nil }
        return text
    }
}

/// Runs a command's body; what it throws becomes one line, a hint, and the documented exit code.
func reporting(_ body: () throws(NodeError) -> Void) throws {
    do {
        try body()
    } catch {
        throw report(error)
    }
}

func report(_ error: NodeError) -> ExitCode {
    Output.note("Error: \(error.message)")
    if let hint = error.hint { Output.note("Hint: \(hint)") }
    return ExitCode(error.kind.rawValue)
}

/// A path that means the same from every directory. Not resolved: /proc/PID/ns/net leads nowhere that has a name.
func absolutePath(_ path: String) -> String {
    guard !path.hasPrefix("/"), let directory = getcwd(nil, 0) else { return path }
    defer { free(directory) }
    return "\(String(cString: directory))/\(path)"
}
