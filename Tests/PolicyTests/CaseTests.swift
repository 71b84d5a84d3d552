import Testing

@testable import Policy

@Suite struct CaseTests {
    @Test func theIndexIsRead() {
        #expect(Cases.index.count == 251)
        #expect(Cases.invalid.count == 32)
    }

    /// Every manifest that is valid is read without a complaint, and so is every case.
    @Test func whatIsValidIsAccepted() {
        let expected = Cases.index.filter { $0.category != "invalid" }
        #expect(Cases.valid.map(\.name) == expected.map(\.name))
        #expect(Cases.valid.map(\.probes.count) == expected.map(\.probes))
        for test in Cases.valid {
            #expect(test.manifests.problems.isEmpty, "\(test.name): \(test.manifests.problems)")
            #expect(!test.expectsRefusal && !test.manifests.policies.isEmpty || test.manifests.isEmpty, "\(test.name)")
        }
    }

    @Test(arguments: Cases.invalid)
    func whatIsInvalidIsNamed(name: String) throws {
        let test = try Cases.read("invalid", name)
        #expect(test.expectsRefusal)
        #expect(test.unnamed.isEmpty, "\(test.unnamed): \(test.manifests.problems)")
        // The class too, and nothing beside what is expected.
        #expect(test.manifests.problems.count == test.expectInvalid.count, "\(test.manifests.problems)")
        #expect(Set(test.manifests.problems.map(\.type)) == Set(test.expectInvalid.compactMap(\.type)), "\(test.manifests.problems)")
        #expect(test.manifests.policies.isEmpty)
    }
}
