internal import CBPFPrint
internal import Glibc

/// Runs `body` and gives what libbpf said meanwhile on this thread, which is not printed.
func keepingLog<R>(_ body: () -> R) -> (result: R, log: String) {
    cbpf_log_begin()
    let result = body()
    guard let text = cbpf_log_end() else { return (result, "") }
    defer { free(text) }
    return (result, String(cString: text))
}
