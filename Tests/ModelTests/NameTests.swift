import Model
import Testing

@Suite struct NameTests {
    @Test(arguments: ["default/web", "kube-system/coredns-5d78c9869d-abcde", "a/b", "n1/p.q.r", "0/0"])
    func podNames(_ text: String) throws {
        let name = try #require(PodName(text))
        #expect(name.description == text)
    }

    @Test(arguments: [
        "", "/", "web", "default/", "/web", "default/web/x", "Default/web", "default/Web", "default/-web", "default/web-", "default/we b",
        "default/wéb",
        "default/.web", "de_fault/web", "default/web\n",
    ])
    func whatIsNoPodName(_ text: String) { #expect(PodName(text) == nil) }

    @Test func lengthOfNames() {
        #expect(PodName.isName(String(repeating: "a", count: 253)))
        #expect(!PodName.isName(String(repeating: "a", count: 254)))
    }

    /// By namespace first: a plain comparison of the texts would put `-` before `/`.
    @Test func order() {
        let names = ["a/z", "a-b/a", "a/b", "b/a"].compactMap { PodName($0) }
        #expect(names.sorted().map(\.description) == ["a/b", "a/z", "a-b/a", "b/a"])
    }
}
