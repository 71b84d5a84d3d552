import FuzzSupport
import Testing
import Values

/// Files that were good once and have been damaged: each must be read or refused, with places inside the file.
@Suite("fuzzed values") struct ValuesFuzzTests {
    private static let seeds = [
        "tunnel: \"disabled\"\nipv6:\n  enabled: true\n  nativeRoutingCIDR: \"fd00:cafe::/56\"\n",
        "# values\nroutingMode: native\nbpf: &b {ctTcpMax: 65536, monitorInterval: 5s}\n"
            + "extraConfig:\n  mtu: '1500'\nhubble: *b\ndevices: [eth0, 'eth1+']\n",
        "apiVersion: v1\nkind: List\nitems:\n- kind: ConfigMap\n  metadata: {name: cilium-config}\n"
            + "  data:\n    enable-ipv6: \"true\"\n    tunnel: disabled\n    x: |\n      a\n",
        #"{"ipv6":{"enabled":true},"l7Proxy":false,"cluster":{"name":"a\u0062","id":3},"note":"\ud83d\ude00"}"#,
    ]

    private static let pieces = [
        ":", ": ", "- ", "\n", "\n  ", " ", "{", "}", "[", "]", ",", "\"", "'", "|", ">", "&a ", "*a", "!!int ", "!x ", "#", "---\n", "...\n", "~",
        "<<: ", "? ", "\t", "\u{0}", "\u{feff}",
        "\u{2028}", "true", "99999999999999999999", "fd00::1/129", "%YAML 9.9\n", "\\ud800", "é", "kind: ConfigMap\n",
    ].map { Array($0.utf8) }

    private func damaged(_ bytes: [UInt8], by random: inout Seeded) -> [UInt8] {
        var bytes = bytes
        for _ in 0..<Int.random(in: 1...4, using: &random) {
            let place = Int.random(in: 0...bytes.count, using: &random)
            switch Int.random(in: 0..<5, using: &random) {
            case 0: bytes.removeSubrange(place..<min(bytes.count, place + Int.random(in: 1...6, using: &random)))
            case 1: if place < bytes.count { bytes[place] = UInt8.random(in: 0...255, using: &random) }
            case 2: bytes.removeLast(bytes.count - place)
            case 3: bytes.insert(contentsOf: bytes.prefix(place).suffix(12), at: Int.random(in: 0...bytes.count, using: &random))
            default: bytes.insert(contentsOf: Self.pieces.randomElement(using: &random) ?? [], at: place)
            }
        }
        return bytes
    }

    @Test(arguments: 0..<4)
    func damagedFilesAreReadOrRefused(seed: Int) {
        var random = Seeded(UInt64(seed) + 1)
        let original = Array(Self.seeds[seed].utf8)
        var accepted = 0
        var refused = 0
        for _ in 0..<Fuzz.cases(share: 1500) {
            let bytes = damaged(original, by: &random)
            let lines =
                String(decoding: bytes, as: UTF8.self).unicodeScalars.count(where: { "\n\r\u{85}\u{2028}\u{2029}".unicodeScalars.contains($0) }) + 2
            do throws(ValuesError) {
                let values = try ValuesReader.read(bytes, file: "v.yaml")
                accepted += 1
                #expect(values.warnings.allSatisfy { (1...lines).contains($0.line) && $0.column >= 1 }, "\(bytes)")
                #expect(values.ignored.allSatisfy { (1...lines).contains($0.line) }, "\(bytes)")
                // Strictly, a warning is an error and nothing else changes.
                #expect(values.warnings.isEmpty == problems(String(decoding: bytes, as: UTF8.self), strict: true).isEmpty, "\(bytes)")
            } catch {
                refused += 1
                #expect(!error.problems.isEmpty && error.problems == error.problems.sorted(), "\(bytes)")
                #expect(error.problems.allSatisfy { (1...lines).contains($0.line) && $0.column >= 1 && !$0.message.isEmpty }, "\(bytes)")
                #expect(error.problems.allSatisfy { !$0.description.utf8.contains(10) }, "one line each: \(error)")
            }
        }
        // Damage that never or always shows would test nothing.
        #expect(accepted > 50 && refused > 50, "\(accepted) accepted, \(refused) refused")
    }

    @Test(.timeLimit(.minutes(1)))
    func hugeAndHostileFilesEndInTime() {
        let unknown = (0..<20000).map { "hubbl\($0): 1\n" }.joined()
        #expect((try? ValuesReader.read(unknown, file: "v.yaml"))?.warnings.count == 20000)
        #expect(problems(String(repeating: "a", count: 5 << 20)) == ["v.yaml:1:1: larger than 4194304 bytes"])
        #expect(problems(String(repeating: "- ", count: 100_000)).count == 1)
        #expect(problems("x: &x [1]\n" + (0..<60).map { "y\($0): &x [*x, *x]\n" }.joined()).count == 1)
    }
}
