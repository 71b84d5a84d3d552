import FuzzSupport
import Testing

@testable import Flow

/// Damaged filters and times of `observe`: each is understood or refused.
@Suite("fuzzed filters") struct FilterFuzzTests {
    private static let seeds = [
        "default/web", "*/web-*", "fd00::/64", "10.0.0.1", "8080", "80-90", "app=web,tier!=x", "k in (a, b), !c", "FORWARDED", "SYN,ACK", "tcp",
        "256",
        "reserved:host", "2026-11-26T10:00:00.123Z", "5m30s", "128", "echo-request", "POLICY_DENIED", "^GET /.*$",
    ].map { Array($0.utf8) }

    @Test func damagedFilters() {
        var mutator = Mutator(
            seed: 5, words: [",", "=", "!=", " in (", ")", "/", "*", "-", ":", "::", "99999999999999999999", "é"].map { Array($0.utf8) })
        var understood = 0, refused = 0
        for _ in 0..<Fuzz.cases(share: 1_000) {
            let text = String(decoding: mutator.damaged(Self.seeds[mutator.random.below(Self.seeds.count)], limit: 200), as: UTF8.self)
            for field in FlowFilter.Field.allCases {
                if (try? FlowCondition.parse(field, text)) != nil { understood += 1 } else { refused += 1 }
            }
            if (try? FlowTime.parse(text, now: 1_764_150_000_000_000_000)) != nil { understood += 1 } else { refused += 1 }
        }
        #expect(understood > 0 && refused > 0)
    }
}
