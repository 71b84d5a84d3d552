internal import CLibbpf

/// The kernel's count of runs of every program on the machine, and of the time they take: `BPFProgram.Info.runs` and `runTime`.
public enum RunStatistics {
    /// Has the kernel count while `body` runs. It costs each run of a program two readings of the clock. As sysctl
    /// kernel.bpf_stats_enabled, but over with `body`, or with this process (BPF_ENABLE_STATS, Linux 5.8).
    /// - Throws: BPFError with EPERM without the right to, and what `body` throws.
    public static func during<R>(_ body: () throws -> R) throws -> R {
        let held = OwnedDescriptor(try check(bpf_enable_stats(BPF_STATS_RUN_TIME), "count runs of programs"))
        let result = try body()
        _ = consume held
        return result
    }
}
