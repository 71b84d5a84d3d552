import Testing

@testable import Policy

@Suite struct SelectorTests {
    private let app = LabelKey(.pod, "app")

    @Test func selectorsAreEqualWhateverTheOrder() {
        let a = Requirement(app, .in, ["web", "api", "web"])
        let b = Requirement(LabelKey(.namespace, "team"), .exists)
        #expect(Selector([a, b, a]) == Selector([b, Requirement(app, .in, ["api", "web"])]))
        #expect(Selector([a, b, a]).requirements.count == 2)
        #expect(Selector([b, a]).description == "app in (api,web),namespace:team")
    }

    @Test func whatIsMissingIsOutOfEveryList() {
        #expect(!Requirement(app, .in, ["web"]).matches(nil))
        #expect(Requirement(app, .notIn, ["web"]).matches(nil))
        #expect(!Requirement(app, .exists).matches(nil))
        #expect(Requirement(app, .exists).matches(""))
        #expect(Requirement(app, .doesNotExist).matches(nil))
    }

    @Test func namespacesHaveTheirNameForALabel() {
        let pod = SelectablePod(namespace: "x", labels: [:], namespaceLabels: [:])
        #expect(Selector([Requirement(LabelKey(.namespace, "kubernetes.io/metadata.name"), .in, ["x"])]).matches(pod))
        #expect(!Selector([Requirement(LabelKey(.pod, "kubernetes.io/metadata.name"), .exists)]).matches(pod))
    }
}
