import Testing
import YAML

/// A generator with a fixed seed (splitmix64), so that a failure can be had again.
private struct Seeded: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}

/// Values made at random, printed and read back.
@Suite struct RoundTripTests {
    /// Characters that mean something to YAML, to JSON or to a terminal, among harmless ones.
    private static let characters = Array(
        "abcxyzABC0123456789 _-.:/,#&*!|>'\"%@`?[]{}=~<+\\\t\n\r\u{0}\u{7}\u{1b}\u{7f}\u{85}\u{a0}\u{2028}\u{feff}\u{fffe}é日😀".unicodeScalars)

    private func string(_ random: inout Seeded) -> String {
        if Int.random(in: 0..<3, using: &random) == 0 { return StructuredValueTests.awkward.randomElement(using: &random) ?? "" }
        var text = String.UnicodeScalarView()
        for _ in 0..<Int.random(in: 0...12, using: &random) { text.append(Self.characters.randomElement(using: &random) ?? "a") }
        return String(text)
    }

    private func value(_ random: inout Seeded, depth: Int) -> StructuredValue {
        switch Int.random(in: 0..<(depth > 5 ? 6 : 9), using: &random) {
        case 0: return .null
        case 1: return .bool(Bool.random(using: &random))
        case 2: return .int(Int(truncatingIfNeeded: random.next() >> UInt64.random(in: 0..<64, using: &random)))
        case 3: return StructuredValue(UInt64.max - random.next() % 1000)
        case 4:
            let double = Double(bitPattern: random.next())
            return .double(double.isFinite ? double : 0.5)
        case 5: return .string(string(&random))
        case 6: return .array((0..<Int.random(in: 0...4, using: &random)).map { _ in value(&random, depth: depth + 1) })
        default:
            var object = StructuredValue.object([])
            for _ in 0..<Int.random(in: 0...4, using: &random) { object[string(&random)] = value(&random, depth: depth + 1) }
            return object
        }
    }

    @Test func whatIsPrintedReadsBackTheSame() throws {
        var random = Seeded(state: 42)
        var containers = 0
        for _ in 0..<3000 {
            let value = value(&random, depth: 0)
            let yaml = value.yaml()
            #expect(try root(yaml).structuredValue == value, "\(yaml)")
            #expect(yaml.hasSuffix("\n") && !yaml.split(separator: "\n").contains { $0.hasSuffix(" ") }, "\(yaml)")
            #expect(try root(value.json()).structuredValue == value, "\(value.json())")
            #expect(!value.json().contains("\n"))
            #expect(try root(value.json(pretty: true)).structuredValue == value)
            switch value {
            case .array, .object: containers += 1
            default: break
            }
        }
        #expect(containers > 500)
    }
}
