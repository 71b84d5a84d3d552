import FuzzSupport
import Testing
import YAML

/// Damaged text: each is read, or refused at a place inside it.
@Suite("fuzzed YAML") struct YAMLFuzzTests {
    private static let seeds = [
        "a: 1\nb: [x, 'y', \"z\\n\"]\nc: {d: ~, e: 0x1f, f: 1.5e3}\n", "- &a {k: v}\n- *a\n- |\n  text\n  more\n- >-\n  folded\n",
        "--- # one\nx: y\n...\n---\n{\"j\": [true, null, \"\\ud83d\\ude00\"]}\n", "? complex\n: value\n!!str 5: !!int '6'\n",
        "nodes:\n  - name: node2\n    podCIDRs: [fd00:cafe:0:2::/64]\n    via: [fe80::1%eth0]\n",
    ].map { Array($0.utf8) }
    private static let words = [
        ": ", "- ", "\n", "\n  ", "{", "}", "[", "]", "\"", "'", "|\n", ">", "&a ", "*a", "!!int ", "#", "---\n", "...\n", "? ", "\t", "\u{0}",
        "\u{feff}",
        "%YAML 9.9\n", "\\x", "<<: ", "[[[[[[[[[[[[[[[[",
    ].map { Array($0.utf8) }

    @Test func damagedText() {
        var mutator = Mutator(seed: 3, words: Self.words)
        var read = 0, refused = 0
        for _ in 0..<Fuzz.cases(share: 6_000) {
            let text = mutator.damaged(Self.seeds[mutator.random.below(Self.seeds.count)])
            let lines = text.reduce(2) { $0 + ($1 == 10 || $1 == 13 ? 1 : 0) } + text.count / 2
            do throws(YAMLError) {
                for document in try YAMLReader.documents(in: text, file: "f") where !document.isEmpty { _ = document.cursor }
                read += 1
            } catch {
                #expect((0...lines).contains(error.line), "\(error): \(text)")
                refused += 1
            }
            // As much as can be read of it, with all that is wrong.
            for result in YAMLReader.recovering(text, file: "f") {
                if case .failure(let error) = result { #expect((0...lines).contains(error.line), "\(error): \(text)") }
            }
        }
        #expect(read > 0 && refused > 0)
    }
}
