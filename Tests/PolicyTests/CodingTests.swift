import Testing

@testable import Policy

@Suite struct CodingTests {
    /// All policies of the cases, of every kind.
    private func policies() -> [NetworkPolicy] {
        Cases.valid.flatMap(\.manifests.networkPolicies)
    }

    @Test func whatIsWrittenIsRead() throws {
        let policies = policies()
        #expect(policies.count > 200)
        let bytes = PolicyCoding.encode(policies)
        #expect(try PolicyCoding.decode(bytes) == policies)
        #expect(PolicyCoding.encode(try PolicyCoding.decode(bytes)) == bytes)
    }

    @Test func nothingIsPoliciesToo() throws {
        #expect(try PolicyCoding.decode(PolicyCoding.encode([])).isEmpty)
    }

    /// Cut short anywhere, or with any byte another one: an error or other policies, never a crash.
    @Test func damageIsFound() throws {
        let bytes = PolicyCoding.encode(Array(policies().prefix(20)))
        for count in 0..<bytes.count {
            #expect(throws: PolicyCodingError.self) { try PolicyCoding.decode(Array(bytes.prefix(count))) }
        }
        for index in bytes.indices {
            for change in [0x01, 0x80, 0xff] as [UInt8] {
                var damaged = bytes
                damaged[index] ^= change
                _ = try? PolicyCoding.decode(damaged)
            }
        }
        #expect(throws: PolicyCodingError.self) { try PolicyCoding.decode([2]) }
    }
}
