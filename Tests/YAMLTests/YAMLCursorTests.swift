import Testing
import YAML

private func cursor(_ text: String) throws -> YAMLCursor {
    YAMLCursor(file: "p.yaml", root: try root(text))
}

private func message(_ body: () throws -> Void) -> String {
    do {
        try body()
        return "accepted"
    } catch {
        return "\(error)"
    }
}

@Suite struct YAMLCursorTests {
    private let policy = """
        spec:
          ingress:
          - ports:
            - port: x
              protocol: TCP
          podSelector:
            matchLabels: {app.kubernetes.io/name: web, tier: 5}
          empty:
        """

    @Test func pathsNameTheField() throws {
        let port = try cursor(policy).required("spec").required("ingress").elements()[0].required("ports").elements()[0].required("port")
        #expect(port.path == "spec.ingress[0].ports[0].port")
        #expect(port.keyPosition == YAMLPosition(line: 4, column: 7))
        #expect(message { _ = try port.int() } == "p.yaml:4:13: spec.ingress[0].ports[0].port: expected an integer, found the string \"x\"")
        let labels = try cursor(policy).required("spec").required("podSelector").required("matchLabels")
        #expect(labels["app.kubernetes.io/name"]?.path == "spec.podSelector.matchLabels[\"app.kubernetes.io/name\"]")
        #expect(message { _ = try labels.stringMap() } == "p.yaml:7:54: spec.podSelector.matchLabels.tier: expected a string, found the number 5")
    }

    @Test func absentAndNullAreAlike() throws {
        let spec = try cursor(policy).required("spec")
        #expect(try spec.optional("empty") == nil)
        #expect(try spec.optional("none") == nil)
        #expect(spec["empty"]?.isNull == true)
        #expect(message { _ = try spec.required("empty") } == "p.yaml:8:9: spec.empty: missing")
        #expect(message { _ = try spec.required("none") } == "p.yaml:2:3: spec.none: missing")
    }

    @Test func wrongTypesAreNamed() throws {
        #expect(message { _ = try cursor("[1]").mapping() } == "p.yaml:1:1: expected a mapping, found a list")
        #expect(message { _ = try cursor("{a: 1}").elements() } == "p.yaml:1:1: expected a list, found a mapping")
        #expect(message { _ = try cursor("a: 1").required("a").bool() } == "p.yaml:1:4: a: expected true or false, found the number 1")
        #expect(message { _ = try cursor("a: 'true'").required("a").bool() } == "p.yaml:1:4: a: expected true or false, found the string \"true\"")
        #expect(message { _ = try cursor("a: 70000").required("a").int(in: 1...65535) } == "p.yaml:1:4: a: 70000 is not within 1 to 65535")
        #expect(message { _ = try cursor("a: x").required("a").double() } == "p.yaml:1:4: a: expected a number, found the string \"x\"")
        #expect(try cursor("a: 1").required("a").double() == 1)
        #expect(try cursor("[a, b]").strings() == ["a", "b"])
    }

    private enum Proto: String, CaseIterable { case tcp = "TCP", udp = "UDP" }

    @Test func choicesAreListed() throws {
        #expect(try cursor("p: UDP").required("p").choice(Proto.self) == .udp)
        #expect(message { _ = try cursor("p: SCTPS").required("p").choice(Proto.self) } == "p.yaml:1:4: p: \"SCTPS\" is none of TCP, UDP")
    }

    @Test func unknownFieldsAreFound() throws {
        #expect(message { try cursor("a: 1\nbb: 2").allow(only: ["a"]) } == "p.yaml:2:1: bb: unknown field")
        #expect(message { try cursor("a: 1").allow(only: ["a"]) } == "accepted")
    }
}
