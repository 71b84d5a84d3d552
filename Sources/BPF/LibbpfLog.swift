internal import CBPFPrint
internal import Glibc

/// The size that an options struct of libbpf is given: up to the end of the last field known here. libbpf wants what lies beyond to be
/// zero, and Swift does not keep the padding at a struct's end so.
func optionsSize<Options, Field>(upTo last: KeyPath<Options, Field>) -> Int {
    (MemoryLayout<Options>.offset(of: last) ?? 0) + MemoryLayout<Field>.size
}

/// Runs `body` and gives what libbpf said meanwhile on this thread, which is not printed.
func keepingLog<R>(_ body: () -> R) -> (result: R, log: String) {
    cbpf_log_begin()
    let result = body()
    guard let text = cbpf_log_end() else { return (result, "") }
    defer { free(text) }
    return (result, String(cString: text))
}
