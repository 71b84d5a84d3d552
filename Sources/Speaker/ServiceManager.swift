import CLinux
import Glibc

/// Tells systemd what becomes of the service (sd_notify(3)); says nothing where there is none.
final class ServiceManager {
    private let descriptor: Int32
    /// How often the watchdog wants to hear from us, in ns; nil: never.
    let watchdogInterval: Int64?

    init() {
        descriptor = Self.variable("NOTIFY_SOCKET").map { clinux_notify_socket($0) } ?? -1
        let isOurs = Self.variable("WATCHDOG_PID").map { Int32($0) == getpid() } ?? true
        let timeout = Self.variable("WATCHDOG_USEC").flatMap { Int64($0) }
        watchdogInterval = isOurs && descriptor >= 0 ? timeout.map { $0 * 1000 / 2 } : nil
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }

    func ready(_ status: String) { send("READY=1\nSTATUS=\(status)") }
    func status(_ status: String) { send("STATUS=\(status)") }
    /// To be followed by `ready` (Type=notify-reload wants the time too).
    func reloading() {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        send("RELOADING=1\nMONOTONIC_USEC=\(Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000)")
    }
    func stopping(_ status: String) { send("STOPPING=1\nSTATUS=\(status)") }
    func alive() { send("WATCHDOG=1") }

    private func send(_ text: String) {
        guard descriptor >= 0 else { return }
        var text = text
        text.withUTF8 { _ = Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT)) }
    }

    private static func variable(_ name: String) -> String? {
        guard let value = getenv(name), let text = String(validatingCString: value), !text.isEmpty else { return nil }
        return text
    }
}
