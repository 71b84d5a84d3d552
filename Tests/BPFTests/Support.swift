import BPF
import Glibc

/// Runs `body` with the path of a bpffs directory made for it, and removes the directory whatever happens.
func withDirectory<R>(_ body: (String) throws -> R) throws -> R {
    if !BPFFS.contains("/sys/fs/bpf") { try BPFFS.mount(at: "/sys/fs/bpf") }
    let path = "/sys/fs/bpf/bpftests_\(getpid())_\(UInt32.random(in: 0 ... .max))"
    guard mkdir(path, 0o700) == 0 else { throw BPFError(operation: "create directory \(path)", code: errno) }
    defer {
        for entry in (try? BPFFS.list(path)) ?? [] { unlink("\(path)/\(entry.name)") }
        rmdir(path)
    }
    return try body(path)
}

/// Instructions of `struct bpf_insn`.
enum Assembly {
    static let exit: UInt64 = 0x95
    static func move(_ register: UInt64, _ value: Int32) -> UInt64 { 0xb7 | register << 8 | UInt64(UInt32(bitPattern: value)) << 32 }
    /// Loads 4 bytes.
    static func load(_ register: UInt64, from base: UInt64, offset: UInt64) -> UInt64 { 0x61 | register << 8 | base << 12 | offset << 16 }
    /// Stores 4 bytes.
    static func store(_ value: UInt32, to base: UInt64, offset: UInt64) -> UInt64 { 0x62 | base << 8 | offset << 16 | UInt64(value) << 32 }

    /// A program that returns a number and does nothing else.
    static func returning(_ value: Int32) -> [UInt64] { [move(0, value), exit] }
}

/// An Ethernet frame of 64 bytes that carries nothing known.
let frame: [UInt8] = [2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 0x88, 0xb5] + [UInt8](repeating: 0x5a, count: 50)
