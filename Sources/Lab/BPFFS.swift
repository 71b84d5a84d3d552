import CLinux
import Glibc

/// The file system that nodes keep their state in.
enum BPFFS {
    static let standardMount = "/sys/fs/bpf"
    /// BPF_FS_MAGIC, linux/magic.h.
    private static let magic = 0xcafe_4a11

    /// Whether the path, or what there is of it, is on bpffs.
    static func holds(_ path: String) -> Bool {
        var path = path
        while !path.isEmpty {
            var status = statfs()
            if statfs(path, &status) == 0 { return Int(truncatingIfNeeded: status.f_type) & 0xffff_ffff == magic }
            path = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? ""
        }
        return false
    }

    /// Makes sure that the path is on bpffs; mounts it at its usual place if it is not.
    static func prepare(_ path: String) throws(LabError) {
        if holds(path) { return }
        guard path == standardMount || path.hasPrefix(standardMount + "/") else {
            throw LabError(.unavailable, "\(path) is not on bpffs", hint: "mount one there (mount -t bpf bpf DIR), or leave FABCTL_LAB_BPFFS unset")
        }
        // A second mount would cover the first one, and all in it: one at a time, and look again.
        let lock = open(standardMount, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard lock >= 0 else { throw LabError("open \(standardMount)", code: errno) }
        defer { close(lock) }
        guard flock(lock, LOCK_EX) == 0 else { throw LabError("lock \(standardMount)", code: errno) }
        if holds(path) { return }
        guard mount("bpf", standardMount, "bpf", UInt(MS_NOSUID | MS_NODEV | MS_NOEXEC), "mode=0700") == 0 else {
            throw LabError("mount bpffs at \(standardMount)", code: errno)
        }
    }
}
