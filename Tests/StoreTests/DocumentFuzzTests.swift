import FuzzSupport
import Testing

@testable import Store

/// Damaged documents: what is read is what was written.
@Suite("fuzzed documents") struct DocumentFuzzTests {
    @Test func damagedDocuments() throws {
        let written = Array(#"{"name":"node1","podCIDRs":["fd00:cafe:0:1::/64"],"uplinks":[{"device":"eth0"}]}"#.utf8)
        let original = DocumentFormat.elements(of: written, version: DocumentFormat.version).flatMap { $0 }
        var mutator = Mutator(seed: 2)
        var refused = 0
        for _ in 0..<Fuzz.cases(share: 5_000) {
            // Most of the map is behind the document: what is damaged is its beginning, and sometimes its length.
            var bytes = mutator.damaged(Array(original.prefix(64 + written.count)))
            if !mutator.random.chance(8) { bytes += [UInt8](repeating: 0, count: max(0, original.count - bytes.count)) }
            do throws(StoreError) {
                var result: Result<Document, StoreError> = .failure(.invalidName(""))
                bytes.withUnsafeBytes { memory in
                    do throws(StoreError) { result = .success(try DocumentFormat.read("config", from: memory)) } catch { result = .failure(error) }
                }
                #expect(try result.get().bytes == written)
            } catch {
                refused += 1
            }
        }
        #expect(refused > 0)
    }
}
