import Testing
import YAML

@testable import Values

@Suite struct KeyTableTests {
    @Test(arguments: CiliumKeys.helm)
    func helmKeysAreKnown(path: String) {
        var rest = path[...]
        while KeyTable.helm[String(rest)] == nil {
            guard let dot = rest.lastIndex(of: ".") else {
                #expect(path == "extraConfig" || KeyTable.helmGroups.contains(path))
                return
            }
            rest = rest[..<dot]
        }
        // What is above must be without meaning as a whole for this key to be.
        if rest != path[...] {
            #expect(KeyTable.helm[String(rest)]?.meaning == .ignored)
        }
    }

    @Test(arguments: CiliumKeys.configMap)
    func configMapKeysAreKnown(key: String) {
        #expect(KeyTable.rule(configMapKey: key) != nil)
    }

    @Test func rulesAreUnambiguous() {
        let helm = KeyTable.rules.compactMap(\.helm)
        #expect(Dictionary(grouping: helm) { $0 }.filter { $0.value.count > 1 }.keys.sorted() == [])
        let configMap = KeyTable.rules.flatMap(\.configMap)
        #expect(Dictionary(grouping: configMap) { $0 }.filter { $0.value.count > 1 }.keys.sorted() == [])
        // A key with a rule is no group, or what is below it could not be reached.
        #expect(helm.filter(KeyTable.helmGroups.contains) == [])
        #expect(KeyTable.rules.filter { $0.helm == nil && $0.configMap.isEmpty } == [])
    }

    @Test func everySettingHasAKey() {
        let settings = KeyTable.rules.compactMap { rule in
            if case .done(let setting) = rule.meaning { setting } else { nil as Setting? }
        }
        #expect(Set(settings) == Set(Setting.allCases))
    }

    @Test(arguments: [
        ("routingmode", "routingMode"), ("routngMode", "routingMode"), ("tunel", "tunnel"), ("ipv6.enabeld", "ipv6.enabled"),
        ("clusterName", "cluster.name"),
        ("nativeRoutingCidr", "nativeRoutingCIDR"), ("ipv6NativeRoutingCDIR", "ipv6NativeRoutingCIDR"), ("bpf.ctTCPMax", "bpf.ctTcpMax"),
        ("mtu", "MTU"),
        ("hubbel", "hubble"),
    ])
    func nearestKeyIsFound(wrong: String, right: String) {
        #expect(NearestKey.of(wrong, among: KeyTable.helm.keys.sorted()) == right)
        #expect(NearestKey.of(wrong, among: KeyTable.helm.keys.sorted().reversed()) == right)
    }

    @Test func farKeysSuggestNothing() {
        #expect(NearestKey.of("completelyDifferent", among: KeyTable.helm.keys.sorted()) == nil)
        #expect(NearestKey.of(String(repeating: "a", count: 100), among: [String(repeating: "a", count: 100)]) == nil)
        #expect(NearestKey.of("", among: KeyTable.helm.keys.sorted()) == nil)
    }

    @Test(arguments: [
        ("", "", 0), ("abc", "abc", 0), ("abc", "acb", 1), ("abc", "ab", 1), ("", "ab", 2), ("kitten", "sitting", 3), ("abcdef", "badcfe", 3),
    ])
    func distanceCountsEdits(a: String, b: String, distance: Int) {
        #expect(NearestKey.distance(Array(a.utf8), Array(b.utf8), limit: 5) == distance)
        #expect(NearestKey.distance(Array(b.utf8), Array(a.utf8), limit: distance) == distance)
        if distance > 0 {
            #expect(NearestKey.distance(Array(a.utf8), Array(b.utf8), limit: distance - 1) == nil)
        }
    }

    @Test(
        arguments: [
            ("5s", 5_000_000_000), ("0", 0), ("0s", 0), ("1m30s", 90_000_000_000), ("6h0m0s", 21_600_000_000_000), ("1.5h", 5_400_000_000_000),
            ("250ms", 250_000_000),
            ("10us", 10_000), ("10\u{b5}s", 10_000), ("7ns", 7), (".5s", 500_000_000), ("5.s", 5_000_000_000),
        ] as [(String, UInt64)])
    func durationsAreRead(text: String, nanoseconds: UInt64) {
        #expect(GoDuration.nanoseconds(text) == nanoseconds)
    }

    @Test(arguments: [
        "", "5", "s", "5 s", "-5s", "+5s", "5d", "5ss", "1..5s", ".s", "5s3", "1e3s", "99999999999h", "٣s", String(repeating: "1s", count: 40),
    ])
    func otherTextIsNoDuration(text: String) {
        #expect(GoDuration.nanoseconds(text) == nil)
    }
}
