import BPF
import Glibc

/// `ip netns exec` mounts a fresh /sys, in mounts of its own: bpffs is out of sight, and one that is mounted there goes when the command
/// ends, with every program and map.
enum HiddenBPFFS {
    static let hint = "`ip netns exec` hides it: use `nsenter --net=/run/netns/NAME` instead"

    /// Whether this process was started by `ip netns exec`, which leaves the namespace's name as the source of its /sys (ip/ipnetns.c).
    static var isSo: Bool {
        guard !BPFFS.contains("/sys/fs/bpf"), let file = fopen("/proc/self/mountinfo", "re") else { return false }
        defer { fclose(file) }
        var source: Substring?
        var line: UnsafeMutablePointer<CChar>?
        var size = 0
        defer { free(line) }
        while getline(&line, &size, file) > 0 {
            guard let text = line.map({ String(cString: $0) }) else { break }
            source = Self.sourceOfSys(text) ?? source
        }
        return source.map { $0 != "sysfs" } ?? false
    }

    /// Of a line of /proc/PID/mountinfo (man 5 proc): the fifth field is the mount point; type and source follow a lone hyphen.
    static func sourceOfSys(_ line: String) -> Substring? {
        let fields = line.split { $0 == " " || $0 == "\n" }
        guard fields.count > 4, fields[4] == "/sys", let hyphen = fields.firstIndex(of: "-"), fields.count > hyphen + 2, fields[hyphen + 1] == "sysfs"
        else {
            return nil
        }
        return fields[hyphen + 2]
    }
}
