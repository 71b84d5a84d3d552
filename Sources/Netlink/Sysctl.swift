import CLinux
import Glibc

/// A kernel setting of the network stack: a file below /proc/sys/net.
///
/// Read and written in the calling thread's network namespace: use `NetworkNamespace.run` for another.
public struct Sysctl: Hashable, Sendable, CustomStringConvertible {
    /// The parts of the name: `net`, `ipv6`, `conf`, `eth0.100`, `forwarding`.
    public let components: [String]

    /// - Parameter components: the parts after `net`, as they are; a device name may hold dots.
    /// - Returns: nil when a part is empty, `.` or `..`, or holds a slash.
    public init?(net components: String...) {
        self.init(components: ["net"] + components)
    }

    /// - Parameter name: as sysctl(8) takes it: `net.ipv6.conf.eth0/100.forwarding` (where dots part, a slash stands for a dot in a name), or
    ///   `net/ipv6/conf/eth0.100/forwarding`. `/proc/sys/` in front is dropped.
    /// - Returns: nil when it does not begin with `net`, or a part is empty, `.` or `..`.
    public init?(_ name: String) {
        let text = name.hasPrefix("/proc/sys/") ? String(name.dropFirst("/proc/sys/".count)) : name
        guard let separator = text.first(where: { $0 == "." || $0 == "/" }) else { return nil }
        let parts = text.split(separator: separator, omittingEmptySubsequences: false)
        self.init(components: parts.map { part in String(part.map { $0 == "/" ? "." : $0 }) })
    }

    private init?(components: [String]) {
        guard components.count > 1, components.first == "net",
            components.allSatisfy({ !$0.isEmpty && $0 != "." && $0 != ".." && !$0.utf8.contains { $0 == UInt8(ascii: "/") || $0 == 0 } })
        else { return nil }
        self.components = components
    }

    public var path: String { "/proc/sys/" + components.joined(separator: "/") }

    /// As sysctl(8) prints it: `net.ipv6.conf.eth0/100.forwarding`.
    public var description: String {
        components.map { part in String(part.map { $0 == "." ? "/" : $0 }) }.joined(separator: ".")
    }

    /// The value, without the line's end.
    /// - Throws: ENOENT when this kernel or device has no such setting.
    public func read() throws(NetlinkError) -> String {
        let operation = "read sysctl \(self)"
        let fd = open(path, O_RDONLY | O_CLOEXEC)
        guard fd >= 0 else { throw NetlinkError(operation: operation, code: errno) }
        defer { close(fd) }
        var text: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = Glibc.read(fd, &buffer, buffer.count)
            guard count >= 0 else { throw NetlinkError(operation: operation, code: errno) }
            if count == 0 { break }
            text += buffer[..<count]
        }
        while text.last == UInt8(ascii: "\n") { text.removeLast() }
        return String(decoding: text, as: UTF8.self)
    }

    /// - Throws: EINVAL when the kernel does not take the value, EACCES or EPERM without the right.
    public func write(_ value: String) throws(NetlinkError) {
        let operation = "write \(value) to sysctl \(self)"
        let fd = open(path, O_WRONLY | O_CLOEXEC)
        guard fd >= 0 else { throw NetlinkError(operation: operation, code: errno) }
        defer { close(fd) }
        let bytes = Array(value.utf8) + [UInt8(ascii: "\n")]
        // The kernel takes the value of one write as a whole. Of some settings it says all the same that it took one byte: what changes
        // more than itself answers 1 for that (6.1's addrconf_fixup_linkdown in net/ipv6/addrconf.c).
        guard Glibc.write(fd, bytes, bytes.count) > 0 else { throw NetlinkError(operation: operation, code: errno) }
    }
}
