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
        // `if event count < 2000` where events are written: an instruction of 8 bytes, whose last four are the number, or the one below it.
        let found = [UInt64(1999), 2000].lazy.compactMap { number in Self.jump(comparingWith: number, in: object).map { (number, $0) } }.first
        guard let (number, limit) = found else { throw Failure("no limit of drop events") }
        object.replaceSubrange(limit..<limit + 4, with: Self.bytes(of: number + step, 4))
        let encoded = Array(Data(object).base64EncodedData())
        file.replaceSubrange(start..<start + encoded.count, with: encoded)
        guard let place = Self.place(of: Self.bytes(of: checksum, 8), in: file) else { throw Failure("the object's checksum is not in fabctl") }
        file.replaceSubrange(place..<place + 8, with: Self.bytes(of: checksum &+ step, 8))
        let path = "/tmp/\(id)-fabctl\(step)"
        try Data(file).write(to: URL(filePath: path))
        guard chmod(path, 0o755) == 0 else { throw Failure("chmod \(path): \(errno)") }
        files.append(path)
        return path
    }

    /// In host order, which is that of all machines that run this.
    private static func bytes(of number: UInt64, _ count: Int) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) } }

    /// - Returns: where the number of a conditional jump (class BPF_JMP or BPF_JMP32) lies.
    private static func jump(comparingWith number: UInt64, in object: [UInt8]) -> Int? {
        var from = 0
        while let place = place(of: bytes(of: number, 4), in: object, from: from) {
            if place % 8 == 4, [5, 6].contains(object[place - 4] & 7) { return place }
            from = place + 1
        }
        return nil
    }

    private static func place(of bytes: [UInt8], in whole: [UInt8], from: Int = 0) -> Int? {
        whole.withUnsafeBytes { whole -> Int? in
            guard let base = whole.baseAddress else { return nil }
            let found = ctest_find(base + from, UInt(whole.count - from), bytes, UInt(bytes.count))
            return found < 0 ? nil : from + found
        }
    }
}
