import BPF
import BPFImages
import Glibc
import Testing

@Suite("inspection of objects")
struct InspectionTests {
    @Test func programsMapsAndLicenseAreNamed() throws {
        let image = try BPFImageInspection(name: "selftest", bytes: BPFImage.selftest.bytes)
        #expect(image.programs.map(\.name) == ["selftest"])
        #expect(image.programs.map(\.section) == ["tc"])
        #expect(image.maps == ["selftest_count", "selftest_marks", "selftest_observers"])
        #expect(image.license == "Dual BSD/GPL")
        let code = try #require(image.sections.first { $0.name == "tc" })
        #expect(code.isCode)
        #expect(code.size == 8 * image.programs[0].instructions)
    }

    @Test func libbpfFindsTheSame() throws {
        let image = try BPFImageInspection(name: "selftest", bytes: BPFImage.selftest.bytes)
        let object = try BPFObject(name: "selftest", bytes: BPFImage.selftest.bytes)
        #expect(object.programNames == image.programs.map(\.name))
        #expect(object.mapNames.filter { !$0.contains(".") }.sorted() == image.maps)
    }

    @Test func rubbishIsRefused() throws {
        let error = #expect(throws: BPFError.self) { _ = try BPFImageInspection(name: "rubbish", bytes: [1, 2, 3]) }
        #expect(error?.code == ENOEXEC)
        #expect(error?.description.hasPrefix("read object rubbish: Exec format error (") == true)
        #expect(throws: BPFError.self) { _ = try BPFImageInspection(name: "empty", bytes: []) }
    }

    /// Cut short at any length, or with any byte of its headers changed, an object gives an answer or an error.
    @Test func damagedObjectsDoNoHarm() {
        let bytes = BPFImage.selftest.bytes
        var answers = 0
        for length in stride(from: 0, to: bytes.count, by: 37) {
            if (try? BPFImageInspection(name: "cut", bytes: Array(bytes[..<length]))) != nil { answers += 1 }
        }
        #expect(answers == 0)
        for offset in 0..<64 {
            var changed = bytes
            changed[offset] ^= 0xff
            if let image = try? BPFImageInspection(name: "changed", bytes: changed), image.maps.count == 3 { answers += 1 }
        }
        #expect(answers > 0)
    }
}
