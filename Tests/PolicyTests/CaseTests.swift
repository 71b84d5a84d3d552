import Testing

@testable import Policy

@Suite struct CaseTests {
    @Test func theIndexIsRead() {
        #expect(Cases.index.count == 251)
        #expect(Cases.invalid.count == 32)
    }

    /// Every manifest that is valid is read without a complaint, and so is every case.
    @Test(arguments: Set(Cases.index.map(\.category)).subtracting(["invalid"]).sorted())
    func whatIsValidIsAccepted(category: String) throws {
        for (_, name, probes) in Cases.index.filter({ $0.category == category }) {
            let test = try Cases.read(category, name)
            #expect(test.manifests.problems.isEmpty, "\(name): \(test.manifests.problems)")
            #expect(test.name == name && test.probes.count == probes)
            #expect(!test.expectsRefusal)
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
