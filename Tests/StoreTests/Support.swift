import BPF
import CTestSupport
import Glibc
import Store

let isRoot = geteuid() == 0

/// Runs `body` with a root that it may create, and removes it whatever happens.
func withRoot<R>(create: Bool = true, _ body: (Root) throws -> R) throws -> R {
    if !BPFFS.contains("/sys/fs/bpf") { try BPFFS.mount(at: "/sys/fs/bpf") }
    let root = Root("/sys/fs/bpf/storetests_\(getpid())_\(UInt32.random(in: 0 ... .max))")
    defer { removeTree(root.path) }
    if create { try root.create() }
    return try body(root)
}

private func removeTree(_ path: String) {
    for entry in (try? BPFFS.list(path)) ?? [] {
        if entry.isDirectory { removeTree("\(path)/\(entry.name)") } else { unlink("\(path)/\(entry.name)") }
    }
    rmdir(path)
}

/// What runs in a forked child.
private final class Body {
    let run: () -> Void
    init(_ run: @escaping () -> Void) { self.run = run }
}

/// Runs `body` in a child until it ends or is killed.
func inChild(_ body: @escaping () -> Void) throws -> Int32 {
    let body = Body(body)
    return try withExtendedLifetime(body) {
        let child = ctest_fork(
            { context in
                guard let context else { return }
                Unmanaged<Body>.fromOpaque(context).takeUnretainedValue().run()
            }, Unmanaged.passUnretained(body).toOpaque())
        if child < 0 { throw BPFError(operation: "fork", code: -child) }
        return child
    }
}

/// Runs `body` in a child that is killed at its n-th stop at a system call.
/// - Returns: false when it ended before.
func inChild(killedAtStop stop: Int, _ body: @escaping () -> Void) throws -> Bool {
    let body = Body(body)
    return try withExtendedLifetime(body) {
        let result = ctest_fork_killed_at(
            { context in
                guard let context else { return }
                Unmanaged<Body>.fromOpaque(context).takeUnretainedValue().run()
            }, Unmanaged.passUnretained(body).toOpaque(), stop)
        if result < 0 { throw BPFError(operation: "trace a child", code: -result) }
        return result == 1
    }
}

/// Reproducible random numbers (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}
