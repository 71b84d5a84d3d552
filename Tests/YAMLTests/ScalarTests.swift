import Testing
import YAML

@Suite struct ScalarTests {
    @Test(
        arguments: [
            ("true", .bool(true)), ("Yes", .bool(true)), ("on", .bool(true)), ("y", .bool(true)), ("False", .bool(false)), ("NO", .bool(false)),
            ("off", .bool(false)), ("n", .bool(false)), ("tRue", .string("tRue")), ("yEs", .string("yEs")),
            ("~", .null), ("null", .null), ("Null", .null), ("nULL", .string("nULL")),
            ("0", .int(0)), ("-0", .int(0)), ("+5", .int(5)), ("1_000", .int(1000)), ("0x1F", .int(31)), ("-0x10", .int(-16)), ("0o17", .int(15)),
            ("017", .int(15)),
            ("0b101", .int(5)), ("9223372036854775807", .int(.max)), ("-9223372036854775808", .int(.min)),
            ("9223372036854775808", .unsigned(1 << 63)), ("18446744073709551615", .unsigned(.max)),
            ("18446744073709551616", .double(18446744073709551616)),
            ("08", .double(8)), ("1.5", .double(1.5)), ("-.5", .double(-0.5)), (".5", .double(0.5)), ("1.", .double(1)), ("1e3", .double(1000)),
            ("1E-2", .double(0.01)),
            (".inf", .double(.infinity)), ("-.INF", .double(-.infinity)),
            ("0x", .string("0x")), ("0xg", .string("0xg")), ("1e", .string("1e")), ("1e5x", .string("1e5x")), ("--5", .string("--5")),
            ("+-5", .string("+-5")),
            ("1:20", .string("1:20")), ("2001-01-01", .string("2001-01-01")), ("10.0.0.1", .string("10.0.0.1")), ("0x1p3", .string("0x1p3")),
            ("inf", .string("inf")),
            ("nan", .string("nan")), (".", .string(".")), ("+", .string("+")), ("1e999", .string("1e999")), ("5s", .string("5s")),
            ("disabled", .string("disabled")),
        ] as [(String, YAMLScalar.Value)])
    func plainScalarsMeanWhatTheyMeanToKubernetes(text: String, value: YAMLScalar.Value) throws {
        #expect(YAMLScalar.Value(plain: text) == value)
        let scalar = try #require(try root("k: \(text)").mapping?["k"]?.scalar)
        #expect(scalar.value == value)
        #expect(scalar.style == .plain)
        // Whatever it says, in quotes it is a string.
        #expect(try root("k: '\(text)'").mapping?["k"]?.string == text)
        #expect(try root("k: \"\(text)\"").mapping?["k"]?.string == text)
    }

    @Test func notANumberIsADouble() {
        guard case .double(let value) = YAMLScalar.Value(plain: ".nan") else {
            Issue.record(".nan is not a double")
            return
        }
        #expect(value.isNaN)
    }

    @Test(
        arguments: [
            ("!!str 5", .string("5")), ("!!int '5'", .int(5)), ("!!float 5", .double(5)), ("!!bool 'yes'", .bool(true)), ("!!null ''", .null),
            ("! 5", .string("5")),
            ("!<tag:yaml.org,2002:str> 5", .string("5")),
        ] as [(String, YAMLScalar.Value)])
    func tagsDecide(text: String, value: YAMLScalar.Value) throws {
        #expect(try root(text).scalar?.value == value)
    }

    @Test func blockScalarsKeepTheirLines() throws {
        let node = try root("a: |\n  one\n  two\nb: >-\n  one\n  two\nc:\n")
        #expect(node.mapping?["a"]?.string == "one\ntwo\n")
        #expect(node.mapping?["a"]?.scalar?.style == .literal)
        #expect(node.mapping?["b"]?.string == "one two")
        #expect(node.mapping?["c"]?.isNull == true)
    }

    @Test func integersMayBeWrittenAsFloats() throws {
        #expect(try root("1e3").int == 1000)
        #expect(try root("1.5").int == nil)
        #expect(try root("1e30").int == nil)
    }
}
