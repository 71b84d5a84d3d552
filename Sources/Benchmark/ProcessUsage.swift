import Glibc

/// What a process has used since its start.
struct ProcessUsage {
    /// Seconds of processor time, of all its threads.
    let cpu: Double
    /// Most bytes that were resident: VmHWM.
    let peak: Double

    init(of process: pid_t) throws {
        var clock: clockid_t = 0
        var time = timespec()
        guard clock_getcpuclockid(process, &clock) == 0, clock_gettime(clock, &time) == 0 else { throw BenchmarkError("process \(process) is gone") }
        cpu = Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
        guard let file = fopen("/proc/\(process)/status", "r") else { throw BenchmarkError("process \(process) is gone") }
        defer { fclose(file) }
        var line: UnsafeMutablePointer<CChar>?
        var capacity = 0
        defer { free(line) }
        var kilobytes: Double?
        while kilobytes == nil, getline(&line, &capacity, file) > 0, let text = line.map({ String(cString: $0) }) {
            if text.hasPrefix("VmHWM:") { kilobytes = Double(text.filter(\.isNumber)) }
        }
        guard let kilobytes else { throw BenchmarkError("process \(process) has no VmHWM") }
        peak = kilobytes * 1024
    }
}
