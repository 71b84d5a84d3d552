import Testing
import YAML

@Suite struct StructuredValueTests {
    private let route: StructuredValue = [
        "prefix": "fd00:cafe:0:1::/64", "kind": "remote",
        "nexthops": [["via": "fe80::1", "device": "eth0", "weight": 1], ["via": nil, "device": "eth1", "weight": 2]],
        "mtu": 1500, "kernel": true, "labels": [:], "notes": [], "load": 0.5,
    ]

    @Test func compactJSON() {
        #expect(
            route.json()
                == #"{"prefix":"fd00:cafe:0:1::/64","kind":"remote","nexthops":[{"via":"fe80::1","device":"eth0","weight":1},"#
                + #"{"via":null,"device":"eth1","weight":2}],"mtu":1500,"kernel":true,"labels":{},"notes":[],"load":0.5}"#)
    }

    @Test func prettyJSON() {
        let value: StructuredValue = ["a": [1, ["b": nil]], "c": [], "d": [:]]
        #expect(
            value.json(pretty: true) == """
                {
                  "a": [
                    1,
                    {
                      "b": null
                    }
                  ],
                  "c": [],
                  "d": {}
                }
                """)
        #expect(StructuredValue.array([]).json(pretty: true) == "[]")
    }

    @Test func yaml() {
        #expect(
            route.yaml() == """
                prefix: fd00:cafe:0:1::/64
                kind: remote
                nexthops:
                - via: fe80::1
                  device: eth0
                  weight: 1
                - via: null
                  device: eth1
                  weight: 2
                mtu: 1500
                kernel: true
                labels: {}
                notes: []
                load: 0.5

                """)
        #expect(
            StructuredValue.array([[1, [2, 3]], [], ["a": ["b": ["c": "x"]]]]).yaml() == "- - 1\n  - - 2\n    - 3\n- []\n- a:\n    b:\n      c: x\n")
        #expect(StructuredValue.array([]).yaml() == "[]\n")
        #expect(StructuredValue.string("x").yaml() == "x\n")
    }

    /// Strings that some reader would take for something else, or that YAML gives a meaning.
    static let awkward = [
        "", " ", "~", "null", "true", "Yes", "off", "y", "N", "1", "-1", "+1", "1.5", "1e3", "0x10", "0o7", "1_000", ".5", ".inf", "-.inf", ".nan",
        "1:20", "12:30:45",
        "2001-01-01", "2001-01-01T00:00:00Z", "2001-01-01 00:00:00", "=", "<<", "-", "- a", "-a", "?", "? a", ":", ": a", "a: b", "a:", "a :b",
        "a #b", "#a", "a#b", "&a", "*a", "!a",
        "|", ">", "'", "\"", "'a'", "a'b", "a\"b", "%a", "@a", "`a", "[", "]", "[]", "{}", "{a", "a]", "a,b", ",a", "---", "--- a", "...", "a\nb",
        "\n", "\t", "a\tb", "\ta", "a ", " a",
        "\u{7f}", "\u{1}", "\u{1b}[31m", "\u{85}", "\u{9b}", "\u{2028}", "\u{feff}x", "\u{fffe}", "é", "😀", "日本語", "\\", "\\n", "C:\\x", "a\r\nb",
        "\0", "fd00::1", "::", "::1", "fe80::1%eth0",
        "10.0.0.1", "10.0.0.0/8", "k8s:app=web", "5s", "tunnel=vxlan", "a=b", "1.2.3", "123abc", "1e", "e1", "0x", "12h30m", "02:42:ac:11:00:02",
        "11:22:33:44:55:10", "1+2", "on the road",
    ]

    @Test(arguments: awkward)
    func stringsReadBackAsTheySaid(text: String) throws {
        let value: StructuredValue = ["k": .string(text), "list": [.string(text), [.string(text)]]]
        #expect(try root(value.yaml()).structuredValue == value)
        #expect(try root(value.json()).structuredValue == value)
        #expect(try root(value.json(pretty: true)).structuredValue == value)
        #expect(try root(StructuredValue.string(text).yaml()).structuredValue == .string(text))
        // And as keys, also one that is too long to stand on one line before its colon.
        let keys: StructuredValue = .object([
            .init(text, 1), .init(text + String(repeating: "x", count: 1100), ["a": [1]]), .init("z", .string(text)),
        ])
        #expect(try root(keys.yaml()).structuredValue == keys)
    }

    @Test(arguments: ["web", "fd00::1", "10.0.0.1", "default/web", "k8s:app=web", "to-network", "é", "a b", "fe80::1%eth0", "::1/x"])
    func plainStringsStayPlain(text: String) {
        let quotes = text.hasPrefix(":")
        #expect(StructuredValue.string(text).yaml() == (quotes ? "\"\(text)\"\n" : "\(text)\n"))
    }

    @Test func otherReadersNumbersAreQuoted() {
        for text in ["1:20", "2001-01-01", "12:30:45", "1e", "y", "0o7", "1.2.3"] {
            #expect(StructuredValue.string(text).yaml() == "\"\(text)\"\n")
        }
    }

    @Test(arguments: [
        (StructuredValue.int(.min), "-9223372036854775808"), (.unsigned(.max), "18446744073709551615"), (.double(1), "1.0"), (.double(0.1), "0.1"),
        (.double(1e20), "1.0e+20"),
        (.double(-2.5e-9), "-2.5e-09"), (.double(.leastNonzeroMagnitude), "5.0e-324"), (.double(.greatestFiniteMagnitude), "1.7976931348623157e+308"),
    ])
    func numbersAreNumbers(value: StructuredValue, text: String) throws {
        #expect(value.json() == text)
        #expect(try root(value.json()).structuredValue == value)
        #expect(try root(value.yaml()).structuredValue == value)
    }

    @Test func infinitiesAreNullInJSON() throws {
        #expect(StructuredValue.array([.double(.infinity), .double(.nan)]).json() == "[null,null]")
        #expect(StructuredValue.array([.double(-.infinity), .double(.nan)]).yaml() == "- -.inf\n- .nan\n")
        #expect(try root("- -.inf").structuredValue == [.double(-.infinity)])
    }

    @Test func controlCharactersAreEscaped() {
        #expect(StructuredValue.string("a\u{1b}[31m\n\u{9b}\u{7f}\"\\é").json() == #""a\u001b[31m\n\u009b\u007f\"\\é""#)
    }

    @Test func convertiblesBecomeValues() {
        let ports: [UInt16] = [80, 443]
        let absent: String? = nil
        let value: StructuredValue = [
            "ports": .init(ports), "absent": .init(absent), "big": .init(UInt64.max), "small": .init(UInt64(7)),
            "labels": .init(["b": "1", "a": "2"]),
        ]
        #expect(value == ["ports": [80, 443], "absent": nil, "big": .unsigned(.max), "small": 7, "labels": ["a": "2", "b": "1"]])
    }

    @Test func fieldsCanBeSetAndTakenOut() {
        var value: StructuredValue = ["a": 1, "b": 2]
        value["a"] = 3
        value["c"] = "x"
        value["b"] = .some(.null)
        value["d"] = nil
        #expect(value == ["a": 3, "b": nil, "c": "x"])
        value["a"] = nil as StructuredValue?
        #expect(value["a"] == nil)
        var list: StructuredValue = [1]
        list["a"] = 1
        #expect(list == [1])
    }
}
