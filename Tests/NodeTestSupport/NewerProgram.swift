import CTestSupport
import FoundationEssentials
import Glibc

extension Fabric {
    /// A copy of fabctl with other programs, which let some more drop events a second be written. Nothing else differs.
    /// - Parameters:
    ///   - checksum: of the programs that fabctl has (`Loader.imageChecksum`).
    ///   - step: how many more, another number for each copy.
    public func newerProgram(than checksum: UInt64, by step: UInt64) throws -> String {
        var file = [UInt8](try Data(contentsOf: URL(filePath: Self.program)))
        guard let start = Self.place(of: Array("f0VMRgIBAQ".utf8), in: file) else { throw Failure("no object is embedded in fabctl") }
        guard let decoded = Data(base64Encoded: Data(file[start...].prefix { $0 != 0 })) else { throw Failure("the object is not base64") }
        var object = [UInt8](decoded)
        // `if event count < DROP_EVENTS` of bpf/lib/event.h: an instruction of 8 bytes, whose last four are the number.
        guard let limit = Self.place(of: Self.bytes(of: 2000, 4), in: object, offset: 4) else { throw Failure("no limit of drop events") }
        object.replaceSubrange(limit..<limit + 4, with: Self.bytes(of: 2000 + step, 4))
        let encoded = Array(Data(object).base64EncodedData())
        file.replaceSubrange(start..<start + encoded.count, with: encoded)
        guard let number = Self.place(of: Self.bytes(of: checksum, 8), in: file) else { throw Failure("the object's checksum is not in fabctl") }
        file.replaceSubrange(number..<number + 8, with: Self.bytes(of: checksum &+ step, 8))
        let path = "/tmp/\(id)-fabctl\(step)"
        try Data(file).write(to: URL(filePath: path))
        guard chmod(path, 0o755) == 0 else { throw Failure("chmod \(path): \(errno)") }
        files.append(path)
        return path
    }

    /// In host order, which is that of all machines that run this.
    private static func bytes(of number: UInt64, _ count: Int) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) } }

    /// - Parameter offset: within 8 bytes, where it matters.
    private static func place(of bytes: [UInt8], in whole: [UInt8], offset: Int? = nil) -> Int? {
        whole.withUnsafeBytes { whole -> Int? in
            guard let base = whole.baseAddress else { return nil }
            var from = 0
            while true {
                let found = ctest_find(base + from, UInt(whole.count - from), bytes, UInt(bytes.count))
                if found < 0 { return nil }
                if offset == nil || (from + found) % 8 == offset { return from + found }
                from += found + 1
            }
        }
    }
}
