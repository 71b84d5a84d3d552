internal import CLibbpf
internal import CLinux
internal import Glibc

/// What a pin in a bpffs names.
public enum PinKind: String, Sendable {
    case map
    case program
    case link

    /// How the kernel names such a descriptor's file; a link's name depends on how it was come by.
    fileprivate init?(anonymousInode name: some StringProtocol) {
        switch name {
        case "bpf-map": self = .map
        case "bpf-prog": self = .program
        case "bpf-link", "bpf_link": self = .link
        default: return nil
        }
    }
}

/// An entry of a bpffs directory.
public struct PinEntry: Hashable, Sendable {
    public let name: String
    public let isDirectory: Bool
}

/// The file system whose files are maps, programs and links.
public enum BPFFS {
    /// Whether `path` is there and in a bpffs.
    public static func contains(_ path: String) -> Bool {
        var status = statfs()
        return statfs(path, &status) == 0 && UInt32(truncatingIfNeeded: status.f_type) == 0xcafe_4a11 // BPF_FS_MAGIC
    }

    /// Mounts a bpffs for root alone, unless one is there: a second one would hide what is pinned in the first. The directory must be there.
    public static func mount(at path: String) throws(BPFError) {
        // Two commands that begin at once agree through a lock on the directory that both would mount over.
        let descriptor = OwnedDescriptor(try check(withErrno(open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)), "open \(path)"))
        while flock(descriptor.number, LOCK_EX) != 0, errno == EINTR {}
        if contains(path) { return }
        try check(withErrno(CLinux.mount("bpf", path, "bpf", UInt(MS_NOSUID | MS_NODEV | MS_NOEXEC), "mode=0700")), "mount a bpffs at \(path)")
    }

    /// What a directory holds, sorted by name.
    public static func list(_ path: String) throws(BPFError) -> [PinEntry] {
        guard let directory = opendir(path) else { throw BPFError(operation: "list \(path)", code: errno) }
        defer { closedir(directory) }
        var entries: [PinEntry] = []
        errno = 0
        while let entry = readdir(directory) {
            let name = string(in: entry.pointee.d_name)
            if name != ".", name != ".." { entries.append(PinEntry(name: name, isDirectory: entry.pointee.d_type == UInt8(DT_DIR))) }
        }
        return entries.sorted { $0.name < $1.name }
    }

    /// What the pin at `path` names.
    /// - Throws: ENOENT when nothing is there.
    public static func kind(ofPin path: String) throws(BPFError) -> PinKind {
        let descriptor = OwnedDescriptor(try check(bpf_obj_get(path), "open \(path)"))
        guard let kind = pinKind(of: descriptor) else { throw BPFError(operation: "tell what \(path) is", code: EINVAL) }
        return kind
    }

    /// Takes the name away. What it named lives on while something else holds it.
    /// - Returns: whether there was such a pin.
    @discardableResult
    public static func unpin(_ path: String) throws(BPFError) -> Bool {
        let code = withErrno(unlink(path))
        if code == -ENOENT { return false }
        try check(code, "remove pin \(path)")
        return true
    }
}

private func pinKind(of descriptor: borrowing OwnedDescriptor) -> PinKind? {
    var buffer = [UInt8](repeating: 0, count: 64)
    let length = readlink("/proc/self/fd/\(descriptor.number)", &buffer, buffer.count)
    guard length > 0 else { return nil }
    let target = String(decoding: buffer[..<length], as: UTF8.self)
    return target.split(separator: ":").last.flatMap { PinKind(anonymousInode: $0) }
}

/// Opens a pin that must name a `kind`. The kernel does not say: it would give a descriptor of any kind.
func openPin(_ path: String, _ kind: PinKind, flags: UInt32 = 0) throws(BPFError) -> OwnedDescriptor {
    var options = bpf_obj_get_opts()
    // As optionsSize, which the bit field at this one's end forbids: the size itself and the flags.
    options.sz = MemoryLayout<Int>.size + MemoryLayout<UInt32>.size
    options.file_flags = flags
    let descriptor = OwnedDescriptor(try check(bpf_obj_get_opts(path, &options), "open \(kind) \(path)"))
    let found = pinKind(of: descriptor)
    guard found == kind else {
        throw BPFError(operation: "open \(kind) \(path), which is \(found.map { "a \($0)" } ?? "something else")", code: EINVAL)
    }
    return descriptor
}
