import CLinux
import Glibc
@testable import Lab
import Netlink
import Testing

/// A place of its own for a test's labs: records and bpffs, both removed afterwards, and the labs with them.
final class Fixture {
    let lab: String
    let records: String
    let bpffs: String
    private let others: [String]

    /// The fabctl that was built with the tests.
    static var program: String {
        var buffer = [CChar](repeating: 0, count: 4096)
        let count = readlink("/proc/self/exe", &buffer, buffer.count)
        let path = String(decoding: buffer.prefix(max(0, count)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return path.split(separator: "/").dropLast().reduce("") { "\($0)/\($1)" } + "/fabctl"
    }

    /// - Parameter lab: begins with `lt`; no two tests that run at once share it.
    init(_ lab: String, others: [String] = []) throws {
        self.lab = lab
        self.others = others
        records = "/tmp/\(lab)-\(getpid())"
        bpffs = "/sys/fs/bpf/\(lab)-\(getpid())"
        // A mount over another would hide what others have pinned there.
        var status = statfs()
        let mounted = statfs("/sys/fs/bpf", &status) == 0 && UInt32(truncatingIfNeeded: status.f_type) == 0xcafe_4a11
        if !mounted, mount("bpf", "/sys/fs/bpf", "bpf", 0, nil) != 0 { throw NetlinkError(operation: "mount bpffs", code: errno) }
        guard mkdir(records, 0o755) == 0, mkdir(bpffs, 0o700) == 0 else { throw NetlinkError(operation: "make directories of \(lab)", code: errno) }
    }

    /// Runs `body` and removes the labs whatever it does.
    static func with(_ lab: String, others: [String] = [], _ body: (Fixture) throws -> Void) throws {
        let fixture = try Fixture(lab, others: others)
        defer { fixture.remove() }
        try body(fixture)
    }

    private func remove() {
        for name in [lab] + others { _ = try? run("down", name: name) }
        // What a test put there itself.
        for entry in Self.entries(records) { try? Files.removeTree("\(records)/\(entry)") }
        rmdir(records)
        rmdir(bpffs)
    }

    struct Finished {
        var code: Int32
        var output: String
        var error: String
    }

    /// A program at work, its output in files that nobody has to drain.
    struct Running {
        let child: ChildProcess
        let output: Int32
        let error: Int32

        /// What it has written so far.
        var outputText: String { text(output) }
        /// What it has written to its error output so far.
        var errorText: String { text(error) }

        func finish() throws -> Finished {
            defer {
                close(output)
                close(error)
            }
            let outcome = try child.wait()
            return Finished(code: outcome.code, output: text(output), error: text(error))
        }

        private func text(_ descriptor: Int32) -> String {
            var bytes: [UInt8] = []
            var buffer = [UInt8](repeating: 0, count: 65536)
            while true {
                let count = pread(descriptor, &buffer, buffer.count, off_t(bytes.count))
                guard count > 0 else { return String(decoding: bytes, as: UTF8.self) }
                bytes += buffer[..<count]
            }
        }

        /// Waits until `condition` holds of the error output.
        /// - Parameter interval: microseconds between looks.
        func waitForError(interval: Int = 10_000, _ condition: (String) -> Bool) throws {
            for _ in 0..<(5_000_000 / interval) {
                if condition(errorText) { return }
                usleep(useconds_t(interval))
            }
            throw NetlinkError(operation: "wait for a line, have \(errorText)", code: ETIMEDOUT)
        }
    }

    var environment: [String: String] { ["FABCTL_LAB_DIR": records, "FABCTL_LAB_BPFFS": bpffs, "LC_ALL": "C", "TZ": "UTC"] }

    func start(_ verb: String, _ arguments: [String] = [], name: String? = nil, input: Int32? = nil, error: Int32? = nil) throws -> Running {
        try start(["lab", verb, "--name", name ?? lab] + arguments, input: input, error: error)
    }

    /// Starts `fabctl` with any arguments.
    func start(_ arguments: [String], input: Int32? = nil, error: Int32? = nil) throws -> Running {
        let output = try Self.scratch()
        let errors = try Self.scratch()
        let child = try NetworkNamespace.current().spawn(
            [Self.program] + arguments, environment: environment, input: input, output: output, error: error ?? errors)
        return Running(child: child, output: output, error: errors)
    }

    @discardableResult
    func fabctl(_ arguments: [String]) throws -> Finished { try start(arguments).finish() }

    /// Writes a file, for commands to read.
    func write(_ text: String, to path: String) -> Bool {
        guard let file = fopen(path, "w") else { return false }
        defer { fclose(file) }
        return fputs(text, file) >= 0
    }

    @discardableResult
    func run(_ verb: String, _ arguments: [String] = [], name: String? = nil, input: Int32? = nil) throws -> Finished {
        try start(verb, arguments, name: name, input: input).finish()
    }

    /// `fabctl lab exec MEMBER -- ...`.
    func exec(_ member: String, _ command: [String], name: String? = nil, input: Int32? = nil) throws -> Finished {
        try run("exec", [member, "--"] + command, name: name, input: input)
    }

    /// A file without a name.
    private static func scratch() throws -> Int32 {
        var path = Array("/tmp/ltXXXXXX\0".utf8CString)
        let fd = mkstemp(&path)
        guard fd >= 0 else { throw NetlinkError(operation: "make a file", code: errno) }
        unlink(&path)
        _ = fcntl(fd, F_SETFD, FD_CLOEXEC)
        return fd
    }

    /// What is left of the labs: namespaces by name, files, directories on bpffs.
    func remains() throws -> [String] {
        let names = [lab] + others
        return try NetworkNamespace.names().filter { entry in names.contains { entry.hasPrefix($0 + "-") } }
            + Self.entries(records).map { "\(records)/\($0)" } + Self.entries(bpffs).map { "\(bpffs)/\($0)" }
    }

    static func entries(_ path: String) -> [String] {
        guard let folder = opendir(path) else { return [] }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }
}
