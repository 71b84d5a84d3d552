internal import CLinux
internal import Glibc

/// A file descriptor that is closed with its owner.
package struct OwnedDescriptor: ~Copyable, Sendable {
    package let number: Int32

    /// Takes over an open descriptor.
    package init(_ number: Int32) { self.number = number }

    deinit { close(number) }

    /// Another descriptor of the same open file, closed on exec. Negative error number when there is none left.
    func duplicate() -> Int32 { withErrno(fcntl(number, F_DUPFD_CLOEXEC, 3)) }
}

/// A whole small file, such as those in /proc. Empty when it cannot be read.
func contents(of path: String) -> [UInt8] {
    let number = open(path, O_RDONLY | O_CLOEXEC)
    guard number >= 0 else { return [] }
    let file = OwnedDescriptor(number)
    var bytes: [UInt8] = []
    while true {
        let count = withUnsafeTemporaryAllocation(byteCount: 4096, alignment: 8) { buffer in
            let count = read(file.number, buffer.baseAddress, buffer.count)
            if count > 0 { bytes.append(contentsOf: buffer[..<count]) }
            return count
        }
        if count <= 0 { return bytes }
    }
}

/// `name: value` lines of /proc/self/fdinfo about a descriptor.
func descriptorInfo(_ descriptor: Int32) -> [String: String] {
    var values: [String: String] = [:]
    for line in String(decoding: contents(of: "/proc/self/fdinfo/\(descriptor)"), as: UTF8.self).split(separator: "\n") {
        guard let colon = line.firstIndex(of: ":") else { continue }
        values[String(line[..<colon])] = String(line[line.index(after: colon)...].drop { $0 == " " || $0 == "\t" })
    }
    return values
}

/// A name in a fixed array of C characters, with or without a NUL at its end.
func string<T>(in characters: T) -> String {
    withUnsafeBytes(of: characters) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
}
