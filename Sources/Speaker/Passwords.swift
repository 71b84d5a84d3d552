import BGPConfig
import CLinux
import Glibc

/// A TCP MD5 key (RFC 2385). Has no description on purpose: it is to appear nowhere.
struct Password: Hashable, CustomStringConvertible, CustomDebugStringConvertible {
    /// 1...80.
    fileprivate let bytes: [UInt8]
    var description: String { "(hidden)" }
    var debugDescription: String { description }

    /// The socket option for packets to and from an address.
    func option(for address: SocketName) -> clinux_tcp_md5sig {
        var option = Self.removal(of: address)
        option.key_length = UInt16(bytes.count)
        withUnsafeMutableBytes(of: &option.key) { $0.copyBytes(from: bytes) }
        return option
    }

    /// The option that takes an address's key away.
    static func removal(of address: SocketName) -> clinux_tcp_md5sig {
        var option = clinux_tcp_md5sig()
        let name = address.bytes
        withUnsafeMutableBytes(of: &option.address) { $0.copyBytes(from: name) }
        return option
    }
}

/// Where passwords are found.
struct PasswordSource {
    /// With a file for each secret, or a directory with a file `password`, as Kubernetes mounts them.
    var directories: [String]

    /// - Throws: when there is none, or it is no key; what it is is never said.
    func password(_ place: BGPPassword) throws(SpeakerError) -> Password {
        switch place {
        case .environment(let name):
            guard let value = getenv(name) else { throw SpeakerError(.invalid, "no password in the environment: \(name) is not set") }
            return try Self.check(Array(String(cString: value).utf8), place)
        case .file(let path): return try Self.check(try Self.contents(path), place)
        case .secret(let name):
            for directory in directories {
                for path in ["\(directory)/\(name)", "\(directory)/\(name)/password"] {
                    var status = stat()
                    if stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG { return try Self.check(try Self.contents(path), place) }
                }
            }
            throw SpeakerError(
                .invalid, "no password for secret \(name)" + (directories.isEmpty ? "" : " in \(directories.joined(separator: ", "))"),
                hint: "name the directory that holds it with --secrets, or give it by LoadCredential=")
        }
    }

    private static func contents(_ path: String) throws(SpeakerError) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)
        guard descriptor >= 0 else { throw SpeakerError(.invalid, "read the password in \(path): \(String(cString: strerror(errno)))") }
        defer { close(descriptor) }
        var buffer = [UInt8](repeating: 0, count: 128)
        let count = read(descriptor, &buffer, buffer.count)
        guard count >= 0 else { throw SpeakerError(.invalid, "read the password in \(path): \(String(cString: strerror(errno)))") }
        return Array(buffer[..<count])
    }

    /// A line feed at the end is the editor's.
    private static func check(_ bytes: [UInt8], _ place: BGPPassword) throws(SpeakerError) -> Password {
        var bytes = bytes
        if bytes.last == 10 { bytes.removeLast() }
        if bytes.last == 13 { bytes.removeLast() }
        guard (1...80).contains(bytes.count) else {
            throw SpeakerError(.invalid, "the password in \(place) has \(bytes.isEmpty ? "no" : "more than 80") bytes: 1 to 80 make a key")
        }
        return Password(bytes: bytes)
    }
}
