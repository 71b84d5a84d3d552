import CLinux
import Glibc

/// Namespaces with names, as `ip netns` keeps them: each a file in /run/netns that the namespace is bound over (man 8 ip-netns).
extension NetworkNamespace {
    /// Where the names are.
    public static let directory = "/run/netns"

    /// Where the namespace of this name is bound.
    public static func path(of name: String) -> String { "\(directory)/\(name)" }

    /// Creates a namespace and gives it a name, as `ip netns add` does. Its loopback device is down, as there.
    /// - Throws: EEXIST when the name is taken, EINVAL when it cannot be a file's name.
    public static func create(named name: String) throws(NetlinkError) -> NetworkNamespace {
        let namespace = try make(label: name)
        try namespace.bind(named: name)
        return namespace
    }

    /// Gives the namespace a name: for a caller who must note which namespace it is before anybody can find it.
    /// - Throws: EEXIST when the name is taken, EINVAL when it cannot be a file's name.
    public func bind(named name: String) throws(NetlinkError) {
        let operation = "create network namespace \(name)"
        guard Self.isValid(name) else { throw NetlinkError(operation: operation, code: EINVAL, message: "not a file name") }
        try Self.prepareDirectory(operation)
        let path = Self.path(of: name)
        let file = open(path, O_RDONLY | O_CLOEXEC | O_CREAT | O_EXCL, 0)
        guard file >= 0 else { throw NetlinkError(operation: operation, code: errno) }
        close(file)
        guard mount("/proc/self/fd/\(descriptor)", path, "none", UInt(MS_BIND), nil) == 0 else {
            let code = errno
            unlink(path)
            throw NetlinkError(operation: operation, code: code)
        }
    }

    /// Creates a namespace without a name: it is gone when nothing holds it any more.
    public static func anonymous() throws(NetlinkError) -> NetworkNamespace {
        try make(label: "without a name")
    }

    /// Takes the name away; the namespace itself lives on while a process or a descriptor holds it.
    /// - Throws: ENOENT when there is no such name.
    public static func delete(named name: String) throws(NetlinkError) {
        let operation = "delete network namespace \(name)"
        guard isValid(name) else { throw NetlinkError(operation: operation, code: EINVAL, message: "not a file name") }
        let path = path(of: name)
        // EINVAL: nothing is bound over the file, as after a creation that was interrupted.
        if umount2(path, Int32(MNT_DETACH)) != 0, errno != EINVAL { throw NetlinkError(operation: operation, code: errno) }
        guard unlink(path) == 0 else { throw NetlinkError(operation: operation, code: errno) }
    }

    /// The names in use, sorted; empty when there never was one.
    public static func names() throws(NetlinkError) -> [String] {
        guard let folder = opendir(directory) else {
            if errno == ENOENT { return [] }
            throw NetlinkError(operation: "list network namespaces", code: errno)
        }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
            if isValid(name) { names.append(name) }
        }
        return names.sorted()
    }

    private static func isValid(_ name: String) -> Bool {
        (1...255).contains(name.utf8.count) && name != "." && name != ".." && !name.utf8.contains { $0 == UInt8(ascii: "/") || $0 == 0 }
    }

    /// A new namespace, made by a thread that leaves its own.
    private static func make(label: String) throws(NetlinkError) -> NetworkNamespace {
        let made = try NamespaceThread.run { () throws(NetlinkError) -> NetworkNamespace in
            let code = clinux_unshare(CLONE_NEWNET)
            guard code == 0 else { throw NetlinkError(operation: "create network namespace \(label)", code: -code) }
            let fd = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC)
            guard fd >= 0 else { throw NetlinkError(operation: "create network namespace \(label)", code: errno) }
            return NetworkNamespace(owning: fd, label: label)
        }
        return try made.get()
    }

    /// Makes /run/netns a shared mount of itself, so that names reach, and leave, other mount namespaces as well.
    private static func prepareDirectory(_ operation: String) throws(NetlinkError) {
        if mkdir(directory, 0o755) != 0, errno != EEXIST { throw NetlinkError(operation: operation, code: errno) }
        // Two at once would each bind it over itself: as iproute2 does, one after the other.
        let lock = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard lock >= 0 else { throw NetlinkError(operation: operation, code: errno) }
        defer { close(lock) }
        guard flock(lock, LOCK_EX) == 0 else { throw NetlinkError(operation: operation, code: errno) }
        let shared = UInt(MS_SHARED) | UInt(MS_REC)
        if mount("", directory, "none", shared, nil) == 0 { return }
        // EINVAL: it is no mount yet.
        guard errno == EINVAL, mount(directory, directory, "none", UInt(MS_BIND) | UInt(MS_REC), nil) == 0,
            mount("", directory, "none", shared, nil) == 0
        else { throw NetlinkError(operation: operation, code: errno) }
    }
}
