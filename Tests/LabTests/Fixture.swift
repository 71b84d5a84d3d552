import CLinux
import Glibc
@testable import Lab
import Netlink
import NodeTestSupport
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
        for entry in Self.entries(records) where unlink("\(records)/\(entry)") != 0 { try? Files.removeTree("\(records)/\(entry)") }
        rmdir(records)
        rmdir(bpffs)
    }

    var environment: [String: String] { ["FABCTL_LAB_DIR": records, "FABCTL_LAB_BPFFS": bpffs] }

    func start(_ verb: String, _ arguments: [String] = [], name: String? = nil, input: Int32? = nil, error: Int32? = nil) throws -> Running {
        try start(["lab", verb, "--name", name ?? lab] + arguments, input: input, error: error)
    }

    /// Starts `fabctl` with any arguments.
    func start(_ arguments: [String], input: Int32? = nil, error: Int32? = nil) throws -> Running {
        try Running.start(
            [Self.program] + arguments, in: try NetworkNamespace.current(), environment: environment, input: input, error: error)
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

extension Running {
    /// Waits until `condition` holds of the error output.
    /// - Parameter interval: microseconds between looks.
    func waitForError(interval: Int = 10_000, _ condition: (String) -> Bool) throws {
        let deadline = ContinuousClock.now + .seconds(30)
        while ContinuousClock.now < deadline {
            if condition(errorSoFar) { return }
            usleep(useconds_t(interval))
        }
        throw NetlinkError(operation: "wait for a line, have \(errorSoFar)", code: ETIMEDOUT)
    }
}
