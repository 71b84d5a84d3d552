import Testing
import YAML

/// The only document of a text.
func root(_ text: String, limits: YAMLReader.Limits = YAMLReader.Limits()) throws -> YAMLNode {
    let documents = try YAMLReader.documents(in: text, file: "t.yaml", limits: limits)
    try #require(documents.count == 1)
    return documents[0].root
}

/// The message that reading a text ends with.
func failure(_ text: String, limits: YAMLReader.Limits = YAMLReader.Limits()) -> String {
    do throws(YAMLError) {
        _ = try YAMLReader.documents(in: text, file: "t.yaml", limits: limits)
        return "accepted"
    } catch {
        return error.description
    }
}

@Suite struct YAMLReaderTests {
    @Test func treeKeepsOrderAndPlaces() throws {
        let text = """
            # a comment
            spec:
              zeta: [1, two]
              alpha:
              - name: "x"
                port: 80
              übung: ok
            """
        let spec = try #require(try root(text).mapping?["spec"])
        #expect(spec.position == YAMLPosition(line: 3, column: 3))
        #expect(spec.mapping?.map(\.key) == ["zeta", "alpha", "übung"])
        #expect(spec.mapping?.entry("übung")?.keyPosition == YAMLPosition(line: 7, column: 3))
        #expect(spec.mapping?["übung"]?.position == YAMLPosition(line: 7, column: 10))
        #expect(spec.mapping?["zeta"]?.sequence?.last?.position == YAMLPosition(line: 3, column: 13))
        #expect(spec.mapping?["alpha"]?.sequence?.first?.mapping?["port"]?.int == 80)
        #expect(spec.mapping?["zeta"]?.sequence?.last?.string == "two")
    }

    @Test func streamsHoldManyDocuments() throws {
        let documents = try YAMLReader.documents(in: "a: 1\n---\n- 2\n---\n# nothing\n---\nlast\n...\n", file: "t.yaml")
        #expect(documents.map { $0.root.structuredValue } == [["a": 1], [2], nil, "last"])
        #expect(documents.map(\.isEmpty) == [false, false, true, false])
        #expect(documents[1].root.position.line == 3)
    }

    @Test(arguments: ["", "\n\n", "# only a comment\n", "\u{feff}"])
    func emptyTextHasNoDocument(text: String) throws {
        #expect(try YAMLReader.documents(in: text, file: "t.yaml").isEmpty)
    }

    @Test func jsonIsRead() throws {
        let text = "{\"a\":1,\"b\":[true,null,-2.5e3,\"\\u00e9\\n\\/\"],\n\t\"c\":{},\"d\":\"fd00::/64\"}"
        let value = try root(text).structuredValue
        #expect(value == ["a": 1, "b": [true, nil, -2500.0, "é\n/"], "c": [:], "d": "fd00::/64"])
    }

    @Test func jsonSurrogatePairsAreOneCharacter() throws {
        let node = try root(#"{"a": "\ud83d\ude00 \\ud83d\\ude00", "b": 1}"#)
        #expect(node.mapping?["a"]?.string == "😀 \\ud83d\\ude00")
        #expect(node.mapping?.entry("b")?.keyPosition == YAMLPosition(line: 1, column: 38))
        #expect(failure(#"{"a": "\ud83d"}"#).hasPrefix("t.yaml:1:"))
    }

    @Test func flowAddressesNeedNoQuotes() throws {
        #expect(try root("[fd00:cafe::/56, 10.0.0.0/8]").structuredValue == ["fd00:cafe::/56", "10.0.0.0/8"])
        #expect(try root("- ::/0\n- ::1").structuredValue == ["::/0", "::1"])
    }

    @Test func aliasesAreReplaced() throws {
        let value = try root("a: &x {k: [1]}\nb: *x\nc: [*x, *x]").structuredValue
        #expect(value["b"] == ["k": [1]])
        #expect(value["c"] == [["k": [1]], ["k": [1]]])
        // An anchor may be given again, and counts from there on.
        #expect(try root("- &x 1\n- *x\n- &x 2\n- *x").structuredValue == [1, 1, 2, 2])
    }

    @Test func mergedKeysYieldToOwn() throws {
        let text = "base: &b {x: 1, v: 2}\nother: &o {v: 3, z: 4}\nuse:\n  <<: [*b, *o]\n  x: 9\n"
        #expect(try root(text).structuredValue["use"]?.json() == #"{"x":9,"v":2,"z":4}"#)
        #expect(try root("\"<<\": 1").structuredValue == ["<<": 1])
        #expect(failure("a:\n  <<: 5\n") == "t.yaml:2:7: << takes a mapping or a list of mappings, not the number 5")
    }

    @Test func keysAreReadAsKubernetesDoes() throws {
        let keys = try root("80: a\n0x10: b\nyes: c\n'no': d\n1.50: e\n\"\": f").mapping?.map(\.key)
        #expect(keys == ["80", "16", "true", "no", "1.50", ""])
    }

    @Test(arguments: [
        ("a: 1\nb: 2\na: 3\n", "t.yaml:3:1: the key \"a\" is already at line 1"),
        ("x:\n  - {p: 1, 'p': 2}\n", "t.yaml:2:12: the key \"p\" is already at line 2"),
        ("1: a\n0x1: b\n", "t.yaml:2:1: the key \"1\" is already at line 1"),
        ("yes: a\ntrue: b\n", "t.yaml:2:1: the key \"true\" is already at line 1"),
        ("a: *b\n", "t.yaml:1:4: alias *b stands for no anchor before it"),
        ("a: &a [1, *a]\n", "t.yaml:1:11: alias *a is inside the node that it stands for"),
        ("a: &x 1\n---\nb: *x\n", "t.yaml:3:4: alias *x stands for no anchor before it"),
        ("? [1]\n: 2\n", "t.yaml:1:3: a list cannot be a key"),
        ("~: 2\n", "t.yaml:1:1: null cannot be a key"),
        ("a: !!int x\n", "t.yaml:1:4: \"x\" has no value under the tag !!int"),
        ("a: !secret x\n", "t.yaml:1:4: \"x\" has no value under the tag !secret"),
        ("a: !!set {x}\n", "t.yaml:1:4: the tag !!set has no meaning here"),
        ("a: b: c\n", "t.yaml:1:5: mapping values are not allowed in this context"),
        ("a: [1, 2\nb: 3\n", "t.yaml:2:2: did not find expected ',' or ']' (while parsing a flow sequence that begins at line 1, column 4)"),
        ("a:\n\tb: 1\n", "t.yaml:2:1: found character that cannot start any token (while scanning for the next token)"),
        ("a: 'x\n", "t.yaml:2:1: found unexpected end of stream (while scanning a quoted scalar that begins at line 1, column 4)"),
        ("ok: 1\nü: \u{1}\n", "t.yaml:2:4: control characters are not allowed (0x1)"),
        ("a: %x\n", "t.yaml:1:4: found character that cannot start any token (while scanning for the next token)"),
    ])
    func errorsSayWhere(text: String, message: String) {
        #expect(failure(text) == message)
    }

    @Test func invalidUTF8IsRefused() {
        #expect(throws: YAMLError(file: "t.yaml", position: YAMLPosition(line: 2, column: 4), message: "invalid leading UTF-8 octet (0xff)")) {
            try YAMLReader.documents(in: Array("a: 1\nb: ".utf8) + [0xff], file: "t.yaml")
        }
        #expect(throws: YAMLError.self) { try YAMLReader.documents(in: Array("a: ".utf8) + [0xc3], file: "t.yaml") }
    }

    @Test func duplicatesCanBeCollected() throws {
        let (documents, duplicates) = try YAMLReader.collecting(Array("a: 1\na: 2\nb: {c: 1, c: 2}\n".utf8), file: "t.yaml")
        #expect(documents.first?.root.structuredValue == ["a": 1, "b": ["c": 1]])
        #expect(duplicates.map(\.position) == [YAMLPosition(line: 2, column: 1), YAMLPosition(line: 3, column: 11)])
    }

    @Test func expansionIsBounded() {
        // Nine levels of nine aliases: 3.9e8 nodes from 400 bytes.
        var text = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n"
        for level in 1...8 {
            text += "a\(level): &a\(level) [" + Array(repeating: "*a\(level - 1)", count: 9).joined(separator: ", ") + "]\n"
        }
        #expect(failure(text).hasSuffix("more than 1000000 values, aliases expanded"))
        var merges = "a0: &a0 {x: 1, y: 2}\n"
        for level in 1...20 { merges += "a\(level): &a\(level) {<<: [*a\(level - 1), *a\(level - 1)]}\n" }
        #expect(failure(merges).hasSuffix("more than 1000000 values, aliases expanded"))
    }

    @Test func depthIsBounded() throws {
        let most = String(repeating: "[", count: 129) + String(repeating: "]", count: 129)
        #expect(try root(most).sequence?.count == 1)
        #expect(failure("[" + most + "]") == "t.yaml:1:130: nested more than 128 levels deep")
        #expect(failure(String(repeating: "{a: ", count: 200_000)).hasSuffix("nested more than 128 levels deep"))
        // Aliases count as what they stand for.
        let deep = "a: &a " + String(repeating: "[", count: 100) + String(repeating: "]", count: 100)
        #expect(
            failure(deep + "\nb: " + String(repeating: "[", count: 60) + "*a" + String(repeating: "]", count: 60)).hasSuffix(
                "nested more than 128 levels deep"))
    }

    @Test func limitsAreSettable() {
        var limits = YAMLReader.Limits()
        limits.nodes = 3
        limits.size = 20
        #expect(failure("[1, 2]", limits: limits) == "accepted")
        #expect(failure("[1, 2, 3]", limits: limits) == "t.yaml:1:8: more than 3 values, aliases expanded")
        #expect(failure(String(repeating: "x", count: 21), limits: limits) == "t.yaml:1:1: larger than 20 bytes")
    }
}
