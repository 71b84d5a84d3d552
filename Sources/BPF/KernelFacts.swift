internal import CLibbpf
internal import CLinux
internal import Glibc

/// CPUs that may ever be there: how many values a per-CPU map has. At least 1.
public let possibleCPUs: Int = max(1, Int(libbpf_num_possible_cpus()))

/// A kernel's version, to be compared.
public struct KernelVersion: Comparable, Sendable, CustomStringConvertible {
    public let major: Int
    public let minor: Int
    public let patch: Int

    public init(_ major: Int, _ minor: Int, _ patch: Int = 0) {
        (self.major, self.minor, self.patch) = (major, minor, patch)
    }

    /// Of a release such as `6.1.0-18-amd64`; what is missing or no number counts as 0.
    public init(release: String) {
        let numbers = release.split(separator: "-", maxSplits: 1).first.map { $0.split(separator: ".") } ?? []
        func number(_ index: Int) -> Int { index < numbers.count ? Int(numbers[index].prefix { $0.isNumber }) ?? 0 : 0 }
        self.init(number(0), number(1), number(2))
    }

    public static func < (one: KernelVersion, other: KernelVersion) -> Bool {
        (one.major, one.minor, one.patch) < (other.major, other.minor, other.patch)
    }

    public var description: String { "\(major).\(minor).\(patch)" }
}

/// What the running kernel is and can do.
public enum KernelFacts {
    /// uname(2)'s release: `6.1.0-18-amd64`.
    public static var release: String {
        var name = utsname()
        return uname(&name) == 0 ? string(in: name.release) : ""
    }

    public static var version: KernelVersion { KernelVersion(release: release) }

    /// Whether the kernel describes its own types.
    public static var hasBTF: Bool { access("/sys/kernel/btf/vmlinux", R_OK) == 0 }

    /// Whether programs can be attached by TCX links (6.6 and later). Asked of the loopback device, which is not changed.
    /// - Throws: EPERM without the right to ask.
    public static func supportsTCX() throws(BPFError) -> Bool { try tcx.get() }

    private static let tcx = Result { () throws(BPFError) in try askForTCX() }

    private static func askForTCX() throws(BPFError) -> Bool {
        var count: UInt32 = 0
        let code = bpf_prog_query(1, AttachDirection.ingress.type, 0, nil, nil, &count)
        if code == -EINVAL { return false }
        try check(code, "ask for TCX programs of the loopback device")
        return true
    }
}
